"""Durable dispatch against django-webhook2: the same payload, to the same sink, from one process.

The peer's own side is in ``peer/``. It runs from ``.venv-bench``, which ``make bench`` makes.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.conf import settings

from integrations.bench.brokers import Broker
from integrations.bench.databases import database_of_its_own
from integrations.bench.dispatching import drained_per_second, profile_of_draining
from integrations.bench.reporting import report
from integrations.bench.rounds import Comparison, Measure, in_turns
from integrations.bench.run import Run
from integrations.bench.stage import open_vitrine
from integrations.bench.store import Sink
from integrations.delivery.parcels import open_desk

PYTHON = Path(settings.BASE_DIR) / ".venv-bench" / "bin" / "python"
#: Seconds that a worker may take to end.
STOP_SECONDS = 20


class PeerMissing(Exception):
    """The peer's environment is not there; says how to make it."""


def against_django_webhook2(run: Run) -> None:
    """``dispatch_vs_django_webhook2`` and ``…_tuned``: sent per second, ours to the peer's."""
    if not PYTHON.exists():
        raise PeerMissing("`make bench` makes .venv-bench, which is not there")
    with (
        Sink() as sink,
        database_of_its_own(os.environ["DATABASE_URL"], "peer") as database,
        Broker() as broker,
    ):
        peer = Peer(database, broker)
        vitrine = open_vitrine("BENCH", store_url=sink.url())
        drained_per_second(vitrine, 50, sink=sink)
        payload = sink.last()[3].decode()
        peer.run("prepare", sink.url() + "/webhook")
        threads = open_desk(vitrine).window
        theirs = partial(peer.rounds, run.size(600, 50), payload, sink=sink, threads=threads)
        updates = run.size(3_000, 200)
        ours, documented, tuned = in_turns(
            lambda: drained_per_second(vitrine, updates, sink=sink),
            theirs(tuned=False),
            theirs(tuned=True),
            rounds=run.rounds,
        )
        for name, rates in (("", documented), ("_tuned", tuned)):
            found = Comparison(ours, rates)
            raw = found.told("drain_lane", "django-webhook2", "/s")
            raw.append(f"{threads} threads in one process each, the sink answers at once")
            report(
                run,
                f"dispatch_vs_django_webhook2{name}",
                found.ratio,
                raw=raw,
                why=lambda: profile_of_draining(vitrine, updates),
            )


class Peer:
    def __init__(self, database: str, broker: Broker) -> None:
        self._environment = os.environ | {
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker.url,
            "DJANGO_SETTINGS_MODULE": "integrations.bench.peer.settings",
        }

    def run(self, *arguments: str, given: str = "") -> str:
        """Take one step of ``peer/management/commands/peer.py``; what it printed."""
        done = subprocess.run(  # noqa: S603
            [str(PYTHON), "-m", "django", "peer", *arguments],
            env=self._environment,
            input=given,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def rounds(self, count: int, payload: str, *, sink: Sink, threads: int, tuned: bool) -> Measure:
        """Fill the queue, then let a new worker empty it; its start does not count. Per second."""

        def measure() -> float:
            self.run("fill", str(count), given=payload)
            sink.clear()
            with self._worker(threads, tuned):
                rate = float(self.run("wait"))
            if sink.count() != count:
                raise RuntimeError(f"the sink saw {sink.count()} of the peer's {count} events")
            return rate

        return measure

    @contextmanager
    def _worker(self, threads: int, tuned: bool) -> Iterator[None]:
        app = "integrations.bench.peer.celery_app"
        options = f"--pool threads --concurrency {threads} --loglevel ERROR --without-gossip"
        more = "--without-mingle --without-heartbeat"
        worker = subprocess.Popen(  # noqa: S603
            [str(PYTHON), "-m", "celery", "-A", app, "worker", *options.split(), *more.split()],
            env=self._environment | ({"PEER_TUNED": "yes"} if tuned else {}),
            stdout=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(STOP_SECONDS)
