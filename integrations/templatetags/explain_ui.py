"""How the pages about orders and updates show requests, causes and the DE-PARA."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from integrations.curl import Curl, curl_of
from integrations.explaining.timeline import told
from integrations.pretty import pretty
from integrations.wording import ago_at_least as told_ago_at_least
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
def ago_at_least(moment: datetime) -> str:
    return told_ago_at_least(moment, timezone.now())


@register.filter
def invoice_label(note: Invoice) -> str:
    return invoice_name(note.number, note.series)


@register.filter
def allowed(user: Any, permission: str) -> bool:
    return not permission or user.has_perm(permission)


@register.filter
def header_lines(headers: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


@register.filter
def shell_text(command: str) -> SafeString:
    """As ``escape``, and a carriage return by its name: a page would show it as a new line, and
    what is copied would be another command."""
    return mark_safe(escape(command).replace("\r", "&#13;"))  # noqa: S308


@register.filter
def curl(step: Any) -> Curl | None:
    """Of a recorded step, or of nothing."""
    return curl_of(step) if isinstance(step, dict) else None
