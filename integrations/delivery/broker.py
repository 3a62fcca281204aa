"""The door to the message broker. What goes through it are hints: the rows are the truth.

A message says that there may be work. Losing one costs the time until the next sweep, so nothing is
stored for one, none is published twice to be sure, and none is added where enough of them wait
already: a broker must not fill up while no worker takes anything out. They carry no time after
which they are stale, which two machines' clocks would have to agree on.
"""

import logging
from contextlib import suppress
from typing import Any

from celery import current_app
from django.conf import settings
from kombu import Connection

logger = logging.getLogger(__name__)

#: How long one connect, read or write of a hint may take. Seconds.
PATIENCE = 2.0


class BrokerDown(Exception):
    """The hint was not published."""


class Broker:
    """A connection to the broker, made when it is first needed. For one thread only.

    That the broker is down, and that it is back, is logged once each.
    """

    def __init__(self) -> None:
        self._producer: Any = None
        self._connection: Connection | None = None
        self._down = False

    def send(self, task: str, *args: Any, unless_waiting: int) -> bool:
        """Publish ``task(*args)`` to its queue; False where so many messages wait there already.

        Takes a few times ``PATIENCE`` at most, the resolution of the broker's name aside. Raises
        ``BrokerDown``.
        """
        # A connection kept from before may be one that the broker has since closed.
        kept = self._connection is not None
        try:
            sent = self._publish(task, args, unless_waiting)
        except Exception as error:  # each transport has its own
            self.close()
            if kept:
                return self.send(task, *args, unless_waiting=unless_waiting)
            self._say_down(error)
            raise BrokerDown(str(error)) from error
        self._say_up()
        return sent

    def close(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            with suppress(Exception):  # one that failed may fail again in closing
                connection.release()

    def _publish(self, task: str, args: tuple[Any, ...], unless_waiting: int) -> bool:
        app = current_app
        if self._connection is None:
            url = settings.CELERY_BROKER_URL
            self._connection = app.connection_for_write(
                url, connect_timeout=PATIENCE, transport_options=_bounded(url)
            )
            # Each of its hosts once, and none of them again: the caller knows when.
            hosts = len(self._connection.alt)
            self._connection.ensure_connection(max_retries=hosts, interval_start=0)
            self._producer = app.amqp.Producer(self._connection, auto_declare=False)
        queue = app.amqp.router.route({}, task)["queue"]
        # Declaring answers how many wait, and makes the queue if the broker has lost it.
        waiting = queue(self._producer.channel).queue_declare().message_count
        if waiting >= unless_waiting:
            return False
        app.send_task(
            task, args, queue=queue, producer=self._producer, retry=False, ignore_result=True
        )
        return True

    def _say_down(self, error: Exception) -> None:
        if not self._down:
            logger.warning("the broker is down: the sweep will find what is due (%s)", error)
        self._down = True

    def _say_up(self) -> None:
        if self._down:
            logger.info("the broker is back")
        self._down = False


def _bounded(url: str) -> dict[str, Any]:
    """What keeps one connect, read and write short, by transport."""
    if url.startswith("redis"):
        return {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    # Confirmed, or a broker that has silently gone would take hints for minutes.
    return {"read_timeout": PATIENCE, "write_timeout": PATIENCE, "confirm_publish": True}
