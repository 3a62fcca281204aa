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
#: Eight threads on one database file: four post orders, four the events about them.
AT_ONCE = """
import json, random, threading
import django
django.setup()
from django.apps import apps
from django.db import connection, connections
from integrations.intake.events import receive_event, receive_events
from integrations.intake.facts import EventFact, OrderIntake
from integrations.intake.orders import receive_order, receive_orders
from integrations.models import Event, EventKind, StatusUpdate
from tests.factories import NOW
from tests.integrations.caller import mapped_vitrine
from vitrines.models import Order

with connection.schema_editor() as editor:
    for model in apps.get_models():
        editor.create_model(model)
told = dict(vitrine=mapped_vitrine(), actor_label="t", now=NOW)
start = threading.Barrier(8)
answers = []

def order(number):
    return OrderIntake(number=f"VT-{{number}}", platform_status="payment-approved", placed_at=NOW)

def event(number):
    kind = EventKind.RESERVED
    return EventFact(order_number=number, event_id=f"e{{number}}", kind=kind, occurred_at=NOW)

def of_order(answer):
    return "created" if answer.created else "known"

def of_event(answer):
    return "duplicate" if answer.duplicate else "applied"

{posts}

def run(post):
    start.wait()
    try:
        answers.extend(post())
    except Exception as error:
        answers.append(repr(error))
    connections.close_all()

threads = [threading.Thread(target=run, args=(post,)) for post in [post_orders, post_events] * 4]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps({{
    "answers": sorted(answers),
    "status": sorted(Order.objects.values_list("status", flat=True)),
    "events": sorted(Event.objects.values_list("kind", "outcome")),
    "updates": sorted(StatusUpdate.objects.values_list("status", "state", "turn")),
}}))
"""
ONE_EACH = """
def post_orders():
    return [of_order(receive_order(intake=order("1"), **told))]

def post_events():
    return [of_event(receive_event(fact=event("1"), **told))]
"""
BATCHES = """
def shuffled(make):
    numbers = random.sample(range(20), 20)
    return [make(str(number)) for number in numbers]

def post_orders():
    return [of_order(answer) for answer in receive_orders(intakes=shuffled(order), **told)]

def post_events():
    return [of_event(answer) for answer in receive_events(facts=shuffled(event), **told)]
"""


@pytest.mark.parametrize(("posts", "count"), [(ONE_EACH, 1), (BATCHES, 20)])
def test_same_orders_and_events_posted_at_once_are_applied_once(tmp_path, posts, count):
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    env["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"

    ran = subprocess.run(
        [sys.executable, "-c", AT_ONCE.format(posts=posts)],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
        timeout=60,
        text=True,
    )
    seen = json.loads(ran.stdout)
    assert seen == {
        "answers": [
            *["applied"] * count,
            *["created"] * count,
            *["duplicate"] * 3 * count,
            *["known"] * 3 * count,
        ],
        "status": [OrderStatus.EM_PREPARACAO] * count,
        "events": [
            *[["order_received", "order_included"]] * count,
            *[["reserved", "status_changed"]] * count,
        ],
        "updates": [
            *[[OrderStatus.PAGAMENTO_CONFIRMADO, "skipped", False]] * count,
            *[[OrderStatus.EM_PREPARACAO, "pending", True]] * count,
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
    look, blind = intake_events._first_events, [True]
    monkeypatch.setattr(
        intake_events,
        "_first_events",
        lambda *args: {} if blind and blind.pop() else look(*args),
    )
    second = receive_event(**told)
    assert blind == []
    assert (second.duplicate, second.event.pk) == (True, first.event.pk)
    assert (Event.objects.count(), StatusUpdate.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_order_stored_by_another_after_we_looked_is_renewed(monkeypatch):
    vitrine = mapped_vitrine()
    make_order(vitrine, "1", status=OrderStatus.AGUARDANDO_PAGAMENTO, platform_status="pending")
    lock, blind = intake_orders.lock_orders, [True]
    monkeypatch.setattr(
        intake_orders, "lock_orders", lambda *args: {} if blind and blind.pop() else lock(*args)
    )
    intake = OrderIntake(number="1", platform_status="payment-approved", placed_at=NOW)
    answer = receive_order(vitrine=vitrine, intake=intake, actor_label="t", now=NOW)
    assert blind == []
    assert (answer.created, answer.status) == (False, OrderStatus.PAGAMENTO_CONFIRMADO)
    assert Order.objects.count() == 1
