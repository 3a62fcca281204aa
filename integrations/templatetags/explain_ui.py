"""How the pages about orders and updates show requests, causes and the DE-PARA."""

from typing import Any

from django import template

from integrations.explaining.timeline import told
from integrations.pretty import pretty
from integrations.wording import invoice_name
from vitrines.models import Invoice
from vitrines.statuses import OrderStatus

register = template.Library()

register.filter("pretty", pretty)
register.filter("told", told)

_STATUS_TONES = {
    OrderStatus.CANCELADO: "bad",
    OrderStatus.PROBLEMAS: "warn",
}


@register.filter
def status_tone(status: int | None) -> str:
    """The class of a status badge: only what went wrong stands out."""
    return "" if status is None else _STATUS_TONES.get(OrderStatus(status), "")


@register.filter
def invoice_label(note: Invoice) -> str:
    return invoice_name(note.number, note.series)


@register.filter
def allowed(user: Any, permission: str) -> bool:
    return not permission or user.has_perm(permission)


@register.filter
def header_lines(headers: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())
