"""The clock is set an hour back or forward in the midst of the work: what waits may wait otherwise,
and nothing is lost or told twice."""

from datetime import timedelta

import pytest

from integrations.delivery import lanes
from integrations.delivery.claiming import claim
from integrations.delivery.parcels import open_desk
from integrations.models import UpdateState
from tests.factories import make_mapping
from tests.faults.platform import OK, tells
from vitrines.statuses import OrderStatus

OOPS = tells("500 Internal Server Error", {"message": "Erro interno."})
CALM = tells("429 Too Many Requests", {"message": "Calma."}, "Retry-After: 90")
HOUR = timedelta(hours=1)


@pytest.fixture(params=[-HOUR, HOUR], ids=["back", "forward"])
def an_hour(request):
    return request.param


def everything_was_told_once(stage, *, failed: int = 0):
    """Whatever waited: two hours on, each order was accepted once, after so many failures."""
    stage.dispatch()
    stage.after(hours=2)
    updates = stage.vitrine.status_updates.order_by("id")
    assert [update.state for update in updates] == ["sent"] * len(updates)
    assert sum(update.attempts_made for update in updates) == len(updates) + failed
    accepted = updates.filter(attempts__outcome="accepted")
    assert sorted(accepted.values_list("id", flat=True)) == [update.pk for update in updates]
    assert stage.lane.paused_at is None


def test_before_anything_was_claimed(stage, an_hour):
    stage.platform.answers()
    stage.clock.now += an_hour

    everything_was_told_once(stage)
    assert stage.heard == ["1", "2"]


def test_while_a_request_is_in_flight(stage, an_hour):
    def sets_the_clock(sock):
        stage.clock.now += an_hour
        OK(sock)

    stage.platform.answers(sets_the_clock)
    stage.dispatch()

    everything_was_told_once(stage)
    assert stage.heard == ["1", "2"]


def test_between_failure_and_retry(stage, an_hour):
    stage.meets(OOPS)
    stage.clock.now += an_hour

    everything_was_told_once(stage, failed=1)
    assert stage.heard == ["1", "2", "1"]


def test_while_throttled(stage, an_hour):
    stage.meets(CALM)
    stage.clock.now += an_hour

    everything_was_told_once(stage)
    assert sorted(stage.heard) == ["1", "1", "2"]


def test_while_the_breaker_is_open(stage, an_hour):
    for number in range(3, 8):
        stage.enqueue(str(number))
    stage.meets(*[OOPS] * 5)
    assert stage.heard == ["1", "2", "3", "4", "5"]
    stage.clock.now += an_hour

    everything_was_told_once(stage, failed=5)
    assert sorted(stage.heard) == sorted("12345" + "1234567")


def test_set_back_while_throttled_the_platform_is_asked_anew(stage):
    """What it says then is kept to, though the moment that it named before is later."""
    stage.meets(CALM)
    stage.clock.now -= HOUR + timedelta(seconds=1)
    stage.vitrine.status_updates.update(due_at=stage.clock.now)
    stage.platform.answers(CALM)

    assert stage.dispatch() == 1
    assert stage.lane_does() == "waits 90 s"
    assert stage.after(seconds=89) == 0
    assert stage.after(seconds=1) == 2


def test_set_back_while_the_breaker_is_open_one_update_probes_it(stage):
    stage.platform.answers(then=OOPS)
    for number in range(3, 8):
        stage.enqueue(str(number))
    stage.dispatch()
    assert stage.lane_does() == "breaker open for 30 s"
    stage.clock.now -= HOUR
    stage.vitrine.status_updates.update(due_at=stage.clock.now)

    assert stage.dispatch() == 1
    assert stage.lane_does() == "breaker open for 60 s"


def test_between_two_updates_of_one_order(stage, an_hour):
    """The second is due before the first by the clock, and still waits for its turn."""
    make_mapping(stage.vitrine, OrderStatus.DESPACHADO, "INVOICED", channel="url")
    stage.platform.answers()
    stage.clock.now += an_hour
    stage.enqueue("1", OrderStatus.DESPACHADO)

    everything_was_told_once(stage)
    told = [heard.body for heard in stage.platform.heard if heard.about == "1"]
    assert told == [b'{"status": "PICKING"}', b'{"status": "INVOICED"}']
    assert len(stage.platform.heard) == 3


def test_while_a_token_is_good(set_stage, an_hour):
    stage = set_stage("loja_com_token")
    token = tells("200 OK", {"access_token": "acc3ss", "expires_in": 1800})
    stage.platform.always["POST /token"] = token
    stage.meets()
    stage.clock.now += an_hour
    stage.enqueue("3")

    everything_was_told_once(stage)
    renewed = ["POST /token"] * (an_hour > timedelta(0))
    assert stage.heard == ["POST /token", "1", "2", *renewed, "3"]


# The lease: see ``lease_watch``


@pytest.fixture
def steady(monkeypatch):
    """The clock that nobody sets, which the test moves. Seconds."""
    seconds = [1000.0]
    monkeypatch.setattr(lanes.WATCH, "clock", lambda: seconds[0])
    return seconds


def test_lane_in_hand_is_not_taken_over(stage, steady, an_hour):
    stage.platform.answers()
    lease = lanes.acquire(vitrine_id=stage.vitrine.pk, owner="other", now=stage.clock.now)
    stage.clock.now += an_hour
    assert stage.dispatch() == 0
    steady[0] += lanes.LEASE.total_seconds() - 1
    lanes.renew(lease, now=stage.clock.now)
    steady[0] += lanes.LEASE.total_seconds() - 1
    assert stage.dispatch() == 0
    assert stage.heard == []
    lanes.release(lease)

    everything_was_told_once(stage)
    assert stage.heard == ["1", "2"]


def test_lane_of_a_dead_holder_is_taken_over_in_its_time(stage, steady, an_hour):
    """What it had in flight may have been told: it is told again under the same key."""
    stage.platform.answers()
    lease = lanes.acquire(vitrine_id=stage.vitrine.pk, owner="other", now=stage.clock.now)
    claim(lease, open_desk(stage.vitrine), room=1, now=stage.clock.now)
    stage.clock.now += an_hour
    assert stage.dispatch() == 0
    steady[0] += lanes.LEASE.total_seconds() - 1
    assert stage.dispatch() == 0
    assert stage.vitrine.status_updates.filter(state=UpdateState.SENDING).count() == 1
    steady[0] += 1

    everything_was_told_once(stage)
    assert sorted(stage.heard) == ["1", "2"]
