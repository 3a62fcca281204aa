"""The embedded engine: one process that looks for due lanes and drains each in its own thread.

A lane that is slow or down occupies only its own thread, so it never slows another vitrine.
"""

import logging
import os
import socket
import threading
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from integrations.delivery.dispatcher import drain_lane, due_now
from integrations.redecide import redecide_due
from vitrines.models import Vitrine

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
SWEEP_EVERY = timedelta(seconds=1)
#: How long to wait after something that nobody foresaw, before it is tried again.
TROUBLE_SECONDS = 2.0


def worker_name() -> str:
    """Unique per process: what a lane's row shows as its holder."""
    return f"{socket.gethostname()}:{os.getpid()}"


def run_forever(*, worker: str, stop: threading.Event, vitrine_code: str | None = None) -> None:
    """Dispatch until ``stop`` is set, then let the lanes finish what they have in flight."""
    lanes: dict[int, threading.Thread] = {}
    next_sweep = timezone.now()
    while not stop.is_set():
        try:
            now = timezone.now()
            if now >= next_sweep:
                more = redecide_due(now=now)
                next_sweep = now if more else now + SWEEP_EVERY
            for vitrine in due_now(now, vitrine_code):
                _start_lane(lanes, vitrine, worker, stop)
        except Exception:
            logger.exception("could not look for due lanes; trying again")
            connections.close_all()
            stop.wait(TROUBLE_SECONDS)
        stop.wait(POLL_SECONDS)
    for thread in lanes.values():
        thread.join()


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
