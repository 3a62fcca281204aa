"""What an order is called, and the one place where its status is set."""

from datetime import datetime

from django.db.models import QuerySet

from vitrines.models import Order, OrderStatusChange, Vitrine
from vitrines.statuses import StatusDecision

NUMBER_LENGTH = 60


def normalise_number(raw: str, *, prefix: str) -> str:
    """The canonical number: no vitrine prefix (``VT-``), no leading zeros in an all-digit number.

    ``VT-000123``, ``000123`` and ``123`` are one order. Text numbers such as ``v1034-01`` keep
    their form.
    """
    number = raw.strip()
    while prefix and number.upper().startswith(f"{prefix}-".upper()):
        number = number[len(prefix) + 1 :]
    if number.isascii() and number.isdigit():
        number = number.lstrip("0") or "0"
    return number


def is_order_number(text: str) -> bool:
    """Whether a number can be shown, stored and written in an address.

    Invisible characters would make two numbers look alike; a browser takes ``..`` out of an
    address, so the order could not be opened.
    """
    dots = any(segment in (".", "..") for segment in text.split("/"))
    return 0 < len(text) <= NUMBER_LENGTH and text.isprintable() and not dots


def find_order(vitrine: Vitrine, raw_number: str) -> Order | None:
    return _of_number(Order.objects.select_related("vitrine"), vitrine, raw_number)


def lock_order(vitrine: Vitrine, raw_number: str) -> Order | None:
    """The order, locked until the transaction ends. On SQLite the transaction itself is the lock
    (``transaction_mode: IMMEDIATE``)."""
    order = _of_number(Order.objects.select_for_update(of=("self",)), vitrine, raw_number)
    if order is not None:
        order.vitrine = vitrine
    return order


def _of_number(orders: QuerySet[Order], vitrine: Vitrine, raw_number: str) -> Order | None:
    """By the canonical number; an order from before the vitrine had its prefix, as it was told."""
    told = raw_number.strip()
    number = normalise_number(raw_number, prefix=vitrine.order_prefix)
    found = list(orders.filter(vitrine=vitrine, number__in={told, number}))
    return min(found, key=lambda order: order.number != told, default=None)


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
