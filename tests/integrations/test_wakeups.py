"""Waking lanes through a broker in this process's memory; real ones are in tests/services."""

import threading
from contextlib import suppress

import pytest
from django.db import transaction

from integrations.delivery import wakeups
from integrations.delivery.broker import Broker, BrokerDown
from integrations.delivery.wakeups import DRAIN_LANE, gathered, wake
from tests.memory_broker import memory_queue
from tests.services.engine_processes import free_port


@pytest.fixture
def lanes(settings):
    with memory_queue("lanes", settings) as queue:
        yield queue


def woken(lanes, count):
    """The vitrines that so many messages name, in order."""
    messages = lanes.take(count)
    assert {task for task, _ in messages} == {DRAIN_LANE}
    return [vitrine_id for _, (vitrine_id,) in messages]


def test_lane_is_not_woken_without_a_broker(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        wake(7)
    assert callbacks == []


@pytest.mark.django_db(transaction=True)
def test_lane_is_woken_when_the_transaction_commits(lanes):
    with transaction.atomic():
        wake(7)
        assert wakeups._publisher._waiting == set()
    assert woken(lanes, 1) == [7]


@pytest.mark.django_db(transaction=True)
def test_lane_is_not_woken_by_what_was_rolled_back(lanes):
    with suppress(ZeroDivisionError), transaction.atomic():
        wake(7)
        raise ZeroDivisionError
    wake(8)
    assert woken(lanes, 1) == [8]


@pytest.mark.django_db(transaction=True)
def test_batch_wakes_each_vitrine_once_when_it_ends(lanes):
    with gathered():
        with gathered():  # a batch in a batch
            for _ in range(3):
                with transaction.atomic():
                    wake(7)
        wake(8)
        assert wakeups._publisher._waiting == set()
    assert sorted(woken(lanes, 2)) == [7, 8]


@pytest.mark.django_db(transaction=True)
def test_batch_that_failed_wakes_what_it_had_committed(lanes):
    with suppress(ZeroDivisionError), gathered():
        wake(7)
        raise ZeroDivisionError
    assert woken(lanes, 1) == [7]


def test_broker_is_given_nothing_more_where_enough_wait(lanes):
    broker = Broker()
    for vitrine_id in (1, 2, 3):
        broker.send(DRAIN_LANE, vitrine_id, unless_waiting=2)
    broker.close()
    assert woken(lanes, 2) == [1, 2]


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_broker_that_is_down_is_said_once_and_when_it_is_back(settings, lanes, scheme, caplog):
    caplog.set_level("INFO", logger="integrations.delivery.broker")
    broker = Broker()
    settings.CELERY_BROKER_URL = f"{scheme}://127.0.0.1:{free_port()}/"
    for _ in range(2):
        with pytest.raises(BrokerDown, match="refused"):
            broker.send(DRAIN_LANE, 7, unless_waiting=1)
    settings.CELERY_BROKER_URL = "memory://"
    for _ in range(2):
        broker.send(DRAIN_LANE, 7, unless_waiting=2)

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert woken(lanes, 2) == [7, 7]


def test_each_process_has_a_publisher_of_its_own(lanes):
    """As after a fork, when the thread and whoever held its lock are not there any more."""
    publisher = wakeups._Publisher()
    publisher.publish([7])
    assert woken(lanes, 1) == [7]
    before = publisher._thread
    publisher._forget()
    publisher.publish([8])
    assert woken(lanes, 1) == [8]
    assert publisher._thread not in (before, threading.current_thread())
