"""The dispatcher takes real orders through a real Vendure, by the platform file that we ship."""

import pytest

from integrations.models import EventKind, Lane
from integrations.operations import resume_lane
from tests.services.vendure_story import TRACKING_CODE, VendureStory
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.services

ACCEPTED = ("accepted", 200, "")
ALREADY_APPLIED = ("already_applied", 200, "")


@pytest.fixture
def story(db, vendure, staff, api_key):
    return VendureStory(vendure, staff, api_key)


# From the payment to the customer's door


def test_order_goes_from_paid_to_delivered_by_the_suggested_mapping(story):
    story.arrive()
    story.tell(EventKind.RESERVED)
    story.invoice()
    assert story.shown == ("PaymentSettled", [])
    story.track(EventKind.BOARDED)
    assert story.shown == ("Shipped", [("Shipped", TRACKING_CODE)])
    story.track(EventKind.DELIVERED)
    assert story.shown == ("Delivered", [("Delivered", TRACKING_CODE)])
    assert story.stored.notes == [
        ("Em preparação", False),
        (f"Nota fiscal emitida: NF-e 29248, chave {story.note.key}", False),
    ]
    assert story.updates == [
        ("EM_PREPARACAO", "url", "sent", "accepted"),
        ("DESPACHADO", "url", "sent", "accepted"),
        ("EMBARCADO", "tracking", "sent", "accepted"),
        ("ENTREGUE", "url", "sent", "accepted"),
        # That the parcel was delivered is news of the tracking too, and Vendure knows it by now.
        ("ENTREGUE", "tracking", "sent", "already_applied"),
    ]


def test_invoiced_order_gets_a_pending_fulfilment_that_is_then_shipped_and_delivered(story):
    story.map(OrderStatus.DESPACHADO, "Pending", channel="tracking")
    story.map(OrderStatus.ENTREGUE, "Delivered", channel="tracking")
    story.arrive()
    story.invoice()
    assert story.updates == [("DESPACHADO", "tracking", "held", "waiting_tracking")]
    assert story.shown == ("PaymentSettled", [])
    story.track(EventKind.TRACKING)
    assert story.shown == ("PaymentSettled", [("Pending", TRACKING_CODE)])
    story.track(EventKind.BOARDED)
    assert story.shown == ("Shipped", [("Shipped", TRACKING_CODE)])
    story.track(EventKind.DELIVERED)
    assert story.shown == ("Delivered", [("Delivered", TRACKING_CODE)])
    assert story.updates == [
        ("DESPACHADO", "tracking", "sent", "accepted"),
        ("EMBARCADO", "tracking", "sent", "accepted"),
        ("ENTREGUE", "tracking", "sent", "accepted"),
    ]


def test_fulfilment_has_every_line_whole_and_the_carrier(story):
    story.arrive()
    story.track(EventKind.BOARDED)
    stored = story.stored
    (fulfilment,) = stored.fulfillments
    assert fulfilment["method"] == "Correios"
    assert [(line["orderLineId"], line["quantity"]) for line in fulfilment["lines"]] == stored.lines


def test_payment_that_was_only_authorised_is_settled(story):
    story.map(OrderStatus.PAGAMENTO_CONFIRMADO, "PaymentSettled")
    story.arrive(payment="boleto")
    assert story.shown == ("PaymentAuthorized", [])
    story.tell(EventKind.PAYMENT_CONFIRMED)
    assert story.shown == ("PaymentSettled", [])
    assert story.attempts == [ACCEPTED]


def test_cancelled_order_is_cancelled_once(story):
    story.arrive()
    story.tell(EventKind.CANCELLED)
    assert story.shown == ("Cancelled", [])
    story.lose_answer()
    assert story.attempts == [ACCEPTED, ALREADY_APPLIED]


def test_problem_is_noted_with_what_the_carrier_said(story):
    story.arrive()
    story.track(EventKind.BOARDED)
    story.track(EventKind.PROBLEM, "exception", description="Objeto extraviado")
    assert story.stored.notes == [("Problema na entrega: Objeto extraviado", False)]
    assert story.shown == ("Shipped", [("Shipped", TRACKING_CODE)])


def test_code_of_a_second_volume_is_noted_beside_the_fulfilment(story):
    story.arrive()
    story.track(EventKind.BOARDED)
    story.track(EventKind.TRACKING, code="SQ458226058BR", volume="2")
    assert story.shown == ("Shipped", [("Shipped", TRACKING_CODE)])
    assert story.stored.notes == [("Rastreio: SQ458226058BR", False)]


# Told twice


def test_every_step_told_again_is_already_applied_and_changes_nothing(story):
    story.map(OrderStatus.ENTREGUE, "Delivered", channel="tracking")
    story.arrive()
    for step in (
        lambda: story.tell(EventKind.RESERVED),
        story.invoice,
        lambda: story.track(EventKind.BOARDED),
        lambda: story.track(EventKind.DELIVERED),
    ):
        step()
        before = story.stored
        story.lose_answer()
        assert story.attempts == [ACCEPTED, ALREADY_APPLIED]
        assert story.stored == before
    assert story.shown == ("Delivered", [("Delivered", TRACKING_CODE)])


def test_order_that_the_staff_shipped_by_hand_is_already_applied(story):
    story.arrive()
    story.staff.ship(story.code, TRACKING_CODE)
    story.track(EventKind.BOARDED)
    assert story.attempts == [ALREADY_APPLIED]
    assert story.updates == [("EMBARCADO", "tracking", "sent", "already_applied")]
    assert story.shown == ("Shipped", [("Shipped", TRACKING_CODE)])


# Refused, always with HTTP 200


def test_state_that_vendure_does_not_have_is_rejected_with_its_own_message(story):
    story.map(OrderStatus.EMBARCADO, "Enviado")
    story.arrive()
    story.track(EventKind.BOARDED)
    message = 'Cannot transition Fulfillment from "Pending" to "Enviado"'
    assert story.attempts == [("rejected", 200, message)]
    assert (story.last.state, story.last.reason, story.last.detail) == (
        "failed",
        "rejected",
        message,
    )
    assert story.shown == ("PaymentSettled", [("Pending", TRACKING_CODE)])


def test_fulfilment_left_by_a_refused_step_is_moved_on_and_not_made_again(story):
    story.map(OrderStatus.EMBARCADO, "Enviado")
    story.map(OrderStatus.ENTREGUE, "Delivered", channel="tracking")
    story.arrive()
    story.track(EventKind.BOARDED)
    story.track(EventKind.DELIVERED)
    assert story.shown == ("Delivered", [("Delivered", TRACKING_CODE)])
    assert story.updates == [
        ("EMBARCADO", "tracking", "superseded", "superseded"),
        ("ENTREGUE", "tracking", "sent", "accepted"),
    ]


def test_order_that_the_staff_cancelled_is_rejected_and_stays_cancelled(story):
    story.arrive()
    story.staff.cancel(story.code)
    story.track(EventKind.BOARDED)
    assert story.attempts == [("rejected", 200, "O pedido está no estado Cancelled na Vendure.")]
    assert story.shown == ("Cancelled", [])


def test_order_that_vendure_does_not_have_is_rejected(story):
    story.arrive(code="PEDIDO-DE-NINGUEM")
    story.tell(EventKind.RESERVED)
    assert story.attempts == [("rejected", 200, "O pedido não foi encontrado na Vendure.")]


def test_refused_key_stops_the_vitrine_and_costs_no_update(story, api_key):
    story.arrive()
    story.use_key("errada")
    story.tell(EventKind.RESERVED)
    message = "You are not currently authorized to perform this action"
    assert story.attempts == [("auth_refused", 200, message)]
    assert story.updates == [("EM_PREPARACAO", "url", "pending", "")]
    assert Lane.objects.get().pause_reason == "auth_refused"
    story.use_key(api_key)
    resume_lane(vitrine=story.vitrine, actor=story.author, now=story.now())
    story.dispatch()
    assert story.updates == [("EM_PREPARACAO", "url", "sent", "accepted")]
    assert story.stored.notes == [("Em preparação", False)]
