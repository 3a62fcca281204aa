"""The statements of ``filling``, for PostgreSQL and SQLite.

A *fact* is one step of one order, and its number is its place in time: the rows that come of it
take their ids from it, so that the ids of a table grow with time, as they do in life. Times are
seconds since 1970 until they reach a table.
"""

# ruff: noqa: S608 - the statements are put together of constants; values are parameters

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """How each writes what the other writes otherwise; templates with one place."""

    time: str
    uuid: str
    json: str
    #: The n of one to so many.
    series: str
    no_bytes: str


POSTGRESQL = Dialect(
    time="to_timestamp({})",
    uuid="md5({})::uuid",
    json="({})::jsonb",
    series="SELECT n FROM generate_series(CAST(1 AS bigint), {}) AS n",
    no_bytes="''::bytea",
)
SQLITE = Dialect(
    time="datetime({}, 'unixepoch')",
    uuid="md5({})",
    json="{}",
    series=(
        "WITH RECURSIVE counted(n) AS"
        " (SELECT 1 WHERE {0} > 0 UNION ALL SELECT n + 1 FROM counted WHERE n < {0})"
        " SELECT n FROM counted"
    ),
    no_bytes="x''",
)

ONE_SHOP = "INSERT INTO fill_shop VALUES (%s, %s, %s)"
ONE_STORY = "INSERT INTO fill_story VALUES (%s, %s, %s, %s, %s, %s)"
ONE_STEP = f"INSERT INTO fill_step VALUES ({', '.join(['%s'] * 20)})"

PLANS = (
    "CREATE TEMPORARY TABLE fill_shop (place integer, vitrine_id bigint, keeps integer)",
    """CREATE TEMPORARY TABLE fill_story (
        story integer, first integer, past integer, inclusion text, reason text, under_way integer)
    """,
    """CREATE TEMPORARY TABLE fill_step (
        story integer, place integer, after integer, event text, outcome text,
        moves integer, before integer, status_then integer, since integer,
        sequence integer, kind text, status integer, state text, reason text, channel text,
        word text, tried text, tries integer, due_in integer, turn integer)
    """,
)
DROPPED = tuple(
    f"DROP TABLE {name}"
    for name in ("fill_shop", "fill_story", "fill_step", "fill_order", "fill_fact")
)

#: Taken off before the rows go in, each with how it is put back.
FOREIGN_KEYS = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY conname
"""
INDEXES = """
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = ANY(%s::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY indexrelid
"""


def rows(dialect: Dialect) -> Iterator[str]:
    """The two passing tables, then the tables of the product."""
    yield _orders_planned(dialect)
    yield _FACTS_PLANNED
    yield _orders(dialect)
    yield _status_changes(dialect)
    yield _invoices(dialect)
    yield _trackings(dialect)
    yield _events(dialect)
    yield _updates(dialect)
    yield _SUPERSEDED_BY
    yield _attempts(dialect)
    yield _captured_values(dialect)
    yield _audit_entries(dialect)
    yield _orphan_events(dialect)
    yield _orphan_invoices(dialect)


def _orders_planned(dialect: Dialect) -> str:
    """The vitrines take turns; which story an order has is spread evenly over each of them."""
    return f"""
        CREATE TEMPORARY TABLE fill_order AS
        SELECT counted.n, %(order_id)s + counted.n AS order_id, shop.vitrine_id, shop.keeps,
               100001 + %(order_id)s + (counted.n - 1) / shops.number AS number,
               story.story, story.under_way, story.inclusion, story.reason,
               %(now)s - %(span)s + counted.n * %(span)s / %(orders)s AS placed
        FROM ({dialect.series.format("%(orders)s")}) counted
        CROSS JOIN (SELECT count(*) AS number FROM fill_shop) shops
        JOIN fill_shop shop ON shop.place = (counted.n - 1) %% shops.number
        JOIN fill_story story
          ON (counted.n / shops.number * 4813 + shop.place * 1237) %% 10000 >= story.first
         AND (counted.n / shops.number * 4813 + shop.place * 1237) %% 10000 < story.past
    """


_FACTS_PLANNED = """
    CREATE TEMPORARY TABLE fill_fact AS
    SELECT row_number() OVER (ORDER BY told, order_id, place) AS n, told AS at,
           order_id, vitrine_id, keeps, number, story, place
    FROM (
        SELECT o.*, s.place,
               CASE WHEN o.placed + s.after > %(now)s THEN %(now)s ELSE o.placed + s.after END told
        FROM fill_order o JOIN fill_step s ON s.story = o.story
        WHERE o.under_way = 0 OR o.placed + s.after <= %(now)s
    ) told
"""


def _orders(dialect: Dialect) -> str:
    time = dialect.time.format
    return f"""
        INSERT INTO vitrines_order (id, vitrine_id, number, platform_id, platform_status,
            placed_at, total, payment_type, delivery_type, volume_count, status, status_at,
            inclusion, inclusion_reason, mapping_revision, created_at, updated_at)
        SELECT o.order_id, o.vitrine_id, o.number, 'loja-' || o.order_id, 'PAID',
               {time("o.placed")}, (5000 + o.n * 37 %% 90000) / 100.0, 'pix', 'sedex', 0,
               s.status_then,
               CASE WHEN s.status_then IS NOT NULL THEN {time("o.placed + s.since")} END,
               o.inclusion, o.reason, 1, {time("o.placed")}, {time("o.placed + s.after")}
        FROM fill_order o
        JOIN (SELECT order_id, max(place) AS place FROM fill_fact GROUP BY order_id) last
          ON last.order_id = o.order_id
        JOIN fill_step s ON s.story = o.story AND s.place = last.place
        ORDER BY o.n
    """


def _of_facts(where: str = "TRUE") -> str:
    return f"""
        FROM fill_fact f JOIN fill_step s ON s.story = f.story AND s.place = f.place
        WHERE {where} ORDER BY f.n
    """


def _status_changes(dialect: Dialect) -> str:
    time = dialect.time.format
    return f"""
        INSERT INTO vitrines_orderstatuschange (id, order_id, from_status, to_status, occurred_at,
            recorded_at, cause)
        SELECT %(orderstatuschange_id)s + f.n, f.order_id, s.before, s.status_then, {time("f.at")},
               {time("f.at")}, s.event || ' (erp-' || (%(event_id)s + f.n) || ')'
        {_of_facts("s.moves = 1")}
    """


def _invoices(dialect: Dialect) -> str:
    time = dialect.time.format
    return f"""
        INSERT INTO vitrines_invoice (id, vitrine_id, order_id, order_number, chave_nfe, number,
            series, issued_at, total, xml, cancelled_at, received_at)
        SELECT %(invoice_id)s + f.n, f.vitrine_id, f.order_id, f.number,
               {_chave("%(invoice_id)s + f.n")}, (%(invoice_id)s + f.n) %% 999999999, 1,
               {time("f.at")}, 199.90, {dialect.no_bytes}, NULL, {time("f.at")}
        {_of_facts("s.event = 'invoiced'")}
    """


def _chave(number: str) -> str:
    """State, month, CNPJ, model and series, then the note's number twice, in 44 characters."""
    padded = f"lpad(CAST({number} AS text), %s, '0')".replace("%s", "{}")
    nine, nine_more = padded.format(9), padded.format(10)
    return f"'3526111234567800019555001' || {nine} || {nine_more}"


def _trackings(dialect: Dialect) -> str:
    time = dialect.time.format
    return f"""
        INSERT INTO vitrines_tracking (id, order_id, volume, code, carrier, url, carrier_event,
            description, occurred_at, delivered_at)
        SELECT %(tracking_id)s + f.n, f.order_id,
               CASE WHEN s.event = 'boarded' THEN '1' ELSE '2' END,
               'SQ' || lpad(CAST(%(tracking_id)s + f.n AS text), 9, '0') || 'BR', 'Correios', '',
               'posted', '', {time("f.at")}, NULL
        {_of_facts(_HAS_TRACKING)}
    """


_HAS_TRACKING = "s.event IN ('boarded', 'tracking') AND s.channel = 'tracking' AND s.state = 'sent'"


def _events(dialect: Dialect) -> str:
    time, json = dialect.time.format, dialect.json.format
    payload = """'{"order_number": "' || f.number || '", "kind": "' || s.event || '"}'"""
    return f"""
        INSERT INTO integrations_event (id, vitrine_id, source, external_id, kind, order_id,
            order_number, occurred_at, received_at, payload, outcome, status_after,
            status_change_id, actor_label)
        SELECT %(event_id)s + f.n, f.vitrine_id,
               CASE WHEN f.place = 0 THEN 'platform' ELSE 'erp' END,
               CASE WHEN f.place = 0 THEN '' ELSE 'erp-' || (%(event_id)s + f.n) END,
               s.event, f.order_id, f.number, {time("f.at")}, {time("f.at")}, {json(payload)},
               s.outcome, s.status_then,
               CASE WHEN s.moves = 1 THEN %(orderstatuschange_id)s + f.n END, 'bench'
        {_of_facts()}
    """


def _updates(dialect: Dialect) -> str:
    time, json = dialect.time.format, dialect.json.format
    uuid = dialect.uuid.format("'update ' || (%(statusupdate_id)s + f.n)")
    return f"""
        INSERT INTO integrations_statusupdate (id, uuid, vitrine_id, order_id, sequence, event_id,
            kind, status, channel, tracking_id, platform, platform_digest, mapping_revision,
            decided_at, earlier_decisions, checked_revision, platform_status, ez_core_status_id,
            ez_core_flow_id, state, reason, detail, turn, due_at, attempts_made, fencing_token,
            superseded_by_id, created_at, finished_at)
        SELECT %(statusupdate_id)s + f.n, {uuid}, f.vitrine_id, f.order_id, s.sequence,
               %(event_id)s + f.n, s.kind, s.status, s.channel,
               CASE WHEN {_HAS_TRACKING} THEN %(tracking_id)s + f.n END,
               %(platform)s, %(digest)s, 1, {time("f.at")}, {json("'[]'")}, 1, s.word, '', '',
               s.state, s.reason,
               CASE s.state WHEN 'failed' THEN 'O pedido já foi encerrado.' ELSE '' END,
               s.turn = 1,
               CASE WHEN s.state = 'pending' AND s.due_in > 0 THEN {time("%(now)s + s.due_in")}
                    WHEN s.state = 'pending' THEN {time("f.at")} END,
               s.tries, NULL, NULL, {time("f.at")},
               CASE WHEN s.state NOT IN ('pending', 'held') THEN {time("f.at + 2")} END
        {_of_facts("s.state <> ''")}
    """


_SUPERSEDED_BY = """
    UPDATE integrations_statusupdate SET superseded_by_id = (
        SELECT later.id FROM integrations_statusupdate later
        WHERE later.order_id = integrations_statusupdate.order_id
          AND later.sequence = integrations_statusupdate.sequence + 1)
    WHERE state = 'superseded' AND id > %(statusupdate_id)s
"""


def _attempts(dialect: Dialect) -> str:
    time, json = dialect.time.format, dialect.json.format
    outcome = "CASE WHEN k.number < s.tries THEN 'transient' ELSE s.tried END"
    kept = f"(f.keeps = 1 OR {outcome} NOT IN ('accepted', 'already_applied'))"
    return f"""
        INSERT INTO integrations_deliveryattempt (id, update_id, number, started_at, duration_ms,
            outcome, http_status, message, steps, holds_contents, worker)
        SELECT %(deliveryattempt_id)s + 4 * f.n + k.number, %(statusupdate_id)s + f.n, k.number,
               {time("f.at + 60 * k.number")}, 20 + f.n %% 200, {outcome},
               CASE {outcome} WHEN 'transient' THEN 503 WHEN 'rejected' THEN 422
                    WHEN 'already_applied' THEN 409 ELSE 200 END,
               CASE {outcome} WHEN 'transient' THEN 'A loja está em manutenção.'
                    WHEN 'rejected' THEN 'O pedido já foi encerrado.' ELSE '' END,
               {json(_STEPS.format(kept=kept))}, {kept}, 'bench:1'
        FROM fill_fact f JOIN fill_step s ON s.story = f.story AND s.place = f.place
        JOIN (SELECT 1 AS number UNION ALL SELECT 2 UNION ALL SELECT 3) k ON k.number <= s.tries
        ORDER BY f.n, k.number
    """


#: As ``delivery.http.StepRecord`` writes it, with the contents where the vitrine keeps them or it
#: was not accepted.
_STEPS = """'[{{"method": "PUT", "url": "http://127.0.0.1:9/pedidos/loja-' || f.order_id
    || '/status", "status": 200, "ms": 21, "error": "", ' ||
    CASE WHEN {kept} THEN
        '"request_headers": {{"Content-Type": "application/json", "Idempotency-Key": "'
        || md5('update ' || (%(statusupdate_id)s + f.n)) || '", "User-Agent": "vitrine"}},
         "request_body": "{{\\"pedido\\": \\"' || f.number || '\\", \\"status\\": \\"' || s.word
        || '\\", \\"ocorrido_em\\": \\"2026-11-23T14:00:00-03:00\\"}}",
         "response_headers": {{"content-type": "application/json", "server": "loja"}},
         "response_body": "{{\\"ok\\": true, \\"pedido\\": \\"' || f.number || '\\"}}"}}]'
    ELSE
        '"request_headers": {{}}, "request_body": null,
         "response_headers": {{}}, "response_body": null}}]'
    END"""


def _captured_values(dialect: Dialect) -> str:
    value = dialect.json.format("""'"remessa-' || order_id || '"'""")
    return f"""
        INSERT INTO integrations_capturedvalue (id, order_id, name, value)
        SELECT %(capturedvalue_id)s + n, order_id, 'shipment_id', {value}
        FROM fill_order WHERE n %% 10 = 0
    """


def _audit_entries(dialect: Dialect) -> str:
    """What people did: settled one outside, or sent one again."""
    time, json = dialect.time.format, dialect.json.format
    details = """'{"update": ' || (%(statusupdate_id)s + f.n) || ', "reason": "visto na loja"}'"""
    return f"""
        INSERT INTO vitrines_auditentry (id, at, actor_id, actor_label, action, vitrine_id,
            subject, details)
        SELECT %(auditentry_id)s + f.n, {time("f.at + 30")}, NULL, 'operacao',
               CASE s.state WHEN 'cancelled' THEN 'update.cancel' ELSE 'update.retry' END,
               f.vitrine_id, '#' || (%(statusupdate_id)s + f.n) || ' pedido VT-' || f.number,
               {json(details)}
        {_of_facts("s.state = 'cancelled' OR s.state = 'sent' AND s.tries > 1")}
    """


def _orphan_events(dialect: Dialect) -> str:
    time, json = dialect.time.format, dialect.json.format
    return f"""
        INSERT INTO integrations_event (id, vitrine_id, source, external_id, kind, order_id,
            order_number, occurred_at, received_at, payload, outcome, actor_label)
        SELECT %(event_id)s + 10 * %(orders)s + n, (SELECT min(vitrine_id) FROM fill_shop), 'erp',
               'erp-' || (%(event_id)s + 10 * %(orders)s + n), 'reserved', NULL,
               9000000 + %(event_id)s + n, {time("%(now)s - n")}, {time("%(now)s - n")},
               {json("'{}'")}, 'orphan', 'bench'
        FROM ({dialect.series.format("%(orphans)s")}) counted
    """


def _orphan_invoices(dialect: Dialect) -> str:
    time = dialect.time.format
    id_ = "%(invoice_id)s + 10 * %(orders)s + n"
    return f"""
        INSERT INTO vitrines_invoice (id, vitrine_id, order_id, order_number, chave_nfe, number,
            series, issued_at, total, xml, cancelled_at, received_at)
        SELECT {id_}, (SELECT min(vitrine_id) FROM fill_shop), NULL, 9000000 + {id_},
               {_chave(id_)}, ({id_}) %% 999999999, 1, {time("%(now)s - n")}, 199.90,
               {dialect.no_bytes}, NULL, {time("%(now)s - n")}
        FROM ({dialect.series.format("%(orphans)s")}) counted
    """
