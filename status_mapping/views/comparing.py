"""Two vitrines' DE-PARA beside each other."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from status_mapping.queries import tables_of
from status_mapping.side_by_side import side_by_side
from status_mapping.sources import sources_for
from status_mapping.validation import shown_word
from vitrines.models import Vitrine

SEES = ("status_mapping.view_statusmapping", "vitrines.view_vitrine")


@require_safe
@permission_required(SEES, raise_exception=True)
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """``?com=CODE`` names the other one."""
    vitrine = get_object_or_404(Vitrine, code=code)
    sources = sources_for(vitrine, request.user)
    asked = request.GET.get("com", "")
    other = sources.find(asked)
    tables = side_by_side(tables_of(vitrine), tables_of(other)) if other else []
    context = {
        "vitrine": vitrine,
        "sources": sources,
        "asked": shown_word(asked).strip(),
        "other": other,
        "tables": tables,
        "different": sum(table.different for table in tables),
    }
    return render(request, "status_mapping/compare.html", context)
