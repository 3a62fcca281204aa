"""A lane has one holder, and a holder that was replaced can do no harm."""

from datetime import timedelta

import pytest

from integrations.delivery.lane_health import note_result, throttle
from integrations.delivery.lanes import (
    LEASE,
    LeaseLost,
    acquire,
    bury_dead_holders,
    due_vitrines,
    hold,
    lane_of,
    release,
    renew,
)
from integrations.delivery.lease_watch import LeaseWatch
from integrations.delivery.settlement import settle
from integrations.models import AttemptClass, Lane, PauseReason, UpdateState
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.integrations.dispatcher.dispatching import result

pytestmark = pytest.mark.django_db

LATER = NOW + LEASE + timedelta(seconds=1)


class Steady:
    """A clock that nobody sets, moved by the test."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def vitrine():
    return make_vitrine()


@pytest.fixture
def steady():
    return Steady()


@pytest.fixture
def watch(steady):
    """What another process knows of our leases."""
    return LeaseWatch(LEASE.total_seconds(), clock=steady)


@pytest.fixture
def silence(vitrine, watch, steady):
    """The holder does nothing for the length of a lease, and the other process looks on."""

    def pass_by():
        assert acquire(vitrine_id=vitrine.pk, owner="b", now=NOW, watch=watch) is None
        steady.seconds += LEASE.total_seconds()

    return pass_by


def test_acquire_free_lane_gives_the_first_fencing_token(vitrine):
    lease = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)

    lane = Lane.objects.get(vitrine=vitrine)
    assert (lease.owner, lease.fencing_token) == ("a", 1)
    assert (lane.owner, lane.lease_until) == ("a", NOW + LEASE)


def test_acquire_held_lane_gives_nothing(vitrine):
    acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)

    assert acquire(vitrine_id=vitrine.pk, owner="b", now=NOW + LEASE / 2) is None
    assert Lane.objects.get(vitrine=vitrine).owner == "a"


def test_acquire_by_the_same_owner_while_held_gives_nothing(vitrine):
    acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)

    assert acquire(vitrine_id=vitrine.pk, owner="a", now=NOW) is None


def test_acquire_after_a_lease_of_silence_fences_the_old_holder(vitrine, watch, silence):
    old = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    silence()
    new = acquire(vitrine_id=vitrine.pk, owner="b", now=LATER, watch=watch)

    assert new.fencing_token == old.fencing_token + 1
    with pytest.raises(LeaseLost):
        hold(old)
    with pytest.raises(LeaseLost):
        renew(old, now=LATER)
    assert hold(new).owner == "b"


@pytest.mark.parametrize("hours", [-1, 1])
def test_acquire_by_a_clock_that_is_off_takes_no_lane_that_is_held(vitrine, watch, steady, hours):
    lease = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    elsewhere = NOW + timedelta(hours=hours)

    for second in range(0, 120, 5):
        renew(lease, now=NOW + timedelta(seconds=second))
        assert acquire(vitrine_id=vitrine.pk, owner="b", now=elsewhere, watch=watch) is None
        steady.seconds += 5
    assert hold(lease).owner == "a"


@pytest.mark.parametrize("hours", [-1, 1])
def test_lease_of_a_holder_whose_clock_was_set_stays_its_own(vitrine, watch, steady, hours):
    lease = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)

    for second in range(0, 120, 5):
        renew(lease, now=NOW + timedelta(hours=hours, seconds=second))
        assert acquire(vitrine_id=vitrine.pk, owner="b", now=NOW, watch=watch) is None
        steady.seconds += 5
    assert hold(lease).owner == "a"


def test_acquire_by_the_process_that_could_not_write_its_release(vitrine, watch):
    lease = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW, watch=watch)
    watch.note_ended(lease.vitrine_id, lease.fencing_token)

    assert acquire(vitrine_id=vitrine.pk, owner="a", now=NOW, watch=watch).fencing_token == 2


def test_lease_is_good_until_the_others_may_take_it(vitrine, watch, steady):
    lease = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW, watch=watch)

    steady.seconds += LEASE.total_seconds() - 1
    assert lease.good()
    renew(lease, now=NOW)
    steady.seconds += LEASE.total_seconds() - 1
    assert lease.good()
    steady.seconds += 1
    assert not lease.good()


def test_release_by_a_fenced_holder_leaves_the_new_lease(vitrine, watch, silence):
    old = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    silence()
    acquire(vitrine_id=vitrine.pk, owner="b", now=LATER, watch=watch)

    release(old)

    assert Lane.objects.get(vitrine=vitrine).owner == "b"


def test_renew_moves_the_end_of_the_lease(vitrine):
    lease = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)

    renew(lease, now=NOW + timedelta(seconds=20))

    assert Lane.objects.get(vitrine=vitrine).lease_until == NOW + timedelta(seconds=20) + LEASE


def test_acquire_returns_what_a_dead_holder_had_in_flight(vitrine, watch, silence):
    acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    update = make_update(make_order(vitrine), state=UpdateState.SENDING, turn=True)
    silence()

    acquire(vitrine_id=vitrine.pk, owner="b", now=LATER, watch=watch)

    update.refresh_from_db()
    assert (update.state, update.turn, update.due_at) == (UpdateState.PENDING, True, LATER)
    assert update.attempts_made == 0


def test_dead_holder_of_a_paused_lane_is_buried_and_what_it_had_in_flight_can_be_settled(
    vitrine, watch, silence
):
    acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    update = make_update(make_order(vitrine), state=UpdateState.SENDING, turn=True)
    Lane.objects.update(paused_at=NOW, pause_reason=PauseReason.MANUAL)
    silence()

    assert due_vitrines(LATER, watch=watch) == []
    bury_dead_holders(owner="b", now=LATER, watch=watch)

    update.refresh_from_db()
    assert (update.state, update.turn, update.due_at) == (UpdateState.PENDING, True, LATER)
    assert Lane.objects.values_list("owner", "lease_until").get() == ("", None)


def test_living_holder_is_not_buried(vitrine, watch):
    lease = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    update = make_update(make_order(vitrine), state=UpdateState.SENDING, turn=True)

    bury_dead_holders(owner="b", now=LATER, watch=watch)

    update.refresh_from_db()
    assert update.state == UpdateState.SENDING
    renew(lease, now=LATER)  # raises if it were lost


def test_due_vitrines_names_only_those_that_may_send_now(vitrine):
    soon = NOW + timedelta(minutes=1)
    cases = {
        "DUE": {},
        "PAUSED": {"paused_at": NOW, "pause_reason": PauseReason.MANUAL},
        "THROTTLED": {"throttled_until": soon},
        "BROKEN": {"breaker_open_until": soon},
        "LEASED": {"owner": "b", "lease_until": soon},
        "WAITED": {"throttled_until": NOW, "breaker_open_until": NOW},
        "LONGEST": {"throttled_until": NOW + timedelta(hours=1)},
        "LONGEST-OPEN": {"breaker_open_until": NOW + timedelta(minutes=15)},
        # Set before the clock was set back: longer than anything waits.
        "WAITED-THEN": {"throttled_until": NOW + timedelta(hours=1, seconds=1)},
        "OPEN-THEN": {"breaker_open_until": NOW + timedelta(minutes=15, seconds=1)},
    }
    for code, lane in cases.items():
        other = make_vitrine(code)
        make_update(make_order(other))
        Lane.objects.filter(pk=lane_of(other).pk).update(**lane)
    make_update(make_order(make_vitrine("OFF", published=False)))
    make_update(make_order(make_vitrine("LATER")), due_at=soon)
    make_update(make_order(make_vitrine("BEHIND")), turn=False)

    assert [v.code for v in due_vitrines(NOW)] == ["DUE", "OPEN-THEN", "WAITED", "WAITED-THEN"]


def test_due_vitrines_finds_what_a_dead_holder_left_though_nothing_is_due(vitrine, watch, steady):
    make_update(make_order(vitrine), state=UpdateState.SENDING, turn=True)
    Lane.objects.create(vitrine=vitrine, owner="dead", lease_until=NOW)

    assert due_vitrines(NOW, watch=watch) == []
    steady.seconds += LEASE.total_seconds()
    assert due_vitrines(NOW, watch=watch) == [vitrine]


def throttle_at(lane, second, *, began_at=None):
    now = NOW + timedelta(seconds=second)
    began = now if began_at is None else NOW + timedelta(seconds=began_at)
    throttle(lane, timedelta(0), now, started_at=began)
    return lane.throttles_in_row, (lane.throttled_until - NOW).total_seconds()


def test_throttles_of_tries_that_were_in_flight_count_as_one():
    lane = Lane()

    assert throttle_at(lane, 0) == (1, 1)
    assert throttle_at(lane, 0.5, began_at=-1) == (1, 1.5)
    assert throttle_at(lane, 5, began_at=-1) == (1, 6)
    assert throttle_at(lane, 7) == (2, 9)


@pytest.mark.parametrize(("outcome", "in_row"), [("accepted", 0), ("rejected", 0), ("config", 3)])
def test_throttles_are_in_a_row_until_the_platform_takes_an_update(outcome, in_row):
    lane = Lane(throttles_in_row=3)
    one = result(outcome, None)
    settlement = settle(AttemptClass(outcome), attempts_made=0, retry_after=None, jitter=0)

    note_result(lane, one, settlement, NOW)

    assert lane.throttles_in_row == in_row
