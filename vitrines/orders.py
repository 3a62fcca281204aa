"""What an order is called, and the one place where its status is set."""

from datetime import datetime

from vitrines.models import Order, OrderStatusChange, Vitrine
from vitrines.statuses import StatusDecision


def normalise_number(raw: str, *, prefix: str) -> str:
    """The canonical number: no vitrine prefix (``VT-``), no leading zeros in an all-digit number.

    ``VT-000123``, ``000123`` and ``123`` are one order. Text numbers such as ``v1034-01`` keep
    their form.
    """
    number = raw.strip()
    if prefix and number.upper().startswith(f"{prefix}-".upper()):
        number = number[len(prefix) + 1 :]
    if number.isascii() and number.isdigit():
        number = number.lstrip("0") or "0"
    return number


def find_order(vitrine: Vitrine, raw_number: str) -> Order | None:
    number = normalise_number(raw_number, prefix=vitrine.order_prefix)
    return Order.objects.filter(vitrine=vitrine, number=number).select_related("vitrine").first()


def lock_order(vitrine: Vitrine, raw_number: str) -> Order | None:
    """The order, locked until the transaction ends. On SQLite the transaction itself is the lock
    (``transaction_mode: IMMEDIATE``)."""
    number = normalise_number(raw_number, prefix=vitrine.order_prefix)
    order = (
        Order.objects.select_for_update(of=("self",)).filter(vitrine=vitrine, number=number).first()
    )
    if order is not None:
        order.vitrine = vitrine
    return order


def set_status(
    *,
    order: Order,
    decision: StatusDecision,
    occurred_at: datetime,
    cause: str,
    now: datetime,
) -> OrderStatusChange | None:
    """Apply a decision of ``status_after`` to a locked order; None when nothing changed."""
    if not decision.changed:
        return None
    change = OrderStatusChange.objects.create(
        order=order,
        from_status=order.status,
        to_status=decision.status,
        occurred_at=occurred_at,
        recorded_at=now,
        cause=cause,
    )
    order.status = int(decision.status)
    order.status_at = occurred_at
    order.save(update_fields=["status", "status_at", "updated_at"])
    return change
