"""What can happen to an order in a story, as plain data: the stage plays it."""

from dataclasses import dataclass

from integrations.models import EventKind
from integrations.simulated_store.faults import FaultKind
from vitrines.statuses import OrderStatus


@dataclass(frozen=True)
class Arrives:
    """A shopper buys, and the store hands the order over with its own word for the status."""

    word: str
    payment_type: str = "pix"
    delivery_type: str = "sedex"


@dataclass(frozen=True)
class Erp:
    """The ERP tells a fact that carries nothing else. ``minutes_ago``: it happened before now."""

    kind: EventKind
    minutes_ago: int = 0


@dataclass(frozen=True)
class Invoiced:
    """The ERP invoices the order. Without ``xml``, the note's XML is still to come."""

    xml: bool = True


@dataclass(frozen=True)
class XmlArrives:
    """The authorised NF-e's file comes on its own, through POST invoices."""


@dataclass(frozen=True)
class Tracked:
    """The carrier tells something about one volume; ``volumes`` is how many the order has."""

    code: str
    carrier_event: str = ""
    volume: str = "1"
    volumes: int = 1


@dataclass(frozen=True)
class Maps:
    """A person writes a row of the DE-PARA and saves."""

    status: OrderStatus
    word: str
    also_receives: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoreFails:
    """The store misbehaves for its next requests of this vitrine."""

    kind: FaultKind
    times: int = 1
    message: str = ""
    retry_after: int = 0


@dataclass(frozen=True)
class TimePasses:
    seconds: int


@dataclass(frozen=True)
class Shows:
    """At this moment the store's own page shows ``status``."""

    status: str


Step = Arrives | Erp | Invoiced | XmlArrives | Tracked | Maps | StoreFails | TimePasses | Shows


@dataclass(frozen=True)
class Scene:
    """The life of one order of one vitrine."""

    vitrine: str
    number: str
    title: str
    steps: tuple[Step, ...]
    #: The number of the first step; event ids are made from it.
    first: int = 1
