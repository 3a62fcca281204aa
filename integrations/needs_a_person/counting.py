"""How much of what waits in each vitrine, and since when.

One query, whatever the number of vitrines. Each number is counted through an index up to
``MOST_COUNTED``, and each oldest row is the first one of an index, so it costs the same however
much waits and however many updates there are: see decision 0022.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.utils import timezone

from integrations.listing import MOST_COUNTED
from integrations.models import Event, EventOutcome, Lane, StatusUpdate, UpdateReason, UpdateState
from integrations.periods import created_within
from integrations.wording import thousands
from vitrines.models import Inclusion, Order, Vitrine

#: Orders that were not included are told for so many days, today among them; a year of cancelled
#: ones is no news.
NEWS = 7


def news_since(now: datetime) -> date:
    """The first of these days, which the list of what is counted begins with, too."""
    return timezone.localdate(now) - timedelta(days=NEWS - 1)


class Pile(StrEnum):
    """What is counted in each vitrine. The first are updates that failed or are held, by reason."""

    REJECTED = UpdateReason.REJECTED.value
    EXHAUSTED = UpdateReason.EXHAUSTED.value
    CONFIG = UpdateReason.CONFIG.value
    CHANNEL = UpdateReason.NOT_OFFERED.value
    DESTINATION = UpdateReason.DESTINATION_REFUSED.value
    UNMAPPED = UpdateReason.UNMAPPED.value
    WAITING_XML = UpdateReason.WAITING_INVOICE_XML.value
    WAITING_TRACKING = UpdateReason.WAITING_TRACKING.value
    PENDING = "pending"
    ORDERS_HELD = "orders_held"
    NOT_INCLUDED = "not_included"
    ORPHANS = "orphans"


#: All reasons that what failed or is held can have.
STUCK = (
    Pile.REJECTED,
    Pile.EXHAUSTED,
    Pile.CONFIG,
    Pile.CHANNEL,
    Pile.DESTINATION,
    Pile.UNMAPPED,
    Pile.WAITING_XML,
    Pile.WAITING_TRACKING,
)


@dataclass(frozen=True)
class Counted:
    """A number, or only that it is more than that."""

    number: int = 0
    more: bool = False
    oldest: datetime | None = None

    def __bool__(self) -> bool:
        return self.number > 0

    def __str__(self) -> str:
        return f"mais de {thousands(self.number)}" if self.more else thousands(self.number)

    def __add__(self, other: Self) -> "Counted":
        ages = [age for age in (self.oldest, other.oldest) if age is not None]
        more = self.more or other.more
        return Counted(self.number + other.number, more, min(ages, default=None))


def total_of(counted: Iterable[Counted]) -> Counted:
    return sum(counted, start=Counted())


@dataclass(frozen=True)
class VitrinePiles:
    vitrine: Vitrine
    lane: Lane | None
    piles: Mapping[Pile, Counted]

    @property
    def waiting(self) -> Counted:
        """Updates that have not been sent, whatever holds them."""
        return total_of(self.piles[pile] for pile in (Pile.PENDING, *STUCK))


class _CountedRows(Subquery):
    """How many rows the subquery has, instead of the rows."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"


def piles_by_vitrine(*, now: datetime) -> list[VitrinePiles]:
    wanted: dict[str, Subquery] = {}
    for pile, (rows, age) in _rows(now).items():
        mine = rows.filter(vitrine=OuterRef("pk")).order_by()
        # A column that the index holds: no row need be looked at.
        counted = mine.values("vitrine")[: MOST_COUNTED + 1]
        wanted[f"{pile.name}_number"] = _CountedRows(counted, output_field=IntegerField())
        wanted[f"{pile.name}_oldest"] = Subquery(mine.order_by(age).values(age)[:1])
    vitrines = Vitrine.objects.select_related("lane__paused_by").annotate(**wanted)
    return [
        VitrinePiles(
            vitrine,
            getattr(vitrine, "lane", None),
            {pile: _counted(vitrine, pile) for pile in Pile},
        )
        for vitrine in vitrines.order_by("code")
    ]


def _counted(vitrine: Vitrine, pile: Pile) -> Counted:
    number = getattr(vitrine, f"{pile.name}_number")
    oldest = getattr(vitrine, f"{pile.name}_oldest")
    return Counted(min(number, MOST_COUNTED), number > MOST_COUNTED, oldest)


def _rows(now: datetime) -> dict[Pile, tuple[QuerySet, str]]:
    """Of each pile the rows, and the field that tells their age. Said so that an index knows them:
    ``update_needs_a_person``, ``update_of_vitrine_by_state``, ``order_left_out_by_age``,
    ``event_orphans_of_vitrine``."""
    stuck = StatusUpdate.objects.filter(state__in=[UpdateState.FAILED, UpdateState.HELD])
    # Of what an index leaves out, SQLite has to be told in the index's own words.
    unsent = StatusUpdate.objects.exclude(state__in=[UpdateState.SENT, UpdateState.SKIPPED])
    left_out = Order.objects.exclude(inclusion=Inclusion.INCLUDED)
    not_included = left_out.filter(inclusion=Inclusion.NOT_INCLUDED)
    return {
        **{pile: (stuck.filter(reason=pile.value), "created_at") for pile in STUCK},
        Pile.PENDING: (unsent.filter(state=UpdateState.PENDING), "created_at"),
        Pile.ORDERS_HELD: (left_out.filter(inclusion=Inclusion.HELD), "created_at"),
        Pile.NOT_INCLUDED: (created_within(not_included, news_since(now), None), "created_at"),
        Pile.ORPHANS: (Event.objects.filter(outcome=EventOutcome.ORPHAN), "received_at"),
    }
