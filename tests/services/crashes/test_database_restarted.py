"""PostgreSQL goes away and comes back while the ERP tells and the dispatcher sends."""

import time
from datetime import UTC, datetime

import pytest

from tests.services.crashes.record import OurRecord
from tests.services.crashes.stories import STEPS, Story
from tests.services.crashes.verdict import Interruption

pytestmark = pytest.mark.services

STORY = Story("restarted", orders=600)
#: ``immediate`` is a crash of the server, ``fast`` what a service manager does.
MODES = ("fast", "immediate", "immediate")


def restart(cluster, stage, mode):
    """Stop, look at what was in flight while nobody else can, and start again."""
    at = time.monotonic()
    cluster.stop(mode)
    with cluster.out_of_reach() as port:
        in_flight = OurRecord(cluster.url(stage.database, port)).in_flight()
    cluster.start()
    lasted = time.monotonic() - at
    stage.interruptions.append(Interruption(f"stop -m {mode}", at, in_flight, lasted))


def test_database_restarted_loses_nothing_that_was_answered(setting, cluster, pass_verdict):
    stage = setting(STORY, steps=STEPS - 1)
    erp = stage.erp()
    dispatcher = stage.dispatcher("dispatcher")
    now = datetime.now(UTC)
    events = list(STORY.event_items(STEPS - 1, now=now))
    half = len(events) // 2
    telling = [
        erp.telling("events", events[:half], batch=10),
        erp.telling("events", events[half:], batch=1),
    ]
    for number, mode in enumerate(MODES, start=1):
        stage.wait_until_accepted(number * STORY.updates // (len(MODES) + 2))
        restart(cluster, stage, mode)
    for thread in telling:
        thread.join()
    stage.come_to_rest()
    assert dispatcher.stop() == 0
    assert {(refusal.status, refusal.json()["code"]) for refusal in erp.refusals} == {
        (503, "unavailable")
    }
    assert set(erp.taken) <= stage.record.event_ids()
    pass_verdict(stage)
