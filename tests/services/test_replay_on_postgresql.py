"""Many engines on one run of replay, on PostgreSQL: nothing twice, nothing lost, no deadlock."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from integrations.delivery.dispatcher import drain_lane
from integrations.models import (
    ReplayItem,
    ReplayMode,
    ReplayRun,
    StatusUpdate,
    UpdateState,
)
from integrations.replay.advancing import advance_replays
from integrations.replay.runs import ReplayNotCancelled, cancel, start
from integrations.replay.selection import Plan, Selection
from tests.factories import NOW, make_connection, make_order, make_update, make_vitrine
from tests.services.engine_processes import ROOT, SECRETS, wait_until
from tests.services.engine_story import open_store
from tests.services.test_races_on_postgresql import at_once
from vitrines.statuses import OrderStatus

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("database_url")]
THREADS = 4


def shop(*, failed=0, sent=0, **params):
    vitrine = make_vitrine()
    make_connection(vitrine, params=params)
    for number in range(failed + sent):
        state = UpdateState.FAILED if number < failed else UpdateState.SENT
        make_update(
            make_order(vitrine, str(number)),
            OrderStatus.EM_PREPARACAO,
            state,
            reason="rejected" if number < failed else "accepted",
            finished_at=NOW,
        )
    return vitrine


def plan_of_all(vitrine):
    selection = Selection(vitrine=vitrine.code)
    return Plan.freeze(ReplayMode.RENDER, selection, now=timezone.now())


def begin(plan, *, per_minute=6_000):
    return start(
        plan,
        reason="a loja perdeu dados",
        actor=None,
        actor_label="operacao",
        now=timezone.now(),
        per_minute=per_minute,
    )


def outcomes(run):
    return Counter(ReplayItem.objects.filter(run=run).values_list("outcome", flat=True))


def test_plan_confirmed_many_times_at_once_is_one_run():
    plan = plan_of_all(shop(failed=3))

    runs = at_once(*[partial(begin, plan)] * THREADS)

    assert len({run.pk for run in runs}) == 1
    assert (ReplayRun.objects.count(), runs[0].parts.count()) == (1, 1)


def test_engines_that_advance_at_once_queue_each_update_once_and_keep_the_pace():
    run = begin(plan_of_all(shop(failed=120, sent=120)), per_minute=600)
    now = timezone.now()
    queued = []

    for second in range(1, 40):
        at = now + timedelta(seconds=second)
        said = at_once(*[partial(advance_replays, now=at)] * THREADS)
        queued.append(sum(said))
        StatusUpdate.objects.filter(state="pending").update(
            state="sent", reason="accepted", turn=False
        )
        run.refresh_from_db()
        if run.finished_at is not None:
            break

    assert max(queued) <= 20  # two seconds' worth where an engine was a little late
    assert sum(queued) == 240
    assert outcomes(run) == {"queued": 240}
    assert StatusUpdate.objects.filter(replay_of__isnull=False).count() == 120
    assert set(
        Counter(
            StatusUpdate.objects.filter(replay_of__isnull=False).values_list("replay_of", flat=True)
        ).values()
    ) == {1}


def test_cancel_while_engines_advance_leaves_nothing_of_the_run_behind():
    vitrine = shop(failed=150, sent=150)
    run = begin(plan_of_all(vitrine))
    now = timezone.now()

    def advance(seconds):
        return advance_replays(now=now + timedelta(seconds=seconds))

    def stop():
        try:
            return cancel(run, actor=None, now=timezone.now())
        except ReplayNotCancelled as refusal:
            return refusal

    advances = [partial(advance, second) for second in range(1, 5)]
    said = at_once(*advances[:2], stop, *advances[2:], stop)

    refusals = [one for one in said if isinstance(one, Exception)]
    assert [str(one) for one in refusals] == ["Este reprocessamento já foi cancelado."]
    while ReplayRun.objects.get().finished_at is None:
        advance_replays(now=now + timedelta(minutes=1))

    assert "queued" not in outcomes(run)
    states = Counter(StatusUpdate.objects.values_list("state", flat=True))
    assert states == {"failed": 150, "sent": 150}
    assert StatusUpdate.objects.filter(turn=True).count() == 0


def test_engine_killed_in_the_middle_of_its_chunks_loses_and_doubles_nothing(database_url):
    vitrine = shop(failed=1_500, sent=1_500)
    run = begin(plan_of_all(vitrine))
    killed_at = []
    for _ in range(6):
        before = ReplayItem.objects.count()
        engine = _engine(database_url)
        wait_until(lambda: ReplayItem.objects.count() > before, what="some of the run")  # noqa: B023
        os.kill(engine.pid, signal.SIGKILL)
        engine.wait()
        killed_at.append(ReplayItem.objects.count())
        # What the dead one queued is sent, or the next one would wait for it.
        StatusUpdate.objects.filter(state="pending").update(
            state="sent", reason="accepted", turn=False
        )
    at = timezone.now() + timedelta(days=1)
    while ReplayRun.objects.get().finished_at is None:
        at += timedelta(seconds=1)
        advance_replays(now=at)
        StatusUpdate.objects.filter(state="pending").update(
            state="sent", reason="accepted", turn=False
        )

    assert killed_at == sorted(set(killed_at))
    part = run.parts.get()
    assert outcomes(run) == {"queued": 3_000}
    assert (part.queued, part.left_out) == (3_000, {})
    repeats = StatusUpdate.objects.filter(replay_of__isnull=False)
    assert (repeats.count(), repeats.values("replay_of").distinct().count()) == (1_500, 1_500)


def _engine(database_url):
    environment = {**os.environ, **SECRETS, "DATABASE_URL": database_url, "DOTENV_PATH": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    return subprocess.Popen(
        [sys.executable, "-m", "tests.services.replay_engine"], cwd=ROOT, env=environment
    )


def test_run_beside_lanes_that_send_tells_each_thing_once():
    with open_store() as store:
        vitrine = shop(failed=100, sent=100, base_url=store.url)
        run = begin(plan_of_all(vitrine))
        now = timezone.now()
        for second in range(1, 40):
            at = now + timedelta(seconds=second)
            advances = [partial(advance_replays, now=at)] * 2
            # By the same clock: what is queued at a moment that is still to come is due only then.
            drains = [
                partial(drain_lane, vitrine, worker=f"worker-{number}", clock=lambda at=at: at)
                for number in range(2)
            ]
            said = at_once(*advances, *drains)
            assert not [one for one in said if isinstance(one, Exception)], said
            run.refresh_from_db()
            if run.finished_at is not None and not _open():
                break

    assert outcomes(run) == {"queued": 200}
    keys = Counter(key for *_, key in store.told)
    assert (len(keys), set(keys.values())) == (200, {1})


def _open():
    return StatusUpdate.objects.filter(state__in=("pending", "sending")).exists()
