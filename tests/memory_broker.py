"""A broker in this process's memory, for tests of what is published; real ones: tests/services."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kombu import Connection, Queue

from tests.services.engine_processes import wait_until


class MemoryQueue:
    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    @property
    def waiting(self) -> int:
        return int(self._queue.queue_declare().message_count)

    def take(self, count: int) -> list[tuple[str, list[Any]]]:
        """Wait for so many messages, which have to be all: task and arguments of each, in order."""
        messages: list[Any] = []

        def arrived() -> bool:
            if message := self._queue.get(no_ack=True):
                messages.append(message)
            return len(messages) == count

        wait_until(arrived, what=f"{count} messages")
        assert self._queue.get() is None
        assert {message.content_type for message in messages} <= {"application/json"}
        return [(message.headers["task"], message.decode()[0]) for message in messages]


@contextmanager
def memory_queue(name: str, settings: Any) -> Iterator[MemoryQueue]:
    """The broker is the setting's for as long as the test's settings last; the queue is empty."""
    settings.CELERY_BROKER_URL = "memory://"
    with Connection("memory://") as connection:
        queue = Queue(name)(connection.default_channel)
        queue.declare()
        queue.purge()
        yield MemoryQueue(queue)
        queue.purge()
