from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.explain import explain_update
from integrations.filters import UpdateFilter
from integrations.models import StatusUpdate
from integrations.operations import UpdateNotChanged, cancel_update, retry_update
from integrations.queries import PAGE_SIZE, updates_for_list
from integrations.views.buttons import back_to, typed_reason
from vitrines.access import signed_in
from vitrines.platforms import PlatformFileError, UnknownPlatform


@permission_required("integrations.view_statusupdate", raise_exception=True)
def update_list(request: HttpRequest) -> HttpResponse:
    form = UpdateFilter(request.GET)
    page = Paginator(form.apply(updates_for_list()), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "integrations/update_list.html", {"form": form, "page": page})


@permission_required("integrations.view_statusupdate", raise_exception=True)
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
        "timeline": explanation.timeline[::-1],
    }
    return render(request, "integrations/update_detail.html", context)


@require_POST
@permission_required("integrations.change_statusupdate", raise_exception=True)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    update = get_object_or_404(StatusUpdate, pk=pk)

    def put_back() -> str:
        retry_update(update=update, actor=signed_in(request), now=timezone.now())
        return f"O envio #{pk} voltou à fila."

    return _do(request, update, put_back)


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
