"""Receives the stores' orders: which status their word means, and whether they enter the ERP.

A repeated intake is normal (stores send an order each time it changes, and often when it did
not). A status that came from the platform is never told back to it: it leaves an ECHO row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from integrations.delivery.outbox import enqueue_skipped
from integrations.intake.application import tell_waiting_trackings
from integrations.intake.decisions import OUTCOME_OF_VERDICT
from integrations.intake.events import adopt_orphans, once_more_on_conflict
from integrations.intake.facts import InvalidFact, OrderIntake, refuse_impossible_times
from integrations.models import Event, EventKind, EventOutcome, EventSource, UpdateReason
from status_mapping.inclusion import inclusion_of
from status_mapping.queries import inbound_rows, latest_revision_number
from status_mapping.translation import MappingRow, inbound
from vitrines.models import Inclusion, InclusionReason, Order, OrderStatusChange, Vitrine
from vitrines.orders import lock_order, normalise_number, set_status
from vitrines.statuses import OrderStatus, StatusDecision, Verdict, status_after

DETAILS = ("platform_id", "total", "payment_type", "delivery_type")
OUTCOME_OF_INCLUSION = {
    Inclusion.INCLUDED: EventOutcome.ORDER_INCLUDED,
    Inclusion.NOT_INCLUDED: EventOutcome.ORDER_NOT_INCLUDED,
    Inclusion.HELD: EventOutcome.ORDER_HELD,
}


@dataclass(frozen=True)
class OrderAnswer:
    order: Order
    created: bool
    #: Nothing in it was new: nothing was written.
    duplicate: bool = False

    @property
    def status(self) -> OrderStatus | None:
        return self.order.current_status


def receive_order(
    *, vitrine: Vitrine, intake: OrderIntake, actor_label: str, now: datetime
) -> OrderAnswer:
    """Store or renew one order in one transaction, with the events that came before it."""
    refuse_impossible_times({"placed_at": intake.placed_at}, now=now)
    if not normalise_number(intake.number, prefix=vitrine.order_prefix):
        raise InvalidFact({"number": "Informe o número do pedido, além do prefixo."})
    answer = once_more_on_conflict(lambda: _store(vitrine, intake, actor_label, now))
    if answer.created:
        _adopt_what_came_meanwhile(answer.order, now)
    return answer


def decide_held_order(*, order: Order, now: datetime) -> None:
    """Look up again the word of a locked order whose word was unknown.

    What it comes to is an event of its own: the receipt goes on saying that the order waited.
    """
    row = inbound(order.platform_status, inbound_rows(order.vitrine))
    order.mapping_revision = latest_revision_number(order.vitrine)
    if row is None:
        order.save(update_fields=["mapping_revision", "updated_at"])
        return
    receipt = order.events.filter(kind=EventKind.ORDER_RECEIVED).last()
    told_at = order.placed_at if receipt is None else receipt.occurred_at
    decided_by = f"DE-PARA revisão {order.mapping_revision}"
    event = _receipt(order, told_at, actor_label=decided_by, now=now)
    event.kind, event.source = EventKind.ORDER_REDECIDED, EventSource.MAPPING
    _take_word(order, event, row, cause=f"{decided_by}: {order.platform_status}", now=now)


def _store(vitrine: Vitrine, intake: OrderIntake, actor_label: str, now: datetime) -> OrderAnswer:
    with transaction.atomic():
        order = lock_order(vitrine, intake.number)
        row = inbound(intake.platform_status, inbound_rows(vitrine))
        if order is not None and not _brings_news(order, intake, row):
            return OrderAnswer(order, created=False, duplicate=True)
        created = order is None
        if order is None:
            number = normalise_number(intake.number, prefix=vitrine.order_prefix)
            order = Order(vitrine=vitrine, number=number, placed_at=intake.placed_at)
        new_word = order.platform_status != intake.platform_status
        _describe(order, intake)
        order.mapping_revision = latest_revision_number(vitrine)
        occurred_at = intake.placed_at if created else now
        receipt = _receipt(order, occurred_at, actor_label=actor_label, now=now)
        if new_word or order.inclusion_reason == InclusionReason.UNMAPPED or not _included(order):
            _take_word(order, receipt, row, cause=f"Loja: {intake.platform_status}", now=now)
        else:
            order.save()
            receipt.outcome = EventOutcome.FACT_RECORDED
            _save_receipt(order, receipt, None, now)
        if created:
            adopt_orphans(order=order, now=now)
        return OrderAnswer(order, created=created)


def _brings_news(order: Order, intake: OrderIntake, row: MappingRow | None) -> bool:
    """A new word or detail, or an old word that the DE-PARA now decides otherwise.

    For an included order an old word is no new fact: its status may have moved on since.
    """
    if order.platform_status != intake.platform_status:
        return True
    if any(value != getattr(order, name) for name, value in _told(intake).items()):
        return True
    if _included(order):
        return row is not None and order.inclusion_reason == InclusionReason.UNMAPPED
    decision = inclusion_of(row)
    return (order.inclusion, order.inclusion_reason) != (decision.outcome, decision.reason)


def _told(intake: OrderIntake) -> dict[str, Any]:
    """The details that the store tells; what it leaves out stays as it was."""
    details = {name: getattr(intake, name) for name in DETAILS}
    return {name: value for name, value in details.items() if value not in ("", None)}


def _included(order: Order) -> bool:
    return order.inclusion == Inclusion.INCLUDED


def _describe(order: Order, intake: OrderIntake) -> None:
    order.platform_status = intake.platform_status
    for name, value in _told(intake).items():
        setattr(order, name, value)


def _receipt(order: Order, occurred_at: datetime, *, actor_label: str, now: datetime) -> Event:
    return Event(
        vitrine=order.vitrine,
        source=EventSource.PLATFORM,
        kind=EventKind.ORDER_RECEIVED,
        order_number=order.number,
        occurred_at=occurred_at,
        received_at=now,
        payload={
            "platform_status": order.platform_status,
            "platform_id": order.platform_id,
            "total": None if order.total is None else str(order.total),
            "payment_type": order.payment_type,
            "delivery_type": order.delivery_type,
        },
        actor_label=actor_label,
    )


def _take_word(
    order: Order, receipt: Event, row: MappingRow | None, *, cause: str, now: datetime
) -> None:
    """Decide inclusion and status of a locked order by the row its word found; save everything."""
    first_inclusion = not _included(order)
    if first_inclusion:
        decision = inclusion_of(row)
        order.inclusion, order.inclusion_reason = decision.outcome, decision.reason
    else:
        order.inclusion_reason = _reason_once_included(order, row)
    order.save()
    change = None
    if _included(order) and row is not None and row.active:
        verdict = _platform_verdict(order, row.status, receipt.occurred_at)
        change = set_status(
            order=order,
            decision=verdict,
            occurred_at=receipt.occurred_at,
            cause=cause[:120],
            now=now,
        )
        receipt.outcome = OUTCOME_OF_VERDICT[verdict.verdict]
    else:
        receipt.outcome = EventOutcome.FACT_RECORDED if row else EventOutcome.ORDER_HELD
    if first_inclusion:
        receipt.outcome = OUTCOME_OF_INCLUSION[Inclusion(order.inclusion)]
    _save_receipt(order, receipt, change, now)


def _reason_once_included(order: Order, row: MappingRow | None) -> str:
    """An included order stays included; an unknown word only marks it to be decided again."""
    if row is None:
        return InclusionReason.UNMAPPED
    if order.inclusion_reason == InclusionReason.UNMAPPED:
        return InclusionReason.DEFAULT
    return order.inclusion_reason


def _platform_verdict(order: Order, target: OrderStatus, occurred_at: datetime) -> StatusDecision:
    """``status_after`` for a store's word, which tells no time of its own.

    A store may repeat late what we told it: such a word neither brings an order back to Problemas
    nor out of it.
    """
    current = order.current_status
    crosses_problem = target is not current and OrderStatus.PROBLEMAS in (current, target)
    been_there = order.status_changes.filter(to_status=target)
    if current is not None and crosses_problem and been_there.exists():
        return StatusDecision(current, Verdict.LATE)
    return status_after(current, target, current_at=order.status_at, occurred_at=occurred_at)


def _save_receipt(
    order: Order, receipt: Event, change: OrderStatusChange | None, now: datetime
) -> None:
    receipt.order = order
    receipt.status_after = order.status
    receipt.status_change = change
    receipt.save()
    if change is not None:
        enqueue_skipped(
            order=order,
            event=receipt,
            status=OrderStatus(change.to_status),
            reason=UpdateReason.ECHO,
            now=now,
        )
        if change.from_status is None:
            tell_waiting_trackings(order=order, event=receipt, now=now)


def _adopt_what_came_meanwhile(order: Order, now: datetime) -> None:
    """An event may have been stored as an orphan while the order was: neither transaction saw
    the other. Whichever ends last adopts it (see also ``events.receive_event``)."""
    waiting = Event.objects.filter(
        vitrine_id=order.vitrine_id, order=None, order_number=order.number
    )
    if not waiting.exists():
        return
    with transaction.atomic():
        locked = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
        locked.vitrine = order.vitrine
        adopt_orphans(order=locked, now=now)
