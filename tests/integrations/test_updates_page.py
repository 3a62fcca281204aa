"""Atualizações: the list, one update, and what a person may do to it."""

from datetime import timedelta

import pytest
from werkzeug import Response

from integrations.models import EventKind, UpdateReason, UpdateState
from integrations.pretty import laid_out, pretty
from tests.factories import NOW, make_mapping, make_order, make_update, make_vitrine
from tests.integrations.people import OPERATOR, READER, sign_in
from tests.integrations.shop import Shop
from vitrines.models import LogPolicy, Vitrine
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PREPARING = OrderStatus.EM_PREPARACAO
DISPATCHED = OrderStatus.DESPACHADO


def listed(response):
    return [update.pk for update in response.context["page"]]


@pytest.fixture
def updates():
    """Sent yesterday, refused today, held today; the last one of another vitrine."""
    first, second = make_vitrine(), make_vitrine("LOJA-RJ")
    order = make_order(first, "1")
    sent = make_update(
        order,
        PREPARING,
        UpdateState.SENT,
        reason="accepted",
        created_at=NOW - timedelta(days=1),
    )
    failed = make_update(order, DISPATCHED, UpdateState.FAILED, reason="rejected", detail="não")
    held = make_update(make_order(second, "2"), PREPARING, UpdateState.HELD, reason="unmapped")
    return sent, failed, held


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 0]),
        ("vitrine=LOJA-SP", [1, 0]),
        ("status=2", [2, 0]),
        ("state=failed", [1]),
        ("reason=unmapped", [2]),
        ("since=2026-11-23", [2, 1]),
        ("until=2026-11-22", [0]),
        ("since=2026-11-22&until=2026-11-22", [0]),
        ("until=9999-12-31", [2, 1, 0]),
        ("since=0001-01-01", [2, 1, 0]),
        ("state=failed&vitrine=LOJA-RJ", []),
        ("state=nenhum", [2, 1, 0]),
    ],
)
def test_update_list_is_narrowed_by_the_address(query, found, client, updates):
    sign_in(client, *READER)

    response = client.get(f"/atualizacoes/?{query}")

    assert listed(response) == [updates[index].pk for index in found]


def test_update_list_says_that_a_period_ends_before_it_begins(client, updates):
    sign_in(client, *READER)

    html = client.get("/atualizacoes/?since=2026-11-23&until=2026-11-01").content.decode()

    assert "Anterior ao início do período." in html


def test_update_list_shows_the_platforms_words(client, updates):
    sign_in(client, *READER)

    html = client.get("/atualizacoes/?state=failed").content.decode()

    assert 'href="/pedidos/LOJA-SP/1/">VT-1</a>' in html
    assert "Despachado → PICKING · URL" in html
    assert '<div class="hint wrap-anywhere">não</div>' in html


def test_updates_need_the_permission(client, updates):
    sign_in(client, "vitrines.view_order")

    assert client.get("/atualizacoes/").status_code == 403
    assert client.get(f"/atualizacoes/{updates[0].pk}/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_update_list_costs_the_same_with_more_rows(count, client, django_assert_num_queries):
    vitrine = make_vitrine()
    for number in range(count):
        make_update(make_order(vitrine, str(number)))
    sign_in(client, *READER)

    with django_assert_num_queries(8):
        response = client.get("/atualizacoes/?state=pending")

    assert len(listed(response)) == count


# One update -------------------------------------------------------------------------------


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


@pytest.fixture
def failed(shop):
    """Refused once, with a secret on the wire."""
    shop.vitrine.connection.params |= {"auth_kind": "bearer"}
    shop.vitrine.connection.secrets = {"auth_secret": "chave-muito-secreta"}
    shop.vitrine.connection.save()
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(Response('{"message":"falta <i>nota</i>","campo":{"id":1}}', 422))
    shop.dispatch()
    return shop.last


def detail(client, update):
    return client.get(f"/atualizacoes/{update.pk}/")


def test_update_page_shows_request_and_answer_laid_out_escaped_and_masked(client, failed):
    sign_in(client, *READER)

    html = detail(client, failed).content.decode()

    assert "chave-muito-secreta" not in html
    assert f"Idempotency-Key: {failed.uuid}" in html
    assert "&quot;pedido&quot;: &quot;100482&quot;,\n" in html
    assert "&quot;message&quot;: &quot;falta &lt;i&gt;nota&lt;/i&gt;&quot;,\n" in html
    assert "<i>nota</i>" not in html


def test_update_page_says_that_accepted_contents_were_not_kept(client, shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()
    sign_in(client, *READER)

    html = detail(client, shop.last).content.decode()

    assert shop.vitrine.log_policy == LogPolicy.ERRORS
    assert "Conteúdo não guardado (configuração dos logs da vitrine: somente erros)." in html


def test_update_page_sets_the_row_as_it_was_beside_the_row_now(client, failed, shop):
    shop.row(PREPARING, platform_status="SEPARANDO", active=False, ez_core_status_id="7")
    sign_in(client, *READER)

    explanation = detail(client, failed).context["explanation"]

    assert [(row.label, row.then, row.now) for row in explanation.then.rows] == [
        ("Status da plataforma", "PICKING", "SEPARANDO"),
        ("Envio", "URL", "URL"),
        ("ID Status EZ Core", "—", "7"),
        ("Ativo", "sim", "não"),
    ]
    assert explanation.mapping_now == "hoje está inativa"


def envio_of(client, update):
    """(then, now) of the column Envio, and what is said of the row in one line."""
    explanation = detail(client, update).context["explanation"]
    [row] = [row for row in explanation.then.rows if row.label == "Envio"]
    return row.then, row.now, explanation.mapping_now


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        ("", ("Rastreio", "URL", "hoje Envio é URL")),
        ("url", ("Rastreio", "URL", "hoje Envio é URL")),
        ("tracking", ("Rastreio", "Rastreio", "igual ao de agora")),
    ],
)
def test_update_page_names_the_channel_that_the_row_leaves_to_the_platform(channel, told, client):
    """VTEX takes Problemas by tracking, too; its usual way is by URL."""
    problem = OrderStatus.PROBLEMAS
    vtex = make_vitrine("VTEX-SP", platform="vtex")
    make_mapping(vtex, problem, "problem", channel=channel)
    update = make_update(
        make_order(vtex), problem, UpdateState.FAILED, reason="rejected", channel="tracking",
        platform_status="problem",
    )  # fmt: skip
    sign_in(client, *READER)

    assert envio_of(client, update) == told


def test_update_page_names_no_other_channel_where_the_platform_has_no_file(client):
    gone = make_vitrine("SUMIU", platform="sumiu")
    make_mapping(gone, DISPATCHED, "INVOICED")
    update = make_update(
        make_order(gone), DISPATCHED, UpdateState.FAILED, reason="rejected", channel="xml",
        platform_status="INVOICED",
    )  # fmt: skip
    sign_in(client, *READER)

    assert envio_of(client, update) == ("XML", "XML", "igual ao de agora")


def test_update_page_of_a_tracking_names_no_channel_of_the_row(client):
    """Whatever channel the row chooses for its status, a tracking goes by tracking."""
    vitrine = make_vitrine()
    make_mapping(vitrine, DISPATCHED, "INVOICED", channel="xml")
    update = make_update(
        make_order(vitrine), DISPATCHED, UpdateState.SENT, reason="accepted", kind="tracking",
        channel="tracking", platform_status="INVOICED",
    )  # fmt: skip
    sign_in(client, *READER)

    assert envio_of(client, update) == ("Rastreio", "Rastreio", "igual ao de agora")


def test_update_page_tells_when_the_row_is_gone(client, failed, shop):
    shop.unmap(PREPARING)
    sign_in(client, *READER)

    explanation = detail(client, failed).context["explanation"]

    assert explanation.mapping_now == "hoje não há linha"


def test_update_page_of_an_unknown_update_is_404(client):
    sign_in(client, *READER)

    assert client.get("/atualizacoes/1/").status_code == 404


@pytest.mark.parametrize("tries", [1, 3])
def test_update_page_costs_the_same_whatever_was_tried(
    tries, client, shop, django_assert_num_queries
):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(503)
    for _ in range(tries):
        shop.dispatch()
        shop.wait(hours=1)
    sign_in(client, *OPERATOR)

    with django_assert_num_queries(19):
        response = detail(client, shop.last)

    assert len(response.context["attempts"]) == tries


# What a person may do ---------------------------------------------------------------------


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_retry_puts_a_failed_update_back_and_comes_back(client, failed):
    sign_in(client, *OPERATOR)

    response = client.post(
        f"/atualizacoes/{failed.pk}/reenviar/", {"next": "/pedidos/LOJA-SP/100482/"}, follow=True
    )

    failed.refresh_from_db()
    assert (failed.state, failed.attempts_made) == (UpdateState.PENDING, 0)
    assert response.redirect_chain == [("/pedidos/LOJA-SP/100482/", 302)]
    assert said(response) == [f"O envio #{failed.pk} voltou à fila."]


def test_retry_of_what_did_not_fail_says_why_not(client, shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()
    sign_in(client, *OPERATOR)

    response = client.post(f"/atualizacoes/{shop.last.pk}/reenviar/", follow=True)

    assert shop.last.state == UpdateState.SENT
    assert said(response) == ["Só uma atualização recusada pode ser reenviada."]


def test_cancel_keeps_who_and_why(client, failed):
    sign_in(client, *OPERATOR)

    client.post(f"/atualizacoes/{failed.pk}/resolvido-fora/", {"reason": "Feito na loja"})

    failed.refresh_from_db()
    assert (failed.state, failed.reason) == (UpdateState.CANCELLED, UpdateReason.CANCELLED)
    assert failed.detail == "Feito na loja"


def test_cancel_without_a_reason_changes_nothing(client, failed):
    sign_in(client, *OPERATOR)

    response = client.post(
        f"/atualizacoes/{failed.pk}/resolvido-fora/", {"reason": " "}, follow=True
    )

    failed.refresh_from_db()
    assert failed.state == UpdateState.FAILED
    assert said(response) == ["Diga como foi resolvido: o motivo fica no histórico."]


def test_reason_is_kept_as_one_line_of_plain_text(client, failed):
    sign_in(client, *OPERATOR)

    reason = "Feito\x00 na\x1b\n loja" + "!" * 9000
    client.post(f"/atualizacoes/{failed.pk}/resolvido-fora/", {"reason": reason})

    failed.refresh_from_db()
    assert failed.detail == ("Feito na loja" + "!" * 9000)[:500]


@pytest.mark.parametrize("deed", ["reenviar", "resolvido-fora"])
def test_deeds_without_the_platform_file_change_nothing_and_say_why(deed, client, failed):
    Vitrine.objects.update(platform="sem-arquivo")
    sign_in(client, *OPERATOR)

    path = f"/atualizacoes/{failed.pk}/{deed}/"
    response = client.post(path, {"reason": "Feito na loja"}, follow=True)

    failed.refresh_from_db()
    assert failed.state == UpdateState.FAILED
    assert said(response) == [
        "O arquivo do exportador “sem-arquivo” está ausente ou com erro. "
        "Nada mudou; reponha o arquivo e tente de novo."
    ]


@pytest.mark.parametrize("deed", ["reenviar", "resolvido-fora"])
def test_deeds_need_the_permission_and_a_post(deed, client, failed):
    path = f"/atualizacoes/{failed.pk}/{deed}/"
    sign_in(client, *READER)
    assert client.post(path, {"reason": "x"}).status_code == 403

    sign_in(client, *OPERATOR, username="maria")

    assert client.get(path).status_code == 405
    failed.refresh_from_db()
    assert failed.state == UpdateState.FAILED


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "javascript:x"])
def test_deeds_never_lead_to_another_site(elsewhere, client, failed):
    sign_in(client, *OPERATOR)

    response = client.post(f"/atualizacoes/{failed.pk}/reenviar/", {"next": elsewhere})

    assert response.headers["Location"] == f"/atualizacoes/{failed.pk}/"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"a":[1,"ç"]}', '{\n  "a": [\n    1,\n    "ç"\n  ]\n}'),
        ("<a><b>1</b></a>", "<a>\n  <b>1</b>\n</a>"),
        ('{"a":', '{"a":'),
        ("<a><b>", "<a><b>"),
        ("[" * 5000, "[" * 5000),
        ('<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'),
        ("status=ok", "status=ok"),
        ("[]", "[]"),
        ('{"a":{},"b":null,"c":true}', '{\n  "a": {},\n  "b": null,\n  "c": true\n}'),
        (None, ""),
    ],
)
def test_pretty_lays_out_what_parses_and_leaves_the_rest(body, shown):
    assert pretty(body) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"total": 199.90, "a": 1, "a": 2}', '{\n  "total": 199.90,\n  "a": 1,\n  "a": 2\n}'),
        (
            "[1E+2,-0.0,12345678901234567890.10]",
            "[\n  1E+2,\n  -0.0,\n  12345678901234567890.10\n]",
        ),
        ('["N\\u00e3o", "a\\nb"]', '[\n  "Não",\n  "a\\nb"\n]'),
        (
            '<?xml version="1.0" encoding="ISO-8859-1"?><a><b>Não</b></a>',
            '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>\n  <b>Não</b>\n</a>',
        ),
        ("<a><![CDATA[1 < 2]]></a>", "<a><![CDATA[1 < 2]]></a>"),
    ],
)
def test_pretty_changes_nothing_of_what_was_sent(body, shown):
    assert pretty(body) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('["\\ud800"]', '[\n  "\\ud800"\n]'),
        ('{"a\\u202eb": 1}', '{\n  "a\\u202eb": 1\n}'),
        ('["ção \u202e"]', '[\n  "ção \\u202e"\n]'),
    ],
)
def test_pretty_writes_out_what_no_page_shows_or_what_turns_its_direction(body, shown):
    assert pretty(body) == shown
    pretty(body).encode()


def test_graphql_variables_keep_their_numbers_as_written():
    body = '{"query": "mutation { a }", "variables": {"total": 199.90}}'

    assert laid_out(body, "application/json") == (
        'mutation { a }\n\nvariables = {\n  "total": 199.90\n}'
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"query": "a", "query": "b"}',
        '{"query": "a", "variables": {}, "variables": {"x": 1}}',
    ],
)
def test_graphql_that_says_a_thing_twice_is_shown_as_the_json_that_it_is(body):
    assert laid_out(body, "application/json") == pretty(body)
