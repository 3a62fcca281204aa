"""The ERP's events at a steady rate, over HTTP, and how long each took to reach the store."""

import http.client
import json
import threading
import time
import uuid
from collections.abc import Sequence
from statistics import quantiles

from django.utils import timezone

from integrations.bench.stage import add_orders, erp_key
from integrations.bench.store import Sink
from integrations.models import StatusUpdate
from vitrines.models import Order, Vitrine

HOST = "127.0.0.1"
_PATH = "/api/v1/events"
#: Connections that events come in by, so that one slow answer does not delay the next event.
_SENDERS = 8
#: How long the last ones may take to reach the store.
PATIENCE_SECONDS = 30


class EventStream:
    def __init__(self, *, port: int, sink: Sink) -> None:
        self._port = port
        self._sink = sink
        self._headers = {"Content-Type": "application/json"}

    def latencies(
        self,
        vitrines: Sequence[Vitrine],
        *,
        also: Sequence[Vitrine] = (),
        per_second: float,
        seconds: float,
    ) -> list[float]:
        """Send so many events a second, in turns to each vitrine; of those to ``vitrines`` the
        seconds from the answer that accepted it to its arrival at the store."""
        every = [*vitrines, *also]
        self._headers["Authorization"] = f"Bearer {erp_key(every)}"
        each = int(per_second * seconds / len(every))
        orders = [add_orders(vitrine, each, now=timezone.now()) for vitrine in every]
        in_turns = [order for several in zip(*orders, strict=True) for order in several]
        accepted = self._send(in_turns, per_second)
        asked_for = {order.pk for several in orders[: len(vitrines)] for order in several}
        arrived = self._arrivals(asked_for)
        return [max(0.0, arrived[pk] - accepted[pk]) for pk in asked_for]

    def _send(self, orders: Sequence[Order], per_second: float) -> dict[int, float]:
        """Order → when the answer that accepted its event was there."""
        accepted: dict[int, float] = {}
        begins = time.monotonic() + 0.2
        plan = [(begins + n / per_second, order) for n, order in enumerate(orders)]
        senders = [
            threading.Thread(target=self._send_planned, args=(plan[n::_SENDERS], accepted))
            for n in range(_SENDERS)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        if len(accepted) != len(orders):
            raise RuntimeError(f"{len(accepted)} of {len(orders)} events were accepted")
        return accepted

    def _send_planned(
        self, plan: Sequence[tuple[float, Order]], accepted: dict[int, float]
    ) -> None:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=30)
        for at, order in plan:
            time.sleep(max(0.0, at - time.monotonic()))
            if self._post(connection, order) != 201:
                break
            accepted[order.pk] = time.monotonic()
        connection.close()

    def _post(self, connection: http.client.HTTPConnection, order: Order) -> int:
        event = {
            "vitrine": order.vitrine.code,
            "order_number": order.number,
            "event_id": uuid.uuid4().hex,
            "kind": "reserved",
            "occurred_at": timezone.now().isoformat(),
        }
        connection.request("POST", _PATH, json.dumps(event), self._headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def _arrivals(self, order_ids: set[int]) -> dict[int, float]:
        """Order → when the store was told; waits for it."""
        keys = StatusUpdate.objects.filter(order_id__in=order_ids).values_list("uuid", "order_id")
        told = {str(key): order_id for key, order_id in keys}
        gives_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            arrived = self._sink.arrived()
            if told.keys() <= arrived.keys() and len(told) == len(order_ids):
                return {order_id: arrived[key] for key, order_id in told.items()}
            if time.monotonic() > gives_up_at:
                raise RuntimeError(
                    f"the store was told of {len(told.keys() & arrived.keys())} of "
                    f"{len(order_ids)} events"
                )
            time.sleep(0.2)


def p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20, method="inclusive")[-1]
