"""Where the next action of an explanation is done."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from integrations.explaining.causes import Cause, Decision
from integrations.explaining.sentences import ActionCode, Words
from vitrines.models import Order

_ON_THE_MAPPING = (
    ActionCode.MAP_WORD,
    ActionCode.MAP_STATUS,
    ActionCode.ACTIVATE_ROW,
    ActionCode.FORCE_INCLUSION,
    ActionCode.CHOOSE_CHANNEL,
)
#: Told in a form on the order's page, by the form's anchor.
_ON_THE_ORDER = {
    ActionCode.SEND_INVOICE_XML: "nota",
    ActionCode.SEND_TRACKING: "rastreio",
}
#: What a refused sending carried, and may be put right, by its channel: anchor and words.
_CARRIED = {
    "tracking": ("rastreio", "Corrigir o rastreio"),
    "xml": ("nota", "Informar outra nota"),
}
_ENDED_BY_RESUMING = (Cause.AUTH_REFUSED, Cause.LANE_PAUSED)


@dataclass(frozen=True)
class Action:
    code: str
    label: str
    #: The page where it is done; None when it is done outside (in the ERP, by waiting).
    url: str | None = None
    #: What the button of that page posts to; empty when it is a page to work on.
    post_url: str = ""
    #: Who sees it as a button.
    permission: str = ""
    update_id: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "label": self.label, "url": self.url}


def action_for(words: Words, order: Order) -> Action:
    code, label, vitrine = words.action, words.label, order.vitrine.code
    page = _page_for(code, order)
    if page is not None:
        url, permission = page
        return Action(code, label, url, permission=permission)
    if code == ActionCode.RESUME_LANE:
        return Action(
            code,
            label,
            reverse("vitrines:detail", args=[vitrine]),
            reverse("lane_resume", args=[vitrine]),
            "integrations.change_lane",
        )
    if code == ActionCode.RETRY and words.update_id is not None:
        return Action(
            code,
            label,
            reverse("update_detail", args=[words.update_id]),
            reverse("update_retry", args=[words.update_id]),
            "integrations.change_statusupdate",
            words.update_id,
        )
    return Action(code, label, update_id=words.update_id)


def _page_for(code: ActionCode, order: Order) -> tuple[str, str] | None:
    """The page to work on, and who may; None for what one button does, or what is done outside."""
    vitrine = order.vitrine.code
    if code in _ON_THE_ORDER:
        return _form_of(order, _ON_THE_ORDER[code]), "vitrines.correct_order"
    if code in _ON_THE_MAPPING:
        edit = reverse("status_mapping:edit", args=[vitrine])
        return edit, "status_mapping.view_statusmapping"
    if code == ActionCode.FIX_CONNECTION:
        return reverse("connection", args=[vitrine]), "integrations.view_connection"
    if code == ActionCode.PUBLISH:
        return reverse("vitrines:edit", args=[vitrine]), "vitrines.change_vitrine"
    return None


@dataclass(frozen=True)
class Options:
    """What else a person may do here; an empty address means that it cannot be done."""

    update_id: int | None = None
    retry_url: str = ""
    cancel_url: str = ""
    resume_url: str = ""
    decide_url: str = ""
    #: The form where what it carried may be put right.
    correct_url: str = ""
    correct_label: str = ""


def options_for(
    decision: Decision, order: Order, *, paused: bool, row_changed: bool = False
) -> Options:
    """Of an update that waits for another one, it is that other one that can be acted on.

    ``row_changed``: the DE-PARA says something else of it than when it was decided.
    """
    decision = decision.behind or decision
    update = decision.update
    failed = update is not None and update.state == "failed"
    held = update is not None and update.state == "held"
    inactive = update is not None and update.reason == "inactive"
    decidable = failed or ((held or inactive) and row_changed)
    resumable = paused and decision.cause in _ENDED_BY_RESUMING
    pk = update.id if update else None
    anchor, label = _CARRIED.get(update.channel if update and failed else "", ("", ""))
    return Options(
        update_id=pk,
        retry_url=reverse("update_retry", args=[pk]) if failed else "",
        cancel_url=reverse("update_cancel", args=[pk]) if failed or held else "",
        resume_url=reverse("lane_resume", args=[order.vitrine.code]) if resumable else "",
        decide_url=reverse("update_decide", args=[pk]) if decidable else "",
        correct_url=_form_of(order, anchor) if anchor else "",
        correct_label=label,
    )


def _form_of(order: Order, anchor: str) -> str:
    """On the order's page, unfolded."""
    page = reverse("order_detail", args=[order.vitrine.code, order.number])
    return f"{page}?corrigir={anchor}#{anchor}"
