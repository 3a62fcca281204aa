"""*Testar envio*: one real request, seen by a person, of which no update of the order knows."""

import json
import re
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from lxml import html
from pytest_django.asserts import assertNumQueries
from werkzeug import Response

from integrations.delivery.lanes import lane_of
from integrations.models import PauseReason, SendTest, StatusUpdate, UpdateState
from tests.factories import (
    NOW,
    make_connection,
    make_invoice,
    make_mapping,
    make_order,
    make_update,
    make_vitrine,
)
from tests.html_rules import read_page
from tests.people import client_of
from vitrines.models import AuditAction, AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

SECRET = "s3gr3d0&da-loja"
RECEIPTS = """
name = "com_recibo"
label = "Com recibo"

[[params]]
name = "base_url"
label = "Endereço"
kind = "url"
required = true

[[send]]
channel = "url"

[[send.steps]]
when = "not captured.receipt"
url = "{{ params.base_url }}/recibos"
capture = { receipt = "body.id" }

[[send.steps]]
method = "PUT"
url = "{{ params.base_url }}/recibos/{{ captured.receipt }}"
"""


@pytest.fixture
def store(httpserver):
    """A store that takes everything, until it is told otherwise."""
    answer = Response('{"ok": true}', 200, content_type="application/json")
    httpserver.expect_request(re.compile(".*")).respond_with_handler(lambda _: answer_of[0])
    answer_of = [answer]
    httpserver.answer = lambda body, status: answer_of.__setitem__(
        0, Response(body, status, content_type="application/json")
    )
    return httpserver


@pytest.fixture
def vitrine(store):
    vitrine = make_vitrine()
    address = store.url_for("").rstrip("/")
    params = {"base_url": address, "auth_kind": "bearer"}
    make_connection(vitrine, params=params, secrets={"auth_secret": SECRET})
    make_mapping(vitrine, OrderStatus.PAGAMENTO_CONFIRMADO, "pago")
    make_mapping(vitrine, OrderStatus.DESPACHADO, "faturado")
    make_mapping(vitrine, OrderStatus.CANCELADO, "cancelado", active=False)
    return vitrine


@pytest.fixture
def order(vitrine):
    return make_order(vitrine, platform_id="9f1c-22")


@pytest.fixture
def maria():
    return client_of("Operação")


def page(vitrine):
    return reverse("send_tests", args=[vitrine.code])


def filled(maria, vitrine, **values):
    """The form as it was opened, filled in."""
    tree = html.fromstring(maria.get(page(vitrine)).content.decode())
    (key,) = tree.xpath("//input[@name='key']/@value")
    return {
        "key": key,
        "pedido": "VT-100482",
        "status": "PAGAMENTO_CONFIRMADO",
        "envio": "",
        **values,
    }


def press(maria, vitrine, **values):
    return maria.post(page(vitrine), filled(maria, vitrine, **values))


def words(response, xpath):
    tree = html.fromstring(response.content.decode())
    return [" ".join(found.text_content().split()) for found in tree.xpath(xpath)]


def asked(store):
    return [(request.method, request.path) for request, _ in store.log]


def test_a_test_makes_one_request_and_shows_what_came_back(maria, vitrine, order, store):
    response = press(maria, vitrine)

    test = SendTest.objects.get()
    assert response.headers["Location"] == f"{page(vitrine)}{test.pk}/"
    ((request, _),) = store.log
    assert (request.method, request.path) == ("PUT", "/pedidos/9f1c-22/status")
    assert json.loads(request.data) == {
        "pedido": "100482",
        "status": "pago",
        "ocorrido_em": test.sent_at.isoformat(timespec="seconds"),
    }
    assert request.headers["Idempotency-Key"] == str(test.key)
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert (test.outcome, test.http_status, test.message) == ("accepted", 200, "")
    assert (test.order, test.status, test.channel, test.platform_status) == (
        order,
        OrderStatus.PAGAMENTO_CONFIRMADO,
        "url",
        "pago",
    )
    assert test.sent_by_label == "operação"

    shown = maria.get(response.headers["Location"])
    assert words(shown, "//h1") == ["Teste de envio: Pagamento Confirmado → pago · URL aceito"]
    assert words(shown, "//*[@class='sentence']") == ["A loja aceitou."]
    assert words(shown, "//*[@class='step']//pre")[1].endswith('{ "ok": true }')


def test_a_refusal_is_shown_in_the_words_of_the_store(maria, vitrine, order, store):
    store.answer('{"message": "<b>pedido</b> já cancelado"}', 422)
    shown = maria.get(press(maria, vitrine).headers["Location"])

    test = SendTest.objects.get()
    assert (test.outcome, test.http_status) == ("rejected", 422)
    assert test.message == "<b>pedido</b> já cancelado"
    assert words(shown, "//*[@class='sentence']/..")[0].startswith(
        "O que a loja respondeu A loja recusou. <b>pedido</b> já cancelado HTTP 422"
    )


def test_no_update_and_no_lane_knows_of_a_test(maria, vitrine, order, store):
    update = make_update(order, state=UpdateState.PENDING)
    lane = lane_of(vitrine)
    before = (StatusUpdate.objects.values().get(), type(lane).objects.values().get())
    store.answer("", 503)
    for _ in range(6):
        press(maria, vitrine)

    assert SendTest.objects.filter(outcome="transient").count() == 6
    assert (StatusUpdate.objects.values().get(), type(lane).objects.values().get()) == before
    assert update.attempts.count() == 0
    order.refresh_from_db()
    assert order.status == OrderStatus.PAGAMENTO_CONFIRMADO


def test_the_same_form_posted_twice_sends_once(maria, vitrine, order, store):
    data = filled(maria, vitrine)
    first = maria.post(page(vitrine), data)
    second = maria.post(page(vitrine), data)

    assert len(store.log) == 1
    assert second.headers["Location"] == first.headers["Location"]
    assert SendTest.objects.count() == 1


def test_a_form_posted_again_while_the_store_still_thinks_waits_for_the_first(
    maria, vitrine, order, store
):
    data = filled(maria, vitrine)
    test = SendTest.objects.create(
        key=UUID(data["key"]), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
    )
    shown = maria.post(page(vitrine), data, follow=True)

    assert store.log == []
    assert shown.redirect_chain == [(f"{page(vitrine)}{test.pk}/", 302)]
    assert words(shown, "//*[@role='status']") == [
        "Este teste já estava sendo enviado: não foi enviado outra vez."
    ]


def test_a_form_that_was_used_for_another_vitrine_is_refused(maria, vitrine, order, store):
    data = filled(maria, vitrine)
    maria.post(page(vitrine), data)
    other = make_vitrine("LOJA-RJ")
    make_connection(other, params=vitrine.connection.params)
    make_mapping(other, OrderStatus.PAGAMENTO_CONFIRMADO, "pago")
    make_order(other)
    response = maria.post(page(other), data)

    assert response.status_code == 200
    assert len(store.log) == 1
    assert words(response, "//*[@role='alert']") == [
        "Nada foi enviado. Este formulário já foi usado. Abra a página de novo."
    ]


def test_a_test_is_written_to_the_audit_and_to_the_orders_history(maria, vitrine, order, store):
    press(maria, vitrine)

    test = SendTest.objects.get()
    entry = AuditEntry.objects.get(action=AuditAction.UPDATE_TEST)
    assert (entry.actor_label, entry.vitrine, entry.details) == (
        "operação",
        vitrine,
        {"test": test.pk},
    )
    assert entry.subject == "pedido VT-100482 · Pagamento Confirmado · URL"
    shown = maria.get(reverse("order_detail", args=[vitrine.code, order.number]))
    (told,) = words(shown, "//ul[@class='tl']/li/div")
    assert told == (
        "Teste de envio por operação: aceito · Pagamento Confirmado → pago · URL "
        f"HTTP 200 · {test.duration_ms} ms"
    )
    html_links = html.fromstring(shown.content.decode()).xpath("//ul[@class='tl']//a/@href")
    assert html_links == [f"{page(vitrine)}{test.pk}/"]


def test_no_secret_is_kept_or_shown(maria, vitrine, order, store):
    store.answer(json.dumps({"eco": f"Bearer {SECRET}"}), 500)
    shown = maria.get(press(maria, vitrine).headers["Location"]).content.decode()

    assert "s3gr3d0" not in json.dumps(SendTest.objects.values_list("steps", "message").get())
    assert "s3gr3d0" not in shown
    assert "••••••" in shown


def test_what_the_answer_told_of_the_order_is_kept_for_later_updates(
    maria, vitrine, order, store, settings, tmp_path
):
    (tmp_path / "com_recibo.toml").write_text(RECEIPTS)
    settings.PLATFORMS_DIR = str(tmp_path)
    vitrine.platform = "com_recibo"
    vitrine.save()
    store.answer('{"id": 71}', 201)
    press(maria, vitrine)
    press(maria, vitrine)

    assert list(order.captured_values.values_list("name", "value")) == [("receipt", 71)]
    assert asked(store) == [("POST", "/recibos"), ("PUT", "/recibos/71"), ("PUT", "/recibos/71")]


def test_a_body_is_kept_also_where_the_vitrine_keeps_only_errors(maria, vitrine, order, store):
    vitrine.log_policy = "errors"
    vitrine.save()
    press(maria, vitrine)

    (step,) = SendTest.objects.get().steps
    assert step["response_body"] == '{"ok": true}'


def test_a_paused_vitrine_is_tested_all_the_same(maria, vitrine, order, store):
    lane = lane_of(vitrine)
    lane.paused_at, lane.pause_reason = NOW, PauseReason.AUTH_REFUSED
    lane.save()
    shown = maria.get(page(vitrine))
    press(maria, vitrine)

    (warning,) = words(shown, "//*[contains(@class, 'note warn')]")
    assert warning.endswith("A vitrine está pausada; o teste sai assim mesmo.")
    assert SendTest.objects.get().outcome == "accepted"
    lane.refresh_from_db()
    assert lane.pause_reason == PauseReason.AUTH_REFUSED


def test_an_inactive_row_is_tested_all_the_same(maria, vitrine, order, store):
    press(maria, vitrine, status="CANCELADO")

    assert json.loads(store.log[0][0].data)["status"] == "cancelado"


def test_a_channel_may_be_chosen(maria, vitrine, order, store):
    make_invoice(order, xml=b"<nfeProc>nota</nfeProc>")
    press(maria, vitrine, status="DESPACHADO", envio="url")
    press(maria, vitrine, status="DESPACHADO")

    assert asked(store) == [
        ("PUT", "/pedidos/9f1c-22/status"),
        ("POST", "/pedidos/9f1c-22/nota-fiscal"),
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"status": "EM_PREPARACAO"}, "O DE-PARA salvo não tem o status da plataforma para "
         "Em preparação."),
        ({"status": "DESPACHADO"}, "Este envio leva o XML da nota, que o pedido ainda não tem."),
        ({"status": "DESPACHADO", "envio": "tracking"}, "Este envio leva o rastreio, que o pedido "
         "ainda não tem."),
        ({"envio": "xml"}, "Genérica (XML, rastreio ou URL) não oferece envio por XML para "
         "Pagamento Confirmado. Escolha outro envio no DE-PARA."),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_and_nothing_is_written(
    values, sentence, maria, vitrine, order, store
):
    response = press(maria, vitrine, **values)

    assert response.status_code == 200
    assert words(response, "//*[@role='alert']") == [f"Nada foi enviado. {sentence}"]
    assert (store.log, SendTest.objects.count(), AuditEntry.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"pedido": "777"}, "pedido", "A vitrine LOJA-SP não tem este pedido."),
        ({"pedido": ""}, "pedido", "Este campo é obrigatório."),
        ({"status": "TODOS"}, "status", "Faça uma escolha válida. TODOS não é uma das escolhas "
         "disponíveis."),
    ],
)  # fmt: skip
def test_a_form_with_an_error_says_it_beside_the_field(
    values, field, sentence, maria, vitrine, order, store
):
    response = press(maria, vitrine, **values)

    assert words(response, f"//*[@id='id_{field}_error']") == [sentence]
    assert (store.log, SendTest.objects.count()) == ([], 0)


def test_a_platform_file_that_is_gone_is_told(maria, vitrine, order, store):
    data = filled(maria, vitrine)
    vitrine.platform = "sumiu"
    vitrine.save()
    response = maria.post(page(vitrine), data)

    assert words(response, "//*[@role='alert']") == [
        "Nada foi enviado. não há arquivo de plataforma chamado “sumiu”"
    ]


def test_the_page_lists_the_latest_tests(maria, vitrine, order, store):
    for outcome in ("accepted", "rejected", ""):
        SendTest.objects.create(
            key=uuid4(),
            vitrine=vitrine,
            order=order,
            status=1,
            channel="url",
            platform_status="pago",
            sent_at=NOW,
            sent_by_label="ana",
            outcome=outcome,
        )
    rows = words(maria.get(page(vitrine)), "//tbody/tr")

    assert [row.split("URL ")[1] for row in rows] == [
        "sem resposta ana",
        "recusado ana",
        "aceito ana",
    ]


def test_a_test_that_was_interrupted_says_so(maria, vitrine, order):
    test = SendTest.objects.create(
        key=UUID(int=7), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
    )
    shown = maria.get(reverse("send_test_result", args=[vitrine.code, test.pk]))

    assert words(shown, "//*[@class='sentence']") == [
        "Ainda não há resposta. Se passar de um minuto, o teste foi interrompido; "
        "veja na loja se ele chegou."
    ]


def test_only_who_may_send_again_may_test(vitrine, order, store):
    consulta = client_of("Consulta")
    shown = consulta.get(page(vitrine))
    assert words(shown, "//button[.='Enviar à loja']") == []
    data = {"key": str(uuid4()), "pedido": "100482", "status": "PAGAMENTO_CONFIRMADO"}

    assert consulta.post(page(vitrine), data).status_code == 403
    assert store.log == []


def test_the_result_of_another_vitrine_is_not_found_here(maria, vitrine, order):
    test = SendTest.objects.create(
        key=uuid4(), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
    )
    other = make_vitrine("LOJA-RJ")

    assert maria.get(reverse("send_test_result", args=[other.code, test.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_keep_to_their_queries(count, maria, vitrine, order):
    for _ in range(count):
        test = SendTest.objects.create(
            key=uuid4(), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
        )
    with assertNumQueries(9):
        maria.get(page(vitrine))
    with assertNumQueries(6):
        maria.get(reverse("send_test_result", args=[vitrine.code, test.pk]))


def test_the_pages_have_nothing_inline_and_every_field_its_label(maria, vitrine, order, store):
    found = [maria.get(page(vitrine)), maria.get(press(maria, vitrine).headers["Location"])]
    pages = [read_page(one.content.decode()) for one in found]

    assert [(one.faults, one.h1) for one in pages] == [([], 1), ([], 1)]
