"""Both engines as README starts them, each with a web server."""

from collections.abc import Iterator
from contextlib import contextmanager

from integrations.bench.brokers import Broker
from integrations.bench.programs import Programs

#: As compose.yaml has it.
PLACES = 32
SWEEPERS = 4


@contextmanager
def embedded() -> Iterator[int]:
    """``gunicorn`` and ``manage.py dispatch``; the port of the web server."""
    with Programs() as programs:
        programs.dispatcher()
        yield programs.web()


@contextmanager
def celery() -> Iterator[int]:
    """``gunicorn``, a worker for the lanes, one for the sweeps, and beat; the port of the first."""
    with Broker() as broker, Programs(broker_url=broker.url) as programs:
        programs.worker("lanes", concurrency=PLACES, queues="lanes")
        programs.worker("sweeps", concurrency=SWEEPERS, queues="sweeps")
        programs.beat()
        broker.wait_for_workers(2)
        yield programs.web()


ENGINES = {"embedded": embedded, "celery": celery}
