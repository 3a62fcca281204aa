"""``kill -9`` of a Celery worker, and of beat, again and again, while orders and updates flow."""

from datetime import UTC, datetime

import pytest

from tests.services.crashes.stories import MANY, STEPS
from tests.services.crashes.told_database import SHORT_LEASE_SECONDS

pytestmark = pytest.mark.services

KILLS = 10


def test_worker_killed_ten_times_loses_nothing_and_keeps_each_sequence(
    setting, broker, pass_verdict
):
    """Each time a worker; at every other one beat goes with it."""
    stage = setting(MANY, steps=STEPS - 1, broker_url=broker.url, lease_seconds=SHORT_LEASE_SECONDS)
    erp = stage.erp()
    events = MANY.event_items(STEPS - 1, now=datetime.now(UTC))
    telling = erp.telling("events", events, batch=50)
    pair = [stage.worker(name) for name in ("first", "second")]
    beat = stage.programs.beat("beat-0")
    for number in stage.kill_holders(pair, stage.worker, KILLS):
        if number % 2 == 0:
            beat.kill()
            beat = stage.programs.beat(f"beat-{number}")
    telling.join()
    stage.come_to_rest()
    assert [program.stop() for program in (beat, *pair)] == [0, 0, 0]
    assert erp.refusals == []
    assert len(stage.interruptions) == KILLS
    pass_verdict(stage)
