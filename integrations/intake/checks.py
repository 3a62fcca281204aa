"""What a fact must say before it is stored, beyond the shape that the API's schemas hold."""

from dataclasses import replace
from datetime import datetime

from integrations.intake.decisions import STATUS_OF_CARRIER_EVENT
from integrations.intake.facts import (
    EventFact,
    InvalidFact,
    InvoiceFact,
    TrackingFact,
    refuse_impossible_times,
)
from integrations.intake.nfe import InvalidInvoice, parse_authorised_nfe, read_key
from integrations.models import EventKind

KINDS_WITH_INVOICE = (EventKind.INVOICED, EventKind.INVOICE_CANCELLED)
#: Kinds that may bring a tracking, and the carrier events that do not contradict them.
CARRIER_EVENTS_OF_KIND: dict[EventKind, tuple[str, ...]] = {
    EventKind.TRACKING: tuple(STATUS_OF_CARRIER_EVENT),
    EventKind.BOARDED: ("posted", "in_transit", "out_for_delivery"),
    EventKind.DELIVERED: ("delivered",),
    EventKind.PROBLEM: ("exception", "returned", "attempt_failed"),
    EventKind.INVOICED: (),
}
#: What these kinds say about their volume without a carrier event of their own.
CARRIER_EVENT_SAID_BY_KIND = {
    EventKind.DELIVERED: "delivered",
    EventKind.PROBLEM: "exception",
}
#: Kinds about a volume that may be known already: its number alone tells which.
KINDS_OF_A_KNOWN_VOLUME = (EventKind.DELIVERED, EventKind.PROBLEM)
TOLD_WITH_A_NOTE = ("number", "series", "issued_at", "total")


def checked_fact(fact: EventFact, *, now: datetime) -> EventFact:
    """The fact, with what its XML says put in place of what was told; raises ``InvalidFact``."""
    fact = replace(fact, kind=EventKind(fact.kind))
    refuse_impossible_times(
        {
            "occurred_at": fact.occurred_at,
            "invoice.issued_at": fact.invoice.issued_at if fact.invoice else None,
        },
        now=now,
    )
    problems = _invoice_problems(fact) | _tracking_problems(fact)
    if problems:
        raise InvalidFact(problems)
    if fact.invoice and fact.invoice.xml:
        fact = replace(fact, invoice=_read_from_xml(fact.invoice))
    said = CARRIER_EVENT_SAID_BY_KIND.get(fact.kind)
    if fact.tracking and said and not fact.tracking.carrier_event:
        fact = replace(fact, tracking=replace(fact.tracking, carrier_event=said))
    return fact


def _invoice_problems(fact: EventFact) -> dict[str, str]:
    invoice = fact.invoice
    if invoice is None:
        if fact.kind is EventKind.INVOICED:
            return {"invoice": "Um evento invoiced traz a nota: informe invoice."}
        return {}
    if fact.kind not in KINDS_WITH_INVOICE:
        return {"invoice": f"Um evento {fact.kind} não traz nota; use kind = invoiced."}
    if fact.kind is EventKind.INVOICED:
        missing = [name for name in TOLD_WITH_A_NOTE if getattr(invoice, name) is None]
        if missing:
            return {
                f"invoice.{name}": "Campo obrigatório em um evento invoiced." for name in missing
            }
    return _key_problems(invoice)


def _key_problems(invoice: InvoiceFact) -> dict[str, str]:
    try:
        key = read_key(invoice.key, field="invoice.key")
    except InvalidInvoice as error:
        return {error.field: error.message}
    told = {"number": key.number, "series": key.series}
    return {
        f"invoice.{name}": f"Difere da chave de acesso, que diz {in_key}."
        for name, in_key in told.items()
        if getattr(invoice, name) not in (None, in_key)
    }


def _tracking_problems(fact: EventFact) -> dict[str, str]:
    tracking = fact.tracking
    if tracking is None:
        if fact.kind is EventKind.TRACKING:
            return {"tracking": "Um evento tracking traz o rastreio: informe tracking."}
        return {}
    allowed = CARRIER_EVENTS_OF_KIND.get(fact.kind)
    if allowed is None:
        return {"tracking": f"Um evento {fact.kind} não traz rastreio; use kind = tracking."}
    if tracking.carrier_event and tracking.carrier_event not in allowed:
        return {
            "tracking.carrier_event": f"Não combina com kind = {fact.kind}. "
            f"Aceitos: {', '.join(allowed) or 'nenhum'}."
        }
    return _identity_problems(fact.kind, tracking)


def _identity_problems(kind: EventKind, tracking: TrackingFact) -> dict[str, str]:
    known_volume = kind in KINDS_OF_A_KNOWN_VOLUME and tracking.volume
    if tracking.code or tracking.url or known_volume:
        return {}
    return {"tracking.code": "Informe o código de rastreio ou o endereço (url)."}


def _read_from_xml(invoice: InvoiceFact) -> InvoiceFact:
    try:
        note = parse_authorised_nfe(invoice.xml)
    except InvalidInvoice as error:
        raise InvalidFact({"invoice.xml": f"{error.field}: {error.message}"}) from error
    if note.chave_nfe != invoice.key:
        raise InvalidFact({"invoice.xml": f"O XML é da nota {note.chave_nfe}, não de invoice.key."})
    return InvoiceFact(
        key=note.chave_nfe,
        number=note.number,
        series=note.series,
        issued_at=note.issued_at,
        total=note.total,
        xml=note.xml,
    )
