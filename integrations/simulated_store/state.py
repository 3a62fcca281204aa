"""What the store remembers: its orders, what it was told about each, and when."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

#: The oldest orders are forgotten beyond this many, so that a long run cannot fill the memory.
MAX_ORDERS = 20_000
MAX_HISTORY = 100


@dataclass(frozen=True)
class ToldInvoice:
    number: str
    series: str
    key: str
    #: The NF-e XML itself came along, and the rest was read from it.
    with_xml: bool


@dataclass(frozen=True)
class ToldTracking:
    volume: str
    code: str
    carrier: str
    url: str
    delivered: bool

    @property
    def identity(self) -> tuple[str, str]:
        return self.volume, self.code or self.url


@dataclass(frozen=True)
class Told:
    """What one request of a platform's dialect says, in the store's own words."""

    shop: str
    order_id: str
    endpoint: str
    status: str = ""
    #: The number the shopper sees, where a dialect tells it beside the id.
    number: str = ""
    invoice: ToldInvoice | None = None
    trackings: tuple[ToldTracking, ...] = ()
    #: Further ids of the platform, such as Linx Commerce's two EZ Core ids.
    extras: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class HistoryEntry:
    at: datetime
    endpoint: str
    idempotency_key: str
    #: applied | repeated | failed
    outcome: str
    changes: tuple[str, ...]


@dataclass
class StoreOrder:
    shop: str
    order_id: str
    status: str = ""
    #: The number the shopper sees, if the store knows it.
    number: str = ""
    #: One entry an invoice key (or number), in the order in which they came.
    invoices: dict[str, ToldInvoice] = field(default_factory=dict)
    #: One entry a volume and code, so that a second volume never overwrites the first.
    trackings: dict[tuple[str, str], ToldTracking] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    history: list[HistoryEntry] = field(default_factory=list)
    repeated: int = 0
    told_at: datetime | None = None

    def add_invoice(self, invoice: ToldInvoice) -> bool:
        """Keep an invoice; False if it was known just so."""
        identity = invoice.key or invoice.number
        known = self.invoices.get(identity)
        self.invoices[identity] = invoice
        return known != invoice

    def add_tracking(self, tracking: ToldTracking) -> bool:
        """Keep a tracking; False if it was known just so."""
        known = self.trackings.get(tracking.identity)
        self.trackings[tracking.identity] = tracking
        return known != tracking

    def as_dict(self) -> dict[str, Any]:
        return {
            "shop": self.shop,
            "order": self.order_id,
            "number": self.number,
            "status": self.status,
            "invoices": [asdict(invoice) for invoice in self.invoices.values()],
            "trackings": [asdict(tracking) for tracking in self.trackings.values()],
            "extras": dict(self.extras),
            "repeated": self.repeated,
            "told_at": self.told_at.isoformat() if self.told_at else None,
            "history": [
                {**asdict(entry), "at": entry.at.isoformat(), "changes": list(entry.changes)}
                for entry in self.history
            ],
        }


class StoreState:
    """The store's memory. Every method may be called from any thread."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._orders: OrderedDict[tuple[str, str], StoreOrder] = OrderedDict()
        self._applied_keys: set[tuple[str, str]] = set()

    def place(self, *, shop: str, order_id: str, status: str, number: str = "") -> None:
        """A shopper buys: the order exists in the store before anybody tells anything about it."""
        with self._lock:
            order = self._order(shop, order_id)
            order.status = status
            order.number = number or order.number
            self._log(order, "loja", "", "applied", (f"pedido feito na loja: {status}",))

    def apply(self, told: Told, *, key: str) -> bool:
        """Believe what was told; False if this Idempotency-Key was believed before.

        A repeated key changes nothing but the count of repetitions.
        """
        with self._lock:
            order = self._order(told.shop, told.order_id)
            if key and (told.shop, key) in self._applied_keys:
                order.repeated += 1
                self._log(order, told.endpoint, key, "repeated", ())
                return False
            order.number = told.number or order.number
            changes = _apply(order, told)
            if key:
                self._applied_keys.add((told.shop, key))
            self._log(order, told.endpoint, key, "applied", changes or ("nada mudou",))
            return True

    def note_failure(self, told: Told, *, key: str, what: str) -> None:
        """The store misbehaved: nothing was believed, but its owner can see that it was asked."""
        with self._lock:
            order = self._order(told.shop, told.order_id)
            self._log(order, told.endpoint, key, "failed", (what,))

    def orders(self) -> list[dict[str, Any]]:
        """All orders, the one told last first."""
        with self._lock:
            return [order.as_dict() for order in reversed(self._orders.values())]

    def order(self, shop: str, order_id: str) -> dict[str, Any] | None:
        with self._lock:
            order = self._orders.get((shop, order_id))
            return order.as_dict() if order else None

    def remember(self, orders: list[dict[str, Any]]) -> None:
        """Take back what ``orders`` gave, so that a store may outlive its process."""
        with self._lock:
            for data in reversed(orders):
                order = _order_from(data)
                self._orders[order.shop, order.order_id] = order
                self._applied_keys |= {
                    (order.shop, entry.idempotency_key)
                    for entry in order.history
                    if entry.idempotency_key and entry.outcome == "applied"
                }

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()
            self._applied_keys.clear()

    def _order(self, shop: str, order_id: str) -> StoreOrder:
        order = self._orders.setdefault((shop, order_id), StoreOrder(shop, order_id))
        self._orders.move_to_end((shop, order_id))
        while len(self._orders) > MAX_ORDERS:
            self._orders.popitem(last=False)
        return order

    def _log(
        self, order: StoreOrder, endpoint: str, key: str, outcome: str, changes: tuple[str, ...]
    ) -> None:
        order.told_at = self._clock()
        order.history.append(HistoryEntry(order.told_at, endpoint, key, outcome, changes))
        del order.history[:-MAX_HISTORY]


def _order_from(data: dict[str, Any]) -> StoreOrder:
    order = StoreOrder(data["shop"], data["order"], data["status"], data["number"])
    order.repeated = data["repeated"]
    for invoice in data["invoices"]:
        order.add_invoice(ToldInvoice(**invoice))
    for tracking in data["trackings"]:
        order.add_tracking(ToldTracking(**tracking))
    order.extras = dict(data["extras"])
    order.history = [
        HistoryEntry(
            **entry
            | {"at": datetime.fromisoformat(entry["at"]), "changes": tuple(entry["changes"])}
        )
        for entry in data["history"]
    ]
    order.told_at = order.history[-1].at if order.history else None
    return order


def _apply(order: StoreOrder, told: Told) -> tuple[str, ...]:
    """Change ``order`` as told and say in Portuguese what changed."""
    changes = []
    if told.status and told.status != order.status:
        changes.append(f"status: {order.status or '—'} → {told.status}")
        order.status = told.status
    if told.invoice and order.add_invoice(told.invoice):
        changes.append(_invoice_change(told.invoice))
    changes += [
        _tracking_change(tracking) for tracking in told.trackings if order.add_tracking(tracking)
    ]
    for name, value in told.extras:
        if order.extras.get(name) != value:
            changes.append(f"{name}: {value}")
            order.extras[name] = value
    return tuple(changes)


def _invoice_change(invoice: ToldInvoice) -> str:
    how = "com o XML" if invoice.with_xml else "sem o XML"
    return f"nota {invoice.number or invoice.key}, {how}"


def _tracking_change(tracking: ToldTracking) -> str:
    label = tracking.code or tracking.url
    end = ": entregue" if tracking.delivered else ""
    what = f"rastreio do volume {tracking.volume}" if tracking.volume else "rastreio"
    return f"{what}: {label}{end}"
