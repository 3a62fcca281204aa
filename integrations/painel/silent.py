"""Which vitrines have gone silent, and whether the ERP has, too."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from integrations.models import SendingHour, StatusUpdate, UpdateReason, UpdateState
from integrations.painel.silence import HOURS, LOOKS_BACK, WITHIN, Silence, silent_hours
from integrations.sending_tally import hour_of
from vitrines.models import Vitrine


def silent_vitrines(*, now: datetime) -> list[Silence]:
    """Published ones that nobody paused; of the others it is known why. One query, and one more if
    there are any."""
    silent = [
        vitrine_id
        for vitrine_id, hours in _accepted_hours(now).items()
        if silent_hours(hours, this_hour=hour_of(now))
    ]
    return _told_of(silent, now) if silent else []


def _accepted_hours(now: datetime) -> dict[int, set[datetime]]:
    """By vitrine, of those of which nothing was accepted in the last hours: few, by day."""
    this_hour = hour_of(now)
    lately = SendingHour.objects.filter(
        hour__gte=this_hour - timedelta(hours=HOURS), accepted__gt=0
    )
    rows = (
        SendingHour.objects.filter(hour__gte=this_hour - LOOKS_BACK, accepted__gt=0)
        .filter(vitrine__published=True, vitrine__lane__paused_at=None)
        .exclude(vitrine__in=lately.order_by().values("vitrine"))
        .order_by()
        .values_list("vitrine_id", "hour")
    )
    hours: dict[int, set[datetime]] = defaultdict(set)
    for vitrine_id, hour in rows:
        hours[vitrine_id].add(hour)
    return hours


def _told_of(vitrine_ids: list[int], now: datetime) -> list[Silence]:
    """The latest acceptance, and the latest thing that the ERP told. What came from the store
    itself (an echo) is no word of the ERP's."""
    updates = StatusUpdate.objects.filter(vitrine=OuterRef("pk"))
    sent = updates.filter(state=UpdateState.SENT).order_by("-finished_at")
    told = updates.filter(created_at__gte=now - timedelta(hours=WITHIN)).exclude(
        reason=UpdateReason.ECHO
    )
    found = (
        Vitrine.objects.filter(pk__in=vitrine_ids)
        .order_by("code")
        .values_list(
            "pk",
            Subquery(sent.values("finished_at")[:1]),
            Subquery(told.order_by("-created_at").values("created_at")[:1]),
        )
    )
    return [Silence(pk, accepted, _later(told, accepted)) for pk, accepted, told in found]


def _later(told: datetime | None, accepted: datetime | None) -> datetime | None:
    return told if told and (accepted is None or told > accepted) else None
