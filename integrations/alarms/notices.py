"""The outbox of alarms: notices are written with what they tell of, claimed, and recorded.

**A claim** is taken by compare-and-set. Whether the holder of one is dead is told by a steady clock
(``delivery.lease_watch``), so that a wall clock set an hour forward in the midst of a sending has
nobody send the same again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from integrations.alarms.kinds import Kind
from integrations.alarms.quiet import Quiet, quiet_until
from integrations.alarms.schedule import next_try
from integrations.delivery.lease_watch import LeaseWatch, Seen
from integrations.models import (
    Alarm,
    AlarmNotice,
    AlarmSettings,
    NoticeChannel,
    NoticeState,
    Occasion,
)

#: Longer than any sending takes.
CLAIM = timedelta(minutes=2)
#: What this process knows of the claims of others.
WATCH = LeaseWatch(CLAIM.total_seconds())
#: Why a notice never left.
SWITCHED_OFF = "O alarme foi desligado antes do envio."
#: Looked at in one go.
BATCH = 50


@dataclass(frozen=True)
class Delivery:
    """What became of one try. ``error``: empty if it arrived; ``final``: no other try can help."""

    sent_to: str
    error: str = ""
    final: bool = False


def channels_of(row: AlarmSettings) -> list[NoticeChannel]:
    """By which the vitrine's people want to be told."""
    found = []
    if row.recipients:
        found.append(NoticeChannel.EMAIL)
    if row.webhook_url:
        found.append(NoticeChannel.WEBHOOK)
    return found


def write_notices(alarm: Alarm, occasion: Occasion, row: AlarmSettings, now: datetime) -> int:
    """One for each channel; they leave after the quiet hours."""
    notices = [
        AlarmNotice(
            vitrine_id=alarm.vitrine_id,
            alarm=alarm,
            channel=channel,
            occasion=occasion,
            repeat=alarm.repeats if occasion == Occasion.REPEATED else 0,
            created_at=now,
            since=alarm.since,
            number=alarm.number,
            said=alarm.said,
            due_at=not_before(row, Kind(alarm.kind), now),
        )
        for channel in channels_of(row)
    ]
    return len(AlarmNotice.objects.bulk_create(notices))


def withdraw_notices(alarm: Alarm, now: datetime) -> None:
    """What was to be told of an alarm that was switched off, but for what is on its way."""
    waiting = AlarmNotice.objects.filter(alarm=alarm, state=NoticeState.PENDING)
    waiting.filter(claimed_until=None).update(
        state=NoticeState.FAILED, error=SWITCHED_OFF, finished_at=now
    )


def not_before(row: AlarmSettings, kind: Kind, moment: datetime) -> datetime:
    """``moment``, or the end of the quiet hours that it lies in."""
    if row.quiet_from is None or row.quiet_until is None:
        return moment
    if kind.critical and row.critical_breaks_quiet:
        return moment
    quiet = Quiet(row.quiet_from, row.quiet_until)
    return quiet_until(quiet, moment, timezone.get_default_timezone()) or moment


def due_notices(now: datetime) -> list[AlarmNotice]:
    """Oldest first. By one channel, an alarm is told in the order of what happened: that it is over
    never arrives before that it began."""
    earlier = AlarmNotice.objects.filter(
        alarm=OuterRef("alarm"),
        channel=OuterRef("channel"),
        state=NoticeState.PENDING,
        pk__lt=OuterRef("pk"),
    )
    due = AlarmNotice.objects.filter(~Exists(earlier), state=NoticeState.PENDING, due_at__lte=now)
    return list(due.select_related("alarm", "vitrine").order_by("due_at", "id")[:BATCH])


def hold_if_quiet(notice: AlarmNotice, row: AlarmSettings, now: datetime) -> bool:
    """What fell due in quiet hours (no engine ran before them, or it is a retry) waits for their
    end. A test never does: somebody sits there and waits."""
    if notice.alarm is None:
        return False
    due_at = not_before(row, Kind(notice.alarm.kind), now)
    if due_at <= now:
        return False
    AlarmNotice.objects.filter(pk=notice.pk, state=NoticeState.PENDING).update(due_at=due_at)
    return True


def claim(notice: AlarmNotice, now: datetime) -> bool:
    """Have it for oneself; False if somebody else has it."""
    if not WATCH.may_be_taken(notice.pk, Seen(notice.claims, notice.claimed_until)):
        return False
    as_seen = AlarmNotice.objects.filter(
        pk=notice.pk,
        state=NoticeState.PENDING,
        claims=notice.claims,
        claimed_until=notice.claimed_until,
    )
    if not as_seen.update(claims=F("claims") + 1, claimed_until=now + CLAIM):
        return False
    notice.claims += 1
    return True


def record(notice: AlarmNotice, delivery: Delivery, row: AlarmSettings, now: datetime) -> None:
    """Write down what became of a claimed notice, unless somebody else has it now."""
    attempts = notice.attempts + 1
    changes = {
        "attempts": attempts,
        "sent_to": delivery.sent_to[:500],
        "error": delivery.error[:500],
        "claimed_until": None,
    } | _state_after(notice, delivery, row, attempts, now)
    mine = AlarmNotice.objects.filter(pk=notice.pk, state=NoticeState.PENDING, claims=notice.claims)
    mine.update(**changes)


def _state_after(
    notice: AlarmNotice, delivery: Delivery, row: AlarmSettings, attempts: int, now: datetime
) -> dict[str, object]:
    if not delivery.error:
        return {"state": NoticeState.SENT, "finished_at": now}
    wait = None if delivery.final or notice.alarm is None else next_try(attempts)
    if wait is None or notice.alarm is None:
        return {"state": NoticeState.FAILED, "finished_at": now}
    return {"due_at": not_before(row, Kind(notice.alarm.kind), now + wait)}
