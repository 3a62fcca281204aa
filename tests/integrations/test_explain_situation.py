"""The situation that a list is filtered by is the one that its rows show."""

from collections import defaultdict
from datetime import timedelta

import pytest

from integrations.explain import summarise_orders
from integrations.explaining.causes import Situation
from integrations.models import Lane, UpdateKind, UpdateReason, UpdateState
from integrations.queries import orders_for_list, orders_in_situation
from tests.factories import NOW, make_order, make_update, make_vitrine
from vitrines.models import Inclusion, InclusionReason, Order
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

STATUS = OrderStatus.EM_PREPARACAO
OLDER = OrderStatus.PAGAMENTO_CONFIRMADO


def order_with(vitrine, number, *updates, **fields):
    order = make_order(vitrine, number, **({"status": STATUS} | fields))
    for state, reason, extra in updates:
        make_update(order, **({"status": STATUS, "state": state, "reason": reason} | extra))
    return order


def closed(state, reason, **extra):
    return state, reason, extra


def waiting(*, turn=True, state=UpdateState.PENDING, **extra):
    return state, "", {"turn": turn} | extra


SENT = closed(UpdateState.SENT, UpdateReason.ACCEPTED)
ECHO = closed(UpdateState.SKIPPED, UpdateReason.ECHO)
TRACKING = {"kind": UpdateKind.TRACKING}
LATE = closed(UpdateState.SKIPPED, UpdateReason.REGRESSION, status=OLDER)
WALKS = {
    "accepted": ([SENT], Situation.UP_TO_DATE),
    "accepted_with_late_fact": ([SENT, LATE], Situation.UP_TO_DATE),
    "echo": ([ECHO], Situation.UP_TO_DATE),
    "tracking_failed": (
        [SENT, closed(UpdateState.FAILED, UpdateReason.REJECTED, **TRACKING)],
        Situation.TRACKING_MISSING,
    ),
    "tracking_held": (
        [ECHO, closed(UpdateState.HELD, UpdateReason.UNMAPPED, **TRACKING)],
        Situation.TRACKING_MISSING,
    ),
    "tracking_queued": ([SENT, waiting(**TRACKING)], Situation.WAITING),
    "tracking_sent": (
        [SENT, closed(UpdateState.SENT, UpdateReason.ACCEPTED, **TRACKING)],
        Situation.UP_TO_DATE,
    ),
    "queued": ([waiting()], Situation.WAITING),
    "sending": ([waiting(state=UpdateState.SENDING)], Situation.WAITING),
    "behind_a_head": ([waiting(status=OLDER), waiting(turn=False)], Situation.WAITING),
    "behind_a_failure": (
        [closed(UpdateState.FAILED, UpdateReason.REJECTED, status=OLDER), waiting(turn=False)],
        Situation.OUTDATED,
    ),
    "behind_an_unmapped": (
        [closed(UpdateState.HELD, UpdateReason.UNMAPPED, status=OLDER), waiting(turn=False)],
        Situation.UNMAPPED,
    ),
    "behind_a_missing_fact": (
        [
            closed(UpdateState.HELD, UpdateReason.WAITING_TRACKING, status=OLDER),
            waiting(turn=False),
        ],
        Situation.WAITING,
    ),
    "rejected": ([closed(UpdateState.FAILED, UpdateReason.REJECTED)], Situation.OUTDATED),
    "exhausted": ([closed(UpdateState.FAILED, UpdateReason.EXHAUSTED)], Situation.OUTDATED),
    "unmapped": ([closed(UpdateState.HELD, UpdateReason.UNMAPPED)], Situation.UNMAPPED),
    "no_xml": ([closed(UpdateState.HELD, UpdateReason.WAITING_INVOICE_XML)], Situation.WAITING),
    "inactive": ([closed(UpdateState.SKIPPED, UpdateReason.INACTIVE)], Situation.NOT_SENT),
    "not_offered": ([closed(UpdateState.SKIPPED, UpdateReason.NOT_OFFERED)], Situation.NOT_SENT),
    "settled": ([closed(UpdateState.CANCELLED, UpdateReason.CANCELLED)], Situation.SETTLED),
    "superseded": ([closed(UpdateState.SUPERSEDED, UpdateReason.SUPERSEDED)], Situation.NOT_SENT),
    "regression": ([closed(UpdateState.SKIPPED, UpdateReason.REGRESSION)], Situation.NOT_SENT),
    "nothing_decided": ([], Situation.WAITING),
    "only_an_older_status": (
        [closed(UpdateState.SENT, UpdateReason.ACCEPTED, status=OLDER)],
        Situation.WAITING,
    ),
}
INCLUSIONS = [
    (Inclusion.HELD, InclusionReason.UNMAPPED, Situation.UNMAPPED),
    (Inclusion.NOT_INCLUDED, InclusionReason.CANCELLED, Situation.NOT_INCLUDED),
    (Inclusion.NOT_INCLUDED, InclusionReason.INACTIVE, Situation.NOT_INCLUDED),
    (Inclusion.INCLUDED, InclusionReason.DEFAULT, Situation.WAITING),
]


def shown():
    """The situations that the rows of each order show, by its number: one row each."""
    by_number = defaultdict(list)
    for summary in summarise_orders(orders_for_list(), now=NOW):
        by_number[summary.order.number].append(summary.situation)
    return by_number


def found():
    """The situations under which the filter finds each order, by its number."""
    by_number = defaultdict(list)
    for situation in Situation:
        for order in orders_in_situation(Order.objects.all(), situation):
            by_number[order.number].append(situation)
    return by_number


def test_each_order_is_listed_under_the_situation_it_shows_alone():
    vitrine = make_vitrine()
    for name, (updates, _) in WALKS.items():
        order_with(vitrine, name, *updates)

    expected = {name: [situation] for name, (_, situation) in WALKS.items()}
    assert shown() == expected
    assert found() == expected


def test_orders_without_a_status_are_listed_by_their_inclusion():
    vitrine = make_vitrine()
    for inclusion, reason, _ in INCLUSIONS:
        left = {"inclusion": inclusion, "inclusion_reason": reason}
        order_with(vitrine, f"{inclusion}-{reason}", status=None, **left)

    expected = {f"{inclusion}-{reason}": [situation] for inclusion, reason, situation in INCLUSIONS}
    assert shown() == expected
    assert found() == expected


@pytest.mark.parametrize(
    ("pause_reason", "published", "situation"),
    [
        ("auth_refused", True, Situation.OUTDATED),
        ("gone", True, Situation.OUTDATED),
        ("config", True, Situation.OUTDATED),
        ("manual", True, Situation.WAITING),
        ("auth_refused", False, Situation.WAITING),
    ],
)
def test_pause_that_needs_a_person_makes_what_waits_outdated(pause_reason, published, situation):
    vitrine = make_vitrine(published=published)
    Lane.objects.create(vitrine=vitrine, paused_at=NOW, pause_reason=pause_reason)
    order_with(vitrine, "1", waiting())

    assert shown() == found() == {"1": [situation]}


def test_unwell_platform_is_waited_for():
    vitrine = make_vitrine()
    Lane.objects.create(vitrine=vitrine, breaker_open_until=NOW + timedelta(minutes=1))
    order_with(vitrine, "1", waiting())

    assert shown() == found() == {"1": [Situation.WAITING]}
