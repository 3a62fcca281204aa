"""The facts about an order: its notes and its volumes. Called with the order locked."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from vitrines.models import Invoice, Order, Tracking, Vitrine


class InvoiceOfAnotherOrder(Exception):
    """The note was not stored: its key already belongs to another order of the vitrine."""

    def __init__(self, *, chave_nfe: str, order_number: str) -> None:
        self.chave_nfe = chave_nfe
        self.order_number = order_number
        super().__init__(f"A nota {chave_nfe} já pertence ao pedido {order_number}.")


@dataclass(frozen=True)
class TrackingRecord:
    tracking: Tracking
    #: When the volume's last event known until now happened; None for a new volume.
    previous_at: datetime | None
    #: There is something in it that the row did not say before.
    news: bool


@dataclass(frozen=True)
class VolumeCount:
    delivered: int
    expected: int

    @property
    def complete(self) -> bool:
        return self.expected > 0 and self.delivered >= self.expected


def record_invoice(
    *,
    vitrine: Vitrine,
    order: Order | None,
    order_number: str,
    chave_nfe: str,
    number: int,
    series: int,
    issued_at: datetime,
    total: Decimal,
    xml: bytes = b"",
) -> Invoice:
    """Store a note once by its key; without an order it is an orphan under ``order_number``.

    The first XML received stays byte for byte, and what it says replaces what was only told. A
    note that was told again without news changes nothing.
    """
    told = {"number": number, "series": series, "issued_at": issued_at, "total": total}
    invoice = Invoice.objects.filter(vitrine=vitrine, chave_nfe=chave_nfe).first()
    if invoice is None:
        return Invoice.objects.create(
            vitrine=vitrine,
            order=order,
            order_number=order_number,
            chave_nfe=chave_nfe,
            xml=xml,
            **told,
        )
    _refuse_other_order(invoice, order_number)
    changed = []
    if invoice.order_id is None and order is not None:
        invoice.order = order
        changed.append("order")
    if xml and not invoice.has_xml:
        invoice.xml = xml
        for name, value in told.items():
            setattr(invoice, name, value)
        changed += ["xml", *told]
    if changed:
        invoice.save(update_fields=changed)
    return invoice


def _refuse_other_order(invoice: Invoice, order_number: str) -> None:
    if invoice.order_number != order_number:
        raise InvoiceOfAnotherOrder(chave_nfe=invoice.chave_nfe, order_number=invoice.order_number)


def find_invoice(vitrine: Vitrine, chave_nfe: str) -> Invoice | None:
    return Invoice.objects.filter(vitrine=vitrine, chave_nfe=chave_nfe).defer("xml").first()


def current_invoice(order: Order) -> Invoice | None:
    """The latest note of the order that was not cancelled."""
    notes = order.invoices.filter(cancelled_at=None).defer("xml")
    return notes.order_by("-issued_at", "-id").first()


def cancel_invoice(*, invoice: Invoice, cancelled_at: datetime) -> None:
    """Mark a note cancelled; the first cancellation known keeps its time."""
    if invoice.cancelled_at is None:
        invoice.cancelled_at = cancelled_at
        invoice.save(update_fields=["cancelled_at"])


def record_tracking(
    *,
    order: Order,
    occurred_at: datetime,
    volume: str = "",
    code: str = "",
    carrier: str = "",
    url: str = "",
    carrier_event: str = "",
    description: str = "",
    delivered: bool = False,
) -> TrackingRecord:
    """Store what is known about one volume.

    ``volume`` empty means that the sender does not number them: the code then tells the volumes
    apart. A row is never overwritten by another volume or by an older event; what it left empty
    is completed.
    """
    rows = list(order.trackings.all())
    tracking = _row_of(rows, volume=volume, code=code, url=url)
    delivered_at = occurred_at if delivered else None
    if tracking is None:
        tracking = Tracking.objects.create(
            order=order,
            volume=volume or _next_volume(rows),
            code=code,
            carrier=carrier,
            url=url,
            carrier_event=carrier_event,
            description=description,
            occurred_at=occurred_at,
            delivered_at=delivered_at,
        )
        return TrackingRecord(tracking, previous_at=None, news=True)
    previous_at = tracking.occurred_at
    changed = _complete(tracking, {"carrier": carrier, "url": url, "code": code})
    if occurred_at >= previous_at:
        changed |= _replace(tracking, {"carrier": carrier, "url": url})
        changed |= _say(tracking, carrier_event, description)
        tracking.occurred_at = occurred_at
    if delivered and tracking.delivered_at is None:
        tracking.delivered_at = delivered_at
        changed = True
    tracking.save()
    return TrackingRecord(tracking, previous_at=previous_at, news=changed)


def _row_of(rows: list[Tracking], *, volume: str, code: str, url: str) -> Tracking | None:
    """The row that a fact speaks of: same code, else the volume's row that has no code yet.

    Without a code, the same address tells the row; without either, it is the volume's last one.
    """
    rows = [row for row in rows if not volume or row.volume == volume]
    if code:
        same = [row for row in rows if row.code == code] or [row for row in rows if not row.code]
    elif url:
        same = [row for row in rows if row.url == url] or [row for row in rows if not row.url]
        same = same or (rows if volume else [])
    else:
        same = rows
    return same[-1] if same else None


def _next_volume(rows: list[Tracking]) -> str:
    taken = {row.volume for row in rows}
    return next(str(n) for n in range(1, len(rows) + 2) if str(n) not in taken)


def _complete(tracking: Tracking, values: dict[str, str]) -> bool:
    return _replace(tracking, {k: v for k, v in values.items() if not getattr(tracking, k)})


def _replace(tracking: Tracking, values: dict[str, str]) -> bool:
    """Set what the fact tells; what it leaves out stays."""
    news = {k: v for k, v in values.items() if v and getattr(tracking, k) != v}
    for name, value in news.items():
        setattr(tracking, name, value)
    return bool(news)


def _say(tracking: Tracking, carrier_event: str, description: str) -> bool:
    """Set the last event with its own words; a description never outlives its event."""
    if not carrier_event and not description:
        return False
    said = (tracking.carrier_event, tracking.description)
    tracking.carrier_event = carrier_event or tracking.carrier_event
    tracking.description = description
    return said != (tracking.carrier_event, description)


def expect_volumes(*, order: Order, count: int) -> None:
    """Remember how many volumes the order has; fewer than already known changes nothing."""
    if count > order.volume_count:
        order.volume_count = count
        order.save(update_fields=["volume_count", "updated_at"])


def deliver_every_volume(*, order: Order, delivered_at: datetime) -> None:
    order.trackings.filter(delivered_at=None).update(
        delivered_at=delivered_at, carrier_event="delivered"
    )


def volumes_delivered(order: Order) -> VolumeCount:
    """How many volumes are delivered, of those known or announced, whichever is more."""
    rows = order.trackings.values_list("volume", "delivered_at")
    known = {volume for volume, _ in rows}
    delivered = {volume for volume, delivered_at in rows if delivered_at is not None}
    return VolumeCount(len(delivered), max(len(known), order.volume_count))


def another_volume_in_trouble(tracking: Tracking) -> bool:
    """Some other volume of the order was last seen with a delivery exception or going back."""
    others = Tracking.objects.filter(
        order=tracking.order_id, carrier_event__in=("exception", "returned"), delivered_at=None
    )
    return others.exclude(volume=tracking.volume).exists()
