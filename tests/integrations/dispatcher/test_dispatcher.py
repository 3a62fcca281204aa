"""Claim, send, record, against a real HTTP server on loopback."""

import json
from datetime import timedelta

import pytest
from werkzeug import Response

from integrations.delivery import recording
from integrations.delivery.claiming import claim
from integrations.delivery.lanes import LeaseLost, acquire, lane_of
from integrations.delivery.parcels import build_parcels, open_desk
from integrations.delivery.rates import Pace
from integrations.delivery.sending import SendResult
from integrations.models import DeliveryAttempt, Lane, PauseReason, UpdateReason, UpdateState
from integrations.operations import resume_lane
from tests.factories import (
    NOW,
    make_invoice,
    make_order,
    make_update,
    make_user,
)
from tests.integrations.dispatcher.dispatching import (
    DISPATCHED,
    PREPARING,
    dispatch,
    enqueue,
    state,
)
from vitrines.facts import load_notes
from vitrines.models import LogPolicy

pytestmark = pytest.mark.django_db


def test_due_update_is_told_and_sent(vitrine, store, clock):
    update = enqueue(vitrine)

    assert dispatch(clock) == 1

    assert state(update) == (UpdateState.SENT, UpdateReason.ACCEPTED)
    assert (update.turn, update.finished_at, update.attempts_made) == (False, NOW, 1)
    assert store.told == ["PICKING"]
    assert store.requests[0].headers["Idempotency-Key"] == str(update.uuid)
    attempt = update.attempts.get()
    assert (attempt.number, attempt.outcome, attempt.http_status) == (1, "accepted", 200)
    assert attempt.worker == "w"
    assert Lane.objects.get(vitrine=vitrine).owner == ""


def test_nothing_due_sends_nothing(vitrine, store, clock):
    make_update(make_order(vitrine), due_at=NOW + timedelta(seconds=1))

    assert dispatch(clock) == 0
    assert store.requests == []


def test_updates_of_one_order_arrive_in_sequence(vitrine, store, clock):
    enqueue(vitrine, PREPARING)
    enqueue(vitrine, DISPATCHED)

    assert dispatch(clock) == 2
    assert store.told == ["PICKING", "INVOICED"]


def test_failing_head_holds_its_order_and_no_other(vitrine, store, clock):
    store.script(500, 200)
    head, behind = enqueue(vitrine, PREPARING), enqueue(vitrine, DISPATCHED)

    dispatch(clock)
    other = enqueue(vitrine, PREPARING, number="2")
    dispatch(clock)

    assert state(head) == (UpdateState.PENDING, "")
    assert NOW + timedelta(seconds=8) <= head.due_at <= NOW + timedelta(seconds=12)
    assert (state(behind), behind.attempts_made) == ((UpdateState.PENDING, ""), 0)
    assert state(other) == (UpdateState.SENT, UpdateReason.ACCEPTED)
    assert store.told == ["PICKING", "PICKING"]


def test_failed_try_is_retried_when_due_and_the_order_goes_on(vitrine, store, clock):
    store.script(500, 200)
    head, behind = enqueue(vitrine, PREPARING), enqueue(vitrine, DISPATCHED)
    dispatch(clock)
    clock.pass_by(seconds=13)

    assert dispatch(clock) == 2

    assert state(head) == state(behind) == (UpdateState.SENT, UpdateReason.ACCEPTED)
    assert [a.outcome for a in head.attempts.all()] == ["transient", "accepted"]
    keys = [request.headers["Idempotency-Key"] for request in store.requests]
    assert keys == [str(head.uuid), str(head.uuid), str(behind.uuid)]


def test_transient_failures_run_out_after_eleven_tries(vitrine, store, clock):
    store.script(503)
    update = enqueue(vitrine)
    for _ in range(12):
        dispatch(clock)
        clock.pass_by(hours=30)

    assert state(update) == (UpdateState.FAILED, UpdateReason.EXHAUSTED)
    assert len(store.requests) == update.attempts.count() == 11


def test_rejected_update_fails_with_the_platforms_words_and_lets_the_next_go(vitrine, store, clock):
    store.script(Response('{"message": "status desconhecido"}', 422), 200)
    head, behind = enqueue(vitrine, PREPARING), enqueue(vitrine, DISPATCHED)

    dispatch(clock)

    assert behind.order_id == head.order_id
    assert state(behind) == (UpdateState.SENT, UpdateReason.ACCEPTED)
    assert state(head) == (UpdateState.SUPERSEDED, UpdateReason.SUPERSEDED)
    assert head.superseded_by == behind
    assert head.detail == "status desconhecido"


def test_throttled_lane_waits_as_told_and_no_attempt_is_consumed(vitrine, store, clock):
    store.script(Response("", 429, {"Retry-After": "90"}), 200)
    update = enqueue(vitrine)
    dispatch(clock)
    enqueue(vitrine, number="2")

    clock.pass_by(seconds=89)
    assert dispatch(clock) == 0
    assert (state(update), update.attempts_made) == ((UpdateState.PENDING, ""), 0)
    clock.pass_by(seconds=1)
    assert dispatch(clock) == 2
    assert (state(update), update.attempts_made) == ((UpdateState.SENT, UpdateReason.ACCEPTED), 1)


def test_refused_credential_pauses_the_lane_and_consumes_nothing(vitrine, store, clock):
    store.script(401, 200)
    update = enqueue(vitrine)

    assert dispatch(clock) == 1
    assert dispatch(clock) == 0

    assert (state(update), update.attempts_made) == ((UpdateState.PENDING, ""), 0)
    assert Lane.objects.get(vitrine=vitrine).pause_reason == PauseReason.AUTH_REFUSED
    resume_lane(vitrine=vitrine, actor=make_user(), now=NOW)
    assert dispatch(clock) == 1
    assert state(update) == (UpdateState.SENT, UpdateReason.ACCEPTED)


def test_gone_pauses_the_lane(vitrine, store, clock):
    store.script(410)
    update = enqueue(vitrine)

    dispatch(clock)

    assert state(update) == (UpdateState.PENDING, "")
    assert Lane.objects.get(vitrine=vitrine).pause_reason == PauseReason.GONE


def test_unpublished_vitrine_sends_nothing_and_loses_nothing(vitrine, store, clock):
    vitrine.published = False
    vitrine.save()
    update = enqueue(vitrine)

    assert dispatch(clock) == 0
    assert (state(update), store.requests) == ((UpdateState.PENDING, ""), [])

    vitrine.published = True
    vitrine.save()
    assert dispatch(clock) == 1
    assert store.told == ["PICKING"]


def test_inactive_status_makes_no_call(vitrine, store, clock):
    vitrine.status_mappings.filter(status=PREPARING).update(active=False)
    enqueue(vitrine)

    assert dispatch(clock) == 0
    assert store.requests == []


def test_vitrine_that_changed_its_platform_fails_what_the_old_one_decided(vitrine, store, clock):
    update = enqueue(vitrine)
    vitrine.platform = "linx_commerce"
    vitrine.save()

    dispatch(clock)

    assert state(update) == (UpdateState.FAILED, UpdateReason.CONFIG)
    assert update.detail == (
        "Esta atualização foi decidida para o exportador “generic”, e a vitrine agora usa "
        "“Linx Commerce”. Decida de novo."
    )
    assert store.requests == []


def test_unknown_platform_pauses_the_lane_with_the_reason(vitrine, store, clock):
    update = enqueue(vitrine)
    vitrine.platform = "sumiu"
    vitrine.save()

    assert dispatch(clock) == 0

    lane = Lane.objects.get(vitrine=vitrine)
    assert lane.pause_reason == PauseReason.CONFIG
    assert "sumiu" in lane.pause_note
    assert state(update) == (UpdateState.PENDING, "")


def test_accepted_bodies_are_kept_only_when_the_vitrine_says_all(vitrine, store, clock):
    first = enqueue(vitrine, number="1")
    dispatch(clock)
    vitrine.log_policy = LogPolicy.ALL
    vitrine.save()
    second = enqueue(vitrine, number="2")
    dispatch(clock)

    bodies = [update.attempts.get().steps[0]["request_body"] for update in (first, second)]
    assert not bodies[0]
    assert "PICKING" in bodies[1]


def test_stale_holder_records_nothing(vitrine, store, clock):
    update = enqueue(vitrine)
    desk = open_desk(vitrine)
    stale = acquire(vitrine_id=vitrine.pk, owner="paused", now=NOW)
    claim(stale, desk, room=1, now=NOW)
    stale.watch.note_ended(vitrine.pk, stale.fencing_token)
    dispatch(clock)
    done = update.attempts.get()

    result = recording.Attempt(update.pk, _accepted())
    with pytest.raises(LeaseLost):
        recording.record(stale, [result], strict=False, pace=Pace(), worker="paused", now=clock.now)

    assert list(DeliveryAttempt.objects.all()) == [done]
    assert state(update) == (UpdateState.SENT, UpdateReason.ACCEPTED)


def test_lane_held_by_another_worker_is_left_alone(vitrine, store, clock):
    enqueue(vitrine)
    lane_of(vitrine)
    acquire(vitrine_id=vitrine.pk, owner="other", now=NOW)

    assert dispatch(clock) == 0
    assert store.requests == []


def test_many_orders_are_all_told_once(vitrine, store, clock):
    for number in range(40):
        enqueue(vitrine, PREPARING, number=str(number + 1))
        enqueue(vitrine, DISPATCHED, number=str(number + 1))

    assert dispatch(clock) == 80

    assert sorted(store.told) == ["INVOICED"] * 40 + ["PICKING"] * 40
    by_order: dict[str, list[str]] = {}
    for request in store.requests:
        body = json.loads(request.get_data())
        by_order.setdefault(body["pedido"], []).append(body["status"])
    assert set(map(tuple, by_order.values())) == {("PICKING", "INVOICED")}


def _accepted():
    return SendResult("accepted", "", 200, [], {}, None, 1, NOW)


def test_note_that_is_told_is_the_latest_issued_not_the_latest_stored(vitrine):
    order = make_order(vitrine)
    make_invoice(order, "1" * 44, number=2, issued_at=NOW)
    make_invoice(order, "2" * 44, number=1, issued_at=NOW - timedelta(days=1))
    update = make_update(order)

    parcel = build_parcels([update], open_desk(vitrine))[update.pk]

    current = load_notes(vitrine, [order]).current(order)
    assert parcel.context["invoice"]["number"] == current.number == 2
