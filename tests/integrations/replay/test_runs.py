"""Starting a run and going through it: what was counted is what is done."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from integrations.models import ReplayItem, ReplayMode, ReplayRun, StatusUpdate, UpdateState
from integrations.operations import cancel_update
from integrations.replay import advancing
from integrations.replay.advancing import advance_part, advance_replays
from integrations.replay.runs import ReplayNotStarted, start
from integrations.replay.selection import Plan, Selection
from tests.factories import NOW, make_order, make_update, make_user, make_vitrine
from tests.integrations.dispatcher.dispatching import dispatch, enqueue
from tests.integrations.replay.replaying import (
    DISPATCHED,
    WHY,
    begin,
    failures,
    fresh,
    items,
    pending,
    replay,
    state,
)
from vitrines.models import AuditEntry

pytestmark = pytest.mark.django_db

FAILED = UpdateState.FAILED


# Starting


def test_start_keeps_who_why_what_and_how_many(vitrine):
    failures(vitrine, 2)
    other = make_vitrine("LOJA-RJ")
    failures(other, 1)
    actor = make_user("ana")

    run = begin("renderizar", state="failed", since=date(2026, 11, 1), actor=actor, actor_label="")

    assert (run.mode, run.reason, run.selected) == (ReplayMode.RENDER, WHY, 3)
    assert (run.started_by, run.started_by_label, run.started_at) == (actor, "ana", NOW)
    newest = StatusUpdate.objects.latest("pk").pk
    assert run.selection == {
        "state": "failed",
        "since": "2026-11-01",
        "up_to": newest,
        "as_of": NOW.isoformat(),
    }
    parts = run.parts.order_by("vitrine").values_list("vitrine__code", "selected")
    assert list(parts) == [("LOJA-RJ", 1), ("LOJA-SP", 2)]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.vitrine) == ("replay.start", actor, None)
    assert entry.subject == f"reprocessamento {run.pk}: Renderizar de novo, 3 selecionadas"
    assert entry.details == {"run": run.pk, "reason": WHY}


def test_plan_starts_once(vitrine):
    failures(vitrine, 1)
    plan = Plan.freeze(ReplayMode.RENDER, Selection(state="failed"), now=NOW)
    told = {"reason": WHY, "actor": None, "actor_label": "ana", "now": NOW}

    assert start(plan, **told) == start(plan, **told)

    assert (ReplayRun.objects.count(), AuditEntry.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("selection", "reason", "said"),
    [
        (Selection(state="failed"), "", "Diga o motivo"),
        (Selection(), WHY, "Diga o que reprocessar"),
        (Selection(state="sent"), WHY, "Nenhuma atualização corresponde"),
        (Selection(updates=(987654,)), WHY, "Nenhuma atualização corresponde"),
    ],
)
def test_start_is_refused(selection, reason, said, vitrine):
    failures(vitrine, 1)
    plan = Plan.freeze(ReplayMode.RENDER, selection, now=NOW)

    with pytest.raises(ReplayNotStarted, match=said):
        start(plan, reason=reason, actor=None, now=NOW)

    assert (ReplayRun.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_plan_survives_being_written_down():
    selection = Selection("LOJA-SP", 2, "failed", "rejected", NOW.date(), NOW.date(), (1, 2))
    plan = Plan(ReplayMode.DECIDE, selection, 7, NOW, uuid.uuid4())

    assert Plan.from_json(plan.as_json()) == plan


# What was counted is what is done


def test_update_that_comes_after_the_count_is_not_taken(vitrine, clock):
    [first] = failures(vitrine, 1)
    run = begin("renderizar", state="failed")
    failures(vitrine, 1)

    advance_replays(now=clock.now)

    assert items(run) == [(first.pk, "queued", "")]


def test_update_that_fails_after_the_count_is_not_taken(vitrine, clock):
    first, second = failures(vitrine, 2)
    make_update(fresh(second).order, DISPATCHED)
    StatusUpdate.objects.filter(pk=second.pk).update(finished_at=NOW + timedelta(seconds=1))

    run = begin("renderizar", state="failed")
    advance_replays(now=clock.now)

    assert (run.selected, items(run)) == (1, [(first.pk, "queued", "")])


def test_update_that_moved_on_since_the_count_is_left_alone(vitrine, clock):
    first, second = failures(vitrine, 2)
    run = begin("renderizar", state="failed")
    cancel_update(update=first, actor=make_user(), reason="feito na loja", now=clock.now)

    advance_replays(now=clock.now)

    assert items(run) == [(second.pk, "queued", "")]
    assert state(first)[0] == UpdateState.CANCELLED


def test_named_update_that_moved_on_since_the_count_is_left_alone(vitrine, clock):
    """It went out under its own key meanwhile: under a new one it would be told twice."""
    [failed] = failures(vitrine, 1)
    run = begin("renderizar", failed)
    clock.pass_by(seconds=1)
    StatusUpdate.objects.filter(pk=failed.pk).update(
        state="sent", reason="accepted", finished_at=clock.now
    )

    advance_replays(now=clock.now)

    assert (items(run), StatusUpdate.objects.count()) == ([], 1)


def test_run_ends_when_everything_was_looked_at(vitrine, clock):
    failures(vitrine, 3)
    failures(make_vitrine("LOJA-RJ"), 1)
    run = replay("renderizar", state="failed")

    parts = list(run.parts.order_by("pk").values_list("queued", "left_out", "finished_at"))
    assert parts == [(3, {}, NOW), (1, {}, NOW)]
    assert run.finished_at == NOW
    assert advance_replays(now=clock.now) == 0


# Chunk by chunk


def never_sent(vitrine, count):
    return [
        make_update(make_order(vitrine, str(vitrine.orders.count())), state=FAILED, reason="config")
        for _ in range(count)
    ]


def test_what_is_left_out_is_gone_through_chunk_by_chunk_at_once(vitrine, clock, monkeypatch):
    monkeypatch.setattr(advancing, "CHUNK", 10)
    never_sent(vitrine, 45)
    run = begin("reenviar", state="failed")

    advance_replays(now=clock.now)

    run.refresh_from_db()
    assert run.parts.get().left_out == {"no_record": 45}
    assert run.finished_at == clock.now


def test_whoever_calls_is_kept_for_a_chunk_of_each_part_and_a_moment(vitrine, clock, monkeypatch):
    monkeypatch.setattr(advancing, "CHUNK", 10)
    monkeypatch.setattr(advancing, "BUDGET", 0)
    other = make_vitrine("LOJA-RJ")
    for each in (vitrine, other):
        never_sent(each, 25)
    run = begin("reenviar", state="failed")

    looked_at = []
    for _ in range(3):
        advance_replays(now=clock.now)
        parts = run.parts.order_by("vitrine__code")
        looked_at.append([sum(part.left_out.values()) for part in parts])

    assert looked_at == [[10, 10], [20, 20], [25, 25]]


def test_cursor_stops_where_the_pace_does(vitrine, clock):
    updates = failures(vitrine, 30)
    run = begin("renderizar", state="failed", per_minute=600)

    advance_replays(now=clock.now)

    assert run.parts.get().cursor == updates[9].pk
    assert [pk for pk, _, _ in items(run)] == [update.pk for update in updates[:10]]


def test_chunk_that_does_not_come_through_has_done_nothing(vitrine, clock, monkeypatch):
    updates = failures(vitrine, 5)
    run = begin("renderizar", state="failed")
    monkeypatch.setattr(advancing, "_count", lambda part, items: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        advance_part(run.parts.get().pk, now=clock.now)
    assert (items(run), pending(), run.parts.get().cursor) == ([], 0, 0)

    monkeypatch.undo()
    advance_replays(now=clock.now)
    assert items(run) == [(update.pk, "queued", "") for update in updates]


def test_run_that_cannot_be_read_stops_no_other_and_no_engine(vitrine, clock, caplog):
    first, second = failures(vitrine, 2)
    broken, whole = begin("renderizar", first), begin("renderizar", second)
    ReplayRun.objects.filter(pk=broken.pk).update(selection={})

    assert advance_replays(now=clock.now) == 1

    assert items(whole) == [(second.pk, "queued", "")]
    told = f"part {broken.parts.get().pk} of a replay could not be advanced"
    assert [record.getMessage() for record in caplog.records] == [told]


def test_update_is_at_most_once_in_a_run(vitrine):
    [update] = failures(vitrine, 1)
    run = begin("renderizar", update)
    ReplayItem.objects.create(run=run, update=update, at=NOW, outcome="queued")

    with pytest.raises(IntegrityError), transaction.atomic():
        ReplayItem.objects.create(run=run, update=update, at=NOW, outcome="queued")


def test_two_runs_about_one_update_queue_it_once(vitrine, clock, store):
    sent = enqueue(vitrine)
    dispatch(clock)

    runs = [replay("renderizar", sent) for _ in range(2)]

    assert [items(run) for run in runs] == [
        [(sent.pk, "queued", "")],
        [(sent.pk, "left_out", "repeated")],
    ]


# Growth


def test_chunk_costs_the_same_however_many_are_selected(vitrine, django_assert_max_num_queries):
    """Beyond what each of the ten that it queues costs."""
    failures(vitrine, 300)
    begin("renderizar", state="failed")

    with django_assert_max_num_queries(70):
        assert advance_replays(now=NOW) == 10
