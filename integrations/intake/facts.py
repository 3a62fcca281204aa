"""What the intake is handed: one order of a store, or one event of the ERP, as plain values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from integrations.models import EventKind

#: How far a sender's clock may run ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)
#: Event ids that are given here: to a note by its key, to what a person tells on a screen.
NOTE_EVENT, SCREEN_EVENT = "nfe:", "tela:"
#: Nothing that this system is about happened before; an earlier year is a typing error.
FIRST_YEAR = 2000


class InvalidFact(Exception):
    """Nothing was stored. ``fields`` maps each field to why and how to fix it."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.fields = fields
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in fields.items()))


@dataclass(frozen=True, kw_only=True)
class OrderIntake:
    number: str
    platform_status: str
    placed_at: datetime
    platform_id: str = ""
    total: Decimal | None = None
    payment_type: str = ""
    delivery_type: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceFact:
    """For ``invoiced`` everything but ``xml`` is told; for ``invoice_cancelled`` only the key."""

    key: str
    number: int | None = None
    series: int | None = None
    issued_at: datetime | None = None
    total: Decimal | None = None
    xml: bytes = b""


@dataclass(frozen=True, kw_only=True)
class TrackingFact:
    code: str = ""
    carrier: str = ""
    url: str = ""
    #: Empty when the sender does not number its volumes.
    volume: str = ""
    #: How many volumes the order has, when the sender knows.
    volumes: int | None = None
    carrier_event: str = ""
    description: str = ""
    #: What the volume goes by until now (``str`` of its row), where a person puts that right: what
    #: is told then stands in its place as a whole. The ERP does not say so.
    corrects: str = ""


@dataclass(frozen=True, kw_only=True)
class EventFact:
    order_number: str
    event_id: str
    kind: EventKind
    occurred_at: datetime
    invoice: InvoiceFact | None = None
    tracking: TrackingFact | None = None

    def as_payload(self) -> dict[str, Any]:
        """JSON to keep with the event; the XML is kept with the note instead."""
        payload: dict[str, Any] = {}
        if self.invoice:
            payload["invoice"] = _told(self.invoice, ("key", "number", "series")) | {
                "issued_at": self.invoice.issued_at and self.invoice.issued_at.isoformat(),
                "total": None if self.invoice.total is None else str(self.invoice.total),
                "xml": bool(self.invoice.xml),
            }
        if self.tracking:
            told = _told(self.tracking, tuple(TrackingFact.__annotations__))
            if not self.tracking.corrects:
                del told["corrects"]
            payload["tracking"] = told
        return payload


def _told(fact: InvoiceFact | TrackingFact, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in names}


def fact_from_payload(
    payload: dict[str, Any],
    *,
    order_number: str,
    event_id: str,
    kind: EventKind,
    occurred_at: datetime,
) -> EventFact:
    """The fact again, without its XML, from what ``EventFact.as_payload`` kept."""
    invoice = payload.get("invoice")
    tracking = payload.get("tracking")
    return EventFact(
        order_number=order_number,
        event_id=event_id,
        kind=kind,
        occurred_at=occurred_at,
        invoice=_invoice_again(invoice) if invoice else None,
        tracking=TrackingFact(**tracking) if tracking else None,
    )


def _invoice_again(told: dict[str, Any]) -> InvoiceFact:
    return InvoiceFact(
        key=told["key"],
        number=told["number"],
        series=told["series"],
        issued_at=told["issued_at"] and datetime.fromisoformat(told["issued_at"]),
        total=None if told["total"] is None else Decimal(told["total"]),
    )


def refuse_impossible_times(times: dict[str, datetime | None], *, now: datetime) -> None:
    """Raise ``InvalidFact`` naming each time that lies in the future or before our era."""
    wrong = {}
    for name, at in times.items():
        if at is None:
            continue
        if at.year < FIRST_YEAR:
            wrong[name] = f"O ano {at.year} não é possível. Confira a data."
        elif at > now + CLOCK_SKEW:
            wrong[name] = (
                "A data e hora estão no futuro. Confira o relógio e o fuso de quem envia; "
                "são tolerados 5 minutos."
            )
    if wrong:
        raise InvalidFact(wrong)
