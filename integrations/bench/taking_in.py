"""Event intake through the API, in batches of 500, against the bare writing of the same rows.

Both sides run in this process, so that neither pays for a web server: the API is called as Django's
test client calls it, from the routing and the token to the JSON that it answers.
"""

import json
import time
import uuid
from datetime import timedelta

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from integrations.bench.profiling import processor_time
from integrations.bench.reporting import report
from integrations.bench.rounds import Measure, alternate
from integrations.bench.run import Run
from integrations.bench.stage import add_orders, erp_key, event_of, open_vitrine, update_of
from integrations.models import Event, StatusUpdate
from vitrines.models import Order, OrderStatusChange, Vitrine
from vitrines.statuses import OrderStatus

BATCH = 500
STATUS = OrderStatus.EM_PREPARACAO
_STORE = "http://127.0.0.1:9"


def against_bulk_create(run: Run) -> None:
    """``intake_vs_bulk_create``: events per second, ours to the bare writing."""
    vitrine = open_vitrine("BENCH", store_url=_STORE)
    batches = run.size(8, 1)
    ours = taken_in_per_second(vitrine, erp_key([vitrine]), batches)
    found = alternate(ours, _written_per_second(vitrine, batches), rounds=run.rounds)
    raw = found.told("POST events/batch", "bulk_create", " events/s")
    report(run, "intake_vs_bulk_create", found.ratio, raw=raw, why=lambda: processor_time(ours))


def taken_in_per_second(vitrine: Vitrine, key: str, batches: int, *, size: int = BATCH) -> Measure:
    """Each event moves another order on, and a batch of them is one call of the API."""
    client = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {key}"})

    def measure() -> float:
        orders = _orders(vitrine, batches * size)
        bodies = [_body(vitrine, orders[at : at + size]) for at in range(0, len(orders), size)]
        before = StatusUpdate.objects.count()
        began = time.perf_counter()
        answers = [
            client.post("/api/v1/events/batch", body, content_type="application/json")
            for body in bodies
        ]
        elapsed = time.perf_counter() - began
        refused = [answer.content[:300] for answer in answers if answer.status_code != 200]
        written = StatusUpdate.objects.count() - before
        if refused or written != len(orders):
            raise RuntimeError(f"{written} updates of {len(orders)} events; {refused}")
        return len(orders) / elapsed

    return measure


def _body(vitrine: Vitrine, orders: list[Order]) -> bytes:
    now = (timezone.now() + timedelta(seconds=1)).isoformat()
    items = [
        {
            "vitrine": vitrine.code,
            "order_number": order.number,
            "event_id": uuid.uuid4().hex,
            "kind": "reserved",
            "occurred_at": now,
        }
        for order in orders
    ]
    return json.dumps({"items": items}).encode()


def _written_per_second(vitrine: Vitrine, batches: int) -> Measure:
    def measure() -> float:
        orders = _orders(vitrine, batches * BATCH)
        began = time.perf_counter()
        for at in range(0, len(orders), BATCH):
            _write(orders[at : at + BATCH])
        return len(orders) / (time.perf_counter() - began)

    return measure


def _write(orders: list[Order]) -> None:
    """The rows that a batch of events comes to, and nothing else, in one transaction."""
    now = timezone.now()
    with transaction.atomic():
        changes = OrderStatusChange.objects.bulk_create(
            OrderStatusChange(
                order=order,
                from_status=order.status,
                to_status=STATUS,
                occurred_at=now,
                recorded_at=now,
                cause="reserved",
            )
            for order in orders
        )
        events = Event.objects.bulk_create(
            event_of(order, now, change) for order, change in zip(orders, changes, strict=True)
        )
        StatusUpdate.objects.bulk_create(
            update_of(order, event, now) for order, event in zip(orders, events, strict=True)
        )
        Order.objects.filter(pk__in=[order.pk for order in orders]).update(
            status=STATUS, status_at=now, updated_at=now
        )


def _orders(vitrine: Vitrine, count: int) -> list[Order]:
    orders = add_orders(vitrine, count, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return orders
