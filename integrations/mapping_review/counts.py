"""How many orders and updates the rows of a DE-PARA are about. Bounded, see decision 0024.

What is counted is read, not grouped by the database: PostgreSQL answers ``id IN (… LIMIT)`` by
going through the whole table.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.channels.base import Facts
from integrations.delivery.outbox import UNFINISHED
from integrations.mapping_review.effects import OpenOrders
from integrations.mapping_review.fates import HeldUpdate
from integrations.models import OPEN, StatusUpdate, UpdateKind, UpdateReason, UpdateState
from vitrines.models import Invoice, Order, Tracking, Vitrine
from vitrines.models.order import FINAL
from vitrines.statuses import OrderStatus

#: Orders of the vitrine that are looked through, the latest; and updates of a state.
LOOKED_AT = 10_000

_TOLD = ("state", "reason", "platform_status")
_HELD = ("pk", "order_id", "sequence", "kind", "status", "reason")
_FACTS = ("has_invoice", "has_invoice_xml", "has_tracking")


@dataclass(frozen=True)
class LatestOrders:
    #: Ids with the current status, newest first.
    rows: Sequence[tuple[int, int | None]]
    #: There may be older ones.
    cut_short: bool

    def newest(self, number: int, status: OrderStatus | None = None) -> list[int]:
        """In ``status``, or in any."""
        found = (pk for pk, current in self.rows if status is None or current == status)
        return list(islice(found, number))


@dataclass(frozen=True)
class Waiting:
    """Updates that are not closed, or failed; but for ``held``, their number by status."""

    held: Sequence[HeldUpdate]
    queued: Counter[int]
    #: Refused by the platform, and failed for whatever else.
    rejected: Counter[int]
    failed: Counter[int]
    #: There may be more of a state.
    cut_short: bool


def latest_orders(vitrine: Vitrine) -> LatestOrders:
    """One query, of an index that has nothing but the vitrine's."""
    orders = Order.objects.filter(vitrine=vitrine).order_by("-id")
    rows = list(orders.values_list("pk", "status")[:LOOKED_AT])
    return LatestOrders(rows, len(rows) >= LOOKED_AT)


def open_orders(
    latest: LatestOrders, statuses: Collection[OrderStatus]
) -> dict[OrderStatus, OpenOrders]:
    """One query, of the updates of each order that is open in one of the statuses. The last one
    that tells its status counts; a repeat (decision 0017) tells nothing that was not told."""
    still_open = [status for status in statuses if status not in FINAL]
    current = {pk: status for pk, status in latest.rows if status in still_open}
    updates = StatusUpdate.objects.filter(
        order__in=current, kind=UpdateKind.STATUS, replay_of=None
    ).order_by("order_id", "sequence")
    last: dict[int, tuple[str, str, str]] = {}
    for order_id, status, *found in updates.values_list("order_id", "status", *_TOLD):
        if current[order_id] == status:
            last[order_id] = tuple(found)
    nothing = ("", "", "")
    return {
        status: _as_told(last.get(pk, nothing) for pk, found in current.items() if found == status)
        for status in statuses
    }


def _as_told(last: Iterable[tuple[str, str, str]]) -> OpenOrders:
    """``last`` has, of each order, the state, reason and word of the update that counts."""
    found = list(last)
    told = Counter(word for state, _, word in found if state == UpdateState.SENT)
    to_tell = sum(state in UNFINISHED for state, _, _ in found)
    inactive = sum(reason == UpdateReason.INACTIVE for _, reason, _ in found)
    settled = len(found) - told.total() - to_tell - inactive
    return OpenOrders(to_tell=to_tell, told=told, inactive=inactive, settled=settled)


def waiting_updates(vitrine: Vitrine, statuses: Collection[OrderStatus]) -> Waiting:
    """Three queries, each of at most ``LOOKED_AT`` rows that an index knows."""
    updates = StatusUpdate.objects.filter(
        vitrine=vitrine, status__in=[int(status) for status in statuses]
    ).order_by()
    held = _held(updates.filter(state=UpdateState.HELD))
    queued = updates.filter(state__in=OPEN).values_list("status", flat=True)[:LOOKED_AT]
    failed = updates.filter(state=UpdateState.FAILED).values_list("status", "reason")[:LOOKED_AT]
    rejected = [status for status, reason in failed if reason == UpdateReason.REJECTED]
    return Waiting(
        held=held,
        queued=Counter(queued),
        rejected=Counter(rejected),
        failed=Counter(status for status, _ in failed) - Counter(rejected),
        cut_short=any(len(found) >= LOOKED_AT for found in (held, queued, failed)),
    )


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
