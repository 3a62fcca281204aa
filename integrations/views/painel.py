"""The first page: what waits for somebody, by cause, each with the way to it; beside it, how the
sending goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.alarms.deadlines import deadlines_overview
from integrations.needs_a_person.counting import Pile, piles_by_vitrine, total_of
from integrations.needs_a_person.waiting import (
    Waiting,
    WaitingCause,
    waiting_causes,
)
from integrations.needs_a_person.ways import May, Way, list_of, way_out
from integrations.painel.figures import last_day
from integrations.painel.silent import silent_vitrines

#: Every group may see all of these; a user in no group is told so instead of being turned away.
NEEDED = ("vitrines.view_vitrine", "vitrines.view_order", "integrations.view_statusupdate")


@dataclass(frozen=True)
class _Row:
    waiting: Waiting
    way: Way
    list_url: str


@dataclass(frozen=True)
class _Group:
    cause: WaitingCause
    rows: list[_Row]


@require_safe
def painel(request: HttpRequest) -> HttpResponse:
    may_see = request.user.has_perms(NEEDED)
    context = {"may_see": may_see}
    if may_see:
        context |= _context(may=request.user.has_perm, now=timezone.now())
    return render(request, "integrations/painel.html", context)


def _context(*, may: May, now: datetime) -> dict[str, Any]:
    piles = piles_by_vitrine(now=now)
    causes = waiting_causes(piles, silences=silent_vitrines(now=now), now=now)
    return {
        "no_vitrines": not piles,
        "asking": [_group(each, may, now) for each in causes if each.words.asks],
        "telling": [_group(each, may, now) for each in causes if not each.words.asks],
        "deadlines": deadlines_overview(now),
        "backlog": total_of(one.piles[Pile.PENDING] for one in piles),
        "day": last_day(now=now),
    }


def _group(cause: WaitingCause, may: May, now: datetime) -> _Group:
    rows = []
    for waiting in cause.rows:
        code = waiting.vitrine.code
        way = way_out(cause.cause, code, may=may, now=now)
        rows.append(_Row(waiting, way, list_of(cause.cause, code, now=now)))
    return _Group(cause, rows)
