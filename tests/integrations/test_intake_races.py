"""The same thing told twice at once: applied once, and the other told what became of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from integrations.intake import events as intake_events
from integrations.intake import orders as intake_orders
from integrations.intake.events import receive_event
from integrations.intake.facts import EventFact, OrderIntake
from integrations.intake.orders import receive_order
from integrations.models import Event, EventKind, StatusUpdate
from tests.factories import NOW, make_order
from tests.integrations.caller import mapped_vitrine
from vitrines.models import Order
from vitrines.statuses import OrderStatus

ROOT = Path(__file__).resolve().parents[2]
#: Eight threads on one database file: four post the order, four the same event.
AT_ONCE = """
import json, threading
import django
django.setup()
from django.apps import apps
from django.db import connection, connections
from integrations.intake.events import receive_event
from integrations.intake.facts import EventFact
from integrations.intake.orders import receive_order
from integrations.intake.facts import OrderIntake
from integrations.models import Event, EventKind, StatusUpdate
from tests.factories import NOW
from tests.integrations.caller import mapped_vitrine
from vitrines.models import Order

with connection.schema_editor() as editor:
    for model in apps.get_models():
        editor.create_model(model)
vitrine = mapped_vitrine()
start = threading.Barrier(8)
answers = []

def post_order():
    intake = OrderIntake(number="VT-1", platform_status="payment-approved", placed_at=NOW)
    answer = receive_order(vitrine=vitrine, intake=intake, actor_label="t", now=NOW)
    return "created" if answer.created else "known"

def post_event():
    fact = EventFact(order_number="1", event_id="e", kind=EventKind.RESERVED, occurred_at=NOW)
    answer = receive_event(vitrine=vitrine, fact=fact, actor_label="t", now=NOW)
    return "duplicate" if answer.duplicate else "applied"

def run(post):
    start.wait()
    try:
        answers.append(post())
    except Exception as error:
        answers.append(repr(error))
    connections.close_all()

threads = [threading.Thread(target=run, args=(post,)) for post in [post_order, post_event] * 4]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
order = Order.objects.get()
print(json.dumps({
    "answers": sorted(answers),
    "status": order.status,
    "events": sorted(Event.objects.values_list("kind", "outcome")),
    "updates": sorted(StatusUpdate.objects.values_list("status", "state")),
}))
"""


def test_same_order_and_event_posted_at_once_are_applied_once(tmp_path):
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    env["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"

    ran = subprocess.run(
        [sys.executable, "-c", AT_ONCE],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
        timeout=60,
        text=True,
    )
    seen = json.loads(ran.stdout)
    assert seen == {
        "answers": ["applied", "created", *["duplicate"] * 3, *["known"] * 3],
        "status": OrderStatus.EM_PREPARACAO,
        "events": [["order_received", "order_included"], ["reserved", "status_changed"]],
        "updates": [
            [OrderStatus.PAGAMENTO_CONFIRMADO, "skipped"],
            [OrderStatus.EM_PREPARACAO, "pending"],
        ],
    }


@pytest.mark.django_db
def test_event_stored_by_another_after_we_looked_is_answered_as_a_duplicate(monkeypatch):
    """As on PostgreSQL, where both look before either has written: the constraint decides."""
    order = make_order(mapped_vitrine())
    fact = EventFact(
        order_number=order.number, event_id="e", kind=EventKind.RESERVED, occurred_at=NOW
    )
    told = {"vitrine": order.vitrine, "fact": fact, "actor_label": "t", "now": NOW}
    first = receive_event(**told)
    look, blind = intake_events._first_outcome, [True]
    monkeypatch.setattr(
        intake_events,
        "_first_outcome",
        lambda *args: None if blind and blind.pop() else look(*args),
    )
    second = receive_event(**told)
    assert blind == []
    assert (second.duplicate, second.event.pk) == (True, first.event.pk)
    assert (Event.objects.count(), StatusUpdate.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_order_stored_by_another_after_we_looked_is_renewed(monkeypatch):
    vitrine = mapped_vitrine()
    make_order(vitrine, "1", status=OrderStatus.AGUARDANDO_PAGAMENTO, platform_status="pending")
    lock, blind = intake_orders.lock_order, [True]
    monkeypatch.setattr(
        intake_orders, "lock_order", lambda *args: None if blind and blind.pop() else lock(*args)
    )
    intake = OrderIntake(number="1", platform_status="payment-approved", placed_at=NOW)
    answer = receive_order(vitrine=vitrine, intake=intake, actor_label="t", now=NOW)
    assert blind == []
    assert (answer.created, answer.status) == (False, OrderStatus.PAGAMENTO_CONFIRMADO)
    assert Order.objects.count() == 1
