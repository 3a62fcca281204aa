"""*Alarmes*: what is wrong now, what was told of it, each vitrine's settings, and late orders."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.alarm_forms import AlarmSettingsForm, AlarmTestForm, DeadlinesForm
from integrations.alarms.deadlines import (
    MOST_COUNTED,
    deadlines_of,
    late_orders,
    late_updates,
)
from integrations.alarms.lateness import span_of_minutes
from integrations.alarms.notices import channels_of
from integrations.alarms.operations import (
    NothingToTest,
    StaleAlarmSettings,
    StaleDeadlines,
    save_alarm_settings,
    save_deadlines,
    send_test,
    settings_of,
)
from integrations.alarms.queries import (
    alarms_by_vitrine,
    notices_for_list,
    open_alarms,
    shown_notices,
)
from integrations.alarms.saves import alarm_savers, deadline_savers
from integrations.filters import ListFilter
from integrations.listing import listing
from integrations.models import AlarmNotice, NoticeState
from integrations.wording import thousands
from vitrines.access import signed_in
from vitrines.models import Vitrine
from vitrines.statuses import SCREEN_ORDER, OrderStatus

VIEW = "integrations.view_alarmsettings"
CHANGE = "integrations.change_alarmsettings"
CHANGE_DEADLINES = "integrations.change_statusdeadline"
#: Notices on a vitrine's own page.
LATEST = 10
#: Orders on the list of those that are late.
MOST_LISTED = 100


@require_safe
@permission_required("integrations.view_alarm", raise_exception=True)
def alarm_list(request: HttpRequest) -> HttpResponse:
    page = listing(notices_for_list(), request.GET)
    context = {
        "alarms": open_alarms(),
        "page": page,
        "notices": shown_notices(page.object_list, timezone.now()),
        "vitrines": alarms_by_vitrine(),
    }
    return render(request, "integrations/alarm_list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def alarm_settings(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    if request.method != "POST":
        return _page(request, vitrine)
    _refuse_without(request, CHANGE)
    row = settings_of(vitrine)
    form = AlarmSettingsForm(request.POST, row=row, sees_address=True)
    if form.is_valid():
        try:
            changed = save_alarm_settings(
                vitrine=vitrine,
                values=form.values,
                seen_version=form.cleaned_data["version"],
                actor=signed_in(request),
                now=timezone.now(),
            )
        except StaleAlarmSettings:
            savers = alarm_savers(vitrine, since_version=form.cleaned_data["version"])
            form.tell_stale(settings_of(vitrine), savers)
            return _page(request, vitrine, form=form, status=409)
        else:
            messages.success(request, "Alarmes salvos." if changed else "Nada mudou.")
            return redirect("alarm_settings", code)
    return _page(request, vitrine, form=form)


@never_cache
@require_POST
@permission_required(CHANGE_DEADLINES, raise_exception=True)
def deadlines(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    form = DeadlinesForm(request.POST, minutes=deadlines_of(vitrine))
    if not form.is_valid():
        return _page(request, vitrine, deadlines_form=form)
    try:
        changed = save_deadlines(
            vitrine=vitrine,
            seen=form.seen_minutes,
            minutes=form.minutes,
            actor=signed_in(request),
            now=timezone.now(),
        )
    except StaleDeadlines:
        form.tell_stale(deadlines_of(vitrine), deadline_savers(vitrine))
        return _page(request, vitrine, deadlines_form=form, status=409)
    messages.success(request, "Prazos salvos." if changed else "Nada mudou.")
    return redirect("alarm_settings", code)


@never_cache
@require_POST
@permission_required(CHANGE, raise_exception=True)
def alarm_test(request: HttpRequest, code: str) -> HttpResponse:
    """Waits for both channels, which have their limits of time."""
    vitrine = get_object_or_404(Vitrine, code=code)
    form = AlarmTestForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nada foi enviado: abra a página de novo e repita o teste.")
        return redirect("alarm_settings", code)
    try:
        notices = send_test(
            vitrine=vitrine,
            key=form.cleaned_data["key"],
            actor=signed_in(request),
            now=timezone.now(),
        )
    except NothingToTest as error:
        messages.error(request, str(error))
        return redirect("alarm_settings", code)
    for notice in notices:
        _tell_result(request, notice)
    return redirect("alarm_settings", code)


@require_safe
@permission_required("vitrines.view_order", raise_exception=True)
def late_order_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = ListFilter(request.GET)
    updates = late_updates(now)
    if form.cleaned_data.get("vitrine"):
        updates = updates.filter(vitrine=form.cleaned_data["vitrine"])
    if form.cleaned_data.get("status") is not None:
        updates = updates.filter(status=form.cleaned_data["status"])
    number = updates[: MOST_COUNTED + 1].count()
    context = {
        "form": form,
        "late": late_orders(updates, now, most=MOST_LISTED) if number else [],
        "extent": _extent(number),
    }
    return render(request, "integrations/late_orders.html", context)


def _page(
    request: HttpRequest,
    vitrine: Vitrine,
    *,
    form: AlarmSettingsForm | None = None,
    deadlines_form: DeadlinesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The forms as they were posted, the others as things stand."""
    row = settings_of(vitrine)
    latest = notices_for_list().filter(vitrine=vitrine).order_by("-id")[:LATEST]
    may_change = request.user.has_perm(CHANGE)
    form = form or AlarmSettingsForm(row=row, sees_address=may_change)
    minutes = deadlines_of(vitrine)
    deadlines_form = deadlines_form or DeadlinesForm(minutes=minutes)
    may_set = request.user.has_perm(CHANGE_DEADLINES)
    _read_only_unless(may_change, form)
    _read_only_unless(may_set, deadlines_form)
    context = {
        "vitrine": vitrine,
        "form": form,
        "may_change": may_change,
        "may_set_deadlines": may_set,
        "deadlines_form": deadlines_form,
        "limits": _limits(deadlines_form, minutes),
        "test_form": AlarmTestForm(),
        "channels": channels_of(row),
        "is_on": row.pk is not None,
        "alarms": open_alarms(vitrine),
        "notices": shown_notices(latest, timezone.now()),
    }
    return render(request, "integrations/alarm_settings.html", context, status=status)


def _limits(form: DeadlinesForm, minutes: dict[OrderStatus, int]) -> list[tuple[BoundField, str]]:
    """Each field with its limit as it is stored, in words."""
    return [
        (form[status.name], span_of_minutes(minutes[status]) if status in minutes else "")
        for status in SCREEN_ORDER
    ]


def _read_only_unless(may_change: bool, form: AlarmSettingsForm | DeadlinesForm) -> None:
    for field in form.fields.values():
        field.disabled = field.disabled or not may_change


def _refuse_without(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _tell_result(request: HttpRequest, notice: AlarmNotice) -> None:
    channel = notice.get_channel_display()
    match notice.state:
        case NoticeState.SENT if notice.error:
            told = f"{channel}: o teste chegou só a {notice.sent_to}. {notice.error}"
            messages.warning(request, told)
        case NoticeState.SENT:
            messages.success(request, f"{channel}: o teste foi entregue a {notice.sent_to}.")
        case NoticeState.FAILED:
            messages.error(request, f"{channel}: o teste não foi entregue. {notice.error}")
        case _:
            messages.warning(request, f"{channel}: o teste ainda não tem resultado; veja abaixo.")


def _extent(number: int) -> str:
    if number > MOST_COUNTED:
        return f"Os {MOST_LISTED} mais antigos de mais de {thousands(MOST_COUNTED)}."
    return f"Os {MOST_LISTED} mais antigos de {thousands(number)}." if number > MOST_LISTED else ""
