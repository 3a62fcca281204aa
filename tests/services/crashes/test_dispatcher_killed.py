"""``kill -9`` of the embedded dispatcher, again and again, while orders and updates flow."""

from datetime import UTC, datetime

import pytest

from tests.services.crashes.stories import MANY, STEPS
from tests.services.crashes.told_database import SHORT_LEASE_SECONDS

pytestmark = pytest.mark.services

KILLS = 10


def test_dispatcher_killed_ten_times_loses_nothing_and_keeps_each_sequence(setting, pass_verdict):
    stage = setting(MANY, steps=STEPS - 1, lease_seconds=SHORT_LEASE_SECONDS)
    erp = stage.erp()
    events = MANY.event_items(STEPS - 1, now=datetime.now(UTC))
    telling = erp.telling("events", events, batch=50)
    pair = [stage.dispatcher(name) for name in ("first", "second")]
    for _ in stage.kill_holders(pair, stage.dispatcher, KILLS):
        pass
    telling.join()
    stage.come_to_rest()
    assert [dispatcher.stop() for dispatcher in pair] == [0, 0]
    assert erp.refusals == []
    assert len(stage.interruptions) == KILLS
    pass_verdict(stage)
