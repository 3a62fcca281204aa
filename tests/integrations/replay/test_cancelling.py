"""Stopping a run: what was not tried is taken back, what was goes on."""

import pytest

from integrations.delivery.claiming import claim
from integrations.delivery.lanes import acquire, release
from integrations.delivery.parcels import open_desk
from integrations.delivery.recording import give_back
from integrations.models import StatusUpdate, UpdateState
from integrations.replay import advancing
from integrations.replay.advancing import advance_part, advance_replays
from integrations.replay.progress import progress_of
from integrations.replay.runs import ReplayNotCancelled, cancel
from tests.factories import make_order, make_update
from tests.integrations.dispatcher.dispatching import dispatch, enqueue
from tests.integrations.replay.replaying import (
    DISPATCHED,
    PAID,
    PREPARING,
    begin,
    failures,
    fresh,
    items,
    pending,
    replay,
    sent_all,
    state,
)
from vitrines.models import AuditEntry, Vitrine

pytestmark = pytest.mark.django_db

FAILED = UpdateState.FAILED


def test_cancel_takes_back_what_was_not_tried_and_leaves_the_rest(vitrine, clock, store):
    store.script(422, 503)
    failed = enqueue(vitrine, PREPARING, "1")
    dispatch(clock)
    was = StatusUpdate.objects.filter(pk=failed.pk).values().get()
    sent = make_update(make_order(vitrine, "2"), PAID, UpdateState.SENT, reason="accepted")
    behind = make_update(sent.order, PREPARING, UpdateState.SKIPPED, reason="inactive")
    unseen = failures(vitrine, 10)
    run = begin("renderizar", failed, sent, *unseen, per_minute=120)
    advance_replays(now=clock.now)
    assert [outcome for _, outcome, _ in items(run)] == ["queued"] * 2

    run = cancel(run, actor=None, actor_label="bia", now=clock.now)

    assert [outcome for _, outcome, _ in items(run)] == ["taken_back"] * 2
    now = StatusUpdate.objects.filter(pk=failed.pk).values().get()
    assert now | {"due_at": None} == was | {"due_at": None}
    assert list(sent.order.status_updates.order_by("pk")) == [sent, behind]
    assert [state(update)[0] for update in unseen] == [FAILED] * 10
    part = run.parts.get()
    assert (part.queued, part.taken_back) == (2, 2)
    assert (run.cancelled_at, run.cancelled_by_label) == (clock.now, "bia")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor_label, entry.vitrine) == ("replay.cancel", "bia", vitrine)
    advance_replays(now=clock.now)
    run.refresh_from_db()
    assert (run.finished_at, pending()) == (clock.now, 0)
    dispatch(clock)
    assert len(store.requests) == 1


def test_cancel_after_a_new_decision_brings_the_old_one_back(vitrine, clock):
    row = vitrine.status_mappings.get(status=PREPARING)
    row.active = False
    row.save()
    skipped = enqueue(vitrine)
    row.active, row.platform_status = True, "SEPARANDO"
    row.save()
    was = StatusUpdate.objects.filter(pk=skipped.pk).values().get()
    run = replay("decidir", skipped)
    assert fresh(skipped).platform_status == "SEPARANDO"

    cancel(run, actor=None, now=clock.now)

    now = StatusUpdate.objects.filter(pk=skipped.pk).values().get()
    assert now | {"due_at": None} == was | {"due_at": None}


def test_cancel_leaves_alone_what_was_tried(vitrine, clock, store):
    store.script(503)
    failed, told = failures(vitrine, 1)[0], enqueue(vitrine, PREPARING, "77")
    StatusUpdate.objects.filter(pk=told.pk).update(
        state="sent", reason="accepted", turn=False, due_at=None
    )
    unseen = failures(vitrine, 3)
    run = begin("renderizar", failed, told, *unseen, per_minute=120)
    advance_replays(now=clock.now)
    repeat = fresh(told).repeats.get()
    dispatch(clock)

    cancel(run, actor=None, now=clock.now)

    assert [outcome for _, outcome, _ in items(run)] == ["queued", "queued"]
    assert [fresh(update).state for update in (failed, repeat)] == ["pending", "pending"]


def test_cancel_leaves_alone_what_a_worker_that_died_may_have_told(vitrine, clock):
    """There is no record of a try, and there may have been one."""
    [failed] = failures(vitrine, 1)
    told = make_update(make_order(vitrine, "77"), state=UpdateState.SENT, reason="accepted")
    run = replay("renderizar", failed, told)
    lease = acquire(vitrine_id=vitrine.pk, owner="morto", now=clock.now)
    assert len(claim(lease, open_desk(vitrine), room=2, now=clock.now).updates) == 2
    release(lease)
    acquire(vitrine_id=vitrine.pk, owner="herdeiro", now=clock.now)

    with pytest.raises(ReplayNotCancelled):
        cancel(run, actor=None, now=clock.now)

    assert [outcome for _, outcome, _ in items(run)] == ["queued", "queued"]
    assert [fresh(u).state for u in (failed, fresh(told).repeats.get())] == ["pending"] * 2


def test_cancel_takes_back_what_was_claimed_and_not_begun(vitrine, clock):
    [failed] = failures(vitrine, 1)
    run = replay("renderizar", failed)
    lease, desk = acquire(vitrine_id=vitrine.pk, owner="w", now=clock.now), open_desk(vitrine)
    claim(lease, desk, room=1, now=clock.now)
    give_back(lease, [failed.pk], pace=desk.pace, now=clock.now)

    cancel(run, actor=None, now=clock.now)

    assert [outcome for _, outcome, _ in items(run)] == ["taken_back"]
    assert fresh(failed).state == FAILED


def test_cancel_hands_the_turn_to_what_waited_behind(vitrine, clock):
    [failed] = failures(vitrine, 1)
    waiting = make_update(failed.order, DISPATCHED)
    run = replay("renderizar", failed)
    assert [state(update)[2] for update in (failed, waiting)] == [True, False]

    cancel(run, actor=None, now=clock.now)

    assert [state(update)[2] for update in (failed, waiting)] == [False, True]


def test_cancel_goes_on_in_the_background(vitrine, clock, monkeypatch):
    monkeypatch.setattr(advancing, "CHUNK", 4)
    failures(vitrine, 10)
    run = begin("renderizar", state="failed")
    for _ in range(3):
        advance_replays(now=clock.now)

    cancel(run, actor=None, now=clock.now)
    assert pending() == 6

    advance_replays(now=clock.now)
    run.refresh_from_db()
    assert (pending(), run.finished_at) == (0, clock.now)


def test_cancel_without_the_platform_file_waits_for_it(vitrine, clock):
    [failed] = failures(vitrine, 1)
    run = replay("renderizar", failed)
    Vitrine.objects.update(platform="sumiu")

    cancel(run, actor=None, now=clock.now)
    assert (fresh(failed).state, run.parts.get().finished_at) == ("pending", None)
    run.refresh_from_db()
    [part] = progress_of(run, now=clock.now).parts
    assert part.stands == "o arquivo do exportador está ausente ou com erro"

    Vitrine.objects.update(platform="generic")
    advance_replays(now=clock.now)
    assert fresh(failed).state == FAILED


def test_cancel_of_what_ended_is_refused(vitrine, clock):
    [failed] = failures(vitrine, 1)
    run = replay("renderizar", failed)
    sent_all()

    with pytest.raises(ReplayNotCancelled, match="já terminou"):
        cancel(run, actor=None, now=clock.now)

    run.refresh_from_db()
    assert run.cancelled_at is None


def test_cancel_twice_is_refused(vitrine, clock):
    run = begin("renderizar", *failures(vitrine, 1))
    cancel(run, actor=None, now=clock.now)

    with pytest.raises(ReplayNotCancelled, match="já foi cancelado"):
        cancel(run, actor=None, now=clock.now)


def test_part_that_another_engine_finished_is_passed_by(vitrine, clock):
    run = replay("renderizar", *failures(vitrine, 1))

    assert advance_part(run.parts.get().pk, now=clock.now) is None
