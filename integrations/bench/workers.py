"""Two Celery workers against one: the same settings for each, eight vitrines, a 100 ms platform.

Each worker has places for four lanes, and a lane eight sender threads, as many as a platform's file
may ask for: one worker drains four of the eight vitrines at a time, two drain them all. The workers
are up and idle when the updates are there and the lanes are woken.
"""

import time

from django.db import connection

from integrations.bench.brokers import Broker
from integrations.bench.dispatching import profile_of_draining
from integrations.bench.programs import Programs
from integrations.bench.reporting import report
from integrations.bench.rounds import Measure, alternate
from integrations.bench.run import Run
from integrations.bench.stage import add_waiting, open_vitrine
from integrations.bench.store import Sink
from integrations.models import StatusUpdate, UpdateState
from vitrines.models import Vitrine

VITRINES = 8
PLACES = 4
DELAY_MS = 100
#: Of one round.
PATIENCE_SECONDS = 120


def two_against_one(run: Run) -> None:
    """``two_workers_vs_one``: sent per second."""
    with Sink() as sink, Broker() as broker:
        store = sink.url(delay_ms=DELAY_MS)
        vitrines = [open_vitrine(f"BENCH-{n}", store_url=store) for n in range(VITRINES)]
        each = run.size(400, 20)
        found = alternate(
            _drained_per_second(2, vitrines, each, sink=sink, broker=broker),
            _drained_per_second(1, vitrines, each, sink=sink, broker=broker),
            rounds=run.rounds,
        )
        raw = found.told("two workers", "one", "/s")
        raw.append(
            f"{VITRINES} vitrines of {each} updates, a platform of {DELAY_MS} ms, {PLACES} places"
        )
        report(
            run,
            "two_workers_vs_one",
            found.ratio,
            raw=raw,
            why=lambda: profile_of_draining(vitrines[0], each),
        )


def _drained_per_second(
    workers: int, vitrines: list[Vitrine], each: int, *, sink: Sink, broker: Broker
) -> Measure:
    def measure() -> float:
        with Programs(broker_url=broker.url) as programs:
            for number in range(workers):
                programs.worker(f"bench{number}", concurrency=PLACES, queues="lanes")
            broker.wait_for_workers(workers)
            for vitrine in vitrines:
                add_waiting(vitrine, each)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            sink.clear()
            began = time.monotonic()
            for vitrine in vitrines:
                broker.wake(vitrine.pk)
            elapsed = _sent_at() - began
        if sink.count() != len(vitrines) * each:
            raise RuntimeError(f"{sink.count()} of {len(vitrines) * each} came to the store")
        return len(vitrines) * each / elapsed

    return measure


def _sent_at() -> float:
    """When the last one was recorded."""
    gives_up_at = time.monotonic() + PATIENCE_SECONDS
    while StatusUpdate.objects.exclude(state=UpdateState.SENT).exists():
        if time.monotonic() > gives_up_at:
            raise RuntimeError("the workers did not send everything")
        time.sleep(0.05)
    return time.monotonic()
