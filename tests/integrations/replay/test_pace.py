"""How fast a run goes, by whatever clock, and what it waits for."""

from datetime import timedelta

import pytest

from integrations.models import StatusUpdate, UpdateState
from integrations.replay import advancing
from integrations.replay.advancing import advance_replays
from tests.factories import make_vitrine
from tests.integrations.replay.replaying import (
    begin,
    failures,
    items,
    now_in_queue,
    pending,
    sent_all,
)

pytestmark = pytest.mark.django_db

FAILED = UpdateState.FAILED


def test_pace_is_kept_second_by_second(vitrine, clock):
    failures(vitrine, 65)
    begin("renderizar", state="failed", per_minute=300)
    queued = []

    for _ in range(12):
        queued.append(advance_replays(now=clock.now))
        sent_all()
        clock.pass_by(seconds=1)

    assert queued == [5] * 12


def test_pause_of_the_engines_is_made_up_for_by_a_few_seconds_only(vitrine, clock):
    failures(vitrine, 100)
    begin("renderizar", state="failed", per_minute=120)
    clock.pass_by(hours=1)

    assert advance_replays(now=clock.now) == 10


def test_slow_pace_takes_one_when_its_time_has_come(vitrine, clock):
    failures(vitrine, 3)
    begin("renderizar", state="failed", per_minute=1)
    queued = []

    for _ in range(4):
        queued.append(advance_replays(now=clock.now))
        sent_all()
        clock.pass_by(seconds=30)

    assert queued == [0, 0, 1, 0]


@pytest.mark.parametrize("hours", [-1, 1])
def test_clock_that_was_set_loses_and_doubles_nothing(hours, vitrine, clock):
    failures(vitrine, 12)
    run = begin("renderizar", state="failed")
    advance_replays(now=clock.now)

    clock.pass_by(hours=hours)
    for _ in range(3):
        sent_all()
        clock.pass_by(seconds=1)
        advance_replays(now=clock.now)

    run.refresh_from_db()
    assert [outcome for _, outcome, _ in items(run)] == ["queued"] * 12
    assert run.finished_at is not None


def test_no_more_is_queued_while_enough_of_it_waits_to_be_sent(vitrine, clock):
    failures(vitrine, 200)
    run = begin("renderizar", state="failed", per_minute=600)
    for _ in range(10):
        advance_replays(now=clock.now)
        clock.pass_by(seconds=1)

    assert pending() == advancing.FEW == 20
    StatusUpdate.objects.filter(pk__in=[u.pk for u in now_in_queue(run)[:5]]).update(
        state="sent", reason="accepted", turn=False
    )
    assert advance_replays(now=clock.now) == 5
    sent_all()
    assert advance_replays(now=clock.now) == 20


def test_what_waits_for_its_retry_keeps_no_other_from_the_queue(vitrine, clock):
    failures(vitrine, 40)
    begin("renderizar", state="failed", per_minute=600)
    clock.pass_by(seconds=5)
    for _ in range(2):
        advance_replays(now=clock.now)
        clock.pass_by(seconds=1)
    assert pending() == 20
    StatusUpdate.objects.filter(state="pending").update(due_at=clock.now + timedelta(hours=1))

    assert advance_replays(now=clock.now) == 20


def test_paused_vitrine_keeps_no_other_waiting(vitrine, clock):
    failures(vitrine, 60)
    other = make_vitrine("LOJA-RJ")
    failures(other, 60)
    run = begin("renderizar", state="failed")

    for _ in range(10):
        advance_replays(now=clock.now)
        StatusUpdate.objects.filter(state="pending", vitrine=other).update(
            state="sent", reason="accepted", turn=False
        )
        clock.pass_by(seconds=1)

    parts = run.parts.order_by("vitrine").values_list("vitrine__code", "queued")
    assert list(parts) == [("LOJA-RJ", 60), ("LOJA-SP", 20)]
