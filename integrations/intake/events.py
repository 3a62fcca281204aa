"""Receives the ERP's events and notes, each once, and adopts those that came before their order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, transaction

from integrations.intake.application import apply_fact, store_invoice
from integrations.intake.checks import checked_fact
from integrations.intake.facts import (
    EventFact,
    InvalidFact,
    InvoiceFact,
    fact_from_payload,
)
from integrations.intake.nfe import AuthorisedInvoice
from integrations.models import Event, EventKind, EventOutcome, EventSource, StatusUpdate
from vitrines.facts import find_invoice
from vitrines.models import Invoice, Order, Vitrine
from vitrines.orders import is_order_number, lock_order, normalise_number
from vitrines.statuses import OrderStatus

T = TypeVar("T")


class EventIdReused(Exception):
    """Not stored: the event_id was used before for another order or another kind of fact."""

    def __init__(self, first: Event) -> None:
        self.first = first
        super().__init__(first.external_id)


@dataclass(frozen=True)
class EventAnswer:
    event: Event
    updates: tuple[StatusUpdate, ...] = ()
    duplicate: bool = False

    @property
    def status(self) -> OrderStatus | None:
        after = self.event.status_after
        return None if after is None else OrderStatus(after)


def receive_event(
    *, vitrine: Vitrine, fact: EventFact, actor_label: str, now: datetime
) -> EventAnswer:
    """Store one event and apply it, in one transaction; the same event again changes nothing.

    Two deliveries of one event at once meet at the unique constraint: the second one is rolled
    back, and tried again it finds the first.
    """
    fact = checked_fact(fact, now=now)
    number = normalise_number(fact.order_number, prefix=vitrine.order_prefix)
    if not number:
        raise InvalidFact({"order_number": "Informe o número do pedido, além do prefixo."})
    answer = once_more_on_conflict(lambda: _store(vitrine, fact, number, actor_label, now))
    if answer.event.outcome == EventOutcome.ORPHAN and not answer.duplicate:
        return _adopted_meanwhile(vitrine, fact.order_number, answer, now)
    return answer


def receive_invoice(
    *,
    vitrine: Vitrine,
    invoice: AuthorisedInvoice,
    order_number: str,
    actor_label: str,
    now: datetime,
) -> EventAnswer:
    """An authorised note as an ``invoiced`` event of its own, ``nfe:<key>``.

    The order is the one named by the caller, else the one that the note was already told for,
    else the note's own xPed.
    """
    known = None if order_number else find_invoice(vitrine, invoice.chave_nfe)
    number = order_number or (known.order_number if known else "") or invoice.order_hint
    if not number:
        raise InvalidFact(
            {"order": "A nota não traz o pedido (compra/xPed). Informe-o no endereço: ?order=."}
        )
    if not is_order_number(number):
        raise InvalidFact(
            {"order": "O pedido da nota (compra/xPed) não serve de número. Informe-o em ?order=."}
        )
    fact = EventFact(
        order_number=number,
        event_id=f"nfe:{invoice.chave_nfe}",
        kind=EventKind.INVOICED,
        occurred_at=invoice.issued_at,
        invoice=InvoiceFact(
            key=invoice.chave_nfe,
            number=invoice.number,
            series=invoice.series,
            issued_at=invoice.issued_at,
            total=invoice.total,
            xml=invoice.xml,
        ),
    )
    return receive_event(vitrine=vitrine, fact=fact, actor_label=actor_label, now=now)


def adopt_orphans(*, order: Order, now: datetime) -> list[Event]:
    """Apply to a locked order what came before it, in the order in which it happened."""
    Invoice.objects.filter(
        vitrine_id=order.vitrine_id, order=None, order_number=order.number
    ).update(order=order)
    orphans = Event.objects.filter(
        vitrine_id=order.vitrine_id, order=None, order_number=order.number
    )
    events = list(orphans.order_by("occurred_at", "id"))
    for event in events:
        fact = fact_from_payload(
            event.payload,
            order_number=event.order_number,
            event_id=event.external_id,
            kind=EventKind(event.kind),
            occurred_at=event.occurred_at,
        )
        apply_fact(order=order, event=event, fact=fact, now=now)
    return events


def once_more_on_conflict(store: Callable[[], T]) -> T:
    """Run a transaction; when another one stored the same thing first, run it once more."""
    try:
        return store()
    except IntegrityError:
        return store()


def _store(
    vitrine: Vitrine, fact: EventFact, number: str, actor_label: str, now: datetime
) -> EventAnswer:
    with transaction.atomic():
        first = _first_outcome(vitrine, fact, number)
        if first is not None:
            return first
        order = lock_order(vitrine, fact.order_number)
        event = Event(
            vitrine=vitrine,
            source=EventSource.ERP,
            external_id=fact.event_id,
            kind=fact.kind,
            order_number=number,
            occurred_at=fact.occurred_at,
            received_at=now,
            payload=fact.as_payload(),
            actor_label=actor_label,
        )
        if order is None:
            return _keep_orphan(vitrine, event, fact)
        updates = apply_fact(order=order, event=event, fact=fact, now=now)
        return EventAnswer(event, tuple(updates))


def _first_outcome(vitrine: Vitrine, fact: EventFact, number: str) -> EventAnswer | None:
    first = Event.objects.filter(vitrine=vitrine, external_id=fact.event_id).first()
    if first is None:
        return None
    if first.kind != fact.kind or first.order_number != number:
        raise EventIdReused(first)
    return EventAnswer(first, tuple(first.status_updates.order_by("id")), duplicate=True)


def _keep_orphan(vitrine: Vitrine, event: Event, fact: EventFact) -> EventAnswer:
    if fact.kind is EventKind.INVOICED and fact.invoice is not None:
        store_invoice(
            vitrine=vitrine, order=None, order_number=event.order_number, told=fact.invoice
        )
    event.outcome = EventOutcome.ORPHAN
    event.save()
    return EventAnswer(event)


def _adopted_meanwhile(
    vitrine: Vitrine, raw_number: str, answer: EventAnswer, now: datetime
) -> EventAnswer:
    """The order may have been stored while the orphan was: neither transaction saw the other."""
    with transaction.atomic():
        order = lock_order(vitrine, raw_number)
        if order is None:
            return answer
        adopt_orphans(order=order, now=now)
    answer.event.refresh_from_db()
    return EventAnswer(answer.event, tuple(answer.event.status_updates.order_by("id")))
