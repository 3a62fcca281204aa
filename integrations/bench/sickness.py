"""What two sick vitrines cost eight healthy ones.

Ten vitrines get events at a steady rate. In turns the other two answer as the eight do, and then
one of them never answers and the other one answers 500. Each time they are new ones, so that no
breaker is open yet; those of the time before are taken off the server, and their connections
dropped.
"""

from collections.abc import Sequence
from functools import partial

from integrations.bench.engines import ENGINES
from integrations.bench.event_stream import EventStream, p95
from integrations.bench.profiling import processor_time
from integrations.bench.reporting import report
from integrations.bench.rounds import Measure, alternate
from integrations.bench.run import Run
from integrations.bench.stage import add_waiting, open_vitrine
from integrations.bench.store import Sink
from integrations.delivery.dispatcher import drain_lane
from vitrines.models import Vitrine

HEALTHY = 8
#: To each vitrine.
PER_SECOND = 4
DELAY_MS = 20
FAILING = "status-500"
SICK = ("silent", FAILING)


def sick_vitrine(run: Run) -> None:
    """``sick_vitrine_embedded`` and ``sick_vitrine_celery``: p95 from event to told, of the eight,
    with two sick ones to without."""
    seconds = run.size(8, 2)
    with Sink() as sink:
        store = sink.url(delay_ms=DELAY_MS)
        healthy = [open_vitrine(f"WELL-{n}", store_url=store) for n in range(HEALTHY)]
        for engine, start in ENGINES.items():
            with start() as port:
                stream = EventStream(port=port, sink=sink)
                beside = partial(_p95_beside, healthy, stream, sink, seconds)
                found = alternate(
                    beside(SICK), beside(2 * (f"delay-{DELAY_MS}",)), rounds=run.rounds
                )
            raw = found.told("p95 with a silent one and one of errors", "without", " ms")
            raw.append(f"{PER_SECOND} events/s to each of ten vitrines")
            report(
                run,
                f"sick_vitrine_{engine}",
                found.ratio,
                raw=raw,
                why=lambda: processor_time(
                    lambda: _one_after_another([*healthy, _open_another(sink, FAILING)])
                ),
            )


def _p95_beside(
    healthy: list[Vitrine],
    stream: EventStream,
    sink: Sink,
    seconds: float,
    behaviours: Sequence[str],
) -> Measure:
    """In milliseconds."""

    def measure() -> float:
        others = [_open_another(sink, behaviour) for behaviour in behaviours]
        latencies = stream.latencies(
            healthy,
            also=others,
            per_second=PER_SECOND * (len(healthy) + len(others)),
            seconds=seconds,
        )
        Vitrine.objects.filter(pk__in=[other.pk for other in others]).update(published=False)
        sink.drop_silent()
        return p95(latencies) * 1000

    return measure


def _open_another(sink: Sink, behaviour: str) -> Vitrine:
    return open_vitrine(f"OTHER-{Vitrine.objects.count()}", store_url=sink.url(behaves=behaviour))


def _one_after_another(vitrines: Sequence[Vitrine]) -> None:
    """For the profile: what each vitrine costs the dispatcher, in this process."""
    for vitrine in vitrines:
        add_waiting(vitrine, 20)
        drain_lane(vitrine, worker="bench")
