"""Durable dispatch against a bare loop: the same payload, threads, keep-alive and sink."""

import time

from django.db import connection

from integrations.bench.baseline import Payload, send_all
from integrations.bench.profiling import processor_time
from integrations.bench.reporting import report
from integrations.bench.rounds import Comparison, in_turns
from integrations.bench.run import Run
from integrations.bench.stage import add_waiting, move_store, open_vitrine
from integrations.bench.store import Sink
from integrations.delivery.dispatcher import drain_lane
from integrations.delivery.parcels import open_desk
from integrations.models import DeliveryAttempt, UpdateState
from vitrines.models import Vitrine

#: What a platform of the market takes to answer, at the least.
REALISTIC_MS = 20


def against_requests(run: Run) -> None:
    """``dispatch_vs_requests`` and ``dispatch_vs_requests_0ms``: sent per second, ours to bare."""
    with Sink() as sink:
        vitrine = open_vitrine("BENCH", store_url=sink.url())
        _compare(run, sink, vitrine, "dispatch_vs_requests", REALISTIC_MS, run.size(2_000, 100))
        _compare(run, sink, vitrine, "dispatch_vs_requests_0ms", 0, run.size(3_000, 200))


def _compare(
    run: Run, sink: Sink, vitrine: Vitrine, name: str, delay_ms: int, updates: int
) -> None:
    move_store(vitrine, sink.url(delay_ms=delay_ms))
    drained_per_second(vitrine, 50, sink=sink)
    payload = Payload.like(sink.last(), origin=sink.url())
    threads = open_desk(vitrine).window
    ours, plain, tuned = in_turns(
        lambda: drained_per_second(vitrine, updates, sink=sink),
        lambda: send_all(payload, updates, threads=threads),
        lambda: send_all(payload, updates, threads=threads, plain=False),
        rounds=run.rounds,
    )
    found, to_tuned = Comparison(ours, plain), Comparison(ours, tuned)
    raw = found.told("drain_lane", "requests", "/s")
    raw += to_tuned.told("the same", "requests without a look at the environment", "/s")
    raw.append(
        f"{threads} threads, the sink answers after {delay_ms} ms, {updates} updates a round"
    )
    report(run, name, found.ratio, raw=raw, why=lambda: profile_of_draining(vitrine, updates))


def profile_of_draining(vitrine: Vitrine, updates: int) -> str:
    add_waiting(vitrine, updates)
    return processor_time(lambda: drain_lane(vitrine, worker="bench"))


def drained_per_second(vitrine: Vitrine, updates: int, *, sink: Sink) -> float:
    """Fill, and time the draining alone; raises if not every update came to the store once, and
    was recorded."""
    add_waiting(vitrine, updates)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    sink.clear()
    before = DeliveryAttempt.objects.count()
    began = time.perf_counter()
    tried = drain_lane(vitrine, worker="bench")
    elapsed = time.perf_counter() - began
    unsent = vitrine.status_updates.exclude(state=UpdateState.SENT).count()
    recorded = DeliveryAttempt.objects.count() - before
    came = sink.count()
    if (tried, came, recorded, unsent) != (updates, updates, updates, 0):
        raise RuntimeError(
            f"{tried} of {updates} tried, {came} came, {recorded} recorded, {unsent} not sent"
        )
    return updates / elapsed
