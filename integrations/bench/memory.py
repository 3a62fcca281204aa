"""Whether a dispatcher's memory grows with what it has sent."""

import time
from pathlib import Path

from django.db import connection

from integrations.bench.filling import fill
from integrations.bench.profiling import memory
from integrations.bench.programs import Programs
from integrations.bench.reporting import report
from integrations.bench.run import Run
from integrations.bench.stage import add_waiting
from integrations.bench.store import Sink
from integrations.delivery.dispatcher import drain_lane
from vitrines.models import Vitrine

UPDATES = 200_000
#: What is sent before is warm-up.
WARM_UP = 20_000
VITRINES = 8
LOOK_SECONDS = 0.5
#: Without anything sent.
PATIENCE_SECONDS = 60

#: Updates sent by then, and megabytes.
Reading = tuple[int, float]


def memory_growth(run: Run) -> None:
    """``memory_growth_mb``: by how much ``manage.py dispatch`` grew at most after its warm-up."""
    warm_up, updates = run.size(WARM_UP, 300), run.size(UPDATES, 1_200)
    with Sink() as sink:
        fill(orders=0, vitrines=VITRINES, waiting_updates=warm_up + updates, store_url=sink.url())
        connection.close()
        with Programs() as programs:
            readings = _read(programs.dispatcher(), sink, until=warm_up + updates)
        warm, *later = [megabytes for sent, megabytes in readings if sent >= warm_up]
        on_the_way = later[:: len(later) // 20 + 1]
        raw = [
            f"resident: {warm:.1f} MB after {warm_up:,} updates; in the {updates:,} after them "
            f"{max(later):.1f} MB at most, {later[-1]:.1f} MB at the end; {VITRINES} vitrines",
            "on the way: " + " ".join(f"{megabytes:.0f}" for megabytes in on_the_way),
        ]
        report(run, "memory_growth_mb", max(later) - warm, raw=raw, why=lambda: memory(_send_more))


def _send_more() -> None:
    """For the profile: as a dispatcher does, in this process."""
    vitrine = Vitrine.objects.earliest("pk")
    add_waiting(vitrine, 2_000)
    drain_lane(vitrine, worker="bench")


def _read(process: int, sink: Sink, *, until: int) -> list[Reading]:
    readings: list[Reading] = []
    moved_at, sent = time.monotonic(), 0
    while sent < until:
        time.sleep(LOOK_SECONDS)
        before, sent = sent, sink.count()
        readings.append((sent, _resident_megabytes(process)))
        moved_at = moved_at if sent == before else time.monotonic()
        if time.monotonic() - moved_at > PATIENCE_SECONDS:
            raise RuntimeError(f"the dispatcher sent {sent} of {until} updates and no more")
    return readings


def _resident_megabytes(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the dispatcher has ended")
