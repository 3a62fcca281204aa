"""The two brokers that an installation may have, as a test sees them from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from celery import Celery
from kombu import Connection, Queue

from tests.services.engine_processes import NotRunning, RedisServer

QUEUES = ("lanes", "sweeps")


@dataclass(frozen=True)
class Broker:
    url: str

    def waiting(self, queue: str) -> int:
        """How many messages wait in a queue."""
        with Connection(self.url) as connection:
            return int(Queue(queue)(connection.default_channel).queue_declare().message_count)

    def send(self, task: str, vitrine_id: int) -> None:
        """A wake-up that nobody's transaction asked for."""
        with Celery(broker=self.url) as app:
            app.send_task(task, [vitrine_id], queue="lanes", ignore_result=True)

    def empty(self) -> None:
        """As if it had been restarted and kept nothing."""
        with Connection(self.url) as connection:
            for name in QUEUES:
                queue = Queue(name)(connection.default_channel)
                queue.queue_declare()
                queue.purge()


@contextmanager
def redis_broker(server: RedisServer) -> Iterator[Broker]:
    broker = Broker(server.url)
    broker.empty()
    yield broker


@contextmanager
def rabbitmq_broker(url: str) -> Iterator[Broker]:
    """Leaves no queue of ours behind. Raises ``NotRunning``."""
    try:
        with Connection(url, connect_timeout=5) as connection:
            connection.connect()
    except OSError as error:
        raise NotRunning(
            f"make test-services needs RabbitMQ at {url}: {error}. "
            "On Debian: apt-get install rabbitmq-server; another one: RABBITMQ_URL"
        ) from error
    broker = Broker(url)
    broker.empty()
    try:
        yield broker
    finally:
        with Connection(url) as connection:
            for name in QUEUES:
                Queue(name)(connection.default_channel).delete()
