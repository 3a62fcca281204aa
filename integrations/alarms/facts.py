"""How the vitrines that want alarms stand: what ``evaluation`` decides by.

A handful of queries, whatever the number of vitrines; a question that no vitrine asks costs none.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Subquery

from integrations.alarms.deadlines import late_by_vitrine
from integrations.alarms.evaluation import LateOrders, VitrineFacts, Wishes
from integrations.models import AlarmSettings, Lane, StatusUpdate, UpdateState
from integrations.painel.silence import Silence
from integrations.painel.silent import silent_vitrines
from vitrines.models import Vitrine

_OFF: tuple[Any, bool] = (None, False)


def wishes_of(row: AlarmSettings) -> Wishes:
    return Wishes(
        lane_paused=row.lane_paused,
        auth_refused=row.auth_refused,
        breaker_open=_span(minutes=row.breaker_open_minutes),
        held_or_failed_above=row.held_or_failed_above,
        silent=_span(hours=row.silent_hours),
        late_orders=row.late_orders,
        repeat=_span(hours=row.repeat_hours),
    )


def facts_of(rows: Sequence[AlarmSettings], now: datetime) -> dict[int, VitrineFacts]:
    """By vitrine id. ``rows`` come with ``vitrine__lane``.

    For how long something has been waiting is known from look to look
    (``AlarmSettings.waiting_since``), for no column of an update tells: one that is put back in the
    queue is as old as ever, and one that is tried again is always due in a while.
    """
    stuck = _stuck([r.vitrine_id for r in rows if r.held_or_failed_above is not None])
    moved = _moved([r.vitrine_id for r in rows if _asks_what_waits(r)])
    silences = silent_vitrines(now=now) if any(r.silent_hours is not None for r in rows) else ()
    silent = {silence.vitrine_id: silence for silence in silences}
    late = late_by_vitrine(now) if any(r.late_orders for r in rows) else {}
    return {
        row.vitrine_id: _facts(
            row,
            now,
            stuck=stuck.get(row.vitrine_id, (0, None)),
            moved=moved.get(row.vitrine_id, _OFF),
            silence=silent.get(row.vitrine_id),
            late=late.get(row.vitrine_id),
        )
        for row in rows
    }


def _asks_what_waits(row: AlarmSettings) -> bool:
    return row.silent_hours is not None or row.breaker_open_minutes is not None


def _facts(
    row: AlarmSettings,
    now: datetime,
    *,
    stuck: tuple[int, datetime | None],
    moved: tuple[datetime | None, bool],
    silence: Silence | None,
    late: LateOrders | None,
) -> VitrineFacts:
    lane = getattr(row.vitrine, "lane", None) or Lane()
    last_accepted_at, waits = moved
    # What a person or a refused credential stopped waits for them, and begins anew after that.
    waits = waits and row.vitrine.published and lane.paused_at is None
    return VitrineFacts(
        published=row.vitrine.published,
        paused_at=lane.paused_at,
        pause_reason=lane.pause_reason,
        pause_words=str(lane.get_pause_reason_display()),
        breaker_opened_at=lane.breaker_opened_at,
        stuck=stuck[0],
        stuck_since=stuck[1],
        last_accepted_at=last_accepted_at,
        waiting_since=_waiting_since(row, last_accepted_at, now) if waits else None,
        silence=silence,
        late=late,
    )


def _waiting_since(
    row: AlarmSettings, last_accepted_at: datetime | None, now: datetime
) -> datetime:
    return max(filter(None, (row.waiting_since or now, last_accepted_at)))


def _stuck(vitrine_ids: Collection[int]) -> dict[int, tuple[int, datetime]]:
    """How many updates of each are held or failed, and when the oldest was created."""
    if not vitrine_ids:
        return {}
    states = [UpdateState.HELD, UpdateState.FAILED]
    rows = StatusUpdate.objects.filter(vitrine__in=vitrine_ids, state__in=states).order_by()
    counted = rows.values_list("vitrine").annotate(number=Count("pk"), oldest=Min("created_at"))
    return {vitrine_id: (number, oldest) for vitrine_id, number, oldest in counted}


def _moved(vitrine_ids: Collection[int]) -> dict[int, tuple[datetime | None, bool]]:
    """When the platform of each accepted something last, and whether something waits whose turn it
    is, or is on its way. Each is the end of an index."""
    if not vitrine_ids:
        return {}
    mine = StatusUpdate.objects.filter(vitrine=OuterRef("pk"))
    accepted = mine.filter(state=UpdateState.SENT).order_by("-finished_at")
    waiting = Exists(mine.filter(state=UpdateState.PENDING, turn=True))
    sending = Exists(mine.filter(state=UpdateState.SENDING))
    rows = Vitrine.objects.filter(pk__in=vitrine_ids).values_list(
        "pk", Subquery(accepted.values("finished_at")[:1]), waiting, sending
    )
    return {pk: (last, waits or sends) for pk, last, waits, sends in rows}


def _span(**length: int | None) -> timedelta | None:
    given = {unit: value for unit, value in length.items() if value is not None}
    return timedelta(**given) if given else None
