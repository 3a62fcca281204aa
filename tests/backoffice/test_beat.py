"""What beat sends, by its own steady clock, into a broker in this process's memory."""

import pytest

from backoffice import beat
from backoffice.beat import SteadyScheduler
from backoffice.celery import app
from tests.memory_broker import memory_queue
from tests.services.engine_processes import free_port

SWEEP = ("integrations.tasks.sweep", [])
PRUNE = ("integrations.tasks.prune", [])
ALARMS = ("integrations.tasks.alarms", [])


@pytest.fixture
def sweeps(settings):
    with memory_queue("sweeps", settings) as queue:
        yield queue


@pytest.fixture
def clock(monkeypatch):
    """Seconds; the test sets them."""
    now = [100.0]
    monkeypatch.setattr(beat, "monotonic", lambda: now[0])
    return now


def test_beat_sends_each_entry_when_it_is_due(sweeps, clock):
    scheduler = SteadyScheduler(app)
    assert scheduler.tick() == 1.0
    assert sweeps.take(3) == [SWEEP, PRUNE, ALARMS]

    clock[0] += 0.75
    assert scheduler.tick() == 0.25
    assert sweeps.waiting == 0

    clock[0] += 0.25
    assert scheduler.tick() == 1.0
    assert sweeps.take(1) == [SWEEP]

    clock[0] += 299.0
    scheduler.tick()
    assert sweeps.take(3) == [SWEEP, PRUNE, ALARMS]
    scheduler.close()


def test_beat_adds_nothing_while_nobody_takes_what_waits_and_forgets_nothing(sweeps, clock):
    scheduler = SteadyScheduler(app)
    scheduler.tick()
    for _ in range(600):
        clock[0] += 1.0
        scheduler.tick()
    assert sweeps.take(3) == [SWEEP, PRUNE, ALARMS]
    scheduler.tick()
    assert sweeps.waiting == 0
    clock[0] += 1.0
    scheduler.tick()
    assert sweeps.take(3) == [SWEEP, PRUNE, ALARMS]
    scheduler.close()


def test_beat_goes_on_while_the_broker_is_down(sweeps, settings, clock):
    scheduler = SteadyScheduler(app)
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/"
    assert scheduler.tick() == 1.0
    settings.CELERY_BROKER_URL = "memory://"
    clock[0] += 1.0
    assert scheduler.tick() == 1.0
    assert sweeps.take(3) == [SWEEP, PRUNE, ALARMS]
    scheduler.close()
