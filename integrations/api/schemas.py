"""The shape of what the API takes and gives. Unknown keys are refused by name."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from integrations.addresses import NOT_AN_ADDRESS, is_web_address
from integrations.api.wording import EXAMPLE_TIME, WHEN
from integrations.intake.facts import (
    NOTE_EVENT,
    SCREEN_EVENT,
    EventFact,
    InvoiceFact,
    OrderIntake,
    TrackingFact,
)
from integrations.models import EventKind
from vitrines.orders import NUMBER_LENGTH, is_order_number

MAX_BATCH = 500
#: How ``POST invoices`` and the screens name their own events.
RESERVED_EVENT_IDS = (NOTE_EVENT, SCREEN_EVENT)
#: Unicode's category Cc.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*", re.ASCII)


def _plain_text(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("Contém caractere de controle; envie só texto.")
    return text


def _written_time(value: Any) -> Any:
    """Numbers and dates alone are refused: they would be read as an instant nobody meant."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not ISO_TIME.fullmatch(value):
        raise ValueError(WHEN)
    return value


def _not_a_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("Deve ser um número, não verdadeiro ou falso.")
    return value


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _none_as_empty(value: Any) -> Any:
    return "" if value is None else value


def _empty_as_none(value: Any) -> Any:
    return None if value == "" else value


def _web_address(url: str) -> str:
    if url and not is_web_address(url):
        raise ValueError(NOT_AN_ADDRESS)
    return url


def _free_event_id(event_id: str) -> str:
    for reserved in RESERVED_EVENT_IDS:
        if event_id.lower().startswith(reserved):
            raise ValueError(f"O começo {reserved} é reservado; use outro event_id.")
    return event_id


def _openable_number(number: str) -> str:
    if number and not is_order_number(number):
        raise ValueError("Contém caractere invisível ou um trecho . ou ..; confira o número.")
    return number


def _text(max_length: int) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=max_length)


def _optional(max_length: int) -> Any:
    return StringConstraints(strip_whitespace=True, max_length=max_length)


Plain = AfterValidator(_plain_text)
Empty = BeforeValidator(_none_as_empty)
VitrineCode = Annotated[str, _text(20), Plain]
Openable = AfterValidator(_openable_number)
OrderNumber = Annotated[str, _text(NUMBER_LENGTH), Plain, Openable, Field(examples=["VT-12345"])]
Word = Annotated[str, _text(120), Plain]
OptionalWord = Annotated[str, _optional(120), Plain, Empty]
When = Annotated[AwareDatetime, BeforeValidator(_written_time), Field(examples=[EXAMPLE_TIME])]
Money = Annotated[
    Decimal, BeforeValidator(_not_a_bool), Field(ge=0, max_digits=14, decimal_places=2)
]
Kind = Literal[
    "payment_confirmed",
    "reserved",
    "invoiced",
    "boarded",
    "tracking",
    "delivered",
    "cancelled",
    "problem",
    "invoice_cancelled",
]
CarrierEvent = Literal[
    "posted",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "exception",
    "returned",
    "attempt_failed",
    "available_for_pickup",
]


class Incoming(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OrderIn(Incoming):
    """One order as the store tells it."""

    vitrine: VitrineCode
    number: OrderNumber
    platform_id: OptionalWord = ""
    platform_status: Word
    placed_at: When
    total: Money | None = None
    payment_type: OptionalWord = ""
    delivery_type: OptionalWord = ""

    def as_intake(self) -> OrderIntake:
        return OrderIntake(**self.model_dump(exclude={"vitrine"}))


class InvoiceIn(Incoming):
    """For ``invoiced`` every field but ``xml``; for ``invoice_cancelled`` the key is enough."""

    key: Annotated[str, _text(44), Plain]
    number: Annotated[int, BeforeValidator(_not_a_bool), Field(ge=1, le=999_999_999)] | None = None
    series: Annotated[int, BeforeValidator(_not_a_bool), Field(ge=0, le=999)] | None = None
    issued_at: When | None = None
    total: Money | None = None
    #: The authorised nfeProc as text.
    xml: str | None = None

    def as_fact(self) -> InvoiceFact:
        xml = (self.xml or "").encode()
        return InvoiceFact(**self.model_dump(exclude={"xml"}), xml=xml)


class TrackingIn(Incoming):
    """``code`` or ``url`` is needed; ``volumes`` is how many volumes the order has."""

    code: Annotated[str, _optional(60), Plain, Empty] = ""
    carrier: Annotated[str, _optional(80), Plain, Empty] = ""
    url: Annotated[str, _optional(500), Plain, AfterValidator(_web_address), Empty] = ""
    volume: Annotated[str, _optional(20), Plain, BeforeValidator(_number_as_text), Empty] = ""
    volumes: Annotated[int, BeforeValidator(_not_a_bool), Field(ge=1, le=999)] | None = None
    carrier_event: Annotated[CarrierEvent | None, BeforeValidator(_empty_as_none)] = None
    description: Annotated[str, _optional(300), Plain, Empty] = ""

    def as_fact(self) -> TrackingFact:
        told = self.model_dump(exclude={"carrier_event"})
        return TrackingFact(**told, carrier_event=self.carrier_event or "")


class EventIn(Incoming):
    """One fact of the ERP about one order."""

    vitrine: VitrineCode
    order_number: OrderNumber
    event_id: Annotated[Word, AfterValidator(_free_event_id)]
    kind: Kind
    occurred_at: When
    invoice: InvoiceIn | None = None
    tracking: TrackingIn | None = None

    def as_fact(self) -> EventFact:
        return EventFact(
            order_number=self.order_number,
            event_id=self.event_id,
            kind=EventKind(self.kind),
            occurred_at=self.occurred_at,
            invoice=self.invoice.as_fact() if self.invoice else None,
            tracking=self.tracking.as_fact() if self.tracking else None,
        )


class BatchIn(Incoming):
    """Items are looked at one by one, so that a bad one spoils no other."""

    items: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH)]


class OrderBatchIn(Incoming):
    """How ``POST orders/batch`` is documented."""

    items: Annotated[list[OrderIn], Field(min_length=1, max_length=MAX_BATCH)]


class EventBatchIn(Incoming):
    """How ``POST events/batch`` is documented."""

    items: Annotated[list[EventIn], Field(min_length=1, max_length=MAX_BATCH)]


class InvoiceQuery(Incoming):
    vitrine: VitrineCode
    order: Annotated[str, _optional(NUMBER_LENGTH), Plain, Openable] = ""


class ErrorOut(BaseModel):
    code: str
    message: str
    fields: dict[str, str]


class StatusOut(BaseModel):
    code: Annotated[int, Field(examples=[3])]
    label: Annotated[str, Field(examples=["Despachado"])]


class OrderOut(BaseModel):
    number: str
    inclusion: Literal["included", "not_included", "held"]
    status: StatusOut | None
    reason: Literal["default", "forced", "cancelled", "inactive", "unmapped"]
    duplicate: bool


class UpdateOut(BaseModel):
    id: int
    channel: str | None
    state: str
    reason: str | None


class EventOut(BaseModel):
    event_id: str
    outcome: str
    status: StatusOut | None
    duplicate: bool
    updates: list[UpdateOut]


class BatchItemOut(BaseModel):
    """Besides these two, the answer to the item or its error, as if it had been sent alone."""

    model_config = ConfigDict(extra="allow")
    index: int
    status_code: int


class BatchOut(BaseModel):
    items: list[BatchItemOut]


class ExplanationOut(BaseModel):
    """Why the order's status is what it is: the answer of the order's page."""

    model_config = ConfigDict(extra="allow")
    vitrine: str
    number: str
    expected: StatusOut | None
    accepted: dict[str, Any] | None
    cause: str
    sentence: str
    action: dict[str, Any]
    timeline: list[dict[str, Any]]
