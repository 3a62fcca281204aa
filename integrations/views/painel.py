"""The first page: what waits for somebody, by cause, each with the way to it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.needs_a_person import (
    held_orders,
    orphans,
    paused_lanes,
    unpublished_with_updates,
    unwell_lanes,
    waiting_causes,
)

#: Every group may see all of these; a user in no group is told so instead of being turned away.
NEEDED = ("vitrines.view_vitrine", "vitrines.view_order", "integrations.view_statusupdate")


@require_safe
def painel(request: HttpRequest) -> HttpResponse:
    may_see = request.user.has_perms(NEEDED)
    context = {"may_see": may_see} | (_waiting(timezone.now()) if may_see else {})
    return render(request, "integrations/painel.html", context)


def _waiting(now: datetime) -> dict[str, Any]:
    causes, orders, without_order = waiting_causes(), held_orders(), orphans(limit=10)
    paused, unpublished = paused_lanes(), unpublished_with_updates()
    waits = causes or orders or without_order.total or paused or unpublished
    return {
        "causes": causes,
        "held_orders": orders,
        "held_orders_total": sum(number for _, number in orders),
        "orphans": without_order,
        "paused": paused,
        "unpublished": unpublished,
        "unwell": unwell_lanes(now=now),
        "nothing_waits": not waits,
    }
