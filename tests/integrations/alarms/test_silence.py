"""A store that is told nothing: something waits for long, or the ERP has stopped telling."""

from datetime import timedelta

import pytest

from integrations.models import (
    Alarm,
    AlarmSettings,
    StatusUpdate,
    UpdateReason,
    UpdateState,
)
from tests.factories import NOW, make_order, make_update
from tests.integrations.alarms.world import (
    alarms,
    look,
    pause,
    resume,
    usually_sends,
    want,
)

pytestmark = pytest.mark.django_db

OPENED, CLOSED = ("opened", "email", "sent"), ("closed", "email", "sent")
AGAIN = ("repeated", "email", "sent")


def test_what_waits_for_so_long_is_a_silence(vitrine, clock):
    want(vitrine, silent_hours=2)
    make_update(make_order(vitrine))
    look(clock)
    clock.pass_by(hours=1, minutes=59)
    look(clock)
    assert alarms() == []
    clock.pass_by(minutes=1)
    look(clock)
    assert (alarms(), Alarm.objects.get().since) == ([("silent", True)], NOW)


def test_silence_ends_with_what_the_platform_accepts(vitrine, clock):
    want(vitrine, silent_hours=2)
    make_update(make_order(vitrine))
    look(clock)
    clock.pass_by(hours=3)
    make_update(
        make_order(vitrine, "2"),
        state=UpdateState.SENT,
        reason=UpdateReason.ACCEPTED,
        finished_at=clock(),
    )
    look(clock)
    assert alarms() == []


@pytest.mark.parametrize(
    "earlier",
    [
        {"state": UpdateState.HELD, "reason": UpdateReason.WAITING_INVOICE_XML},
        {"state": UpdateState.FAILED, "reason": UpdateReason.REJECTED},
        # Behind another one of its order, which a person then settled.
        {"state": UpdateState.PENDING, "turn": False},
    ],
)
def test_old_update_that_comes_to_its_turn_only_now_is_no_silence(vitrine, clock, earlier):
    want(vitrine, silent_hours=24)
    old = NOW - timedelta(hours=40)
    update = make_update(make_order(vitrine), created_at=old, decided_at=old, **earlier)
    look(clock)
    StatusUpdate.objects.filter(pk=update.pk).update(
        state=UpdateState.PENDING, reason="", turn=True, due_at=NOW
    )
    clock.pass_by(seconds=30)
    look(clock)
    assert alarms() == []
    assert AlarmSettings.objects.get().waiting_since == NOW + timedelta(seconds=30)


def test_update_that_is_tried_again_and_again_waits_all_the_while(vitrine, clock):
    """Its next try always lies ahead."""
    want(vitrine, silent_hours=2)
    update = make_update(make_order(vitrine), due_at=NOW + timedelta(hours=1))
    look(clock)
    clock.pass_by(hours=1)
    StatusUpdate.objects.filter(pk=update.pk).update(state=UpdateState.SENDING, fencing_token=1)
    look(clock)
    StatusUpdate.objects.filter(pk=update.pk).update(
        state=UpdateState.PENDING, due_at=NOW + timedelta(hours=4)
    )
    clock.pass_by(hours=1)
    look(clock)
    assert alarms() == [("silent", True)]


def test_what_waited_through_a_pause_waits_anew_after_it(vitrine, clock):
    want(vitrine, silent_hours=2)
    make_update(make_order(vitrine))
    look(clock)
    pause(vitrine)
    clock.pass_by(hours=3)
    look(clock)
    resume(vitrine)
    look(clock)
    assert alarms() == []


def test_queue_that_was_empty_in_between_waits_anew(vitrine, clock):
    want(vitrine, silent_hours=2)
    update = make_update(make_order(vitrine))
    look(clock)
    StatusUpdate.objects.filter(pk=update.pk).update(
        state=UpdateState.CANCELLED, reason=UpdateReason.CANCELLED, turn=False
    )
    clock.pass_by(hours=1)
    look(clock)
    assert AlarmSettings.objects.get().waiting_since is None
    make_update(make_order(vitrine, "2"))
    clock.pass_by(hours=1)
    look(clock)
    assert alarms() == []


@pytest.mark.parametrize(("until", "open_alarms"), [(1, []), (5, [("silent", True)])])
def test_erp_that_stopped_telling_is_a_silence_though_nothing_waits(
    vitrine, clock, until, open_alarms
):
    want(vitrine, silent_hours=4)
    usually_sends(vitrine, until=until)
    look(clock)
    assert alarms() == open_alarms


def test_shop_that_is_closed_at_these_hours_is_not_silent(vitrine, clock):
    """What it accepted yesterday makes no habit."""
    want(vitrine, silent_hours=4)
    accepted = {"reason": UpdateReason.ACCEPTED, "finished_at": NOW - timedelta(hours=14)}
    make_update(make_order(vitrine), state=UpdateState.SENT, **accepted)
    look(clock)
    assert alarms() == []
