"""A holder that stands still past its lease, and then goes on as if nothing had happened."""

import pytest

from tests.services.crashes.stories import ONE_LANE, STEPS
from tests.services.crashes.told_database import SHORT_LEASE_SECONDS

pytestmark = pytest.mark.services

PAUSES = 4
#: How it says that it has noticed: by a look at the lease, or because the server has ended a
#: transaction that stood still for so long.
LOST = ("leased to another worker", "leased again", "raised unexpected")


def times_lost(stale):
    return sum(stale.said.count(words) for words in LOST)


def pause_again_and_again(stage, pair):
    for number in range(1, PAUSES + 1):
        stage.wait_until_accepted(number * ONE_LANE.updates // (PAUSES + 2))
        holder = stage.pause_holder(pair)
        (other,) = (process for process in pair if process is not holder)
        stage.wait_until(lambda other=other: stage.has_lane(other), what="the lane to be taken")
        sent = stage.store.accepted()
        stage.wait_until_accepted(sent + ONE_LANE.updates // 50)
        noticed = times_lost(holder)
        stage.go_on(holder)
        stage.wait_until(
            lambda holder=holder, noticed=noticed: times_lost(holder) > noticed,
            what=f"{holder.name} to notice that it lost the lane",
        )
    stage.come_to_rest()
    assert len(stage.interruptions) == PAUSES


def test_dispatcher_paused_past_its_lease_records_and_sends_nothing_old(setting, pass_verdict):
    stage = setting(ONE_LANE, steps=STEPS, lease_seconds=SHORT_LEASE_SECONDS)
    pair = [stage.dispatcher(f"dispatcher-{number}") for number in (1, 2)]
    pause_again_and_again(stage, pair)
    assert [process.stop() for process in pair] == [0, 0]
    pass_verdict(stage)


def test_worker_paused_past_its_lease_records_and_sends_nothing_old(setting, broker, pass_verdict):
    stage = setting(ONE_LANE, steps=STEPS, broker_url=broker.url, lease_seconds=SHORT_LEASE_SECONDS)
    pair = [stage.worker(f"worker-{number}") for number in (1, 2)]
    beat = stage.programs.beat()
    pause_again_and_again(stage, pair)
    assert [process.stop() for process in (beat, *pair)] == [0, 0, 0]
    pass_verdict(stage)
