"""Applies one fact of the ERP to a locked order: facts, status, event row, updates.

Everything runs in the caller's transaction; the order is locked by ``vitrines.orders.lock_order``.
"""

from dataclasses import dataclass
from datetime import datetime

from integrations.delivery.outbox import (
    enqueue_skipped,
    enqueue_status,
    enqueue_tracking,
    release_waiting,
)
from integrations.intake.decisions import (
    OUTCOME_OF_VERDICT,
    decide_status,
    late,
    status_meant,
)
from integrations.intake.facts import EventFact, InvoiceFact
from integrations.models import (
    Event,
    EventKind,
    EventOutcome,
    StatusUpdate,
    UpdateReason,
    UpdateState,
)
from status_mapping.models import Channel
from vitrines.facts import (
    TrackingRecord,
    another_volume_in_trouble,
    cancel_invoice,
    current_invoice,
    deliver_every_volume,
    expect_volumes,
    find_invoice,
    record_invoice,
    record_tracking,
    volumes_delivered,
)
from vitrines.models import Invoice, Order, Vitrine
from vitrines.orders import set_status
from vitrines.statuses import OrderStatus, StatusDecision, Verdict

#: States in which an update of the tracking channel will carry the tracking.
TOLD_BY_TRACKING = (UpdateState.PENDING, UpdateState.HELD)


@dataclass(frozen=True)
class Stored:
    """What storing a fact has shown."""

    record: TrackingRecord | None = None
    #: An ``invoiced`` note that is cancelled already.
    note_cancelled: bool = False
    #: An ``invoice_cancelled`` left the order without its current note.
    order_lost_its_note: bool = False


def apply_fact(*, order: Order, event: Event, fact: EventFact, now: datetime) -> list[StatusUpdate]:
    """Store the facts, decide the status, save ``event`` with what became of it, and write the
    updates that tell the platform. Returns the updates that this event caused."""
    stored = _store_facts(order, fact)
    decision = _decide(order, fact, stored)
    change = None
    if decision is not None:
        change = set_status(
            order=order,
            decision=decision,
            occurred_at=fact.occurred_at,
            cause=f"{fact.kind.label} ({fact.event_id})"[:120],
            now=now,
        )
    event.order = order
    event.outcome = OUTCOME_OF_VERDICT[decision.verdict] if decision else EventOutcome.FACT_RECORDED
    event.status_after = order.status
    event.status_change = change
    event.save()
    return _tell(order, event, fact, decision, stored.record, now)


def store_invoice(
    *, vitrine: Vitrine, order: Order | None, order_number: str, told: InvoiceFact
) -> Invoice:
    """Record the note of an ``invoiced`` fact; ``checked_fact`` has seen its fields."""
    if told.number is None or told.series is None or told.issued_at is None or told.total is None:
        raise ValueError("a note needs number, series, issue time and total")
    return record_invoice(
        vitrine=vitrine,
        order=order,
        order_number=order_number,
        chave_nfe=told.key,
        number=told.number,
        series=told.series,
        issued_at=told.issued_at,
        total=told.total,
        xml=told.xml,
    )


def _store_facts(order: Order, fact: EventFact) -> Stored:
    match fact.kind:
        case EventKind.INVOICED:
            return Stored(_store_tracking(order, fact), note_cancelled=_store_note(order, fact))
        case EventKind.INVOICE_CANCELLED:
            return Stored(order_lost_its_note=_cancel_note(order, fact))
        case _:
            return Stored(_store_tracking(order, fact))


def _store_tracking(order: Order, fact: EventFact) -> TrackingRecord | None:
    told = fact.tracking
    if told is None:
        if fact.kind is EventKind.DELIVERED:
            deliver_every_volume(order=order, delivered_at=fact.occurred_at)
        return None
    if told.volumes is not None:
        expect_volumes(order=order, count=told.volumes)
    return record_tracking(
        order=order,
        occurred_at=fact.occurred_at,
        volume=told.volume,
        code=told.code,
        carrier=told.carrier,
        url=told.url,
        carrier_event=told.carrier_event,
        description=told.description,
        delivered=told.carrier_event == "delivered",
    )


def _decide(order: Order, fact: EventFact, stored: Stored) -> StatusDecision | None:
    """The status after the fact; None when it says nothing about the status."""
    target = _target(fact)
    record = stored.record
    if stored.note_cancelled:
        return late(order.current_status, OrderStatus.DESPACHADO)
    if fact.kind is EventKind.INVOICE_CANCELLED and not stored.order_lost_its_note:
        return None
    if target is None or (record is not None and _volume_alone(order, fact, target, record)):
        return None
    return decide_status(
        current=order.current_status,
        current_at=order.status_at,
        volume_seen_at=record.previous_at if record else None,
        target=target,
        occurred_at=fact.occurred_at,
    )


def _target(fact: EventFact) -> OrderStatus | None:
    return status_meant(fact.kind, fact.tracking.carrier_event if fact.tracking else "")


def _volume_alone(
    order: Order, fact: EventFact, target: OrderStatus, record: TrackingRecord
) -> bool:
    """It is true of one volume and not yet of the whole order.

    One volume delivered is not the order delivered, and one volume on its way does not solve
    another one's problem.
    """
    if target is OrderStatus.ENTREGUE:
        return not volumes_delivered(order).complete
    leaves_problem = (
        order.current_status is OrderStatus.PROBLEMAS and target is not OrderStatus.PROBLEMAS
    )
    return (
        fact.kind is EventKind.TRACKING
        and leaves_problem
        and another_volume_in_trouble(record.tracking)
    )


def _store_note(order: Order, fact: EventFact) -> bool:
    """Store the note; True when it is cancelled, which may have been told before the note."""
    if fact.invoice is None:
        raise ValueError("an invoiced fact brings its note")
    note = store_invoice(
        vitrine=order.vitrine, order=order, order_number=order.number, told=fact.invoice
    )
    if note.cancelled_at is None:
        earlier = order.events.filter(
            kind=EventKind.INVOICE_CANCELLED, payload__invoice__key=note.chave_nfe
        ).first()
        if earlier is not None:
            cancel_invoice(invoice=note, cancelled_at=earlier.occurred_at)
    return note.cancelled_at is not None


def _cancel_note(order: Order, fact: EventFact) -> bool:
    """Mark the note cancelled; True when the order has been left without its current note."""
    current = current_invoice(order)
    if fact.invoice is None:
        note = current
    else:
        note = find_invoice(order.vitrine, fact.invoice.key)
        if note is not None and note.order_id != order.pk:
            note = None
    if note is None:
        return False
    cancel_invoice(invoice=note, cancelled_at=fact.occurred_at)
    return current is not None and note.pk == current.pk


def _tell(
    order: Order,
    event: Event,
    fact: EventFact,
    decision: StatusDecision | None,
    record: TrackingRecord | None,
    now: datetime,
) -> list[StatusUpdate]:
    """What was waiting for the facts first, then the status, then a tracking not told by it."""
    tracking = record.tracking if record else None
    brought_facts = record is not None or fact.kind is EventKind.INVOICED
    released = release_waiting(order=order, now=now) if brought_facts else []
    updates = []
    if decision is not None and decision.changed:
        updates.append(
            enqueue_status(
                order=order, event=event, status=decision.status, now=now, tracking=tracking
            )
        )
    elif decision is not None and decision.verdict is Verdict.LATE:
        updates.append(
            enqueue_skipped(
                order=order,
                event=event,
                status=_target(fact) or decision.status,
                reason=UpdateReason.REGRESSION,
                now=now,
            )
        )
    if record is not None and _still_to_tell(order, record, [*released, *updates]):
        updates.append(
            enqueue_tracking(order=order, event=event, tracking=record.tracking, now=now)
        )
    change = event.status_change
    if change is not None and change.from_status is None:
        updates += tell_waiting_trackings(order=order, event=event, now=now)
    return updates


def tell_waiting_trackings(*, order: Order, event: Event, now: datetime) -> list[StatusUpdate]:
    """Tell what came while a locked order had no status, and so no row of the DE-PARA to go with.

    ``event`` is the one that gave it its first status.
    """
    carried = order.status_updates.filter(channel=Channel.TRACKING, tracking__isnull=False)
    waiting = order.trackings.exclude(code="", url="").exclude(pk__in=carried.values("tracking"))
    return [
        enqueue_tracking(order=order, event=event, tracking=tracking, now=now)
        for tracking in waiting
    ]


def _still_to_tell(order: Order, record: TrackingRecord, updates: list[StatusUpdate]) -> bool:
    """The tracking says something new that no update of the tracking channel will carry."""
    sendable = record.tracking.code or record.tracking.url
    if not (record.news and sendable) or order.current_status is None:
        return False
    return not any(
        update.channel == Channel.TRACKING and update.state in TOLD_BY_TRACKING
        for update in updates
    )
