"""The order's page and the list of orders."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils.html import escape
from lxml import html
from werkzeug import Response

from integrations.models import EventKind, Lane, UpdateState
from tests.factories import make_order, make_update, make_vitrine
from tests.integrations.people import OPERATOR, READER, sign_in
from tests.integrations.shop import Shop
from vitrines.models import AuditAction, AuditEntry, Inclusion, InclusionReason, Order
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PAGE = "/pedidos/LOJA-SP/100482/"


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


@pytest.fixture
def rejected(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(Response('{"message": "<b>Code</b> is required"}', 422))
    shop.dispatch()
    return shop.last


@pytest.mark.parametrize("number", ["100482", "VT-100482", "vt-000100482", "000100482"])
def test_order_page_is_found_by_any_spelling_of_the_number(number, client, shop):
    shop.receive()
    sign_in(client, *READER)

    response = client.get(f"/pedidos/LOJA-SP/{number}/")

    assert response.status_code == 200
    assert response.context["order"] == shop.order


@pytest.mark.parametrize("path", ["LOJA-SP/9", "LOJA-RJ/100482"])
def test_order_page_of_an_unknown_order_is_404(path, client, shop):
    shop.receive()
    sign_in(client, *READER)

    assert client.get(f"/pedidos/{path}/").status_code == 404


def test_order_page_shows_what_the_platform_gave_and_cuts_what_is_long(client, shop):
    order = shop.receive()
    sign_in(client, *READER)
    assert kept_on(client.get(PAGE)) == []
    order.captured_values.create(name="shipment_ids", value=["17", "<18>"])
    order.captured_values.create(name="receipt", value="r" * 300)

    assert kept_on(client.get(PAGE)) == [
        ("receipt", f"{'r' * 200}… (300 caracteres)"),
        ("shipment_ids", '["17", "<18>"]'),
    ]


def kept_on(response):
    tree = html.fromstring(response.content.decode())
    rows = tree.xpath("//section[@aria-labelledby='t-guardado']//tbody/tr")
    return [tuple(cell.text_content() for cell in row) for row in rows]


def test_order_page_needs_a_login_and_the_permission(client, shop):
    shop.receive()
    assert client.get(PAGE).headers["Location"] == f"/entrar/?next={PAGE}"

    sign_in(client)

    assert client.get(PAGE).status_code == 404


def test_order_page_tells_the_cause_and_escapes_the_platforms_words(client, rejected):
    sign_in(client, *OPERATOR)

    html = client.get(PAGE).content.decode()

    assert escape("A plataforma recusou o envio: “<b>Code</b> is required”.") in html
    assert "<b>Code</b>" not in html
    assert "Loja desatualizada" in html
    assert f'action="/atualizacoes/{rejected.pk}/reenviar/"' in html
    assert f'action="/atualizacoes/{rejected.pk}/resolvido-fora/"' in html


def test_order_page_offers_no_button_to_a_reader(client, rejected):
    sign_in(client, *READER)

    html = client.get(PAGE).content.decode()

    assert "reenviar/" not in html
    assert "resolvido-fora/" not in html
    assert "Próximo passo:</b> Reenviar depois de corrigir" in html


def test_order_page_shows_requests_only_to_whoever_may_read_attempts(client, rejected):
    sign_in(client, "vitrines.view_order")
    assert "Idempotency-Key" not in client.get(PAGE).content.decode()

    sign_in(client, *READER, username="leitora")

    assert str(rejected.uuid) in client.get(PAGE).content.decode()


def test_order_page_has_no_inline_style_or_script(client, rejected):
    sign_in(client, *OPERATOR)

    html = client.get(PAGE).content.decode()

    assert ("style=" in html, "<script>" in html, "onclick" in html) == (False, False, False)


def test_timeline_reads_newest_first_in_words(client, shop):
    shop.receive()
    shop.row(OrderStatus.EM_PREPARACAO, active=False)
    shop.wait(hours=1)
    shop.tell(EventKind.RESERVED)
    shop.wait(hours=1)
    shop.invoice()
    shop.wait(seconds=1)
    shop.dispatch()
    skipped, sent = shop.order.status_updates.order_by("sequence")[1:]
    shop.row(OrderStatus.DESPACHADO, platform_status="FATURADO")
    sign_in(client, *READER)

    explanation = client.get(PAGE).context["explanation"]

    told = [(entry.title, entry.text, entry.note) for entry in explanation.newest_first]
    milliseconds = sent.attempts.get().duration_ms
    assert told == [
        (
            f"Envio #{sent.pk} aceito",
            "Despachado → INVOICED · URL",
            f"tentativa 1 · HTTP 200 em {milliseconds} ms · DE-PARA da revisão 0 "
            "(hoje seria “FATURADO”)",
        ),
        (
            "Faturado",
            "NF-e 29.248/3 · R$ 199,90",
            "evento invoiced-2 recebido pela API (token erp-prod) · o pedido passou a Despachado",
        ),
        (
            f"Envio #{skipped.pk} não enviado: inativo",
            "Em preparação → PICKING",
            "a linha do DE-PARA estava com Ativo desmarcado (revisão 0; igual ao de agora)",
        ),
        (
            "Separado / reservado",
            "",
            "evento reserved-1 recebido pela API (token erp-prod) · "
            "o pedido passou a Em preparação",
        ),
        (
            "Pedido integrado",
            "a loja informou “PAID” → Pagamento Confirmado",
            "incluído (padrão) · loja · não é devolvido à loja (eco)",
        ),
    ]


def test_timeline_tells_who_sent_again_and_who_settled(client, rejected, shop):
    sign_in(client, *OPERATOR, username="maria")
    client.post(f"/atualizacoes/{rejected.pk}/reenviar/")
    client.post(f"/atualizacoes/{rejected.pk}/resolvido-fora/", {"reason": "Feito na loja"})

    entries = client.get(PAGE).context["explanation"].newest_first[:2]

    assert [(entry.title, entry.text, entry.note) for entry in entries] == [
        (f"Envio #{rejected.pk} resolvido fora", "por maria", "“Feito na loja”"),
        (f"Envio #{rejected.pk} reenviado", "por maria", ""),
    ]


@pytest.mark.parametrize("orders", [1, 3])
def test_order_page_costs_the_same_whatever_the_history(
    orders, client, shop, django_assert_num_queries
):
    shop.receive()
    for kind in [EventKind.RESERVED, EventKind.PROBLEM, EventKind.CANCELLED][:orders]:
        shop.wait(minutes=1)
        shop.tell(kind)
        shop.dispatch()
    sign_in(client, *OPERATOR, "vitrines.correct_order")

    with django_assert_num_queries(20):
        assert client.get(PAGE).status_code == 200


def test_resume_is_offered_for_a_refused_credential_beside_the_fix(client, shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(401)
    shop.dispatch()
    sign_in(client, *OPERATOR, "integrations.view_connection")

    html = client.get(PAGE).content.decode()

    assert 'href="/vitrines/LOJA-SP/envio/">Corrigir a credencial</a>' in html
    assert 'action="/vitrines/LOJA-SP/retomar/"' in html


# The list ---------------------------------------------------------------------------------


def titles(response):
    return [row.order.number for row in response.context["rows"]]


@pytest.fixture
def orders():
    """One right, one refused, one not included, of two vitrines."""
    first, second = make_vitrine(), make_vitrine("LOJA-RJ", order_prefix="")
    right = make_order(first, "1", status=OrderStatus.DESPACHADO)
    make_update(right, OrderStatus.DESPACHADO, UpdateState.SENT, reason="accepted")
    refused = make_order(first, "2", status=OrderStatus.EM_PREPARACAO)
    make_update(refused, OrderStatus.EM_PREPARACAO, UpdateState.FAILED, reason="rejected")
    left_out = make_order(
        second,
        "3",
        status=None,
        inclusion=Inclusion.NOT_INCLUDED,
        inclusion_reason=InclusionReason.CANCELLED,
    )
    return right, refused, left_out


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["3", "2", "1"]),
        ("vitrine=LOJA-SP", ["2", "1"]),
        ("status=3", ["1"]),
        ("inclusion=not_included", ["3"]),
        ("situation=outdated", ["2"]),
        ("situation=up_to_date&vitrine=LOJA-SP", ["1"]),
        ("situation=settled", []),
        ("vitrine=NENHUMA", ["3", "2", "1"]),
    ],
)
def test_order_list_is_narrowed_by_the_address(query, found, client, orders):
    sign_in(client, *READER)

    response = client.get(f"/pedidos/?{query}")

    assert response.status_code == 200
    assert titles(response) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("since=2026-11-20", ["3", "1"]),
        ("until=2026-11-20", ["1", "2"]),
        ("since=2026-11-20&until=2026-11-20", ["1"]),
        ("since=2026-11-20&vitrine=LOJA-SP", ["1"]),
        ("since=2026-11-20&inclusion=not_included", ["3"]),
        ("until=2026-11-20&situation=outdated", ["2"]),
        ("since=2026-11-21&until=2026-11-20", ["3"]),
        ("since=ontem", ["3", "2", "1"]),
        ("until=9999-12-31", ["3", "1", "2"]),
    ],
)
def test_order_list_of_a_period_begins_with_what_was_received_last(query, found, client, orders):
    """Days are those of São Paulo, both included; an order received late stands by its time."""
    received = {"1": (20, 23), "2": (20, 2), "3": (21, 3)}
    for number, (day, hour) in received.items():
        moment = datetime(2026, 11, day, hour, tzinfo=UTC)
        Order.objects.filter(number=number).update(created_at=moment)
    sign_in(client, *READER)

    assert titles(client.get(f"/pedidos/?{query}")) == found


def test_period_that_ends_before_it_begins_is_said(client, orders):
    sign_in(client, *READER)

    html = client.get("/pedidos/?since=2026-11-21&until=2026-11-20").content.decode()

    assert "Anterior ao início do período." in html


def test_order_list_row_links_its_cause_to_the_order(client, orders):
    sign_in(client, *READER)

    html = client.get("/pedidos/?situation=outdated").content.decode()

    assert '<a class="pill bad why-link" href="/pedidos/LOJA-SP/2/">Recusado</a>' in html


def test_order_list_says_which_filter_found_nothing(client, orders):
    sign_in(client, *READER)

    html = client.get("/pedidos/?situation=settled").content.decode()

    assert "Nenhum resultado para este filtro" in html


def test_order_list_without_orders_says_how_they_come(client):
    sign_in(client, *READER)

    assert "Nenhum pedido ainda" in client.get("/pedidos/").content.decode()


def test_order_list_keeps_its_filter_from_page_to_page(client):
    vitrine = make_vitrine()
    for number in range(51):
        make_order(vitrine, str(number))
    sign_in(client, *READER)

    first = client.get("/pedidos/?vitrine=LOJA-SP")
    last_shown = first.context["page"].object_list[-1]
    second = client.get(f"/pedidos/?vitrine=LOJA-SP&antes={last_shown.pk}")

    assert f"?vitrine=LOJA-SP&amp;antes={last_shown.pk}" in first.content.decode()
    assert (len(titles(first)), titles(second)) == (50, ["0"])


@pytest.mark.parametrize("count", [1, 3])
def test_order_list_costs_the_same_with_more_rows(count, client, django_assert_num_queries):
    vitrine = make_vitrine()
    Lane.objects.create(vitrine=vitrine)
    for number in range(count):
        order = make_order(vitrine, str(number), status=OrderStatus.EM_PREPARACAO)
        make_update(order, OrderStatus.EM_PREPARACAO, UpdateState.SENT, reason="accepted")
    sign_in(client, *READER)

    with django_assert_num_queries(10):
        response = client.get("/pedidos/?situation=up_to_date&vitrine=LOJA-SP")

    assert len(titles(response)) == count


# The lane ---------------------------------------------------------------------------------


def test_pausing_needs_a_reason(client):
    make_vitrine()
    sign_in(client, *OPERATOR, "vitrines.view_vitrine")

    response = client.post("/vitrines/LOJA-SP/pausar/", {"reason": "  "}, follow=True)

    assert [str(m) for m in response.context["messages"]] == [
        "Diga o motivo da pausa: quem for retomar precisa saber."
    ]
    assert not Lane.objects.exclude(paused_at=None).exists()


def test_pause_and_resume_are_recorded_and_come_back_to_the_page(client):
    vitrine = make_vitrine()
    make_order(vitrine)
    maria = sign_in(client, *OPERATOR, username="maria")

    paused = client.post("/vitrines/LOJA-SP/pausar/", {"reason": "obras", "next": PAGE})
    lane = Lane.objects.get(vitrine=vitrine)
    assert (paused.headers["Location"], lane.pause_note, lane.paused_by) == (PAGE, "obras", maria)

    client.post("/vitrines/LOJA-SP/retomar/", {"next": PAGE})

    lane.refresh_from_db()
    assert lane.paused_at is None
    actions = AuditEntry.objects.order_by("id").values_list("action", "actor_label")
    assert list(actions) == [
        (AuditAction.LANE_PAUSE, "maria"),
        (AuditAction.LANE_RESUME, "maria"),
    ]


@pytest.mark.parametrize("deed", ["pausar", "retomar"])
def test_pause_and_resume_need_the_permission_and_a_post(deed, client):
    make_vitrine()
    sign_in(client, *READER)
    assert client.post(f"/vitrines/LOJA-SP/{deed}/", {"reason": "x"}).status_code == 403

    sign_in(client, *OPERATOR, username="maria")

    assert client.get(f"/vitrines/LOJA-SP/{deed}/").status_code == 405
    assert not Lane.objects.exclude(paused_at=None).exists()


# manage.py explain ------------------------------------------------------------------------


def test_explain_command_prints_the_pages_answer(shop, capsys):
    shop.receive("approved")

    call_command("explain", "loja-sp", "VT-0100482")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Pedido VT-100482 · LOJA-SP · Falta mapear"
    assert lines[3] == (
        "  Por quê:     A loja informou “approved”, que nenhuma linha do DE-PARA recebe: "
        "o pedido espera sem status. [inbound_unmapped]"
    )
    assert lines[5] == (
        "  O que fazer: Mapear “approved” → /vitrines/LOJA-SP/configuracoes-adicionais/"
    )


def test_explain_command_as_json_is_the_apis_answer(shop, capsys):
    shop.receive()

    call_command("explain", "LOJA-SP", "100482", "--json")

    assert '"cause": "echo"' in capsys.readouterr().out


@pytest.mark.parametrize(("vitrine", "number"), [("NENHUMA", "1"), ("LOJA-SP", "1")])
def test_explain_command_says_what_is_unknown(vitrine, number, shop):
    with pytest.raises(CommandError):
        call_command("explain", vitrine, number)


def titles_of(client, path=PAGE):
    entries = html.fromstring(client.get(path).content.decode()).xpath("//ul[@class='tl']/li")
    return [" ".join(each.xpath(".//b[1]")[0].text_content().split()) for each in entries]


def notes_of(client):
    page = html.fromstring(client.get(PAGE).content.decode())
    return [
        each.text_content() for each in page.xpath("//ul[@class='tl']/li/div/div[@class='hint']")
    ]


@pytest.fixture
def throttled(shop):
    """Three times in a row, then out of order once, then once more."""
    calm = Response('{"message": "Calma."}', 429, headers={"Retry-After": "60"})
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(calm, calm, calm, 503, calm)
    for _ in range(5):
        shop.dispatch()
        shop.wait(minutes=2)
    return shop.last


def test_platform_that_says_wait_again_and_again_is_one_line_of_the_history(client, throttled):
    sign_in(client, *READER)

    name = f"Envio #{throttled.pk}"
    assert titles_of(client)[:4] == [
        f"{name} adiado: a plataforma pediu para esperar",
        f"{name} não foi aceito: a loja respondeu com erro",
        f"{name} adiado 3 vezes: a plataforma pediu para esperar",
        f"{name} criado",
    ]
    [told] = [note for note in notes_of(client) if note.startswith("tentativas")]
    assert told.startswith("tentativas 1 a 3 · HTTP 429 em ")
    assert told.endswith(" ms · Calma")


def test_page_of_an_update_tells_it_in_one_line_too(client, throttled):
    sign_in(client, *READER)

    told = titles_of(client, f"/atualizacoes/{throttled.pk}/")

    assert f"Envio #{throttled.pk} adiado 3 vezes: a plataforma pediu para esperar" in told
    assert len(told) == 4
