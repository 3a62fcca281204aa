"""The broker goes away with all that it kept, and comes back empty, while everything is at work."""

from datetime import UTC, datetime

import pytest

from tests.services.crashes.rabbit_node import rabbit_node
from tests.services.crashes.stories import STEPS, Story
from tests.services.engine_processes import NotRunning, RedisServer

pytestmark = pytest.mark.services

STORY = Story("broker", orders=480, lanes=4)
RESTARTS = 3


@pytest.fixture
def own_broker(request, tmp_path):
    folder = tmp_path / "broker"
    folder.mkdir()
    try:
        if request.param == "rabbitmq":
            with rabbit_node(folder) as node:
                yield node
        else:
            server = RedisServer(folder)
            server.start()
            yield server
            server.stop()
    except NotRunning as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.mark.parametrize("own_broker", ["redis", "rabbitmq"], indirect=True)
def test_broker_restarted_empty_loses_no_update_and_tells_none_twice(
    setting, own_broker, pass_verdict
):
    stage = setting(STORY, steps=STEPS - 1, broker_url=own_broker.url)
    erp = stage.erp()
    workers = [stage.worker(f"worker-{number}", concurrency=2) for number in (1, 2)]
    beat = stage.programs.beat()
    events = STORY.event_items(STEPS - 1, now=datetime.now(UTC))
    telling = erp.telling("events", events, batch=20)
    for restarts in range(1, RESTARTS + 1):
        stage.wait_until_accepted(restarts * STORY.updates // (RESTARTS + 1))
        own_broker.restart()
    telling.join()
    stage.come_to_rest()
    assert [program.stop() for program in (beat, *workers)] == [0, 0, 0]
    assert erp.refusals == []
    assert stage.interruptions == []
    pass_verdict(stage)
