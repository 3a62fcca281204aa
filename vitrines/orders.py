"""What an order is called, and the one place where its status is set."""

from collections.abc import Collection
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
    orders = Order.objects.select_related("vitrine")
    return _by_number(orders, vitrine, [raw_number]).get(raw_number)


def lock_orders(
    vitrine: Vitrine, raw_numbers: Collection[str], *, fields: Collection[str] = ()
) -> dict[str, Order]:
    """The orders that there are, by their number as it was told, locked until the transaction ends;
    of a few ``fields`` only, if these are all that is asked of them.

    All in one query and by their keys, as whoever else locks several orders does
    (``delivery.recording``): two of them may wait for each other, and never each for the other.
    On SQLite the transaction itself is the lock (``transaction_mode: IMMEDIATE``).
    """
    orders = Order.objects.select_for_update(of=("self",)).order_by("pk")
    if fields:
        orders = orders.only("vitrine", "number", *fields)
    found = _by_number(orders, vitrine, raw_numbers)
    for order in found.values():
        order.vitrine = vitrine
    return found


def _by_number(
    orders: QuerySet[Order], vitrine: Vitrine, raw_numbers: Collection[str]
) -> dict[str, Order]:
    """By the canonical number; an order from before the vitrine had its prefix, as it was told."""
    told = {raw: raw.strip() for raw in raw_numbers}
    canonical = {raw: normalise_number(raw, prefix=vitrine.order_prefix) for raw in raw_numbers}
    numbers = {*told.values(), *canonical.values()}
    of_number = {
        order.number: order for order in orders.filter(vitrine=vitrine, number__in=numbers)
    }
    found = {raw: of_number.get(told[raw]) or of_number.get(canonical[raw]) for raw in raw_numbers}
    return {raw: order for raw, order in found.items() if order is not None}


def set_status(
    *,
    order: Order,
    decision: StatusDecision,
    occurred_at: datetime,
    cause: str,
    now: datetime,
) -> OrderStatusChange | None:
    """Apply a decision of ``status_after`` to a locked order; None when nothing changed.

    Order and step are the caller's to write.
    """
    if not decision.changed:
        return None
    change = OrderStatusChange(
        order=order,
        from_status=order.status,
        to_status=int(decision.status),
        occurred_at=occurred_at,
        recorded_at=now,
        cause=cause,
    )
    order.status = int(decision.status)
    order.status_at = occurred_at
    return change
