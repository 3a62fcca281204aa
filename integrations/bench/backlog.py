"""Whether a lane slows down with what waits in it.

Databases that differ in nothing else stand side by side. Of each, a vitrine is drained for some
seconds, in turns, and given again as much as was sent, so that the backlog stays what it is said to
be. What waits is one update of an order each, so that every one of them is a head.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from integrations.bench.databases import database_of_its_own
from integrations.bench.filling import fill
from integrations.bench.profiling import processor_time
from integrations.bench.reporting import note, report
from integrations.bench.rounds import Measure, alternate
from integrations.bench.run import Run
from integrations.bench.site import Site
from integrations.bench.stage import add_waiting
from integrations.bench.store import Sink
from integrations.delivery.dispatcher import drain_lane
from vitrines.models import Vitrine

#: All in one vitrine: what waits in another one's lane could only be easier.
VITRINE = "BENCH-1"
FEW, MANY, BLOCKED = 10_000, 1_000_000, 100_000


def backlog(run: Run) -> None:
    """``dispatch_1m_waiting`` and ``dispatch_100k_blocked``: sent per second, with and without."""
    few, many = run.size(FEW, 500), run.size(MANY, 2_000)
    blocked = run.size(BLOCKED, 1_000)
    with Sink() as sink, _filled(sink, "small", waiting=few) as small:
        with _filled(sink, "large", waiting=many) as large:
            words = (f"of {many:,} waiting", f"of {few:,}")
            _compare(run, "dispatch_1m_waiting", large, small, sink=sink, words=words)
        with _filled(sink, "stuck", waiting=few, blocked=blocked) as stuck:
            words = (f"beside {blocked:,} blocked", "beside none")
            _compare(run, "dispatch_100k_blocked", stuck, small, sink=sink, words=words)


def _compare(
    run: Run, name: str, full: Site, usual: Site, *, sink: Sink, words: tuple[str, str]
) -> None:
    seconds = run.size(4, 1)
    there = _drained_per_second(full, seconds, sink)
    found = alternate(there, _drained_per_second(usual, seconds, sink), rounds=run.rounds)
    raw = found.told(*words, "/s")
    report(run, name, found.ratio, raw=raw, why=lambda: processor_time(there))


@contextmanager
def _filled(sink: Sink, name: str, *, waiting: int, blocked: int = 0) -> Iterator[Site]:
    url = os.environ["DATABASE_URL"]
    connection.close()
    with database_of_its_own(url, name, copy_of=url) as its_url:
        site = Site(its_url)
        began = time.perf_counter()
        with site.used():
            fill(
                orders=0,
                vitrines=1,
                waiting_updates=waiting,
                waiting_each=1,
                blocked_updates=blocked,
                store_url=sink.url(),
            )
        note(
            f"{name}: {waiting:,} waiting, {blocked:,} blocked, filled in "
            f"{time.perf_counter() - began:.0f} s"
        )
        try:
            yield site
        finally:
            site.close()


def _drained_per_second(site: Site, seconds: float, sink: Sink) -> Measure:
    def measure() -> float:
        with site.used():
            vitrine = Vitrine.objects.get(code=VITRINE)
            sink.clear()
            began = time.perf_counter()
            tried = drain_lane(
                vitrine,
                worker="bench",
                stopping=lambda: time.perf_counter() - began >= seconds,
            )
            elapsed = time.perf_counter() - began
            if sink.count() != tried:
                raise RuntimeError(f"{sink.count()} came to the store of {tried} that were sent")
            add_waiting(vitrine, tried)
        return tried / elapsed

    return measure
