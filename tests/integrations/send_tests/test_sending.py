"""*Testar envio*: one real request, seen by a person, of which no update of the order knows."""

import json

import pytest
from django.urls import reverse
from lxml import html

from integrations.delivery.lanes import lane_of
from integrations.models import PauseReason, SendTest, StatusUpdate, UpdateState
from tests.factories import (
    NOW,
    make_invoice,
    make_update,
)
from tests.integrations.send_tests.acts import SECRET, asked, page, press, words
from vitrines.models import AuditAction, AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

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
