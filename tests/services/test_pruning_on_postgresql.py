"""Pruning beside others at work on PostgreSQL: what is locked is left, and nothing goes by half."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections, transaction

from integrations.intake.events import receive_event
from integrations.intake.facts import EventFact
from integrations.models import EventKind, EventOutcome, StatusUpdate
from integrations.pruning import Removed, prune
from tests.factories import NOW
from tests.integrations.caller import mapped_vitrine
from tests.integrations.pruning.past import MODELS, RETENTION, counts, whole_order
from tests.services.test_races_on_postgresql import at_once
from vitrines.models import Order
from vitrines.statuses import OrderStatus

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("database_url")]


def pruned_orders():
    done = prune(now=NOW, retention=RETENTION)
    return sum(counter[Removed.ORDERS] for counter in done.by_vitrine.values())


def test_order_that_somebody_has_locked_is_left_to_the_next_run():
    vitrine = mapped_vitrine()
    locked, free = whole_order(vitrine, "1"), whole_order(vitrine, "2")
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=locked.pk)
            held.set()
            done.wait(30)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    beside = pruned_orders()
    left = list(Order.objects.values_list("pk", flat=True))
    done.set()
    holder.join()

    assert (beside, left) == (1, [locked.pk])
    assert free.pk not in left
    assert pruned_orders() == 1
    assert set(counts().values()) == {0}


def test_several_runs_at_once_remove_each_order_once():
    vitrine = mapped_vitrine()
    for number in range(30):
        whole_order(vitrine, str(number))

    removed = at_once(*[pruned_orders] * 4)

    assert sum(removed) + pruned_orders() == 30
    assert set(counts().values()) == {0}


@pytest.mark.parametrize("days", range(5))
def test_event_that_comes_while_its_order_is_pruned_finds_it_whole_or_not_at_all(days):
    vitrine = mapped_vitrine()
    order = whole_order(vitrine)
    Order.objects.update(
        status=OrderStatus.PAGAMENTO_CONFIRMADO, status_at=NOW - timedelta(days=800)
    )
    whole = counts()
    at = NOW + timedelta(days=days)
    fact = EventFact(
        order_number=order.number, event_id="tarde", kind=EventKind.RESERVED, occurred_at=at
    )
    tell = partial(receive_event, vitrine=vitrine, fact=fact, actor_label="erp", now=at)

    gone, answer = at_once(pruned_orders, tell)

    if gone:
        assert answer.event.outcome == EventOutcome.ORPHAN
        assert counts() == {**dict.fromkeys(whole, 0), "Event": 1}
    else:
        assert answer.event.outcome == EventOutcome.STATUS_CHANGED
        assert all(model.objects.count() >= whole[model.__name__] for model in MODELS)
        assert StatusUpdate.objects.filter(event=answer.event).count() == 1
