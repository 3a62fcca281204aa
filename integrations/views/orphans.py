"""*Órfãos*: what the ERP told of orders that the store has not sent, the oldest first."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.filters import OrphanFilter
from integrations.listing import listing
from integrations.needs_a_person.orphans import BY_AGE, orphan_events, with_meant_orders


@require_safe
@permission_required("integrations.view_event", raise_exception=True)
def orphan_list(request: HttpRequest) -> HttpResponse:
    form = OrphanFilter(request.GET)
    page = listing(form.apply(orphan_events()), request.GET, by=BY_AGE, oldest_first=True)
    context = {"form": form, "page": page, "orphans": with_meant_orders(page.object_list)}
    return render(request, "integrations/orphan_list.html", context)
