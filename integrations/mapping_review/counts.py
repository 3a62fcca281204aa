"""How many orders and updates the rows of a DE-PARA are about. Bounded, see decision 0024.

What is counted is read, not grouped by the database: PostgreSQL answers ``id IN (… LIMIT)`` by
going through the whole table.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.channels.base import Facts
from integrations.delivery.outbox import UNFINISHED
from integrations.mapping_review.fates import HeldUpdate
from integrations.models import OPEN, StatusUpdate, UpdateKind, UpdateReason, UpdateState
from vitrines.models import Invoice, Order, Tracking, Vitrine
from vitrines.models.order import FINAL
from vitrines.statuses import OrderStatus

#: Orders of the vitrine that are looked through, the latest; and updates of a state.
LOOKED_AT = 10_000

_HELD = ("pk", "order_id", "sequence", "kind", "status", "reason")
_FACTS = ("has_invoice", "has_invoice_xml", "has_tracking")


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
    """Updates that are not closed, or failed; the latter two counted by status."""

    held: Sequence[HeldUpdate]
    queued: Counter[int]
    rejected: Counter[int]
    #: There may be more of a state.
    cut_short: bool


def latest_orders(vitrine: Vitrine) -> LatestOrders:
    """One query, of an index that has nothing but the vitrine's."""
    orders = Order.objects.filter(vitrine=vitrine).order_by("-id")
    rows = list(orders.values_list("pk", "status")[:LOOKED_AT])
    return LatestOrders(rows, len(rows) >= LOOKED_AT)


def waiting_updates(vitrine: Vitrine, statuses: Collection[OrderStatus]) -> Waiting:
    """Three queries, each of at most ``LOOKED_AT`` rows that an index knows."""
    updates = StatusUpdate.objects.filter(
        vitrine=vitrine, status__in=[int(status) for status in statuses]
    ).order_by()
    held = _held(updates.filter(state=UpdateState.HELD))
    queued = _statuses(updates.filter(state__in=OPEN))
    failed = updates.filter(state=UpdateState.FAILED, reason=UpdateReason.REJECTED)
    rejected = _statuses(failed)
    cut_short = any(len(found) >= LOOKED_AT for found in (held, queued, rejected))
    return Waiting(held, Counter(queued), Counter(rejected), cut_short)


def first_stuck(
    order_ids: Collection[int], *, strict: bool, let_go: Collection[int]
) -> dict[int, int]:
    """By order, the sequence of the first update that keeps later ones waiting, as
    ``delivery.outbox.give_turns`` goes by; ``let_go`` are updates that will not."""
    states = UNFINISHED if strict else OPEN
    rows = StatusUpdate.objects.filter(order__in=order_ids, state__in=states).order_by()
    found: dict[int, int] = {}
    for pk, order_id, sequence in rows.values_list("pk", "order_id", "sequence"):
        if pk not in let_go:
            found[order_id] = min(sequence, found.get(order_id, sequence))
    return found


def _held(updates: QuerySet[StatusUpdate]) -> list[HeldUpdate]:
    """With what their orders have, as ``delivery.outbox.facts_of`` tells it of one: looked up by
    the order for each row, and for no more than are read."""
    notes = Invoice.objects.filter(order=OuterRef("order"), cancelled_at=None)
    replaced = Exists(Tracking.objects.filter(replaces=OuterRef("pk")))
    trackings = Tracking.objects.filter(~Q(code="") | ~Q(url=""), ~replaced)
    rows = updates.annotate(
        has_invoice=Exists(notes),
        has_invoice_xml=Exists(notes.exclude(xml=b"")),
        has_tracking=Exists(trackings.filter(order=OuterRef("order"))),
    ).values_list(*_HELD, *_FACTS)[:LOOKED_AT]
    return [
        HeldUpdate(
            pk=pk,
            order_id=order_id,
            sequence=sequence,
            kind=UpdateKind(kind),
            status=OrderStatus(status),
            reason=UpdateReason(reason),
            facts=Facts(**dict(zip(_FACTS, facts, strict=True))),
        )
        for pk, order_id, sequence, kind, status, reason, *facts in rows
    ]


def _statuses(updates: QuerySet[StatusUpdate]) -> list[int]:
    return list(updates.values_list("status", flat=True)[:LOOKED_AT])
