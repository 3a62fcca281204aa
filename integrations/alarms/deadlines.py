"""Orders beyond their limit in a status, read from the database.

Only an update that is open, held or failed makes an order late (``lateness``), and of those there
are few: partial indexes know them. Of each, its order and the order's other updates are looked up
by key, in subqueries that answer one value: with a join, the database might read all orders, a
million of them, instead.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from integrations.alarms.evaluation import LateOrders
from integrations.alarms.lateness import UNTOLD, is_late, sentence, span
from integrations.explain import last_accepted
from integrations.explaining.causes import UpdateFacts
from integrations.explaining.queries import facts_of_orders, update_facts
from integrations.models import (
    StatusDeadline,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from integrations.wording import thousands
from vitrines.models import Order, Vitrine
from vitrines.statuses import SCREEN_ORDER, OrderStatus

#: Late orders of a list are counted up to this.
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class LateOrder:
    order: Order
    #: "despachado há 2 h e a loja ainda mostra PICKING (Em preparação)"
    sentence: str


@dataclass(frozen=True)
class LateGroup:
    """The orders of one vitrine that are beyond its limit in one status."""

    vitrine: Vitrine
    status: OrderStatus
    number: int
    oldest: LateOrder

    @property
    def since(self) -> datetime:
        return _status_at(self.oldest.order)

    @property
    def shown_number(self) -> str:
        """Of the very many nobody needs to know how many they are."""
        many = self.number > MOST_COUNTED
        return f"mais de {thousands(MOST_COUNTED)}" if many else thousands(self.number)


def deadlines_of(vitrine: Vitrine) -> dict[OrderStatus, int]:
    """Minutes, by status."""
    rows = StatusDeadline.objects.filter(vitrine=vitrine).values_list("status", "minutes")
    return {OrderStatus(status): minutes for status, minutes in rows}


def deadlines_overview(now: datetime) -> list[LateGroup]:
    """By vitrine and status, as screens list them. Four queries, whatever there is; one where no
    vitrine has a limit."""
    groups = late_groups(now)
    return sorted(groups, key=lambda g: (g.vitrine.code, SCREEN_ORDER.index(g.status)))


def late_groups(now: datetime) -> list[LateGroup]:
    of_group = [F("vitrine_id"), F("status")]
    oldest_first = [F("entered_at").asc(), F("order_id").asc()]
    first = (
        late_updates(now)
        .annotate(
            nth=Window(RowNumber(), partition_by=of_group, order_by=oldest_first),
            number=Window(Count("pk"), partition_by=of_group),
        )
        .filter(nth=1)
    )
    numbers = dict(first.values_list("order_id", "number"))
    return [
        LateGroup(late.order.vitrine, OrderStatus(late.order.status or 0), number, late)
        for late, number in zip(_in_words(list(numbers), now), numbers.values(), strict=True)
    ]


def late_by_vitrine(now: datetime) -> dict[int, LateOrders]:
    """For the alarm, by vitrine id."""
    groups: dict[int, list[LateGroup]] = defaultdict(list)
    for group in late_groups(now):
        groups[group.vitrine.pk].append(group)
    return {vitrine_id: _together(of_vitrine) for vitrine_id, of_vitrine in groups.items()}


def late_orders(updates: QuerySet[Any], now: datetime, *, most: int) -> list[LateOrder]:
    """The oldest of what ``late_updates`` found, in words. Three queries."""
    oldest = updates.order_by("entered_at", "order_id").values_list("order_id", flat=True)
    return _in_words(list(oldest[:most]), now)


def deadline_of(order: Order, *, now: datetime) -> str | None:
    """What an order's own page says if it is late: the sentence with its limit. One query, for the
    limit comes with the updates; none of a vitrine that is not published."""
    status = order.current_status
    if status is None or not order.vitrine.published:
        return None
    limits = StatusDeadline.objects.filter(vitrine=order.vitrine_id, status=status)
    limited = StatusUpdate.objects.annotate(limit=Subquery(limits.values("minutes")[:1]))
    rows = list(limited.filter(order=order, limit__isnull=False).order_by("sequence"))
    if not rows:
        return None
    updates, limit = [update_facts(row) for row in rows], timedelta(minutes=rows[0].limit)
    if not is_late(status, _status_at(order), limit, updates, now):
        return None
    told = _late_order(order, updates, now).sentence
    return f"Fora do prazo de {span(limit)}: {told}."


def late_updates(now: datetime) -> QuerySet[Any]:
    """The update that each late order waits for: ``lateness.is_late`` in SQL, for the vitrines that
    are published; annotated with ``entered_at``, since when the ERP has the order so. Asks for the
    limits first."""
    order = Order.objects.filter(pk=OuterRef("order"), status=OuterRef("status"))
    untold = StatusUpdate.objects.filter(kind=UpdateKind.STATUS, state__in=UNTOLD).order_by()
    untold = untold.annotate(entered_at=Subquery(order.values("status_at")[:1]))
    limited, cutoffs = _cutoffs(now)
    if not cutoffs:
        return untold.none()
    return untold.alias(
        stands=_STANDS,
        latest=Subquery(_speaking().values("pk")[:1]),
        accepted=Subquery(_accepted().values("pk")[:1]),
    ).filter(
        vitrine__in=limited,
        entered_at__lte=Case(*cutoffs, output_field=DateTimeField()),
        latest=F("pk"),
        accepted=None,
    )


def _cutoffs(now: datetime) -> tuple[set[int], list[When]]:
    """The vitrines with a limit; and since when an order must be in the status of an update to be
    late by the limit of its vitrine."""
    vitrines: dict[tuple[int, int], list[int]] = defaultdict(list)
    limits = StatusDeadline.objects.filter(vitrine__published=True).order_by("status", "minutes")
    for vitrine_id, status, minutes in limits.values_list("vitrine_id", "status", "minutes"):
        vitrines[status, minutes].append(vitrine_id)
    cutoffs = [
        When(status=status, vitrine__in=ids, then=Value(now - timedelta(minutes=minutes)))
        for (status, minutes), ids in vitrines.items()
    ]
    return {pk for ids in vitrines.values() for pk in ids}, cutoffs


#: Where an update stands in its order's story: ``causes.UpdateFacts.in_story``.
_STANDS = Coalesce("place", "sequence")


def _of_the_order() -> QuerySet[Any]:
    same = StatusUpdate.objects.filter(order=OuterRef("order"), kind=UpdateKind.STATUS)
    return same.alias(stands=_STANDS)


def _speaking() -> QuerySet[Any]:
    """The order's updates that speak of its status, the one that decides first:
    ``causes.decisive_update``."""
    speaking = ~Q(reason=UpdateReason.REGRESSION) | Q(status=OuterRef("status"))
    return _of_the_order().filter(speaking).order_by("-stands", "-sequence")


def _accepted() -> QuerySet[Any]:
    """What the store took at this place of the story, or later."""
    later = _of_the_order().filter(state=UpdateState.SENT, stands__gte=OuterRef("stands"))
    return later.order_by()


def _together(groups: Iterable[LateGroup]) -> LateOrders:
    groups = list(groups)
    first = min(groups, key=lambda group: group.since)
    oldest = f"{first.oldest.order.display_number}, {first.oldest.sentence}"
    return LateOrders(sum(group.number for group in groups), first.since, oldest)


def _in_words(order_ids: Sequence[int], now: datetime) -> list[LateOrder]:
    """As they come. Two queries for all of them, none for none."""
    if not order_ids:
        return []
    orders = Order.objects.select_related("vitrine").in_bulk(order_ids)
    updates = facts_of_orders(list(orders.values()))
    return [_late_order(orders[pk], updates.get(pk, ()), now) for pk in order_ids]


def _late_order(order: Order, updates: Sequence[UpdateFacts], now: datetime) -> LateOrder:
    status = order.current_status
    if status is None:
        raise ValueError(f"order {order.pk} has no status that it could be late in")
    return LateOrder(order, sentence(status, _status_at(order), _shown(order, updates), now))


def _shown(order: Order, updates: Sequence[UpdateFacts]) -> str:
    """What the store shows: its own word, with ours for it."""
    accepted = last_accepted(order, updates)
    if accepted is None:
        return ""
    ours = accepted.status.label if accepted.status is not None else ""
    word = accepted.platform_status
    return f"{word} ({ours})" if word and ours and word != ours else word or ours


def _status_at(order: Order) -> datetime:
    if order.status_at is None:
        raise ValueError(f"order {order.pk} has no status")
    return order.status_at
