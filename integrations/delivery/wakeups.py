"""Telling the engine that a lane has work, once the transaction that gave it some has committed.

The row is the truth: a wake-up that is lost costs time, never an update, because every engine also
sweeps for what is due. So whoever wakes a lane never waits for the broker: a thread of its own
talks to it, and while it is down keeps no more than one wake-up per vitrine.
"""

import logging
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.conf import settings
from django.db import transaction

from integrations.delivery.broker import Broker, BrokerDown

logger = logging.getLogger(__name__)

DRAIN_LANE = "integrations.tasks.drain_lane"
#: How long a broker that is down is left alone. Seconds.
QUIET = 5.0
#: With so many wake-ups in the queue, another one would not be heard sooner than the sweep.
ENOUGH = 1_000

_gathering: ContextVar[set[int] | None] = ContextVar("gathering", default=None)


def wake(vitrine_id: int) -> None:
    """Have the lane of a vitrine drained soon after this transaction commits."""
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(partial(_committed, vitrine_id), robust=True)


@contextmanager
def gathered() -> Iterator[None]:
    """For a batch of transactions: wake each vitrine once at the end, not at each commit."""
    if _gathering.get() is not None:
        yield
        return
    vitrine_ids: set[int] = set()
    token = _gathering.set(vitrine_ids)
    try:
        yield
    finally:
        _gathering.reset(token)
        _publisher.publish(vitrine_ids)


def _committed(vitrine_id: int) -> None:
    gathering = _gathering.get()
    if gathering is None:
        _publisher.publish([vitrine_id])
    else:
        gathering.add(vitrine_id)


class _Publisher:
    """A thread that publishes wake-ups, started when there is one; each process has its own."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._waiting: set[int] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def publish(self, vitrine_ids: Iterable[int]) -> None:
        """Leave them to the thread; never waits for the broker, and never raises."""
        with self._changed:
            self._waiting.update(vitrine_ids)
            if self._waiting and not (self._thread and self._thread.is_alive()):
                self._start()
            self._changed.notify()

    def _start(self) -> None:
        # A daemon: no process waits for the broker in order to end.
        thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more, or the process is ending
            logger.warning("nobody is woken: the sweep will find what is due (%s)", error)
        else:
            self._thread = thread

    def _run(self) -> None:
        broker = Broker()
        quiet = threading.Event()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                vitrine_ids, self._waiting = self._waiting, set()
            try:
                for vitrine_id in vitrine_ids:
                    broker.send(DRAIN_LANE, vitrine_id, unless_waiting=ENOUGH)
            except BrokerDown:
                self.publish(vitrine_ids)  # whatever else comes meanwhile is added to them
                quiet.wait(QUIET)


_publisher = _Publisher()
