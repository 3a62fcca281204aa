"""Late orders as the database finds them: the same that the pure decision finds, one by one."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from integrations.alarms.deadlines import (
    LateGroup,
    deadline_of,
    deadlines_overview,
    late_updates,
)
from integrations.alarms.lateness import is_late
from integrations.explaining.queries import facts_of_orders
from integrations.models import StatusDeadline, UpdateKind, UpdateReason, UpdateState
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.integrations.alarms.world import late_order, limit
from vitrines.models import Order
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
LATER = NOW + 2 * HOUR
PICKING, DISPATCHED, TROUBLE = (
    OrderStatus.EM_PREPARACAO,
    OrderStatus.DESPACHADO,
    OrderStatus.PROBLEMAS,
)


def _was(status, state, reason="", **fields):
    return {"status": status, "state": state, "reason": reason, "turn": False} | fields


SENT = (UpdateState.SENT, UpdateReason.ACCEPTED)
FAILED = (UpdateState.FAILED, UpdateReason.REJECTED)
#: The updates of an order that is in Despachado since two hours, with a limit of one; and whether
#: it is late.
WALKS = {
    "pending": ([_was(DISPATCHED, UpdateState.PENDING, turn=True)], True),
    "sending": ([_was(DISPATCHED, UpdateState.SENDING, turn=True)], True),
    "held": ([_was(DISPATCHED, UpdateState.HELD, UpdateReason.WAITING_INVOICE_XML)], True),
    "failed": ([_was(PICKING, *SENT), _was(DISPATCHED, *FAILED)], True),
    "behind-a-failed-one": (
        [_was(PICKING, *FAILED), _was(DISPATCHED, UpdateState.PENDING)],
        True,
    ),
    "accepted": ([_was(DISPATCHED, *SENT)], False),
    "already-applied": (
        [_was(DISPATCHED, UpdateState.SENT, UpdateReason.ALREADY_APPLIED)],
        False,
    ),
    "echo": ([_was(DISPATCHED, UpdateState.SKIPPED, UpdateReason.ECHO)], False),
    "inactive": ([_was(DISPATCHED, UpdateState.SKIPPED, UpdateReason.INACTIVE)], False),
    "not-offered": ([_was(DISPATCHED, UpdateState.SKIPPED, UpdateReason.NOT_OFFERED)], False),
    "regression": ([_was(DISPATCHED, UpdateState.SKIPPED, UpdateReason.REGRESSION)], False),
    "settled": ([_was(DISPATCHED, UpdateState.CANCELLED, UpdateReason.CANCELLED)], False),
    "superseded": ([_was(DISPATCHED, UpdateState.SUPERSEDED, UpdateReason.SUPERSEDED)], False),
    "no-update": ([], False),
    "of-another-status": ([_was(PICKING, *FAILED)], False),
    "a-tracking-only": ([_was(DISPATCHED, *FAILED, kind=UpdateKind.TRACKING)], False),
    "told-again": (
        [_was(DISPATCHED, *SENT), _was(DISPATCHED, UpdateState.PENDING, place=1)],
        False,
    ),
    "failed-and-told-again": (
        [_was(DISPATCHED, *FAILED), _was(DISPATCHED, UpdateState.PENDING, place=1)],
        True,
    ),
    "a-late-fact-after-it": (
        [
            _was(DISPATCHED, *FAILED),
            _was(PICKING, UpdateState.SKIPPED, UpdateReason.REGRESSION),
        ],
        True,
    ),
    "back-after-a-problem": (
        [_was(DISPATCHED, *SENT), _was(TROUBLE, *SENT), _was(DISPATCHED, *FAILED)],
        True,
    ),
    "failed-twice": (
        [_was(DISPATCHED, *FAILED), _was(TROUBLE, *FAILED), _was(DISPATCHED, *FAILED)],
        True,
    ),
    "an-accepted-tracking-is-no-status": (
        [_was(DISPATCHED, *FAILED), _was(DISPATCHED, *SENT, kind=UpdateKind.TRACKING)],
        True,
    ),
}


@pytest.fixture
def walked(vitrine):
    """Every order of ``WALKS``, by its number."""
    for number, (updates, _) in WALKS.items():
        order = make_order(vitrine, number, status=DISPATCHED, status_at=NOW)
        for update in updates:
            make_update(order, **update)
    limit(vitrine)
    return vitrine


def test_database_and_decision_find_the_same_orders_late(walked):
    expected = sorted(number for number, (_, late) in WALKS.items() if late)
    orders = list(Order.objects.all())
    updates = facts_of_orders(orders)
    decided = [
        order.number
        for order in orders
        if is_late(DISPATCHED, NOW, HOUR, updates.get(order.pk, ()), LATER)
    ]
    found = list(late_updates(LATER).values_list("order__number", flat=True))
    said = [order.number for order in orders if deadline_of(order, now=LATER)]
    assert (sorted(found), sorted(decided), sorted(said)) == (expected,) * 3


def test_nobody_is_late_before_the_limit(walked):
    assert late_updates(NOW + HOUR - timedelta(seconds=1)).count() == 0


def test_limit_is_of_its_vitrine_and_status(vitrine):
    other, unlimited = make_vitrine("LOJA-RJ"), make_vitrine("LOJA-MG")
    for each in (vitrine, other, unlimited):
        late_order(each)
        late_order(each, "2", status=PICKING)
    limit(vitrine)
    limit(other, minutes=121)
    limit(other, PICKING, minutes=120)

    found = late_updates(LATER).values_list("vitrine__code", "status")
    assert sorted(found) == [("LOJA-RJ", PICKING), ("LOJA-SP", DISPATCHED)]


def test_vitrine_that_is_not_published_is_late_with_nothing(vitrine):
    order = late_order(vitrine)
    limit(vitrine)
    vitrine.published = False
    vitrine.save()
    order.refresh_from_db()
    assert deadlines_overview(LATER) == []
    assert deadline_of(order, now=LATER) is None


def test_limit_is_one_a_status_and_some_time(vitrine):
    limit(vitrine)
    for wrong in ({"status": DISPATCHED, "minutes": 5}, {"status": PICKING, "minutes": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StatusDeadline.objects.create(vitrine=vitrine, **wrong)


# In words


def _told(group: LateGroup):
    return (
        group.vitrine.code,
        group.status,
        group.shown_number,
        group.oldest.order.display_number,
        group.oldest.sentence,
    )


def test_overview_counts_by_vitrine_and_status_and_names_the_oldest(vitrine):
    other = make_vitrine("LOJA-RJ", order_prefix="RJ")
    late_order(vitrine, "2", at=NOW - HOUR, shows=PICKING)
    late_order(vitrine, "1")
    late_order(vitrine, "3", status=PICKING)
    late_order(other, "4")
    for each in (vitrine, other):
        limit(each)
        limit(each, PICKING)
    Order.objects.filter(number="4").update(platform_status="")

    assert [_told(group) for group in deadlines_overview(LATER)] == [
        (
            *("LOJA-RJ", DISPATCHED, "1", "RJ-4"),
            "despachado há 2 h e a loja ainda não recebeu nenhum status",
        ),
        (
            *("LOJA-SP", PICKING, "1", "VT-3"),
            "em preparação há 2 h e a loja ainda mostra PAID",
        ),
        (
            *("LOJA-SP", DISPATCHED, "2", "VT-2"),
            "despachado há 3 h e a loja ainda mostra PICKING (Em preparação)",
        ),
    ]


def test_overview_costs_four_queries_however_much_is_late(vitrine, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert deadlines_overview(LATER) == []
    limit(vitrine)
    late_order(vitrine)
    with django_assert_num_queries(4):
        assert len(deadlines_overview(LATER)) == 1
    for code in ("A", "B", "C"):
        other = make_vitrine(code)
        limit(other)
        for number in range(3):
            late_order(other, str(number))
    with django_assert_num_queries(4):
        assert len(deadlines_overview(LATER)) == 4


def test_order_says_itself_that_it_is_late_in_one_query(vitrine, django_assert_num_queries):
    order = late_order(vitrine)
    limit(vitrine, minutes=90)
    with django_assert_num_queries(1):
        said = deadline_of(order, now=LATER)
    assert said == "Fora do prazo de 1 h 30 min: despachado há 2 h e a loja ainda mostra PAID."
    assert deadline_of(order, now=NOW + HOUR) is None


def test_order_in_a_status_without_a_limit_says_nothing(vitrine):
    order = late_order(vitrine)
    assert deadline_of(order, now=LATER) is None
    nothing = make_order(vitrine, "9", status=None)
    assert deadline_of(nothing, now=LATER) is None
