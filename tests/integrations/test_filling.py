"""A database filled for the bench holds what the product itself would have written."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum

from integrations.bench.filling import FILLED, fill
from integrations.contents import hold_contents
from integrations.explain import explain_order, summarise_orders
from integrations.explaining.causes import Situation
from integrations.models import (
    DeliveryAttempt,
    Event,
    EventOutcome,
    SendingHour,
    StatusUpdate,
    UpdateState,
)
from integrations.pruning import prune
from integrations.queries import orders_for_list, orders_in_situation
from integrations.retention import Retention
from tests.factories import NOW, make_order
from vitrines.models import AuditEntry, Order, Vitrine

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled():
    fill(orders=200, vitrines=3, unfinished=40, now=NOW)


def test_it_has_the_orders_asked_for_four_updates_each_and_every_constraint_holds(filled):
    connection.check_constraints()

    assert Order.objects.count() == 240
    assert 3.5 < StatusUpdate.objects.count() / 240 < 4.5
    assert [Vitrine.objects.get(code=f"BENCH-{n}").orders.count() for n in (1, 2, 3)] == [
        81,
        80,
        79,
    ]
    assert set(StatusUpdate.objects.values_list("state", flat=True)) == {
        state.value for state in UpdateState if state != UpdateState.SENDING
    }


def test_every_order_is_explained_and_listed_under_its_situation(filled):
    orders = list(orders_for_list())
    shown = {summary.order.pk: summary.situation for summary in summarise_orders(orders, now=NOW)}

    for order in orders:
        assert explain_order(order, now=NOW).situation == shown[order.pk]
    for situation in Situation:
        found = orders_in_situation(Order.objects.all(), situation)
        assert {o.pk for o in found} == {pk for pk, one in shown.items() if one == situation}


def test_last_event_of_an_order_is_that_of_its_status(filled):
    moving = (EventOutcome.STATUS_CHANGED, EventOutcome.ORDER_INCLUDED)
    for order in Order.objects.exclude(status=None):
        last = Event.objects.filter(order=order, outcome__in=moving).latest("pk")
        change = order.status_changes.latest("pk")
        assert (last.status_after, change.to_status) == (order.status, order.status)
        assert last.status_change == change


def test_tries_and_what_superseded_what_are_told(filled):
    for attempt in DeliveryAttempt.objects.all():
        assert attempt.holds_contents is hold_contents(attempt.steps)
    superseded = StatusUpdate.objects.filter(state=UpdateState.SUPERSEDED)
    assert superseded.exists()
    for update in superseded:
        later = update.superseded_by
        assert (later.order_id, later.sequence, later.state) == (
            update.order_id,
            update.sequence + 1,
            "sent",
        )


def test_what_was_accepted_is_counted_by_the_hour_however_often_it_is_filled(filled):
    fill(orders=50, vitrines=3, unfinished=0, now=NOW)

    sent = StatusUpdate.objects.filter(state=UpdateState.SENT)
    assert SendingHour.objects.aggregate(n=Sum("accepted"))["n"] == sent.count()
    row = SendingHour.objects.order_by("hour", "vitrine")[0]
    of_hour = sent.filter(vitrine=row.vitrine, finished_at__lt=row.hour + timedelta(hours=1))
    assert (row.accepted, row.took_4) == (of_hour.count(), of_hour.count())


def test_what_waits_is_due_in_turn_and_what_is_blocked_stands_behind_a_failed_head():
    url = "http://127.0.0.1:9"
    fill(orders=0, unfinished=0, waiting_updates=10, waiting_each=5, store_url=url, now=NOW)
    fill(orders=0, unfinished=0, blocked_updates=8, store_url=url, now=NOW)
    connection.check_constraints()

    rows = StatusUpdate.objects.filter(state=UpdateState.PENDING).order_by("order", "sequence")
    told = Counter((u.turn, u.attempts_made, u.due_at <= NOW, u.channel) for u in rows)
    assert told == {
        (True, 0, True, "url"): 2,
        (False, 0, True, "url"): 8 + 8,
        (True, 3, False, "url"): 2,
    }
    heads = rows.filter(turn=True, attempts_made=3)
    assert {head.due_at for head in heads} == {NOW + timedelta(hours=6)}
    assert Vitrine.objects.first().connection.params["base_url"] == url


def test_filling_goes_on_after_what_is_there_and_was_pruned(filled):
    prune(now=NOW + timedelta(days=100), retention=Retention(bodies_days=0, rows_days=400))
    left = Order.objects.count()
    assert left < 240

    fill(orders=100, vitrines=2, unfinished=0, now=NOW)
    order = make_order(Vitrine.objects.get(code="BENCH-1"), "novo")

    connection.check_constraints()
    assert Order.objects.count() == left + 101
    assert order.pk == max(Order.objects.values_list("pk", flat=True))


def test_same_call_on_an_empty_database_makes_the_same_rows(filled):
    made = [model for model in FILLED if model is not AuditEntry]  # the vitrines have some, too

    def rows():
        return [list(model.objects.order_by("pk").values()) for model in made]

    first = rows()
    for model in reversed(made):
        model.objects.all().delete()

    fill(orders=200, vitrines=3, unfinished=40, now=NOW)

    assert rows() == first
    assert min(map(len, first)) > 0
