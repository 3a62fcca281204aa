"""The outbox: every decision about telling the platform becomes a ``StatusUpdate`` row.

Everything here runs inside the caller's transaction with the order locked
(``vitrines.orders.lock_order``), so that sequence and turn are computed by one writer at a time.

**The turn.** At most one update of an order holds ``turn`` (a database constraint); only that one
may be claimed. ``give_turns`` is the only code that hands it on, called whenever the set of open
updates of an order changed.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from integrations.channels.base import Facts
from integrations.delivery.decisions import Decision, decide
from integrations.models import (
    OPEN,
    WAITING_FACTS,
    Event,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from status_mapping.queries import latest_revision_number, outbound_rows
from status_mapping.translation import MappingRow
from vitrines.models import Order, Tracking
from vitrines.platforms import Platform, get_platform
from vitrines.statuses import OrderStatus

#: What a platform that wants every step in sequence cannot go past.
UNFINISHED = (*OPEN, UpdateState.HELD, UpdateState.FAILED)


def enqueue_status(
    *,
    order: Order,
    event: Event,
    status: OrderStatus,
    now: datetime,
    tracking: Tracking | None = None,
) -> StatusUpdate:
    """Decide and write the update that tells ``status``."""
    return _enqueue(UpdateKind.STATUS, order, event, status, now, tracking)


def enqueue_tracking(
    *, order: Order, event: Event, tracking: Tracking, now: datetime
) -> StatusUpdate:
    """Decide and write the update that tells a tracking without changing the status.

    It goes with the DE-PARA row of the status that the order has.
    """
    status = order.current_status
    if status is None:
        raise ValueError(f"order {order.pk} has no status yet: nothing can be told about it")
    return _enqueue(UpdateKind.TRACKING, order, event, status, now, tracking)


def enqueue_skipped(
    *, order: Order, event: Event, status: OrderStatus, reason: UpdateReason, now: datetime
) -> StatusUpdate:
    """Write that ``status`` is deliberately not told, and why (``ECHO``, ``REGRESSION``)."""
    decision = Decision(UpdateState.SKIPPED, reason)
    row = outbound_rows(order.vitrine).get(status)
    return _write(UpdateKind.STATUS, order, event, status, now, None, decision, row)


def release_waiting(*, order: Order, now: datetime) -> list[StatusUpdate]:
    """Let go what waited for a fact (XML, tracking) that the order now has."""
    held = order.status_updates.filter(state=UpdateState.HELD, reason__in=WAITING_FACTS)
    return redecide(updates=held.order_by("sequence"), order=order, now=now)


def redecide(*, updates: Iterable[StatusUpdate], order: Order, now: datetime) -> list[StatusUpdate]:
    """Put held updates of one locked order through today's DE-PARA again."""
    updates = list(updates)
    if not updates:
        return []
    rows = outbound_rows(order.vitrine)
    revision = latest_revision_number(order.vitrine)
    platform = get_platform(order.vitrine.platform)
    facts = facts_of(order)
    for update in updates:
        row = rows.get(OrderStatus(update.status))
        decision = decide(
            kind=UpdateKind(update.kind),
            status=OrderStatus(update.status),
            row=row,
            platform=platform,
            facts=facts,
        )
        update.checked_revision = revision
        if not _stands(update, decision):
            update.earlier_decisions = [*update.earlier_decisions, _decision_as_json(update)]
            _apply(update, decision, row, platform, revision, now)
        update.save()
    give_turns([order.pk], strict=platform.strict)
    return updates


def give_turns(order_ids: Collection[int], *, strict: bool) -> None:
    """Hand the turn of each order to its earliest open update.

    An update that is being sent keeps it. On a ``strict`` platform an earlier held or failed
    update keeps the later ones waiting.
    """
    states = UNFINISHED if strict else OPEN
    rows = (
        StatusUpdate.objects.filter(order_id__in=order_ids, state__in=states)
        .order_by("order_id", "sequence")
        .values_list("order_id", "id", "state", "turn")
    )
    unfinished: dict[int, list[tuple[int, str, bool]]] = {}
    for order_id, pk, state, turn in rows:
        unfinished.setdefault(order_id, []).append((pk, state, turn))
    heads, dethroned = [], []
    for updates in unfinished.values():
        sending = [pk for pk, state, _ in updates if state == UpdateState.SENDING]
        first_pk, first_state, _ = updates[0]
        head = sending[0] if sending else first_pk if first_state in OPEN else None
        dethroned += [pk for pk, _, turn in updates if turn and pk != head]
        heads += [pk for pk, _, turn in updates if pk == head and not turn]
    if dethroned:
        StatusUpdate.objects.filter(pk__in=dethroned).update(turn=False)
    if heads:
        StatusUpdate.objects.filter(pk__in=heads).update(turn=True)


def supersede_older(sent: StatusUpdate, *, now: datetime) -> int:
    """Close what was to be told before a status that the platform has now accepted.

    Only statuses supersede statuses: a tracking never told stays to be told.
    """
    older = StatusUpdate.objects.filter(
        order_id=sent.order_id,
        kind=UpdateKind.STATUS,
        sequence__lt=sent.sequence,
        state__in=(UpdateState.HELD, UpdateState.FAILED, UpdateState.PENDING),
    )
    return older.update(
        state=UpdateState.SUPERSEDED,
        reason=UpdateReason.SUPERSEDED,
        superseded_by=sent,
        turn=False,
        finished_at=now,
    )


def facts_of(order: Order) -> Facts:
    """What the order has to offer to a sending. A cancelled note does not count."""
    notes = order.invoices.filter(cancelled_at=None).aggregate(
        all=Count("pk"), with_xml=Count("pk", filter=~Q(xml=b""))
    )
    return Facts(
        has_invoice=notes["all"] > 0,
        has_invoice_xml=notes["with_xml"] > 0,
        has_tracking=order.trackings.exclude(code="", url="").exists(),
    )


def _enqueue(
    kind: UpdateKind,
    order: Order,
    event: Event,
    status: OrderStatus,
    now: datetime,
    tracking: Tracking | None,
) -> StatusUpdate:
    row = outbound_rows(order.vitrine).get(status)
    decision = decide(
        kind=kind,
        status=status,
        row=row,
        platform=get_platform(order.vitrine.platform),
        facts=facts_of(order),
    )
    return _write(kind, order, event, status, now, tracking, decision, row)


def _write(
    kind: UpdateKind,
    order: Order,
    event: Event,
    status: OrderStatus,
    now: datetime,
    tracking: Tracking | None,
    decision: Decision,
    row: MappingRow | None,
) -> StatusUpdate:
    platform = get_platform(order.vitrine.platform)
    blocking = UNFINISHED if platform.strict else OPEN
    place = order.status_updates.aggregate(
        last=Max("sequence"), ahead=Count("pk", filter=Q(state__in=blocking))
    )
    update = StatusUpdate(
        vitrine=order.vitrine,
        order=order,
        sequence=(place["last"] or 0) + 1,
        event=event,
        kind=kind,
        status=status,
        tracking=tracking,
        created_at=now,
    )
    revision = latest_revision_number(order.vitrine)
    _apply(update, decision, row, platform, revision, now)
    update.turn = update.state == UpdateState.PENDING and not place["ahead"]
    update.save(force_insert=True)
    return update


def _stands(update: StatusUpdate, decision: Decision) -> bool:
    """It goes on waiting for the same: its row keeps what it was decided with."""
    return decision.state == UpdateState.HELD == update.state and decision.reason == update.reason


def _decision_as_json(update: StatusUpdate) -> dict[str, Any]:
    return {
        "at": update.decided_at.isoformat(),
        "state": update.state,
        "reason": update.reason,
        "detail": update.detail,
        "channel": update.channel,
        "mapping_revision": update.mapping_revision,
        "platform_status": update.platform_status,
    }


def _apply(
    update: StatusUpdate,
    decision: Decision,
    row: MappingRow | None,
    platform: Platform,
    revision: int,
    now: datetime,
) -> None:
    """Copy a decision, and what it was made with, onto the row."""
    row = row or MappingRow(OrderStatus(update.status))
    update.platform = platform.name
    update.platform_digest = platform.digest
    update.mapping_revision = update.checked_revision = revision
    update.decided_at = now
    update.platform_status = row.platform_status
    update.ez_core_status_id = row.ez_core_status_id
    update.ez_core_flow_id = row.ez_core_flow_id
    update.channel = decision.channel
    update.state = decision.state
    update.reason = decision.reason or ""
    update.detail = decision.detail
    update.due_at = now if decision.state == UpdateState.PENDING else None
    waits = decision.state in (*OPEN, UpdateState.HELD)
    update.finished_at = None if waits else now
