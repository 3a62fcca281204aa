"""*Vitrines › Configurações Adicionais*: the DE-PARA, shown and saved."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from status_mapping.models import MappingRevision
from status_mapping.page import (
    MappingPage,
    offered_page,
    posted_page,
    restored_page,
    stored_page,
)
from status_mapping.queries import find_revision
from status_mapping.revisions import changes_of
from status_mapping.saving import Refused, read_posted, refusal_of, save_posted
from status_mapping.sources import Sources, sources_for
from status_mapping.validation import shown_word
from vitrines.models import Vitrine
from vitrines.platforms import Platform, UnknownPlatform, get_platform


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("status_mapping.view_statusmapping", raise_exception=True)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    editable = request.user.has_perm("status_mapping.change_statusmapping")
    try:
        platform = get_platform(vitrine.platform)
    except UnknownPlatform:
        return render(request, "status_mapping/no_platform.html", {"vitrine": vitrine})
    if request.method != "POST":
        return show(request, _opened(request, vitrine, platform, editable=editable))
    if not editable:
        raise PermissionDenied
    return _save(request, vitrine, platform)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("status_mapping.change_statusmapping", raise_exception=True)
def resume(request: HttpRequest, code: str) -> HttpResponse:
    """The page with what was posted, which a review or a spreadsheet brings back: nothing is saved.

    Whoever comes by GET has pressed nothing: a login in between, or the address typed again.
    """
    vitrine = get_object_or_404(Vitrine, code=code)
    try:
        platform = get_platform(vitrine.platform)
    except UnknownPlatform:
        return redirect("status_mapping:edit", code)
    if request.method != "POST":
        return redirect("status_mapping:edit", code)
    posted = read_posted(vitrine, platform, request.POST)
    refused = refusal_of(vitrine, platform, posted)
    page = refused.page if refused else posted_page(vitrine, platform, posted.form)
    page.resumed = refused is None
    return show(request, page)


def _opened(
    request: HttpRequest, vitrine: Vitrine, platform: Platform, *, editable: bool
) -> MappingPage:
    """The page as stored, or with what was asked for laid over it: nothing is stored here.

    ``?sugestoes=1`` lays the platform's suggestions, ``?copiar_de=CODE`` another vitrine's tables,
    ``?restaurar=3`` those of a revision.
    """
    if not editable:
        return stored_page(vitrine, platform, editable=False)
    sources = sources_for(vitrine, request.user)
    page = _offered(request, vitrine, platform, sources)
    if page is None:
        page = stored_page(vitrine, platform, editable=True)
        page.sources = sources
    return page


def _offered(
    request: HttpRequest, vitrine: Vitrine, platform: Platform, sources: Sources
) -> MappingPage | None:
    """None when nothing was asked for, or nothing can be offered and the user is told why."""
    code, number = request.GET.get("copiar_de"), request.GET.get("restaurar")
    if number is not None:
        revision = find_revision(vitrine, number)
        if revision is not None:
            return restored_page(vitrine, platform, revision)
        messages.warning(request, f"Não há revisão “{shown_word(number).strip()}” a restaurar.")
    elif code is not None:
        source = sources.find(code)
        if source is not None:
            return offered_page(vitrine, platform, source=source)
        messages.warning(request, _no_source(code, sources))
    elif "sugestoes" in request.GET:
        page = offered_page(vitrine, platform)
        if page.unsaved_rows:
            return page
        messages.info(request, f"Não há sugestões de {platform.label} para o que falta mapear.")
    return None


def _no_source(code: str, sources: Sources) -> str:
    asked = shown_word(code).strip()
    told = f"Não há DE-PARA a copiar de “{asked}”." if asked else ""
    if not sources.exist:
        return told or "Nenhuma outra vitrine tem DE-PARA a copiar."
    return f"{told} Escolha uma vitrine da lista em “Copiar de outra vitrine”.".strip()


def _save(request: HttpRequest, vitrine: Vitrine, platform: Platform) -> HttpResponse:
    """Saved: on to the page again. Refused (422) or stale (409): the page with what was typed."""
    posted = read_posted(vitrine, platform, request.POST)
    saved = save_posted(vitrine, platform, posted, author=request.user, now=timezone.now())
    if isinstance(saved, Refused):
        return show(request, saved.page, status=saved.status)
    tell_saved(request, saved)
    return redirect("status_mapping:edit", vitrine.code)


def tell_saved(request: HttpRequest, revision: MappingRevision | None) -> None:
    if revision is None:
        messages.info(request, "Nada mudou.")
        return
    rows = len(changes_of(revision))
    told = "1 linha alterada" if rows == 1 else f"{rows} linhas alteradas"
    messages.success(request, f"Revisão {revision.number} salva: {told}.")


def show(request: HttpRequest, page: MappingPage, *, status: int = 200) -> HttpResponse:
    context = {"vitrine": page.vitrine, "page": page, "form": page.form}
    return render(request, "status_mapping/edit.html", context, status=status)
