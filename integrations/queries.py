"""Reads for the lists (see ``listing``), and what a situation is in SQL."""

from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from integrations.explaining.causes import Situation
from integrations.models import (
    OPEN,
    WAITING_FACTS,
    PauseReason,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from vitrines.models import Inclusion, Order

PAGE_SIZE = 50
#: What Atualizações, and Pedidos of a period, are sorted by, newest first: a period is one stretch
#: of it.
BY_TIME = ("created_at", "id")

_STUCK = (UpdateState.FAILED, UpdateState.HELD)
#: A pause that only a person can end.
_BROKEN = (PauseReason.AUTH_REFUSED, PauseReason.GONE, PauseReason.CONFIG)
#: Of an update that is closed for good and was not accepted.
_NOT_SENT = (
    UpdateReason.INACTIVE,
    UpdateReason.NOT_OFFERED,
    UpdateReason.REGRESSION,
    UpdateReason.SUPERSEDED,
)


def orders_for_list() -> QuerySet[Order]:
    return Order.objects.select_related("vitrine__lane__paused_by")


def updates_for_list() -> QuerySet[StatusUpdate]:
    return StatusUpdate.objects.select_related("order__vitrine", "vitrine__lane", "tracking")


def orders_in_situation(orders: QuerySet[Order], situation: Situation) -> QuerySet[Order]:
    """Those of which ``causes.situation_of`` would say so; the same rules, in SQL.

    It judges each order by all its updates: give it few.
    """
    deciding = (
        _updates_of_order()
        .filter(kind=UpdateKind.STATUS)
        .filter(~Q(reason=UpdateReason.REGRESSION) | Q(status=OuterRef("status")))
        # A repeat stands where what it repeats stood: ``causes.UpdateFacts.in_story``.
        .order_by(Coalesce("place", "sequence").desc(), "-sequence")
    )
    stuck_first = _updates_of_order().filter(state__in=_STUCK).order_by("sequence")
    trackings = _updates_of_order().filter(kind=UpdateKind.TRACKING)
    return orders.alias(
        deciding_status=Subquery(deciding.values("status")[:1]),
        deciding_state=Subquery(deciding.values("state")[:1]),
        deciding_reason=Subquery(deciding.values("reason")[:1]),
        has_turn=Exists(_updates_of_order().filter(turn=True)),
        stuck_state=Subquery(stuck_first.values("state")[:1]),
        stuck_reason=Subquery(stuck_first.values("reason")[:1]),
        tracking_stuck=Exists(trackings.filter(state__in=_STUCK)),
        tracking_open=Exists(trackings.filter(state__in=OPEN)),
        situation=_situation(),
    ).filter(situation=situation)


def orders_that_may_be(orders: QuerySet[Order], situation: Situation) -> QuerySet[Order]:
    """The few of which an index knows that they can be in a situation; all, where none does."""
    match situation:
        case Situation.OUTDATED | Situation.UNMAPPED | Situation.TRACKING_MISSING:
            held = Order.objects.filter(inclusion=Inclusion.HELD).order_by().values("pk")
            unfinished = _orders_with(state__in=(*OPEN, *_STUCK))
            # A union, because of an OR no index would know the answer.
            return orders.filter(pk__in=unfinished.union(held))
        case Situation.NOT_SENT:
            return orders.filter(pk__in=_orders_with(reason__in=_NOT_SENT))
        case Situation.SETTLED:
            return orders.filter(pk__in=_orders_with(state=UpdateState.CANCELLED))
        case Situation.NOT_INCLUDED:
            return orders.filter(inclusion=Inclusion.NOT_INCLUDED)
        case _:
            return orders


def _orders_with(**updates: object) -> Any:
    return StatusUpdate.objects.filter(**updates).order_by().values("order")


def _updates_of_order() -> QuerySet[StatusUpdate]:
    return StatusUpdate.objects.filter(order=OuterRef("pk")).order_by()


def _situation() -> Case:
    right = Q(deciding_state=UpdateState.SENT) | Q(deciding_reason=UpdateReason.ECHO)
    queued = Q(deciding_state__in=OPEN)
    blocked = queued & Q(has_turn=False)
    broken = Q(vitrine__published=True, vitrine__lane__pause_reason__in=_BROKEN)
    return Case(
        _when(Q(status=None, inclusion=Inclusion.HELD), Situation.UNMAPPED),
        _when(Q(status=None, inclusion=Inclusion.NOT_INCLUDED), Situation.NOT_INCLUDED),
        _when(Q(status=None) | Q(deciding_status=None), Situation.WAITING),
        _when(~Q(deciding_status=F("status")), Situation.WAITING),
        _when(right & Q(tracking_stuck=True), Situation.TRACKING_MISSING),
        _when(right & Q(tracking_open=True), Situation.WAITING),
        _when(right, Situation.UP_TO_DATE),
        _when(blocked & Q(stuck_state=UpdateState.FAILED), Situation.OUTDATED),
        _when(blocked & Q(stuck_reason=UpdateReason.UNMAPPED), Situation.UNMAPPED),
        _when(blocked & Q(stuck_reason__in=WAITING_FACTS), Situation.WAITING),
        _when(blocked & Q(stuck_state=UpdateState.HELD), Situation.OUTDATED),
        _when(queued & broken, Situation.OUTDATED),
        _when(queued, Situation.WAITING),
        _when(Q(deciding_state=UpdateState.FAILED), Situation.OUTDATED),
        _when(Q(deciding_state=UpdateState.CANCELLED), Situation.SETTLED),
        _when(Q(deciding_reason=UpdateReason.UNMAPPED), Situation.UNMAPPED),
        _when(Q(deciding_reason__in=WAITING_FACTS), Situation.WAITING),
        _when(Q(deciding_state=UpdateState.HELD), Situation.OUTDATED),
        default=Value(Situation.NOT_SENT.value),
        output_field=CharField(),
    )


def _when(condition: Q, situation: Situation) -> When:
    return When(condition, then=Value(situation.value))
