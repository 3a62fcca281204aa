"""Batches at once on PostgreSQL: they share orders and events, and the dispatcher's orders."""

import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import DataError, connection, transaction

from integrations.delivery.dispatcher import drain_lane
from integrations.intake import together
from integrations.intake.events import receive_events
from integrations.intake.facts import EventFact, OrderIntake, TrackingFact
from integrations.intake.orders import receive_orders
from integrations.models import Event, EventKind, StatusUpdate
from tests.factories import make_order
from tests.integrations.caller import mapped_vitrine
from tests.services.engine_processes import wait_until
from tests.services.engine_story import make_shop, open_store
from tests.services.test_races_on_postgresql import at_once
from vitrines.models import Order, OrderStatusChange, Tracking
from vitrines.staging import update_rows
from vitrines.statuses import OrderStatus

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("database_url")]
ORDERS = 40
#: Long enough ago that what is decided then is due.
AT = datetime(2025, 11, 23, 14, 0, tzinfo=UTC)


def fact(number, event_id, kind=EventKind.RESERVED, **fields):
    return EventFact(
        order_number=str(number),
        event_id=f"{event_id}-{number}",
        kind=kind,
        occurred_at=AT,
        **fields,
    )


def receive(vitrine, facts):
    return receive_events(
        vitrine=vitrine, facts=facts, actor_label="erp", now=AT + timedelta(days=1)
    )


def shuffled(facts, seed):
    return random.Random(seed).sample(facts, len(facts))  # noqa: S311  a shuffle, not a secret


def told(said):
    """How often each outcome was answered, over all batches; what one failed with, if it did."""
    return Counter(
        repr(answer) if isinstance(answer, Exception) else (answer.event.outcome, answer.duplicate)
        for answers in said
        for answer in ([answers] if isinstance(answers, Exception) else answers)
    )


def sequences():
    """What each order tells, in its sequence."""
    updates = StatusUpdate.objects.order_by("order_id", "sequence")
    found = {}
    for order_id, sequence, turn in updates.values_list("order_id", "sequence", "turn"):
        found.setdefault(order_id, []).append((sequence, turn))
    return list(found.values())


def test_batches_of_the_same_orders_in_other_sequences_never_lock_each_other_out(monkeypatch):
    monkeypatch.setattr(together, "CONFLICTS", ())  # a deadlock would be told, not tried again
    vitrine = mapped_vitrine()
    for number in range(ORDERS):
        make_order(vitrine, str(number))
    kinds = [EventKind.RESERVED, EventKind.PROBLEM, EventKind.CANCELLED]
    batches = [
        shuffled([fact(number, f"{kind}-{sender}", kind) for number in range(ORDERS)], sender)
        for sender in range(2)
        for kind in kinds
    ]
    said = at_once(*[partial(receive, vitrine, batch) for batch in batches])
    assert {type(answer).__name__ for answers in said for answer in answers} == {"EventAnswer"}
    assert Event.objects.count() == 6 * ORDERS
    for told_of_one in sequences():
        assert [sequence for sequence, _ in told_of_one] == list(range(1, len(told_of_one) + 1))
        assert sum(turn for _, turn in told_of_one) == 1
    changes = OrderStatusChange.objects.filter(to_status=OrderStatus.CANCELADO)
    assert changes.count() == ORDERS


def test_same_batch_from_many_at_once_in_any_sequence_counts_once():
    vitrine = mapped_vitrine()
    for number in range(ORDERS):
        make_order(vitrine, str(number))
    tracking = TrackingFact(code="AA1")
    facts = [fact(n, "t", EventKind.BOARDED, tracking=tracking) for n in range(ORDERS)]
    said = at_once(*[partial(receive, vitrine, shuffled(facts, seed)) for seed in range(4)])
    assert told(said) == {("status_changed", False): ORDERS, ("status_changed", True): 3 * ORDERS}
    assert (Event.objects.count(), Tracking.objects.count()) == (ORDERS, ORDERS)


def test_same_orphans_from_two_at_once_in_opposite_sequence_are_kept_once():
    vitrine = mapped_vitrine()
    facts = [fact(number, "o") for number in range(400)]
    said = at_once(partial(receive, vitrine, facts), partial(receive, vitrine, facts[::-1]))
    assert told(said) == {("orphan", False): 400, ("orphan", True): 400}
    assert Event.objects.count() == 400


def test_batch_that_postgresql_ends_as_a_deadlock_is_tried_again():
    """Orphans have no order to be waited for: each holds what the other inserts next."""
    vitrine = mapped_vitrine()
    begun = threading.Event()

    def keep(one):
        make_orphan(vitrine, external_id=one.event_id, order_number=one.order_number)

    def another():
        with transaction.atomic():
            keep(fact(1, "o"))
            begun.set()
            wait_until(somebody_waits, what="the batch to wait for this transaction")
            keep(fact(2, "o"))

    def batch():
        begun.wait()
        return receive(vitrine, [fact(2, "o"), fact(1, "o"), fact(3, "o")])

    ended, said = at_once(another, batch)
    assert ended is None
    assert told([said]) == {("orphan", True): 2, ("orphan", False): 1}


def make_orphan(vitrine, **fields):
    values = {"kind": EventKind.RESERVED, "source": "erp", "outcome": "orphan"}
    times = {"occurred_at": AT, "received_at": AT}
    return Event.objects.create(vitrine=vitrine, **(values | times | fields))


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_new_orders_and_their_events_at_once_are_all_applied():
    vitrine = mapped_vitrine()
    intakes = [
        OrderIntake(number=str(number), platform_status="payment-approved", placed_at=AT)
        for number in range(ORDERS)
    ]
    facts = [fact(number, "e") for number in range(ORDERS)]

    def post(some):
        now = AT + timedelta(days=1)
        return receive_orders(vitrine=vitrine, intakes=some, actor_label="loja", now=now)

    said = at_once(
        partial(post, intakes),
        partial(receive, vitrine, shuffled(facts, 1)),
        partial(post, intakes[::-1]),
        partial(receive, vitrine, shuffled(facts, 2)),
    )
    assert Counter(answer.created for answer in said[0] + said[2]) == {True: ORDERS, False: ORDERS}
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.EM_PREPARACAO}
    assert not Event.objects.filter(order=None).exists()
    assert sequences() == [[(1, False), (2, True)]] * ORDERS


def test_batches_of_orders_that_are_being_sent_keep_their_sequence_and_their_turn():
    with open_store() as store:
        vitrine = make_shop(store)
        for number in range(1, ORDERS + 1):
            make_order(vitrine, str(number))
        numbers = range(1, ORDERS + 1)
        receive(vitrine, [fact(number, "first") for number in numbers])
        batches = [
            shuffled([fact(n, f"later-{step}", EventKind.BOARDED) for n in numbers], step)
            for step in range(4)
        ]
        at_once(
            partial(drain_lane, vitrine, worker="worker"),
            *[partial(receive, vitrine, batch) for batch in batches],
        )
        while drain_lane(vitrine, worker="late"):
            pass
        order_of = [told[1:3] for told in store.told]
    assert Counter(status for _, status in order_of) == {"PICKING": ORDERS, "SHIPPED": ORDERS}
    for number in map(str, numbers):
        assert [status for told, status in order_of if told == number] == ["PICKING", "SHIPPED"]
    assert not StatusUpdate.objects.filter(state__in=("pending", "sending")).exists()


def test_value_that_does_not_fit_is_refused_and_not_cut_off():
    orders = [make_order(mapped_vitrine(), "1")]
    orders[0].payment_type = "x" * 121
    with pytest.raises(DataError), transaction.atomic():
        update_rows(Order, orders, ["payment_type"])
    assert Order.objects.get().payment_type == ""
