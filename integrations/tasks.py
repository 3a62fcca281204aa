"""What Celery runs: the same functions that ``manage.py dispatch`` calls.

A message is a hint. It carries a vitrine at most, is taken off the broker before it is worked on,
and may be lost, doubled or late: rows say what is due, and the lane's lease says who sends it.
"""

import logging
import mmap
import time
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import OperationalError
from django.utils import timezone

from integrations.alarms.looking import look_and_tell
from integrations.delivery import dispatcher
from integrations.delivery.lanes import bury_dead_holders
from integrations.delivery.loop import worker_name
from integrations.delivery.wakeups import gathered, wake
from integrations.pruning import prune_for_a_moment
from integrations.redecide import redecide_due
from integrations.replay.advancing import advance_replays
from vitrines.models import Vitrine

logger = logging.getLogger(__name__)

#: How long one message may keep a lane, and with it a place in the worker, before the others that
#: wait get their turn. What is in flight then is still waited for. Seconds.
SLICE = 10.0
#: How long a sweep goes on deciding again what waited for a mapping. Seconds.
SWEEP = 1.0

#: Set when the worker is told to stop. Shared memory, because a prefork worker's children are not
#: told; a plain byte, because it is set in a signal's handler.
_stopping = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def stop_claiming(**_: Any) -> None:
    _stopping[0] = 1


def worker_stops() -> bool:
    return _stopping[0] == 1


@shared_task
def drain_lane(vitrine_id: int) -> None:
    """Send what is due for a vitrine, for a while; nothing if another worker is at it."""
    vitrine = Vitrine.objects.filter(pk=vitrine_id).first()
    if vitrine is None:
        return
    ends = time.monotonic() + SLICE

    def over() -> bool:
        return time.monotonic() >= ends

    dispatcher.drain_lane(vitrine, worker=worker_name(), stopping=lambda: over() or worker_stops())
    if over() and dispatcher.due_now(timezone.now(), vitrine.code):
        wake(vitrine_id)  # behind the lanes that wait


@shared_task
def sweep() -> None:
    """Find what is due, whoever was or was not told of it. Beat sends one every second; one that
    takes longer is overtaken by the next, which passes by what the first has locked."""
    ends = time.monotonic() + SWEEP
    try:
        bury_dead_holders(owner=worker_name(), now=timezone.now())
        with gathered():
            for vitrine in dispatcher.due_now(timezone.now()):
                wake(vitrine.pk)
        with gathered():
            while redecide_due(now=timezone.now(), enough=lambda: time.monotonic() >= ends):
                if time.monotonic() >= ends:
                    break
        advance_replays(now=timezone.now())
    except OperationalError as error:
        logger.warning("the database does not answer; the next sweep looks again (%s)", error)


@shared_task
def prune() -> None:
    """Remove some of what was kept long enough. Beat sends one every few minutes, so that no hour
    has to bear all of it."""
    prune_for_a_moment(now=timezone.now())


@shared_task
def alarms() -> None:
    """Raise and close alarms, and tell of them. Beat sends one every half minute."""
    try:
        look_and_tell()
    except OperationalError as error:
        logger.warning("the database does not answer; the next look tells of it (%s)", error)
