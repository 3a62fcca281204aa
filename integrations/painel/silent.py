"""Which vitrines have gone silent, and whether the ERP has, too."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery

from integrations.models import (
    Event,
    EventOutcome,
    EventSource,
    SendingHour,
    StatusUpdate,
    UpdateState,
)
from integrations.painel.silence import HOURS, WEEK, Silence, is_silent
from integrations.sending_tally import hour_of
from vitrines.models import Vitrine


def silent_vitrines(*, now: datetime) -> list[Silence]:
    """Published ones that nobody paused, by code; of the others it is known why. One query, and two
    more if nothing was accepted lately of some of them."""
    quiet = _quiet(now)
    if not quiet:
        return []
    hours = _last_weeks(quiet)
    this_hour = hour_of(now)
    silent = [pk for pk in quiet if is_silent(hours[pk], this_hour=this_hour)]
    return _told_of(silent) if silent else []


def _last_acceptance() -> Subquery:
    """The first row of ``update_accepted``."""
    sent = StatusUpdate.objects.filter(vitrine=OuterRef("pk"), state=UpdateState.SENT)
    return Subquery(sent.order_by("-finished_at").values("finished_at")[:1])


def _quiet(now: datetime) -> dict[int, datetime]:
    """By vitrine, when something was accepted last, of those of which nothing was lately: few, by
    day."""
    sending = Vitrine.objects.filter(published=True, lane__paused_at=None)
    lately = hour_of(now) - timedelta(hours=HOURS)
    quiet = sending.annotate(accepted_at=_last_acceptance()).filter(accepted_at__lt=lately)
    return dict(quiet.order_by("code").values_list("pk", "accepted_at"))


def _last_weeks(quiet: Mapping[int, datetime]) -> dict[int, set[datetime]]:
    """The hours of each in which something was accepted, of the week up to the last one."""
    weeks = Q(pk__in=[])
    for vitrine_id, accepted_at in quiet.items():
        last = hour_of(accepted_at)
        weeks |= Q(vitrine=vitrine_id, hour__gt=last - WEEK, hour__lte=last)
    rows = SendingHour.objects.filter(weeks, accepted__gt=0).order_by()
    hours: dict[int, set[datetime]] = defaultdict(set)
    for vitrine_id, hour in rows.values_list("vitrine_id", "hour"):
        hours[vitrine_id].add(hour)
    return hours


def _told_of(vitrine_ids: list[int]) -> list[Silence]:
    """What the ERP told since the last acceptance: what was decided of an order, or waits for one.

    What came from the store, a person or a replay is no word of the ERP's.
    """
    updates = StatusUpdate.objects.filter(
        vitrine=OuterRef("pk"),
        replay_of=None,
        created_at__gt=OuterRef("accepted_at"),
        event__source=EventSource.ERP,
        event__received_at__gt=OuterRef("accepted_at"),
    )
    orphans = Event.objects.filter(
        vitrine=OuterRef("pk"),
        outcome=EventOutcome.ORPHAN,
        received_at__gt=OuterRef("accepted_at"),
    )
    found = (
        Vitrine.objects.filter(pk__in=vitrine_ids)
        .annotate(accepted_at=_last_acceptance())
        .order_by("code")
        .values_list(
            "pk",
            "accepted_at",
            Subquery(updates.order_by("-created_at").values("event__received_at")[:1]),
            Subquery(orphans.order_by("-received_at").values("received_at")[:1]),
        )
    )
    return [
        Silence(pk, accepted_at, max(filter(None, told), default=None))
        for pk, accepted_at, *told in found
    ]
