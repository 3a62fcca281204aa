"""*Buscar status da plataforma*, pressed on the page of the DE-PARA."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.platform_statuses import StatusesNotFetched, fetch_statuses
from status_mapping.forms import SaveForm
from status_mapping.page import posted_form, posted_page
from status_mapping.views import show
from vitrines.access import signed_in
from vitrines.models import Vitrine
from vitrines.platforms import UnknownPlatform, get_platform


@require_POST
@permission_required("status_mapping.change_statusmapping", raise_exception=True)
def fetch(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the platform and show the page again as it was typed, saved or not."""
    vitrine = get_object_or_404(Vitrine, code=code)
    try:
        found = fetch_statuses(vitrine=vitrine, actor=signed_in(request), now=timezone.now())
        messages.success(request, f"A plataforma informou {len(found)} status.")
    except StatusesNotFetched as error:
        messages.error(request, f"A lista não foi buscada. {error}")
    about = SaveForm(request.POST)
    if "base_revision" in about.errors:
        raise BadRequest("base_revision")
    try:
        platform = get_platform(vitrine.platform)
    except UnknownPlatform:
        return redirect("status_mapping:edit", code)
    base = about.cleaned_data["base_revision"]
    form = posted_form(vitrine, platform, request.POST, base_revision=base)
    form.is_valid()  # puts what is wrong beside the cells, as Salvar would
    return show(request, posted_page(vitrine, platform, form))
