"""How the sending of a vitrine stands now: published, paused, unwell or well, and what waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Window

from integrations.models import Lane, StatusUpdate, UpdateState
from vitrines.models import Vitrine
from vitrines.platforms import PlatformFileError, UnknownPlatform, get_platform

#: Until the pace of the platform's file lets the next one go.
LONG_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True)
class Standing:
    #: Class of its pill: ok, wait, warn or bad.
    level: str
    label: str
    #: In the lane because it is queued, being sent or held.
    waiting: int = 0
    failed: int = 0

    @property
    def well(self) -> bool:
        return self.level == "ok"


def judge(
    vitrine: Vitrine, *, lane: Lane | None, waiting: int, failed: int, now: datetime
) -> Standing:
    """The worst thing that is true of the vitrine names its standing."""
    level, label = _stopped(vitrine, lane, now) or _moving(waiting, failed)
    return Standing(level, label, waiting, failed)


def _moving(waiting: int, failed: int) -> tuple[str, str]:
    """Of a vitrine whose lane may send."""
    if failed:
        return "bad", "Com falha"
    return ("wait", "Aguardando") if waiting else ("ok", "Em dia")


def _stopped(vitrine: Vitrine, lane: Lane | None, now: datetime) -> tuple[str, str] | None:
    if not vitrine.published:
        return "wait", "Não publicada"
    match _missing(vitrine):
        case UnknownPlatform():
            return "bad", "Plataforma ausente"
        case PlatformFileError():
            return "bad", "Plataforma com erro"
    return _lane_stopped(lane, now) if lane else None


def _missing(vitrine: Vitrine) -> UnknownPlatform | PlatformFileError | None:
    """Why nothing can be made of the vitrine's platform."""
    try:
        get_platform(vitrine.platform)
    except (UnknownPlatform, PlatformFileError) as error:
        return error
    return None


def _lane_stopped(lane: Lane, now: datetime) -> tuple[str, str] | None:
    if lane.paused_at is not None:
        return "bad", "Pausada"
    if _later_than(now, lane.breaker_open_until):
        return "bad", "Plataforma instável"
    # A pace that is kept by short pauses is how a busy vitrine works; a long one is news.
    if _later_than(now, lane.throttled_until) or _later_than(now + LONG_PAUSE, lane.paced_until):
        return "warn", "Limite da plataforma"
    return None


def why_it_waits(vitrine: Vitrine, *, now: datetime) -> str:
    """The standing of a vitrine whose queue stands still, beside an update in it; else empty.

    Asks nothing of a vitrine that comes with its lane.
    """
    stopped = _stopped(vitrine, getattr(vitrine, "lane", None), now)
    return stopped[1] if stopped else ""


_WAITING = (UpdateState.PENDING, UpdateState.SENDING, UpdateState.HELD)


def standings_of(vitrines: Iterable[Vitrine], *, now: datetime) -> dict[int, Standing]:
    """By vitrine id, in two queries whatever the number of vitrines."""
    listed = list(vitrines)
    lanes = {lane.vitrine_id: lane for lane in Lane.objects.filter(vitrine__in=listed)}
    waiting: dict[int, int] = {}
    failed: dict[int, int] = {}
    counted = (
        StatusUpdate.objects.filter(vitrine__in=listed, state__in=[*_WAITING, UpdateState.FAILED])
        .order_by()
        .values_list("vitrine_id", "state")
        .annotate(number=Count("id"))
    )
    for vitrine_id, state, number in counted:
        tally = failed if state == UpdateState.FAILED else waiting
        tally[vitrine_id] = tally.get(vitrine_id, 0) + number
    return {
        vitrine.pk: judge(
            vitrine,
            lane=lanes.get(vitrine.pk),
            waiting=waiting.get(vitrine.pk, 0),
            failed=failed.get(vitrine.pk, 0),
            now=now,
        )
        for vitrine in listed
    }


@dataclass(frozen=True)
class StandingDetail:
    """What the vitrine's own page shows."""

    standing: Standing
    lane: Lane | None
    #: There is no file for its platform; or there may be, among those that have errors.
    platform_gone: bool
    platform_broken: bool
    pending: int
    held: int
    #: The first of the heads that failed and are tried again later; ``retrying`` is their number.
    next_retry: StatusUpdate | None
    last_accepted: StatusUpdate | None
    #: Set only while they hold something back.
    breaker_until: datetime | None
    throttled_until: datetime | None
    paced_until: datetime | None


def standing_detail(vitrine: Vitrine, *, now: datetime) -> StandingDetail:
    lane = Lane.objects.filter(vitrine=vitrine).select_related("paused_by").first()
    counts = dict(
        StatusUpdate.objects.filter(vitrine=vitrine, state__in=[*_WAITING, UpdateState.FAILED])
        .order_by()
        .values_list("state")
        .annotate(number=Count("id"))
    )
    pending = counts.get(UpdateState.PENDING, 0) + counts.get(UpdateState.SENDING, 0)
    held = counts.get(UpdateState.HELD, 0)
    missing = _missing(vitrine)
    return StandingDetail(
        standing=judge(
            vitrine,
            lane=lane,
            waiting=pending + held,
            failed=counts.get(UpdateState.FAILED, 0),
            now=now,
        ),
        lane=lane,
        platform_gone=isinstance(missing, UnknownPlatform),
        platform_broken=isinstance(missing, PlatformFileError),
        pending=pending,
        held=held,
        next_retry=_next_retry(vitrine, now),
        last_accepted=_last_accepted(vitrine),
        breaker_until=_later_than(now, lane.breaker_open_until if lane else None),
        throttled_until=_later_than(now, lane.throttled_until if lane else None),
        paced_until=_later_than(now + LONG_PAUSE, lane.paced_until if lane else None),
    )


def _next_retry(vitrine: Vitrine, now: datetime) -> StatusUpdate | None:
    """Of what is due later only: the index of due heads begins there, past all that waits now."""
    heads = StatusUpdate.objects.filter(vitrine=vitrine, state=UpdateState.PENDING, turn=True)
    retries = heads.filter(due_at__gt=now, attempts_made__gt=0)
    return retries.annotate(retrying=Window(Count("id"))).order_by("due_at", "id").first()


def _last_accepted(vitrine: Vitrine) -> StatusUpdate | None:
    """What the platform accepted last."""
    return (
        StatusUpdate.objects.filter(vitrine=vitrine, state=UpdateState.SENT)
        .select_related("order__vitrine")
        .order_by("-finished_at")
        .first()
    )


def _later_than(now: datetime, moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment > now else None
