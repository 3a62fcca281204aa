"""Receives the ERP's events and notes, each once, and any number of them in one transaction."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import transaction

from integrations.intake.adoption import adopt_orphans
from integrations.intake.application import apply_fact, store_invoice
from integrations.intake.checks import checked_fact
from integrations.intake.dossiers import ASKED, Dossier, Ledger, open_dossiers
from integrations.intake.facts import NOTE_EVENT, EventFact, InvalidFact, InvoiceFact
from integrations.intake.nfe import AuthorisedInvoice
from integrations.intake.together import again, each, go_on, only, store_together
from integrations.models import Event, EventKind, EventOutcome, EventSource, StatusUpdate
from vitrines.facts import InvoiceOfAnotherOrder, load_notes
from vitrines.models import Vitrine
from vitrines.orders import is_order_number, lock_orders, normalise_number
from vitrines.statuses import OrderStatus


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


@dataclass(frozen=True)
class _Told:
    """A fact that may be stored, and the canonical number of its order."""

    fact: EventFact
    number: str


def receive_event(
    *,
    vitrine: Vitrine,
    fact: EventFact,
    actor_label: str,
    now: datetime,
    source: EventSource = EventSource.ERP,
) -> EventAnswer:
    """``receive_events`` of one; raises what refuses it."""
    return only(
        receive_events(
            vitrine=vitrine, facts=[fact], actor_label=actor_label, now=now, source=source
        )
    )


def receive_events(
    *,
    vitrine: Vitrine,
    facts: Sequence[EventFact],
    actor_label: str,
    now: datetime,
    source: EventSource = EventSource.ERP,
) -> list[EventAnswer | Exception]:
    """Store events and apply them in their sequence, in one transaction; the same event again
    changes nothing. An answer for each, or what refuses it.

    Two deliveries of one event at once meet at the order's lock or, where there is no order yet,
    at the unique constraint: the second one is rolled back, and tried again it finds the first.
    """
    store = partial(_store, vitrine, source=source, actor_label=actor_label, now=now)
    adopt = partial(_adopt_meanwhile, vitrine, now=now)
    told = each(facts, lambda fact: _checked(vitrine, fact, now))
    answers = go_on(told, lambda some: store_together(some, store))
    return again(answers, lambda some: store_together(some, adopt), where=_is_orphan)


def receive_invoice(
    *,
    vitrine: Vitrine,
    invoice: AuthorisedInvoice,
    order_number: str,
    actor_label: str,
    now: datetime,
    event_id: str = "",
    source: EventSource = EventSource.ERP,
) -> EventAnswer:
    """An authorised note as an ``invoiced`` event of its own, ``nfe:<key>`` unless it is named.

    The order is the one named by the caller, else the one that the note was already told for,
    else the note's own xPed.
    """
    key = invoice.chave_nfe
    known = None if order_number else load_notes(vitrine, [], keys=[key]).find(key)
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
        event_id=event_id or f"{NOTE_EVENT}{key}",
        kind=EventKind.INVOICED,
        occurred_at=invoice.issued_at,
        invoice=InvoiceFact(
            key=key,
            number=invoice.number,
            series=invoice.series,
            issued_at=invoice.issued_at,
            total=invoice.total,
            xml=invoice.xml,
        ),
    )
    return receive_event(
        vitrine=vitrine, fact=fact, actor_label=actor_label, now=now, source=source
    )


def _checked(vitrine: Vitrine, fact: EventFact, now: datetime) -> _Told:
    fact = checked_fact(fact, now=now)
    number = normalise_number(fact.order_number, prefix=vitrine.order_prefix)
    if not number:
        raise InvalidFact({"order_number": "Informe o número do pedido, além do prefixo."})
    return _Told(fact, number)


@transaction.atomic
def _store(
    vitrine: Vitrine,
    told: Sequence[_Told],
    *,
    source: EventSource,
    actor_label: str,
    now: datetime,
) -> list[EventAnswer | Exception]:
    """The orders are locked before anything is looked up about them."""
    facts = [one.fact for one in told]
    orders = lock_orders(vitrine, {fact.order_number for fact in facts}, fields=ASKED)
    ledger = Ledger(vitrine)
    dossiers = open_dossiers(ledger, orders.values(), facts)
    firsts = _first_events(vitrine, {fact.event_id for fact in facts})
    answers: list[EventAnswer | Exception] = []
    for one in told:
        first = firsts.get(one.fact.event_id)
        if first is not None:
            answers.append(_first_outcome(first, one))
            continue
        order = orders.get(one.fact.order_number)
        dossier = None if order is None else dossiers[order.pk]
        event = _event(vitrine, one, source, actor_label, now)
        try:
            updates = _take(ledger, dossier, event, one.fact, now)
        except InvoiceOfAnotherOrder as refusal:
            answers.append(refusal)
        else:
            firsts[one.fact.event_id] = event
            answers.append(EventAnswer(event, tuple(updates)))
    ledger.write()
    return _with_first_updates(answers)


def _first_events(vitrine: Vitrine, event_ids: Collection[str]) -> dict[str, Event]:
    """The events of these ids that were stored before."""
    known = Event.objects.filter(vitrine=vitrine).exclude(external_id="")  # as the index has it
    found = known.filter(external_id__in=event_ids)
    return {event.external_id: event for event in found}


def _first_outcome(first: Event, again: _Told) -> EventAnswer | EventIdReused:
    if first.kind != again.fact.kind or first.order_number != again.number:
        return EventIdReused(first)
    return EventAnswer(first, duplicate=True)


def _with_first_updates(answers: list[EventAnswer | Exception]) -> list[EventAnswer | Exception]:
    """A repeat is answered with the updates of the first, as they are once all is written."""
    repeats = [a.event for a in answers if isinstance(a, EventAnswer) and a.duplicate]
    updates = _updates_of(repeats)
    return [
        replace(answer, updates=updates[answer.event.pk])
        if isinstance(answer, EventAnswer) and answer.duplicate
        else answer
        for answer in answers
    ]


def _event(
    vitrine: Vitrine, told: _Told, source: EventSource, actor_label: str, now: datetime
) -> Event:
    return Event(
        vitrine=vitrine,
        source=source,
        external_id=told.fact.event_id,
        kind=told.fact.kind,
        order_number=told.number,
        occurred_at=told.fact.occurred_at,
        received_at=now,
        payload=told.fact.as_payload(),
        actor_label=actor_label,
    )


def _take(
    ledger: Ledger, dossier: Dossier | None, event: Event, fact: EventFact, now: datetime
) -> list[StatusUpdate]:
    """Apply the event to its order, or keep it as an orphan until the order comes."""
    if dossier is not None:
        return apply_fact(dossier=dossier, event=event, fact=fact, now=now)
    if fact.kind is EventKind.INVOICED and fact.invoice is not None:
        store_invoice(
            notes=ledger.notes, order=None, order_number=event.order_number, told=fact.invoice
        )
    event.outcome = EventOutcome.ORPHAN
    ledger.put_event(event)
    return []


def _is_orphan(answer: EventAnswer) -> bool:
    """An event that is told again, too: whoever was to adopt it may have died before that."""
    return answer.event.outcome == EventOutcome.ORPHAN


@transaction.atomic
def _adopt_meanwhile(
    vitrine: Vitrine, answers: Sequence[EventAnswer], *, now: datetime
) -> Sequence[EventAnswer]:
    """An order may have been stored while its orphan was: neither transaction saw the other.
    Whichever ends last adopts (see also ``orders``)."""
    events = [answer.event for answer in answers]
    orders = lock_orders(vitrine, {event.order_number for event in events}, fields=ASKED)
    if not orders:
        return answers
    adopt_orphans(vitrine=vitrine, orders=list(orders.values()), now=now)
    found = Event.objects.in_bulk([event.pk for event in events])
    updates = _updates_of(events)
    return [
        replace(answer, event=found[answer.event.pk], updates=updates[answer.event.pk])
        for answer in answers
    ]


def _updates_of(events: Sequence[Event]) -> dict[int, tuple[StatusUpdate, ...]]:
    """The updates that each event caused, by the event's key."""
    updates: dict[int | None, list[StatusUpdate]] = defaultdict(list)
    if events:
        for update in StatusUpdate.objects.filter(event__in=events).order_by("id"):
            updates[update.event_id].append(update)
    return {event.pk: tuple(updates[event.pk]) for event in events}
