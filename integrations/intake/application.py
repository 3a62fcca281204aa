"""Applies one fact of the ERP to a locked order: facts, status, event row, updates.

In memory: everything here is decided on the order's dossier, and put in its ledger to be written.
"""

from dataclasses import dataclass
from datetime import datetime

from integrations.delivery.corrected_trackings import statuses_to_carry
from integrations.intake.decisions import (
    OUTCOME_OF_VERDICT,
    decide_status,
    late,
    status_meant,
)
from integrations.intake.dossiers import Dossier
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
from vitrines.facts import Notes, TrackingRecord
from vitrines.models import Invoice, Order, OrderStatusChange
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


def apply_fact(
    *, dossier: Dossier, event: Event, fact: EventFact, now: datetime
) -> list[StatusUpdate]:
    """Store the facts, decide the status, say in ``event`` what became of it, and decide the
    updates that tell the platform. Returns the updates that this event caused.

    A note of another order is refused (``InvoiceOfAnotherOrder``) before anything has changed.
    """
    order = dossier.order
    if fact.kind is EventKind.INVOICED and fact.invoice is not None:
        dossier.notes.refuse_other_order(chave_nfe=fact.invoice.key, order_number=order.number)
    stored = _store_facts(dossier, fact)
    decision = _decide(dossier, fact, stored)
    change = None
    if decision is not None:
        cause = f"{fact.kind.label} ({fact.event_id})"
        change = change_status(dossier, decision, fact.occurred_at, cause=cause, now=now)
    event.order = order
    event.outcome = OUTCOME_OF_VERDICT[decision.verdict] if decision else EventOutcome.FACT_RECORDED
    event.status_after = order.status
    event.status_change = change
    dossier.ledger.put_event(event)
    if fact.kind is EventKind.INVOICE_CANCELLED:
        dossier.cancellations.append(event)
    return _tell(dossier, event, fact, decision, stored.record, now)


def change_status(
    dossier: Dossier, decision: StatusDecision, occurred_at: datetime, *, cause: str, now: datetime
) -> OrderStatusChange | None:
    """The step that a decision makes the order take, if any."""
    change = set_status(
        order=dossier.order,
        decision=decision,
        occurred_at=occurred_at,
        cause=cause[:120],
        now=now,
    )
    if change is not None:
        dossier.reached.add(change.to_status)
        dossier.ledger.changes.add(change)
        dossier.ledger.change_order(dossier.order, "status", "status_at")
    return change


def store_invoice(
    *, notes: Notes, order: Order | None, order_number: str, told: InvoiceFact
) -> Invoice:
    """Record the note of an ``invoiced`` fact; ``checked_fact`` has seen its fields."""
    if told.number is None or told.series is None or told.issued_at is None or told.total is None:
        raise ValueError("a note needs number, series, issue time and total")
    return notes.record(
        order=order,
        order_number=order_number,
        chave_nfe=told.key,
        number=told.number,
        series=told.series,
        issued_at=told.issued_at,
        total=told.total,
        xml=told.xml,
    )


def _store_facts(dossier: Dossier, fact: EventFact) -> Stored:
    match fact.kind:
        case EventKind.INVOICED:
            record = _store_tracking(dossier, fact)
            return Stored(record, note_cancelled=_store_note(dossier, fact))
        case EventKind.INVOICE_CANCELLED:
            return Stored(order_lost_its_note=_cancel_note(dossier, fact))
        case _:
            return Stored(_store_tracking(dossier, fact))


def _store_tracking(dossier: Dossier, fact: EventFact) -> TrackingRecord | None:
    told = fact.tracking
    if told is None:
        if fact.kind is EventKind.DELIVERED:
            dossier.volumes.deliver_all(fact.occurred_at)
        return None
    if told.corrects:
        return dossier.volumes.correct(
            told.corrects,
            volume=told.volume,
            code=told.code,
            carrier=told.carrier,
            url=told.url,
        )
    if told.volumes is not None and dossier.volumes.expect(told.volumes):
        dossier.ledger.change_order(dossier.order, "volume_count")
    return dossier.volumes.record(
        occurred_at=fact.occurred_at,
        volume=told.volume,
        code=told.code,
        carrier=told.carrier,
        url=told.url,
        carrier_event=told.carrier_event,
        description=told.description,
        delivered=told.carrier_event == "delivered",
    )


def _decide(dossier: Dossier, fact: EventFact, stored: Stored) -> StatusDecision | None:
    """The status after the fact; None when it says nothing about the status."""
    order, target, record = dossier.order, _target(fact), stored.record
    if stored.note_cancelled:
        return late(order.current_status, OrderStatus.DESPACHADO)
    if fact.kind is EventKind.INVOICE_CANCELLED and not stored.order_lost_its_note:
        return None
    if target is None or (record is not None and _volume_alone(dossier, fact, target, record)):
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
    dossier: Dossier, fact: EventFact, target: OrderStatus, record: TrackingRecord
) -> bool:
    """It is true of one volume and not yet of the whole order.

    One volume delivered is not the order delivered, and one volume on its way does not solve
    another one's problem.
    """
    if target is OrderStatus.ENTREGUE:
        return not dossier.volumes.count().complete
    current = dossier.order.current_status
    leaves_problem = current is OrderStatus.PROBLEMAS and target is not OrderStatus.PROBLEMAS
    return (
        fact.kind is EventKind.TRACKING
        and leaves_problem
        and dossier.volumes.others_in_trouble(record.tracking)
    )


def _store_note(dossier: Dossier, fact: EventFact) -> bool:
    """Store the note; True when it is cancelled, which may have been told before the note."""
    if fact.invoice is None:
        raise ValueError("an invoiced fact brings its note")
    order, notes = dossier.order, dossier.notes
    note = store_invoice(notes=notes, order=order, order_number=order.number, told=fact.invoice)
    earlier = dossier.cancellation_of(note.chave_nfe)
    if earlier is not None:
        notes.cancel(note, cancelled_at=earlier.occurred_at)
    return note.cancelled_at is not None


def _cancel_note(dossier: Dossier, fact: EventFact) -> bool:
    """Mark the note cancelled; True when the order has been left without its current note."""
    notes = dossier.notes
    current = notes.current(dossier.order)
    note = notes.find(fact.invoice.key) if fact.invoice else current
    if note is None or note.order_id != dossier.order.pk:
        return False
    notes.cancel(note, cancelled_at=fact.occurred_at)
    return note is current


def _tell(
    dossier: Dossier,
    event: Event,
    fact: EventFact,
    decision: StatusDecision | None,
    record: TrackingRecord | None,
    now: datetime,
) -> list[StatusUpdate]:
    """What was waiting for the facts first, then the status, then a tracking not told by it."""
    outbox = dossier.outbox
    tracking = record.tracking if record else None
    brought_facts = record is not None or fact.kind is EventKind.INVOICED
    released = outbox.release_waiting(facts=dossier.facts(), now=now) if brought_facts else []
    updates = []
    if decision is not None and decision.changed:
        updates.append(
            outbox.enqueue_status(
                event=event,
                status=decision.status,
                facts=dossier.facts(),
                now=now,
                tracking=tracking,
            )
        )
    elif decision is not None and decision.verdict is Verdict.LATE:
        updates.append(
            outbox.enqueue_skipped(
                event=event,
                status=_target(fact) or decision.status,
                reason=UpdateReason.REGRESSION,
                now=now,
            )
        )
    if (
        record is not None
        and _still_to_tell(dossier.order, record, [*released, *updates])
        and not _goes_along(dossier, record)
    ):
        updates.append(
            outbox.enqueue_tracking(
                event=event, tracking=record.tracking, facts=dossier.facts(), now=now
            )
        )
    change = event.status_change
    if change is not None and change.from_status is None:
        updates += tell_waiting_trackings(dossier=dossier, event=event, told=updates, now=now)
    return updates


def tell_waiting_trackings(
    *, dossier: Dossier, event: Event, told: list[StatusUpdate], now: datetime
) -> list[StatusUpdate]:
    """Tell what came while an order had no status, and so no row of the DE-PARA to go with.

    ``event`` is the one that gave it its first status, and ``told`` what has been told of it: an
    order without a status had told nothing.
    """
    carried = [update.tracking for update in told if update.channel == Channel.TRACKING]
    return [
        dossier.outbox.enqueue_tracking(
            event=event, tracking=tracking, facts=dossier.facts(), now=now
        )
        for tracking in dossier.volumes.to_follow()
        if tracking not in carried
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


def _goes_along(dossier: Dossier, record: TrackingRecord) -> bool:
    """What a person put right is told by a status that still has to be told itself.

    Asked of the database: it is one order, and seldom.
    """
    if not record.correction:
        return False
    volumes, right = dossier.volumes, record.tracking
    carrying = statuses_to_carry(
        dossier.order, volumes.line_of(right), latest=volumes.latest() is right
    )
    return carrying.exists()
