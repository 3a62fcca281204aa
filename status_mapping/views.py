"""*Vitrines › Configurações Adicionais*: the DE-PARA and its history."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from status_mapping.forms import SaveForm
from status_mapping.models import MappingRevision
from status_mapping.operations import InvalidMapping, StaleRevision, save_mapping
from status_mapping.page import (
    MappingPage,
    changes_of,
    merged_page,
    offered_page,
    posted_form,
    posted_page,
    stored_page,
)
from status_mapping.sources import Sources, sources_for
from status_mapping.validation import shown_word
from vitrines.models import Vitrine
from vitrines.platforms import Platform, UnknownPlatform, get_platform

HISTORY_PAGE = 20


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


def _opened(
    request: HttpRequest, vitrine: Vitrine, platform: Platform, *, editable: bool
) -> MappingPage:
    """The page as stored, or with what was asked for laid over it: nothing is stored here.

    ``?sugestoes=1`` lays the platform's suggestions, ``?copiar_de=CODE`` another vitrine's tables.
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
    code = request.GET.get("copiar_de")
    if code is not None:
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
    about = SaveForm(request.POST)
    if "base_revision" in about.errors:
        raise BadRequest("base_revision")
    base, reason = about.cleaned_data["base_revision"], about.cleaned_data["reason"]
    form = posted_form(vitrine, platform, request.POST, base_revision=base)
    if not form.is_valid():
        return show(request, posted_page(vitrine, platform, form), status=422)
    try:
        revision = save_mapping(
            vitrine=vitrine,
            base_revision=base,
            tables=form.posted,
            author=request.user,
            reason=reason,
            now=timezone.now(),
        )
    except InvalidMapping as invalid:  # the exportador was changed while this was being judged
        form.refuse(invalid.errors)
        return show(request, posted_page(vitrine, platform, form), status=422)
    except StaleRevision:
        page = merged_page(vitrine, platform, form, base_revision=base, reason=reason)
        return show(request, page, status=409)
    _tell_saved(request, revision)
    return redirect("status_mapping:edit", vitrine.code)


def _tell_saved(request: HttpRequest, revision: MappingRevision | None) -> None:
    if revision is None:
        messages.info(request, "Nada mudou.")
        return
    rows = len(changes_of(revision))
    told = "1 linha alterada" if rows == 1 else f"{rows} linhas alteradas"
    messages.success(request, f"Revisão {revision.number} salva: {told}.")


def show(request: HttpRequest, page: MappingPage, *, status: int = 200) -> HttpResponse:
    context = {"vitrine": page.vitrine, "page": page, "form": page.form}
    return render(request, "status_mapping/edit.html", context, status=status)


@require_safe
@permission_required("status_mapping.view_statusmapping", raise_exception=True)
def history(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    revisions = MappingRevision.objects.filter(vitrine=vitrine).order_by("-number")
    page = Paginator(revisions, HISTORY_PAGE).get_page(request.GET.get("page"))
    entries = [(revision, changes_of(revision)) for revision in page]
    context = {"vitrine": vitrine, "page": page, "entries": entries}
    return render(request, "status_mapping/history.html", context)
