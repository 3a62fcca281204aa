"""Where each cause is ended: one way a row, a button for whoever may press it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from integrations.models import ReplayMode, UpdateReason, UpdateState
from integrations.needs_a_person.causes import Cause
from integrations.needs_a_person.counting import news_since
from vitrines.models import Inclusion

May = Callable[[str], bool]


@dataclass(frozen=True)
class _Row:
    """What a row of a cause is of."""

    #: The vitrine's.
    code: str
    now: datetime


_Address = Callable[[_Row], str]


@dataclass(frozen=True)
class Way:
    label: str
    url: str
    #: Whoever asks may end it there; else they may look.
    button: bool


@dataclass(frozen=True)
class _Fix:
    label: str
    url: _Address
    #: What it takes; empty: to see the page is enough.
    permission: str = ""
    #: What the others are offered, at the same page unless said.
    look: str = ""
    look_url: _Address | None = None
    #: What it takes to see the page at all; without it the vitrine's own is left.
    see: str = ""


def way_out(cause: Cause, code: str, *, may: May, now: datetime) -> Way:
    """``may`` says whether the user has a permission; ``code`` is the vitrine's."""
    fix, row = _FIXES[cause], _Row(code, now)
    if not fix.permission or may(fix.permission):
        return Way(fix.label, fix.url(row), button=True)
    if fix.see and not may(fix.see):
        return Way("Ver a vitrine", _vitrine(row), button=False)
    return Way(fix.look, (fix.look_url or fix.url)(row), button=False)


def list_of(cause: Cause, code: str, *, now: datetime) -> str:
    """The list of what a row counts, and of no more; empty where there is none."""
    listed = _LISTS.get(cause)
    return listed(_Row(code, now)) if listed else ""


def _updates(state: UpdateState, reason: UpdateReason | None = None) -> _Address:
    asked = {"state": state.value} | ({"reason": reason.value} if reason else {})
    return lambda row: _with(reverse("update_list"), vitrine=row.code, **asked)


def _orders(inclusion: Inclusion) -> _Address:
    return lambda row: _with(reverse("order_list"), vitrine=row.code, inclusion=inclusion.value)


def _not_included(row: _Row) -> str:
    since = news_since(row.now).isoformat()
    return f"{_orders(Inclusion.NOT_INCLUDED)(row)}&{urlencode({'since': since})}"


def _replay(reason: UpdateReason) -> _Address:
    asked = {"about": "filter", "mode": ReplayMode.RENDER.value}
    chosen = {"state": UpdateState.FAILED.value, "reason": reason.value}
    return lambda row: _with(reverse("replay_new"), **asked, vitrine=row.code, **chosen)


def _with(address: str, **query: str) -> str:
    return f"{address}?{urlencode(query)}"


def _vitrine(row: _Row) -> str:
    return reverse("vitrines:detail", args=[row.code])


def _publishing(row: _Row) -> str:
    return reverse("vitrines:edit", args=[row.code])


def _connection(row: _Row) -> str:
    return reverse("connection", args=[row.code])


def _mapping(row: _Row) -> str:
    return reverse("status_mapping:edit", args=[row.code]) + "#status-de-pedidos"


def _orphans(row: _Row) -> str:
    return _with(reverse("orphan_list"), vitrine=row.code)


def _on_connection(label: str) -> _Fix:
    change, see = "integrations.change_connection", "integrations.view_connection"
    return _Fix(label, _connection, change, "Ver os parâmetros", see=see)


def _on_mapping(label: str) -> _Fix:
    change, see = "status_mapping.change_statusmapping", "status_mapping.view_statusmapping"
    return _Fix(label, _mapping, change, "Ver o DE-PARA", see=see)


_MEND = _on_connection("Corrigir parâmetros")
_MAP = _on_mapping("Mapear status")

_LISTS: dict[Cause, _Address] = {
    Cause.CREDENTIAL: _updates(UpdateState.PENDING),
    Cause.GONE: _updates(UpdateState.PENDING),
    Cause.LANE_CONFIG: _updates(UpdateState.PENDING),
    Cause.PAUSED: _updates(UpdateState.PENDING),
    Cause.REJECTED: _updates(UpdateState.FAILED, UpdateReason.REJECTED),
    Cause.EXHAUSTED: _updates(UpdateState.FAILED, UpdateReason.EXHAUSTED),
    Cause.CONFIG: _updates(UpdateState.FAILED, UpdateReason.CONFIG),
    Cause.CHANNEL: _updates(UpdateState.FAILED, UpdateReason.NOT_OFFERED),
    Cause.DESTINATION: _updates(UpdateState.FAILED, UpdateReason.DESTINATION_REFUSED),
    Cause.UNMAPPED: _updates(UpdateState.HELD, UpdateReason.UNMAPPED),
    Cause.ORDERS_HELD: _orders(Inclusion.HELD),
    Cause.WAITING_XML: _updates(UpdateState.HELD, UpdateReason.WAITING_INVOICE_XML),
    Cause.WAITING_TRACKING: _updates(UpdateState.HELD, UpdateReason.WAITING_TRACKING),
    Cause.UNPUBLISHED: _updates(UpdateState.PENDING),
    Cause.ORPHANS: _orphans,
    Cause.UNWELL: _updates(UpdateState.PENDING),
    Cause.NOT_INCLUDED: _not_included,
}

_FIXES: dict[Cause, _Fix] = {
    Cause.CREDENTIAL: _on_connection("Corrigir credencial"),
    Cause.GONE: _on_connection("Corrigir endereço"),
    Cause.LANE_CONFIG: _MEND,
    Cause.PAUSED: _Fix("Retomar", _vitrine, "integrations.change_lane", "Ver a vitrine"),
    Cause.SILENT: _Fix("Ver a vitrine", _vitrine),
    Cause.REJECTED: _Fix("Ver recusadas", _LISTS[Cause.REJECTED]),
    Cause.EXHAUSTED: _Fix(
        "Reprocessar",
        _replay(UpdateReason.EXHAUSTED),
        "integrations.replay_statusupdate",
        "Ver esgotadas",
        _LISTS[Cause.EXHAUSTED],
    ),
    Cause.CONFIG: _MEND,
    Cause.CHANNEL: _on_mapping("Escolher outro envio"),
    Cause.DESTINATION: _MEND,
    Cause.UNMAPPED: _MAP,
    Cause.ORDERS_HELD: _MAP,
    Cause.WAITING_XML: _Fix("Ver pedidos aguardando XML", _LISTS[Cause.WAITING_XML]),
    Cause.WAITING_TRACKING: _Fix("Ver pedidos aguardando rastreio", _LISTS[Cause.WAITING_TRACKING]),
    Cause.UNPUBLISHED: _Fix(
        "Publicar", _publishing, "vitrines.change_vitrine", "Ver a vitrine", _vitrine
    ),
    Cause.ORPHANS: _Fix("Ver órfãos", _orphans),
    Cause.UNWELL: _Fix("Ver a vitrine", _vitrine),
    Cause.NOT_INCLUDED: _Fix("Ver pedidos não incluídos", _LISTS[Cause.NOT_INCLUDED]),
}
