"""The embedded engine: one process that looks for due lanes and drains each in its own thread.

A lane that is slow or down occupies only its own thread, so it never slows another vitrine.
"""

import logging
import os
import socket
import threading
import time

from django.db import connections
from django.utils import timezone

from integrations.alarms import looking
from integrations.delivery.dispatcher import drain_lane, due_now
from integrations.delivery.lanes import bury_dead_holders
from integrations.pruning import prune_for_a_moment
from integrations.redecide import redecide_due
from integrations.replay.advancing import advance_replays
from vitrines.models import Vitrine

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
SWEEP_SECONDS = 1.0
PRUNE_SECONDS = 300.0
#: How long to wait after something that nobody foresaw, before it is tried again.
TROUBLE_SECONDS = 2.0


def worker_name() -> str:
    """Unique per process: what a lane's row shows as its holder."""
    return f"{socket.gethostname()}:{os.getpid()}"


def run_forever(*, worker: str, stop: threading.Event, vitrine_code: str | None = None) -> None:
    """Dispatch until ``stop`` is set, then let the lanes finish what they have in flight."""
    beside = [
        threading.Thread(target=target, args=(stop,), name=name)
        for name, target in (("pruning", _prune_now_and_then), ("alarms", _look_now_and_then))
    ]
    for thread in beside:
        thread.start()
    lanes: dict[int, threading.Thread] = {}
    next_sweep = time.monotonic()
    while not stop.is_set():
        try:
            if time.monotonic() >= next_sweep:
                more = _sweep(worker)
                next_sweep = time.monotonic() + (0 if more else SWEEP_SECONDS)
            for vitrine in due_now(timezone.now(), vitrine_code):
                _start_lane(lanes, vitrine, worker, stop)
        except Exception:
            logger.exception("could not look for due lanes; trying again")
            connections.close_all()
            stop.wait(TROUBLE_SECONDS)
        stop.wait(POLL_SECONDS)
    for thread in (*lanes.values(), *beside):
        thread.join()


def _sweep(worker: str) -> bool:
    """For a moment, since the lanes wait to be begun; whether there is more to decide again."""
    ends = time.monotonic() + SWEEP_SECONDS
    bury_dead_holders(owner=worker, now=timezone.now())
    decided = redecide_due(now=timezone.now(), enough=lambda: time.monotonic() >= ends)
    advance_replays(now=timezone.now())
    return decided > 0


def _prune_now_and_then(stop: threading.Event) -> None:
    """Beside the lanes, so that none waits for it."""
    while not stop.is_set():
        try:
            prune_for_a_moment(now=timezone.now())
        except Exception:
            logger.exception("could not prune; trying again later")
        finally:
            connections.close_all()
        stop.wait(PRUNE_SECONDS)


def _look_now_and_then(stop: threading.Event) -> None:
    """Beside the lanes, too: a mail server may be slow."""
    while not stop.is_set():
        next_look = time.monotonic() + looking.EVERY
        try:
            looking.look_and_tell()
        except Exception:
            logger.exception("could not look for alarms; trying again later")
        finally:
            connections.close_all()
        stop.wait(max(0.0, next_look - time.monotonic()))


def _start_lane(
    lanes: dict[int, threading.Thread], vitrine: Vitrine, worker: str, stop: threading.Event
) -> None:
    running = lanes.get(vitrine.pk)
    if running is not None and running.is_alive():
        return
    thread = threading.Thread(
        target=_drain, args=(vitrine, worker, stop), name=f"lane-{vitrine.code}"
    )
    lanes[vitrine.pk] = thread
    thread.start()


def _drain(vitrine: Vitrine, worker: str, stop: threading.Event) -> None:
    try:
        drain_lane(vitrine, worker=worker, stopping=stop.is_set)
    except Exception:
        # What was in flight goes back to the queue when the lane is next leased.
        logger.exception("the lane of %s stopped; it is leased again", vitrine.code)
        stop.wait(TROUBLE_SECONDS)
    finally:
        connections.close_all()
