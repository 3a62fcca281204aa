"""How long after an event was accepted the store is told, at 50 events a second."""

from datetime import datetime
from statistics import median

from django.utils import timezone

from integrations.bench.engines import ENGINES
from integrations.bench.event_stream import EventStream, p95
from integrations.bench.profiling import processor_time
from integrations.bench.reporting import report
from integrations.bench.run import Run
from integrations.bench.stage import add_waiting, erp_key, open_vitrine
from integrations.bench.store import Sink
from integrations.bench.taking_in import taken_in_per_second
from integrations.delivery.dispatcher import drain_lane
from integrations.models import DeliveryAttempt
from vitrines.models import Vitrine

VITRINES = 8
PER_SECOND = 50
DELAY_MS = 20


def event_to_told(run: Run) -> None:
    """``latency_celery`` and ``latency_embedded``, in milliseconds: the median of the windows'
    95th percentiles."""
    seconds = run.size(10, 2)
    with Sink() as sink:
        store = sink.url(delay_ms=DELAY_MS)
        vitrines = [open_vitrine(f"BENCH-{n}", store_url=store) for n in range(VITRINES)]
        for engine, started in ENGINES.items():
            began = timezone.now()
            with started() as port:
                stream = EventStream(port=port, sink=sink)
                stream.latencies(vitrines, per_second=PER_SECOND, seconds=3)
                windows = [
                    stream.latencies(vitrines, per_second=PER_SECOND, seconds=seconds)
                    for _ in range(run.rounds)
                ]
            tops = [p95(window) * 1000 for window in windows]
            report(
                run,
                f"latency_{engine}",
                median(tops),
                raw=[*_raw(windows, tops), _until_begun(began)],
                why=lambda: processor_time(lambda: _one_by_one(vitrines)),
            )


def _raw(windows: list[list[float]], tops: list[float]) -> list[str]:
    middle = median(latency for window in windows for latency in window) * 1000
    worst = max(map(max, windows)) * 1000
    each = " ".join(f"{top:.0f}" for top in tops)
    return [
        f"ms: median {middle:.0f}, longest {worst:.0f}, p95 of each window {each}; "
        f"{sum(map(len, windows))} events at {PER_SECOND}/s to {VITRINES} vitrines"
    ]


def _until_begun(since: datetime) -> str:
    """The share of it that passes before a sender thread has the update in hand."""
    tries = DeliveryAttempt.objects.filter(update__event__received_at__gte=since)
    moments = tries.values_list("update__event__received_at", "started_at")
    waited = [(begun - received).total_seconds() * 1000 for received, begun in moments]
    return (
        f"from the event's receipt until its sending begins: median {median(waited):.0f}, "
        f"p95 {p95(waited):.0f}"
    )


def _one_by_one(vitrines: list[Vitrine]) -> None:
    """For the profile: what all processes do for an event, in this one."""
    for vitrine in vitrines:
        taken_in = taken_in_per_second(vitrine, erp_key([vitrine]), batches=20, size=1)
        taken_in()
        for _ in range(20):
            add_waiting(vitrine, 1)
            drain_lane(vitrine, worker="bench")
