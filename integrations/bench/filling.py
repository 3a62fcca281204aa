"""Fills a database with the orders of a year, in minutes: a million with four million updates.

Every row is made by the database itself, from the stories of ``stories`` and the number of the
order: the same call on an empty database makes the same rows. On PostgreSQL the tables lose their
indexes and foreign keys meanwhile, and get them back in the same transaction, which checks
every row. SQLite fills the same rows, slowly.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Count, Max, Model
from django.db.models.functions import TruncHour
from django.utils import timezone

from integrations.bench import filling_sql
from integrations.bench.stories import HISTORY, UNFINISHED, WORDS, Story, blocked, waiting
from integrations.connections import save_connection
from integrations.delivery.lanes import lane_of
from integrations.models import (
    CapturedValue,
    DeliveryAttempt,
    Event,
    SendingHour,
    StatusUpdate,
    UpdateState,
)
from status_mapping.operations import save_mapping
from status_mapping.tables import MappingTables, StatusRow
from vitrines.models import (
    AuditEntry,
    Invoice,
    LogPolicy,
    Order,
    OrderStatusChange,
    Tracking,
    Vitrine,
)
from vitrines.platforms import get_platform

PLATFORM = "generic"
#: Over which the orders are spread.
SPAN = timedelta(days=365)
FILLED: tuple[type[Model], ...] = (
    Order,
    OrderStatusChange,
    Invoice,
    Tracking,
    Event,
    StatusUpdate,
    DeliveryAttempt,
    CapturedValue,
    AuditEntry,
)
#: Of how many orders one event and one note came whose order did not.
ORPHANS_PER = 10_000


def fill(
    *,
    orders: int,
    vitrines: int = 8,
    unfinished: int | None = None,
    waiting_updates: int = 0,
    waiting_each: int = 4,
    blocked_updates: int = 0,
    store_url: str = "http://127.0.0.1:9",
    now: datetime | None = None,
) -> None:
    """Add ``orders`` orders of the last year, spread over the vitrines BENCH-1, BENCH-2, …

    Beside them, ``unfinished`` orders that wait for somebody or for a fact (150 times fewer, if not
    said), and orders whose updates wait, all by URL to ``store_url``: ``waiting_updates`` that
    are due now, ``waiting_each`` of an order, and ``blocked_updates``, four of an order, behind a
    head that failed and is due in six hours. The vitrines are made if they are not there.
    """
    now = (now or timezone.now()).replace(microsecond=0)
    shops = [_vitrine(place, store_url, now) for place in range(1, vitrines + 1)]
    with transaction.atomic(), _bare_tables() if _postgresql() else nullcontext():
        for stories, number in (
            (HISTORY, orders),
            (UNFINISHED, orders // 150 if unfinished is None else unfinished),
            ((waiting(waiting_each),), ceil(waiting_updates / waiting_each)),
            ((blocked(4),), ceil(blocked_updates / 4)),
        ):
            if number:
                _fill_stories(stories, number, shops, now)
        _set_sequences()
        _count_hours()
    _tidy_up()


def _count_hours() -> None:
    """What was accepted, hour by hour, each two seconds after its event."""
    accepted = (
        StatusUpdate.objects.filter(state=UpdateState.SENT)
        .order_by()
        .values_list("vitrine_id", TruncHour("finished_at", tzinfo=UTC))
        .annotate(number=Count("pk"))
    )
    SendingHour.objects.bulk_create(
        [
            SendingHour(vitrine_id=pk, hour=hour, accepted=n, accepted_first_try=n, took_4=n)
            for pk, hour, n in accepted.iterator()
        ],
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=["hour", "vitrine"],
        update_fields=["accepted", "accepted_first_try", "took_4"],
    )


def _vitrine(place: int, store_url: str, now: datetime) -> Vitrine:
    """Of eight vitrines, the first keeps the contents of what was accepted."""
    policy = LogPolicy.ALL if place % 8 == 1 else LogPolicy.ERRORS
    vitrine, new = Vitrine.objects.get_or_create(
        code=f"BENCH-{place}",
        defaults={
            "description": f"Loja de medição {place}",
            "platform": PLATFORM,
            "log_policy": policy,
            "order_prefix": "VT",
        },
    )
    if not new:
        return vitrine
    defaults = {p.name: p.default for p in get_platform(PLATFORM).params if not p.secret}
    save_connection(
        vitrine=vitrine,
        params=defaults | {"base_url": store_url},
        new_secrets={},
        removed_secrets=set(),
        known_secrets=set(),
        seen_version="",
        actor=None,
        now=now,
    )
    rows = tuple(StatusRow(status, word) for status, word in WORDS.items())
    save_mapping(
        vitrine=vitrine,
        base_revision=0,
        tables=MappingTables(statuses=rows),
        author=None,
        reason="",
        now=now,
    )
    lane_of(vitrine)
    return vitrine


def _fill_stories(
    stories: Sequence[Story], orders: int, shops: Sequence[Vitrine], now: datetime
) -> None:
    """The orders of some stories: their steps and times in passing tables, then every table's
    rows out of these."""
    dialect = filling_sql.POSTGRESQL if _postgresql() else filling_sql.SQLITE
    values: dict[str, int | str] = {
        "orders": orders,
        "now": int(now.timestamp()),
        "span": int(SPAN.total_seconds()),
        "platform": PLATFORM,
        "digest": get_platform(PLATFORM).digest,
        "orphans": orders // ORPHANS_PER,
        **{f"{model.__name__.lower()}_id": _last_id(model) for model in FILLED},
    }
    with connection.cursor() as cursor:
        for statement in filling_sql.PLANS:
            cursor.execute(statement)
        cursor.executemany(filling_sql.ONE_SHOP, list(_shop_rows(shops)))
        cursor.executemany(filling_sql.ONE_STORY, list(_story_rows(stories)))
        cursor.executemany(filling_sql.ONE_STEP, list(_step_rows(stories)))
        for statement in filling_sql.rows(dialect):
            cursor.execute(statement, values)
        for statement in filling_sql.DROPPED:
            cursor.execute(statement)


def _shop_rows(shops: Sequence[Vitrine]) -> Iterator[tuple[int, ...]]:
    """Place, id, and whether the contents of what was accepted are kept."""
    for place, shop in enumerate(shops):
        yield place, shop.pk, int(shop.log_policy == LogPolicy.ALL)


def _story_rows(stories: Sequence[Story]) -> Iterator[tuple[Any, ...]]:
    """Story, which ten-thousandths are its, inclusion and its reason, whether under way."""
    first = 0
    for number, story in enumerate(stories):
        past = first + story.share
        yield number, first, past, story.inclusion, story.inclusion_reason, int(story.under_way)
        first = past


def _step_rows(stories: Sequence[Story]) -> Iterator[tuple[Any, ...]]:
    """One row a step, with the status that the order had before and has from then on."""
    for number, story in enumerate(stories):
        status: int | None = None
        since = 0
        for place, step in enumerate(story.steps):
            before = status
            if step.moves:
                status, since = int(step.status), step.after
            told = sum(earlier.state is not None for earlier in story.steps[: place + 1])
            yield (
                *(number, place, step.after, step.event, step.outcome),
                *(int(step.moves), before, status, since),
                *(told if step.state else 0, step.kind, int(step.status), step.state or ""),
                *(step.reason or "", step.channel, WORDS.get(step.status, "")),
                *(step.tried or "", step.tries if step.tried else 0, step.due_in, int(step.turn)),
            )


def _last_id(model: type[Model]) -> int:
    return int(model._default_manager.aggregate(last=Max("pk"))["last"] or 0)


def _postgresql() -> bool:
    return connection.vendor == "postgresql"


@dataclass(frozen=True)
class _Taken:
    """What was taken off a table, and how it is put back."""

    drop: str
    restore: str


@contextmanager
def _bare_tables() -> Iterator[None]:
    """Without foreign keys and indexes, so that rows go in fast; with all of them again at the
    end, when PostgreSQL looks at every row. Unique constraints stay."""
    names = [model._meta.db_table for model in FILLED]
    with connection.cursor() as cursor:
        # No table can be altered while rows of this transaction wait to be checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(filling_sql.FOREIGN_KEYS, [names])
        taken = [_Taken(*row) for row in cursor.fetchall()]
        cursor.execute(filling_sql.INDEXES, [names])
        taken += [_Taken(*row) for row in cursor.fetchall()]
        for one in taken:
            cursor.execute(one.drop)
    yield
    with connection.cursor() as cursor:
        for one in reversed(taken):
            cursor.execute(one.restore)


def _set_sequences() -> None:
    """The next row of each table gets the next id."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), FILLED):
            cursor.execute(statement)


def _tidy_up() -> None:
    """What autovacuum would do in the next minutes, so that a measurement need not wait for it."""
    if not _postgresql():
        return
    order = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
    written: tuple[type[Model], ...] = (*FILLED, SendingHour)
    with connection.cursor() as cursor:
        for model in written:
            cursor.execute(f"{order} {model._meta.db_table}")
