from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from integrations.search import find


@permission_required("vitrines.view_order", raise_exception=True)
def search(request: HttpRequest) -> HttpResponse:
    """One hit opens the order; several are listed; none says what was looked for."""
    result = find(request.GET.get("q", ""))
    if len(result.hits) == 1 and not result.orphans:
        return redirect(result.hits[0].url)
    return render(request, "integrations/search.html", {"result": result})
