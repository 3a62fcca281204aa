"""A lane has one holder, and a holder that was replaced can do no harm."""

from datetime import timedelta

import pytest

from integrations.delivery.lanes import (
    LEASE,
    LeaseLost,
    acquire,
    due_vitrines,
    hold,
    lane_of,
    release,
    renew,
)
from integrations.models import Lane, PauseReason, UpdateState
from tests.factories import NOW, make_order, make_update, make_vitrine

pytestmark = pytest.mark.django_db

LATER = NOW + LEASE + timedelta(seconds=1)


@pytest.fixture
def vitrine():
    return make_vitrine()


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


def test_acquire_after_the_lease_ran_out_fences_the_old_holder(vitrine):
    old = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    new = acquire(vitrine_id=vitrine.pk, owner="b", now=LATER)

    assert new.fencing_token == old.fencing_token + 1
    with pytest.raises(LeaseLost):
        hold(old)
    with pytest.raises(LeaseLost):
        renew(old, now=LATER)
    assert hold(new).owner == "b"


def test_release_by_a_fenced_holder_leaves_the_new_lease(vitrine):
    old = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    acquire(vitrine_id=vitrine.pk, owner="b", now=LATER)

    release(old)

    assert Lane.objects.get(vitrine=vitrine).owner == "b"


def test_renew_moves_the_end_of_the_lease(vitrine):
    lease = acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)

    renew(lease, now=NOW + timedelta(seconds=20))

    assert Lane.objects.get(vitrine=vitrine).lease_until == NOW + timedelta(seconds=20) + LEASE


def test_acquire_returns_what_a_dead_holder_had_in_flight(vitrine):
    acquire(vitrine_id=vitrine.pk, owner="a", now=NOW)
    update = make_update(make_order(vitrine), state=UpdateState.SENDING, turn=True)

    acquire(vitrine_id=vitrine.pk, owner="b", now=LATER)

    update.refresh_from_db()
    assert (update.state, update.turn, update.due_at) == (UpdateState.PENDING, True, LATER)
    assert update.attempts_made == 0


def test_due_vitrines_names_only_those_that_may_send_now(vitrine):
    soon = NOW + timedelta(minutes=1)
    cases = {
        "DUE": {},
        "PAUSED": {"paused_at": NOW, "pause_reason": PauseReason.MANUAL},
        "THROTTLED": {"throttled_until": soon},
        "BROKEN": {"breaker_open_until": soon},
        "LEASED": {"owner": "b", "lease_until": soon},
        "WAITED": {"throttled_until": NOW, "breaker_open_until": NOW, "lease_until": NOW},
    }
    for code, lane in cases.items():
        other = make_vitrine(code)
        make_update(make_order(other))
        Lane.objects.filter(pk=lane_of(other).pk).update(**lane)
    make_update(make_order(make_vitrine("OFF", published=False)))
    make_update(make_order(make_vitrine("LATER")), due_at=soon)
    make_update(make_order(make_vitrine("BEHIND")), turn=False)

    assert [v.code for v in due_vitrines(NOW)] == ["DUE", "WAITED"]


def test_due_vitrines_finds_what_a_dead_holder_left_though_nothing_is_due(vitrine):
    make_update(make_order(vitrine), state=UpdateState.SENDING, turn=True)
    Lane.objects.create(vitrine=vitrine, owner="dead", lease_until=NOW)

    assert list(due_vitrines(NOW)) == [vitrine]
