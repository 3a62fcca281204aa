from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.explain import explain_update
from integrations.explaining.timeline import throttles_told_once
from integrations.filters import UpdateFilter
from integrations.grouped_causes import grouped_causes
from integrations.listing import listing
from integrations.message_shape import told_shape
from integrations.models import StatusUpdate, UpdateState
from integrations.operations import (
    UpdateNotChanged,
    cancel_update,
    decide_update,
    retry_update,
)
from integrations.queries import BY_TIME, updates_for_list
from integrations.replay.progress import MODE_SENTENCES
from integrations.replay.selection import MOST_READ, Selection
from integrations.ticked import MOST_TICKED, Ticked, address_with, marks_something, ticked_in
from integrations.views.buttons import back_to, typed_reason
from vitrines.access import hidden_without, signed_in
from vitrines.platforms import PlatformFileError, UnknownPlatform


@permission_required("integrations.view_statusupdate", raise_exception=True)
def update_list(request: HttpRequest) -> HttpResponse:
    """What is ticked is part of the address, as the filter is: boxes that were sent become that."""
    ticked = ticked_in(request.GET)
    if marks_something(request.GET):
        return redirect(_list_address(request, ticked))
    form = UpdateFilter(request.GET)
    context = {"form": form, "ticked": ticked, "most_ticked": MOST_TICKED}
    if request.GET.get("agrupar") == "causa":
        context |= {"causes": grouped_causes(form.selection)}
        return render(request, "integrations/update_causes.html", context)
    only_ticked = bool(ticked.updates) and "marcadas" in request.GET
    selection = Selection(updates=ticked.updates) if only_ticked else form.selection
    page = listing(selection.narrow(updates_for_list()), request.GET, by=BY_TIME)
    context |= {
        "page": page,
        "only_ticked": only_ticked,
        "ticked_elsewhere": ticked.elsewhere(update.pk for update in page),
        "modes": MODE_SENTENCES.items(),
        "message": told_shape(selection.message),
        "most_read": MOST_READ,
    }
    return render(request, "integrations/update_list.html", context)


def _list_address(request: HttpRequest, ticked: Ticked) -> str:
    if ticked.cut:
        messages.warning(
            request,
            f"São no máximo {MOST_TICKED} marcadas de cada vez: as demais não foram. "
            "Para mais, reprocesse todas as do filtro.",
        )
    query = address_with(request.GET, ticked)
    return reverse("update_list") + (f"?{query}" if query else "")


@hidden_without("integrations.view_statusupdate")
def update_detail(request: HttpRequest, pk: int) -> HttpResponse:
    updates = StatusUpdate.objects.select_related("order__vitrine", "event")
    update = get_object_or_404(updates, pk=pk)
    explanation = explain_update(update, now=timezone.now())
    context = {
        "update": explanation.update,
        "order": update.order,
        "event": update.event,
        "explanation": explanation,
        "attempts": [entry for entry in explanation.timeline if entry.attempt],
        "timeline": [*throttles_told_once(explanation.timeline)][::-1],
    }
    return render(request, "integrations/update_detail.html", context)


@require_POST
@permission_required("integrations.change_statusupdate", raise_exception=True)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    update = get_object_or_404(StatusUpdate, pk=pk)

    def put_back() -> str:
        done = retry_update(update=update, actor=signed_in(request), now=timezone.now())
        if done.pk != pk:
            return f"O envio #{done.pk}, na fila, repete o #{pk}."
        if done.state == UpdateState.HELD:
            return f"O envio #{pk} foi decidido de novo e aguarda."
        return f"O envio #{pk} voltou à fila."

    return _do(request, update, put_back)


@require_POST
@permission_required("integrations.change_statusupdate", raise_exception=True)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    update = get_object_or_404(StatusUpdate, pk=pk)

    def again() -> str:
        done = decide_update(update=update, actor=signed_in(request), now=timezone.now())
        if done.pk != pk:
            return f"O envio #{done.pk}, na fila, repete o #{pk} com o DE-PARA de agora."
        if done.state == UpdateState.HELD:
            return f"O envio #{pk} foi decidido de novo e aguarda: {done.get_reason_display()}."
        return f"O envio #{pk} foi decidido de novo e voltou à fila."

    return _do(request, update, again)


@require_POST
@permission_required("integrations.change_statusupdate", raise_exception=True)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Needs a reason: whoever reads the order later must learn how it was settled."""
    update = get_object_or_404(StatusUpdate, pk=pk)
    reason = typed_reason(request, at_most=500)

    def settle() -> str:
        if not reason:
            raise UpdateNotChanged("Diga como foi resolvido: o motivo fica no histórico.")
        cancel_update(update=update, actor=signed_in(request), reason=reason, now=timezone.now())
        return f"O envio #{pk} foi marcado como resolvido fora."

    return _do(request, update, settle)


def _do(request: HttpRequest, update: StatusUpdate, operation: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, operation())
    except UpdateNotChanged as refusal:
        messages.error(request, str(refusal))
    except (UnknownPlatform, PlatformFileError):
        told = f"O arquivo do exportador “{update.vitrine.platform}” está ausente ou com erro."
        messages.error(request, f"{told} Nada mudou; reponha o arquivo e tente de novo.")
    return redirect(back_to(request, reverse("update_detail", args=[update.pk])))
