"""*Histórico*: the revisions of a DE-PARA, one of them whole, and any two of them compared."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from status_mapping.models import MappingRevision
from status_mapping.queries import latest_revision_number
from status_mapping.revisions import Comparison, changes_of, choosable, edition, latest_ones
from status_mapping.side_by_side import side_by_side
from status_mapping.validation import shown_word
from vitrines.models import Vitrine

HISTORY_PAGE = 20


@require_safe
@permission_required("status_mapping.view_statusmapping", raise_exception=True)
def history(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    revisions = MappingRevision.objects.filter(vitrine=vitrine).order_by("-number")
    page = Paginator(revisions, HISTORY_PAGE).get_page(request.GET.get("page"))
    entries = [(revision, changes_of(revision)) for revision in page]
    context = {"vitrine": vitrine, "page": page, "entries": entries}
    return render(request, "status_mapping/history.html", context)


@require_safe
@permission_required("status_mapping.view_statusmapping", raise_exception=True)
def revision(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The three tables as a revision left them."""
    vitrine = get_object_or_404(Vitrine, code=code)
    found = edition(vitrine, str(number))
    if found is None or found.revision is None:
        raise Http404
    context = {
        "vitrine": vitrine,
        "revision": found.revision,
        "changes": changes_of(found.revision),
        "tables": side_by_side(found.tables, found.tables),
        "latest": latest_revision_number(vitrine),
    }
    return render(request, "status_mapping/revision.html", context)


@require_safe
@permission_required("status_mapping.view_statusmapping", raise_exception=True)
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """``?de=3&ate=7``; without them, the latest two."""
    vitrine = get_object_or_404(Vitrine, code=code)
    revisions = latest_ones(vitrine)
    if not revisions:
        messages.info(request, "Ainda não há revisões a comparar.")
        return redirect("status_mapping:history", code)
    latest = revisions[0].number
    asked = [request.GET.get("de") or str(latest - 1), request.GET.get("ate") or str(latest)]
    old, new = (edition(vitrine, number) for number in asked)
    context = {
        "vitrine": vitrine,
        "options": choosable(revisions, (old, new)),
        "old": old,
        "new": new,
        "comparison": Comparison(old, new) if old and new else None,
        "missing": [shown_word(n) for n, found in zip(asked, (old, new), strict=True) if not found],
        "latest": latest,
    }
    return render(request, "status_mapping/compare_revisions.html", context)
