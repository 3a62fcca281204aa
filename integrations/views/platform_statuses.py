"""*Buscar status da plataforma*, pressed on the page of the DE-PARA."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from integrations.platform_statuses import StatusesNotFetched, fetch_statuses
from status_mapping.forms import SaveForm
from status_mapping.page import posted_form, posted_page
from status_mapping.views.mapping import show
from vitrines.access import signed_in
from vitrines.models import Vitrine
from vitrines.platforms import UnknownPlatform, get_platform


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("status_mapping.change_statusmapping", raise_exception=True)
def fetch(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the platform and show the page again as it was typed, saved or not.

    Whoever comes by GET has pressed nothing: a login in between, or the address typed again.
    """
    vitrine = get_object_or_404(Vitrine, code=code)
    if request.method != "POST":
        return redirect("status_mapping:edit", code)
    about = SaveForm(request.POST)
    if "base_revision" in about.errors:
        raise BadRequest("base_revision")
    try:
        platform = get_platform(vitrine.platform)
    except UnknownPlatform:
        return redirect("status_mapping:edit", code)
    fetched = _ask(request, vitrine)
    base = about.cleaned_data["base_revision"]
    form = posted_form(vitrine, platform, request.POST, base_revision=base)
    form.is_valid()  # puts what is wrong beside the cells, as Salvar would
    page = posted_page(vitrine, platform, form)
    page.known_open = fetched
    return show(request, page)


def _ask(request: HttpRequest, vitrine: Vitrine) -> bool:
    """Whether the platform told its statuses; says so, or why not."""
    try:
        found = fetch_statuses(vitrine=vitrine, actor=signed_in(request), now=timezone.now())
    except StatusesNotFetched as error:
        messages.error(request, f"Os status não foram buscados. {error}")
        return False
    told = f"A plataforma informou {len(found)} status."
    messages.success(request, f"{told} A lista está abaixo da tabela de Status de Pedidos.")
    return True
