"""How dates, statuses and form fields look on every page."""

from datetime import datetime
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from integrations import wording
from integrations.models import PauseReason, StatusUpdate, UpdateReason, UpdateState
from vitrines.models import AuditAction, AuditEntry, Vitrine
from vitrines.platforms import (
    PlatformFileError,
    UnknownPlatform,
    all_platforms,
    get_platform,
)
from vitrines.statuses import OrderStatus

register = template.Library()
register.filter("thousands", wording.thousands)

_STATE_CLASSES = {
    UpdateState.PENDING: "wait",
    UpdateState.SENDING: "wait",
    UpdateState.SENT: "ok",
    UpdateState.HELD: "warn",
    UpdateState.FAILED: "bad",
}
#: Reasons that only repeat what the state already says.
_SAID_BY_THE_STATE = {
    UpdateReason.ACCEPTED,
    UpdateReason.REJECTED,
    UpdateReason.SUPERSEDED,
    UpdateReason.CANCELLED,
}


@register.filter
def when(value: datetime | None) -> str:
    return wording.when(value, timezone.now())


@register.filter
def when_exact(value: datetime | None) -> str:
    """With seconds, for a timeline."""
    return wording.when(value, timezone.now(), seconds=True)


@register.filter
def ago(value: datetime) -> str:
    return wording.ago(value, timezone.now())


@register.filter
def status_label(value: int | OrderStatus | None) -> str:
    return "—" if value is None else OrderStatus(value).label


@register.filter
def state_class(update: StatusUpdate) -> str:
    return tone_of_state(update.state)


@register.filter
def tone_of_state(state: str) -> str:
    return _STATE_CLASSES.get(UpdateState(state), "")


@register.filter
def state_label(update: StatusUpdate) -> str:
    """The state; a failure that was not the platform's refusal is not called one."""
    if update.state == UpdateState.FAILED and update.reason != UpdateReason.REJECTED:
        return "Falhou"
    return str(UpdateState(update.state).label)


@register.filter
def reason_beside(update: StatusUpdate) -> str:
    """The reason in words, where it adds something to the state."""
    if not update.reason or update.reason in _SAID_BY_THE_STATE:
        return ""
    # The state has said "Aguardando" already.
    return str(UpdateReason(update.reason).label).removeprefix("aguardando ")


@register.filter
def group_label(user: Any) -> str:
    """The group shown beside the user's name; a superuser belongs to all."""
    if user.is_superuser:
        return "superusuário"
    return ", ".join(group.name for group in user.groups.all())


@register.simple_tag(takes_context=True)
def menu_current(context: template.Context, item: str) -> SafeString:
    """`` aria-current="page"`` on the menu item that holds the page being shown."""
    first = context["request"].path.strip("/").split("/")[0] if "request" in context else ""
    section = {"": "painel", "orfaos": "painel", "buscar": "pedidos"}.get(first, first)
    return mark_safe(' aria-current="page"' if section == item else "")  # noqa: S308


@register.filter
def field_kind(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    return "input"


@register.filter
def options(field: BoundField) -> list[Any]:
    """The single boxes of a field that offers several."""
    field.field.widget.attrs.setdefault("class", "form-check-input")
    return list(field.subwidgets)


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's widget with Bootstrap's class, told as invalid to a screen reader too."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        classes = "form-check-input"
    elif isinstance(widget, forms.Select):
        classes = "form-select form-select-sm"
    else:
        classes = "form-control form-control-sm"
    own = widget.attrs.get("class", "")
    if field.errors:
        classes += " is-invalid"
    attrs: dict[str, str | bool] = {"class": f"{classes} {own}".strip()}
    described = [f"{field.auto_id}_error"] if field.errors else []
    described += [f"{field.auto_id}_helptext"] if field.help_text else []
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.filter
def shows_required(field: BoundField) -> bool:
    """Whether the field is marked as one that must be filled."""
    return field.field.required and not field.field.disabled


@register.filter
def platform_label(name: str) -> str:
    """The platform's label; its bare name when its file is gone, or may be one that has errors."""
    try:
        return get_platform(name).label
    except UnknownPlatform:
        return f"{name} (arquivo ausente)"
    except PlatformFileError:
        return f"{name} (arquivo ausente ou com erro)"


@register.filter
def audit_details(entry: AuditEntry, vitrine: Vitrine | None = None) -> str:
    """What an audit entry adds to its action, in one line. Details never hold a secret."""
    details = entry.details
    match entry.action:
        case AuditAction.VITRINE_CHANGE:
            changes = details.get("changes", {}).items()
            return "; ".join(
                f"{_vitrine_field(name)}: {_plain(change['from'])} → {_plain(change['to'])}"
                for name, change in changes
            )
        case AuditAction.CONNECTION_CHANGE:
            labels = _param_labels(vitrine)
            names = [*details.get("params", []), *details.get("secrets", [])]
            return ", ".join(labels.get(name, name) for name in names)
        case AuditAction.MAPPING_SAVE if "revision" in details:
            return f"revisão {details['revision']}"
        case AuditAction.ORDER_TRACKING | AuditAction.ORDER_INVOICE:
            return f"{entry.subject}: {_corrected(details)}"
        case AuditAction.LANE_RESUME:
            was, reason = details.get("was", ""), details.get("reason", "")
            paused = (
                f"motivo da pausa: {PauseReason(was).label}" if was else "sem esperar a plataforma"
            )
            return "; ".join(part for part in (paused, reason) if part)
        case _:
            return str(details.get("reason", "")) or entry.subject


def _corrected(details: dict[str, Any]) -> str:
    """A note by its name; of a tracking what it was and what it is."""
    before, after = details.get("before", {}), details.get("after", {})
    if "number" in after:
        return wording.invoice_name(after["number"], after["series"])
    names = ("code", "carrier", "url")
    told = [" ".join(one[name] for name in names if one.get(name)) for one in (before, after)]
    return " → ".join(part for part in told if part)


def _param_labels(vitrine: Vitrine | None) -> dict[str, str]:
    """What the page of parameters calls them; a former platform's keep their bare names."""
    platform = all_platforms().get(vitrine.platform) if vitrine else None
    return {param.name: param.label for param in platform.params} if platform else {}


def _vitrine_field(name: str) -> str:
    return str(getattr(Vitrine._meta.get_field(name), "verbose_name", name))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "sim" if value else "não"
    return str(value) if value not in ("", None) else "(vazio)"
