"""*Vitrines › … › Envio*: the platform's parameters of one vitrine."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from integrations.connections import StaleConnection, save_connection, stored_connection
from integrations.forms import ConnectionForm
from vitrines.access import signed_in
from vitrines.models import Vitrine
from vitrines.platforms import UnknownPlatform, get_platform


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("integrations.view_connection", raise_exception=True)
def connection(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    may_change = request.user.has_perm("integrations.change_connection")
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    context = {"vitrine": vitrine, "may_change": may_change}
    try:
        platform = get_platform(vitrine.platform)
    except UnknownPlatform:
        return render(request, "integrations/connection.html", context)
    stored = stored_connection(vitrine)
    form = ConnectionForm(
        request.POST if request.method == "POST" else None, platform=platform, stored=stored
    )
    if request.method == "POST" and form.is_valid() and _save(request, vitrine, form):
        return redirect("connection", code)
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    context |= {"form": form, "platform": platform, "stored": stored}
    return render(request, "integrations/connection.html", context)


def _save(request: HttpRequest, vitrine: Vitrine, form: ConnectionForm) -> bool:
    try:
        changed = save_connection(
            vitrine=vitrine,
            params=form.params,
            new_secrets=form.new_secrets,
            removed_secrets=form.removed_secrets,
            known_secrets=form.known_secrets,
            seen_version=form.cleaned_data["version"],
            actor=signed_in(request),
            now=timezone.now(),
        )
    except StaleConnection:
        form.tell_stale(stored_connection(vitrine))
        return False
    messages.success(request, "Parâmetros de envio salvos." if changed else "Nada mudou.")
    return True
