"""Telling a holder that works from one that died, without trusting anybody's clock. Pure.

A wall clock may be an hour off, or be set while we work. So whoever would take a lane over watches
it: a lease that nobody renewed for its whole length, by the watcher's own steady clock, is dead.
The holder counts on the same clock of its own, from before it renewed: it stops sending first.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

SteadyClock = Callable[[], float]


def steady_now() -> float:
    """Seconds that nobody can set, and that go on while the machine sleeps, where it can tell."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True)
class Seen:
    """A lease as its row shows it; each renewal changes it."""

    fencing_token: int
    lease_until: datetime | None


@dataclass
class LeaseWatch:
    """What this process has seen of the leases of others."""

    #: Seconds that a lease lasts.
    length: float
    clock: SteadyClock = steady_now

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """As if nothing had been seen: for whoever replaces the rows."""
        self._first_seen: dict[int, tuple[Seen, float]] = {}
        self._ended: dict[int, int] = {}

    def may_be_taken(self, vitrine_id: int, seen: Seen) -> bool:
        """Whether the lane is free, or its holder has been silent for the length of a lease."""
        now = self.clock()
        with self._lock:
            if seen.lease_until is None or self._ended.get(vitrine_id) == seen.fencing_token:
                self._first_seen.pop(vitrine_id, None)
                return True
            before, since = self._first_seen.get(vitrine_id, (None, now))
            if before != seen:
                since = now
                self._first_seen[vitrine_id] = (seen, now)
            return now - since >= self.length

    def note_ended(self, vitrine_id: int, fencing_token: int) -> None:
        """This process held that lease and has nothing in flight any more, though it may not have
        been able to write so."""
        with self._lock:
            self._ended[vitrine_id] = fencing_token
