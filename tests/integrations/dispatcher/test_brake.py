"""From the answer that stops a lane on, nothing of what was claimed ahead is begun."""

import pytest
from werkzeug import Response

from integrations.delivery.brake import Brake
from integrations.delivery.breaker import THRESHOLD, BreakerState
from integrations.delivery.claiming import claim
from integrations.delivery.lane_health import note_result
from integrations.delivery.lanes import acquire, may_send
from integrations.delivery.parcels import open_desk
from integrations.delivery.settlement import settle
from integrations.models import AttemptClass, DeliveryAttempt, Lane
from tests.factories import NOW, make_vitrine
from tests.integrations.dispatcher.dispatching import dispatch, enqueue, result

#: Accepted before the platform stops, so that much is claimed ahead by then.
BEFORE = 80
BACKLOG = 200
CALM = Response("{}", 429, headers={"Retry-After": "90"})


def meets(vitrine, store, clock, answer):
    """A backlog, of which the platform takes some and then answers so for ever."""
    for number in range(BACKLOG):
        enqueue(vitrine, number=str(number + 1))
    store.script(*[200] * BEFORE, answer)
    dispatch(clock)


def everything_else_waits(vitrine, tried: int):
    """As if it had never been claimed."""
    untried = vitrine.status_updates.filter(attempts=None)
    assert untried.count() == BACKLOG - tried
    how = ("state", "reason", "attempts_made", "turn", "due_at", "fencing_token")
    assert set(untried.values_list(*how)) == {("pending", "", 0, True, NOW, None)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "stopped_by"),
    [(CALM, "throttled"), (401, "auth_refused"), (410, "gone")],
    ids=["429", "401", "410"],
)
def test_only_what_is_in_flight_follows_the_answer_that_stops_the_lane(
    vitrine, store, clock, answer, stopped_by
):
    meets(vitrine, store, clock, answer)

    stopping = len(store.requests) - BEFORE
    assert 1 <= stopping <= open_desk(vitrine).window
    assert DeliveryAttempt.objects.filter(outcome=stopped_by).count() == stopping
    met = vitrine.status_updates.filter(attempts__outcome=stopped_by)
    assert set(met.values_list("state", "attempts_made")) == {("pending", 0)}
    everything_else_waits(vitrine, len(store.requests))


@pytest.mark.django_db
def test_failures_in_a_row_stop_the_lane_at_the_breakers_threshold(vitrine, store, clock):
    meets(vitrine, store, clock, 500)

    failed = len(store.requests) - BEFORE
    assert THRESHOLD <= failed <= THRESHOLD + open_desk(vitrine).window - 1
    met = vitrine.status_updates.filter(attempts__outcome="transient")
    assert set(met.values_list("state", "attempts_made")) == {("pending", 1)}
    assert met.count() == failed
    assert Lane.objects.get().breaker_openings == 1
    everything_else_waits(vitrine, len(store.requests))


@pytest.mark.django_db
def test_failures_that_the_lane_met_before_count(vitrine, store, clock):
    Lane.objects.create(vitrine=vitrine, transient_failures=4, breaker_openings=2)
    enqueue(vitrine)
    lease = acquire(vitrine_id=vitrine.pk, owner="w", now=NOW)

    claimed = claim(lease, open_desk(vitrine), room=1, now=NOW)

    assert claimed.breaker == BreakerState(failures=4, openings=2)


# The brake and the lane's row count alike

OPEN_AGAIN = BreakerState(failures=5, openings=1)


def stops(breaker: BreakerState, *results) -> tuple[bool, bool]:
    """Whether the brake is on after these answers, and whether the lane's row says so."""
    brake = Brake()
    brake.release(breaker)
    lane = Lane(
        vitrine=make_vitrine(),
        transient_failures=breaker.failures,
        breaker_openings=breaker.openings,
    )
    for one in results:
        brake.note(one)
        outcome = AttemptClass(one.outcome)
        settlement = settle(outcome, attempts_made=0, retry_after=one.retry_after, jitter=0)
        note_result(lane, one, settlement, NOW)
    return brake.on, not may_send(lane, NOW)


OK, NO = result("accepted"), result("rejected", 404)
DOWN, SILENT = result("transient", 503), result("transient", None)
NOT_NOW = result("transient", 409)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("breaker", "results", "stopped"),
    [
        (BreakerState(), [result("throttled", 429, retry_after=1.0)], True),
        (BreakerState(), [result("auth_refused", 403)], True),
        (BreakerState(), [result("gone", 410)], True),
        (BreakerState(), [OK, NO, result("already_applied", 409)], False),
        (BreakerState(), [result("config", None), result("refused_destination", None)], False),
        (BreakerState(), [DOWN] * 4, False),
        (BreakerState(), [DOWN, SILENT, result("transient", 408), DOWN, SILENT], True),
        (BreakerState(), [DOWN, DOWN, DOWN, DOWN, OK, DOWN], False),
        (BreakerState(), [DOWN, DOWN, DOWN, DOWN, NO, DOWN], False),
        (BreakerState(), [NOT_NOW] * 9, False),
        (BreakerState(), [DOWN, DOWN, NOT_NOW, DOWN, DOWN, DOWN], True),
        (BreakerState(failures=4), [DOWN], True),
        (BreakerState(failures=4), [OK, DOWN], False),
        (OPEN_AGAIN, [DOWN], True),
        (OPEN_AGAIN, [OK, DOWN, DOWN, DOWN, DOWN], False),
    ],
)
def test_brake_is_on_exactly_when_the_lane_stops(breaker, results, stopped):
    assert stops(breaker, *results) == (stopped, stopped)
