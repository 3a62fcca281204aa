"""Several dispatchers at work on the same lanes: one holds each lane, and nothing is told twice."""

from datetime import UTC, datetime

import pytest

from tests.services.crashes.stories import ONE_LANE, STEPS, Story

pytestmark = pytest.mark.services

EIGHT_LANES = Story("eight_lanes", orders=480, lanes=8)


def test_two_dispatchers_on_one_lane_tell_nothing_twice(setting, pass_verdict):
    """Whoever has the lane is asked to end, again and again; the other one goes on."""
    stage = setting(ONE_LANE, steps=STEPS)
    pair = [stage.dispatcher(f"dispatcher-{number}") for number in (1, 2)]
    for change in range(1, 4):
        stage.wait_until_accepted(change * ONE_LANE.updates // 5)
        holder = stage.holder_among(pair)
        assert holder.stop() == 0
        pair.remove(holder)
        pair.append(stage.dispatcher(f"dispatcher-{change + 2}"))
    stage.come_to_rest()
    assert [process.stop() for process in pair] == [0, 0]
    assert stage.interruptions == []
    pass_verdict(stage)


def test_three_dispatchers_on_eight_lanes_tell_nothing_twice(setting, pass_verdict):
    """All are up before the first event comes, so that they race for each lane all the time."""
    stage = setting(EIGHT_LANES, steps=0)
    erp = stage.erp()
    three = [stage.dispatcher(f"dispatcher-{number}") for number in (1, 2, 3)]
    now = datetime.now(UTC)
    for step in range(STEPS):
        erp.tell("events", EIGHT_LANES.event_items(step, now=now), batch=40)
    stage.come_to_rest()
    assert [dispatcher.stop() for dispatcher in three] == [0, 0, 0]
    assert len(stage.record.workers()) == 3
    pass_verdict(stage)
