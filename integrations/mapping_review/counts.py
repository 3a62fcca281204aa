"""How many orders and updates the rows of a DE-PARA are about. Bounded, see decision 0024.

What is counted is read, not grouped by the database: PostgreSQL answers ``id IN (… LIMIT)`` by
going through the whole table.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from integrations.models import OPEN, StatusUpdate, UpdateReason, UpdateState
from vitrines.models import Order, Vitrine
from vitrines.models.order import FINAL
from vitrines.statuses import OrderStatus

#: Orders of the vitrine that are looked through, the latest; and updates of a state.
LOOKED_AT = 10_000


@dataclass(frozen=True)
class LatestOrders:
    #: Ids with the current status, newest first.
    rows: Sequence[tuple[int, int | None]]
    #: There may be older ones.
    cut_short: bool

    def open_in(self, status: OrderStatus) -> int:
        return 0 if status in FINAL else sum(found == status for _, found in self.rows)

    def newest(self, number: int, status: OrderStatus | None = None) -> list[int]:
        """In ``status``, or in any."""
        found = (pk for pk, current in self.rows if status is None or current == status)
        return list(islice(found, number))


@dataclass(frozen=True)
class Waiting:
    """Updates that are not closed, or failed, by status."""

    held: Counter[tuple[int, str]]
    queued: Counter[int]
    rejected: Counter[int]
    #: There may be more of a state.
    cut_short: bool

    def held_in(self, status: OrderStatus) -> list[tuple[UpdateReason, int]]:
        found = self.held.items()
        return [(UpdateReason(why), number) for (code, why), number in found if code == status]


def latest_orders(vitrine: Vitrine) -> LatestOrders:
    """One query, of an index that has nothing but the vitrine's."""
    orders = Order.objects.filter(vitrine=vitrine).order_by("-id")
    rows = list(orders.values_list("pk", "status")[:LOOKED_AT])
    return LatestOrders(rows, len(rows) >= LOOKED_AT)


def waiting_updates(vitrine: Vitrine, statuses: Collection[OrderStatus]) -> Waiting:
    """Three queries, each of at most ``LOOKED_AT`` rows that an index knows."""
    held = _found(vitrine, statuses, [UpdateState.HELD])
    queued = _found(vitrine, statuses, OPEN)
    failed = _found(vitrine, statuses, [UpdateState.FAILED], reason=UpdateReason.REJECTED)
    cut_short = any(len(found) >= LOOKED_AT for found in (held, queued, failed))
    return Waiting(Counter(held), _by_status(queued), _by_status(failed), cut_short)


def _found(
    vitrine: Vitrine,
    statuses: Collection[OrderStatus],
    states: Sequence[UpdateState],
    **narrowed: str,
) -> list[tuple[int, str]]:
    updates = StatusUpdate.objects.filter(
        vitrine=vitrine, state__in=states, status__in=[int(s) for s in statuses], **narrowed
    )
    return list(updates.order_by().values_list("status", "reason")[:LOOKED_AT])


def _by_status(found: Iterable[tuple[int, str]]) -> Counter[int]:
    return Counter(status for status, _ in found)
