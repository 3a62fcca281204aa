"""The number beside Atualizações in the menu. Fetched after the page, so that none waits for it."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from integrations.models import StatusUpdate, UpdateState

#: More is told as "99+".
MOST_COUNTED = 99
#: How long a browser takes the number for true. Seconds.
HOLDS = 10


@require_safe
@permission_required("integrations.view_statusupdate", raise_exception=True)
def menu_count(request: HttpRequest) -> HttpResponse:
    """Updates that failed: a person must act. By an index, and never more than a hundred rows."""
    failed = StatusUpdate.objects.filter(state=UpdateState.FAILED).order_by()
    number = failed[: MOST_COUNTED + 1].count()
    told = f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)
    response = render(request, "includes/_menu_count.html", {"number": number, "told": told})
    patch_cache_control(response, private=True, max_age=HOLDS)
    return response
