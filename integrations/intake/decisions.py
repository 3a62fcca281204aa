"""Which status a fact of the ERP means. Plain values in, a value out."""

from datetime import datetime

from integrations.models import EventKind, EventOutcome
from vitrines.statuses import OrderStatus, StatusDecision, Verdict, status_after

STATUS_OF_KIND: dict[EventKind, OrderStatus] = {
    EventKind.PAYMENT_CONFIRMED: OrderStatus.PAGAMENTO_CONFIRMADO,
    EventKind.RESERVED: OrderStatus.EM_PREPARACAO,
    EventKind.INVOICED: OrderStatus.DESPACHADO,
    EventKind.BOARDED: OrderStatus.EMBARCADO,
    EventKind.DELIVERED: OrderStatus.ENTREGUE,
    EventKind.CANCELLED: OrderStatus.CANCELADO,
    EventKind.PROBLEM: OrderStatus.PROBLEMAS,
    EventKind.INVOICE_CANCELLED: OrderStatus.PROBLEMAS,
}

#: What a carrier's event means; None tells the tracking and leaves the status as it is.
STATUS_OF_CARRIER_EVENT: dict[str, OrderStatus | None] = {
    "posted": OrderStatus.EMBARCADO,
    "in_transit": OrderStatus.EMBARCADO,
    "out_for_delivery": OrderStatus.EMBARCADO,
    "delivered": OrderStatus.ENTREGUE,
    "exception": OrderStatus.PROBLEMAS,
    "returned": OrderStatus.PROBLEMAS,
    "attempt_failed": None,
    "available_for_pickup": None,
}

OUTCOME_OF_VERDICT: dict[Verdict, EventOutcome] = {
    Verdict.CHANGED: EventOutcome.STATUS_CHANGED,
    Verdict.UNCHANGED: EventOutcome.STATUS_UNCHANGED,
    Verdict.LATE: EventOutcome.LATE,
}


def status_meant(kind: EventKind, carrier_event: str) -> OrderStatus | None:
    """The status that a fact means by itself, before the order's other facts are looked at.

    Only kind ``tracking`` is read by its carrier event; every other kind says its status itself.
    """
    if kind is EventKind.TRACKING:
        return STATUS_OF_CARRIER_EVENT.get(carrier_event)
    return STATUS_OF_KIND[kind]


def decide_status(
    *,
    current: OrderStatus | None,
    current_at: datetime | None,
    volume_seen_at: datetime | None,
    target: OrderStatus,
    occurred_at: datetime,
) -> StatusDecision:
    """``status_after``, where a volume's later event also makes a fact about it an older one.

    A repeated "em trânsito" leaves the order's own time alone, yet an exception that happened
    before it must not bring the order to Problemas.
    """
    times = [at for at in (current_at, volume_seen_at) if at is not None]
    return status_after(
        current, target, current_at=max(times, default=None), occurred_at=occurred_at
    )


def late(current: OrderStatus | None, target: OrderStatus) -> StatusDecision:
    """The decision for a fact that is known to be overtaken, whatever the clocks say."""
    return StatusDecision(target if current is None else current, Verdict.LATE)
