"""The store fails in every way it can: each failure has its consequence, and nothing is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.demo.steps import Arrives, Erp, StoreFails, TimePasses
from integrations.models import DeliveryAttempt, EventKind, Lane, UpdateState
from integrations.simulated_store.faults import FaultKind

RESERVED = Erp(EventKind.RESERVED)


def outcomes():
    return list(DeliveryAttempt.objects.order_by("id").values_list("outcome", flat=True))


@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.RESET])
def test_passing_failure_is_tried_again_after_ten_seconds(world, kind):
    world.play(Arrives("paid"), StoreFails(kind), RESERVED)
    update = world.waiting()
    wait = update.due_at - timezone.now()
    assert timedelta(seconds=5) < wait < timedelta(seconds=13)
    assert (update.attempts_made, outcomes()) == (1, ["transient"])
    assert world.stored()["status"] == "paid"
    world.play(TimePasses(seconds=13))
    assert world.updates() == [("EM_PREPARACAO", "sent", "accepted")]
    assert outcomes() == ["transient", "accepted"]
    assert world.stored()["status"] == "picking"


def test_answer_lost_after_the_store_believed_is_repeated_with_the_same_key(world):
    world.play(Arrives("paid"), StoreFails(FaultKind.DROP_ANSWER), RESERVED)
    assert world.stored()["status"] == "picking"
    assert world.waiting().state == UpdateState.PENDING
    world.play(TimePasses(seconds=13))
    assert world.updates() == [("EM_PREPARACAO", "sent", "accepted")]
    assert world.requests() == ["applied", "repeated"]
    assert world.stored()["repeated"] == 1


def test_throttled_lane_waits_as_told_and_no_attempt_is_consumed(world):
    world.play(Arrives("paid"), StoreFails(FaultKind.THROTTLE, retry_after=300), RESERVED)
    lane = Lane.objects.get(vitrine__code="LOJA-SP")
    wait = lane.throttled_until - timezone.now()
    assert timedelta(seconds=290) < wait <= timedelta(seconds=300)
    assert world.waiting().attempts_made == 0
    world.play(TimePasses(seconds=200))
    assert world.requests() == ["failed"]
    world.play(TimePasses(seconds=100))
    assert world.updates() == [("EM_PREPARACAO", "sent", "accepted")]


def test_throttled_lane_does_not_slow_another_vitrine(world):
    rio = {"vitrine": "LOJA-RJ", "number": "55010"}
    world.play(Arrives("paid"), StoreFails(FaultKind.THROTTLE, retry_after=300), RESERVED)
    world.play(Arrives("WAITING_PAYMENT"), Erp(EventKind.PAYMENT_CONFIRMED), **rio)
    assert world.stored(**rio)["status"] == "PAID"
    assert world.stored()["status"] == "paid"


def test_error_in_the_body_of_a_200_is_a_rejection_with_the_stores_own_words(world):
    message = "Pedido bloqueado para alteração."
    world.play(Arrives("paid"), StoreFails(FaultKind.ERROR_IN_BODY, message=message), RESERVED)
    assert world.updates() == [("EM_PREPARACAO", "failed", "rejected")]
    update = world.order().status_updates.get(state=UpdateState.FAILED)
    assert update.detail == message
    world.play(TimePasses(seconds=86_400))
    assert world.requests() == ["failed"]


def test_error_in_linx_commerces_envelope_is_a_rejection_too(world):
    rio = {"vitrine": "LOJA-RJ", "number": "55014"}
    message = "OrderInvoice.Code is required"
    world.play(Arrives("WAITING_PAYMENT"), StoreFails(FaultKind.ERROR_IN_BODY, 1, message), **rio)
    world.play(Erp(EventKind.PAYMENT_CONFIRMED), **rio)
    update = world.order(**rio).status_updates.get(state=UpdateState.FAILED)
    assert (update.reason, update.detail) == ("rejected", message)


def test_rejected_status_is_superseded_once_a_later_one_is_accepted(world):
    world.play(Arrives("paid"), StoreFails(FaultKind.ERROR_IN_BODY), RESERVED)
    world.play(Erp(EventKind.CANCELLED))
    assert world.updates() == [
        ("EM_PREPARACAO", "superseded", "superseded"),
        ("CANCELADO", "sent", "accepted"),
    ]


def test_refused_credential_pauses_the_lane_and_loses_nothing(world):
    world.play(Arrives("paid"), StoreFails(FaultKind.UNAUTHORIZED), RESERVED)
    lane = Lane.objects.get(vitrine__code="LOJA-SP")
    assert lane.pause_reason == "auth_refused"
    assert world.waiting().attempts_made == 0
    world.play(TimePasses(seconds=86_400))
    assert world.requests() == ["failed"]


def test_five_failures_in_a_row_open_the_breaker_and_one_success_closes_it(world):
    world.play(StoreFails(FaultKind.SERVER_ERROR, times=5))
    numbers = [str(number) for number in range(100, 106)]
    for number in numbers:
        world.play(Arrives("paid"), RESERVED, number=number)
    lane = Lane.objects.get(vitrine__code="LOJA-SP")
    assert (lane.transient_failures, lane.breaker_openings) == (5, 1)
    assert world.requests(number="105") == []
    world.play(TimePasses(seconds=31))
    lane.refresh_from_db()
    assert (lane.transient_failures, lane.breaker_open_until) == (0, None)
    assert [world.stored(number=number)["status"] for number in numbers] == ["picking"] * 6


def test_unpublished_vitrine_sends_nothing_and_loses_nothing(world):
    vitrine = world.stage.vitrines["LOJA-SP"]
    vitrine.published = False
    vitrine.save()
    world.play(Arrives("paid"), RESERVED)
    assert world.requests() == []
    assert world.waiting().attempts_made == 0
    vitrine.published = True
    vitrine.save()
    world.stage.dispatch()
    assert world.stored()["status"] == "picking"
