"""The outbox of alarms: notices are written with what they tell of, claimed, and recorded.

**A claim** is taken by compare-and-set. Whether the holder of one is dead is told by a steady clock
(``delivery.lease_watch``), so that a wall clock set an hour forward in the midst of a sending has
nobody send the same again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
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
CHANNEL_OFF = "Este canal foi desligado antes do envio."


@dataclass(frozen=True)
class Delivery:
    """What became of one try. ``error``: empty if it arrived; ``final``: no other try can help;
    ``reached``: the addresses that have it by now."""

    sent_to: str
    error: str = ""
    final: bool = False
    reached: tuple[str, ...] = ()


def channels_of(row: AlarmSettings) -> list[NoticeChannel]:
    """By which the vitrine's people want to be told."""
    found = []
    if row.recipients:
        found.append(NoticeChannel.EMAIL)
    if row.webhook_url:
        found.append(NoticeChannel.WEBHOOK)
    return found


def opened_by(alarm: Alarm) -> set[str]:
    """The channels by which it was, or is to be, told that the alarm opened."""
    opened = AlarmNotice.objects.filter(alarm=alarm, occasion=Occasion.OPENED)
    return set(opened.values_list("channel", flat=True))


def write_notices(
    alarm: Alarm, occasion: Occasion, channels: Iterable[NoticeChannel], now: datetime
) -> int:
    """One for each channel."""
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
            due_at=now,
        )
        for channel in channels
    ]
    return len(AlarmNotice.objects.bulk_create(notices))


def write_repetition(alarm: Alarm, channels: Iterable[NoticeChannel], now: datetime) -> int:
    """By a channel where the last one has not left yet, none is added: what nobody has tried to
    send says how things stand now."""
    waiting = AlarmNotice.objects.filter(
        alarm=alarm, occasion=Occasion.REPEATED, state=NoticeState.PENDING
    )
    held = set(waiting.values_list("channel", flat=True))
    waiting.filter(attempts=0, claimed_until=None).update(
        created_at=now, since=alarm.since, number=alarm.number, said=alarm.said
    )
    free = [channel for channel in channels if channel not in held]
    if not free:
        return 0
    alarm.repeats += 1
    alarm.save(update_fields=["repeats"])
    return write_notices(alarm, Occasion.REPEATED, free, now)


def withdraw(notices: QuerySet[AlarmNotice], now: datetime) -> None:
    """What was to be told of an alarm that was switched off, but for what is on its way."""
    notices.filter(state=NoticeState.PENDING, claimed_until=None).update(
        state=NoticeState.FAILED, error=SWITCHED_OFF, finished_at=now
    )


def held_until(row: AlarmSettings, kind: Kind, moment: datetime) -> datetime | None:
    """The end of the quiet hours that ``moment`` lies in; None if it lies in none, or the alarm
    breaks them."""
    if row.quiet_from is None or row.quiet_until is None:
        return None
    if kind.critical and row.critical_breaks_quiet:
        return None
    quiet = Quiet(row.quiet_from, row.quiet_until)
    return quiet_until(quiet, moment, timezone.get_default_timezone())


def due_notices(now: datetime) -> list[AlarmNotice]:
    """Oldest first, but for what the quiet hours of this moment hold. That is asked anew at each
    look and written nowhere, so whoever changes the hours changes it for all that waits.

    By one channel, an alarm is told in the order of what happened: that it is over never arrives
    before that it began.
    """
    earlier = AlarmNotice.objects.filter(
        alarm=OuterRef("alarm"),
        channel=OuterRef("channel"),
        state=NoticeState.PENDING,
        pk__lt=OuterRef("pk"),
    )
    due = AlarmNotice.objects.filter(~Exists(earlier), state=NoticeState.PENDING, due_at__lte=now)
    awake = due.exclude(_in_quiet(now)).select_related("alarm", "vitrine")
    return list(awake.order_by("due_at", "id"))


def _in_quiet(now: datetime) -> Q:
    """Alarms that are held now. A test never is: somebody sits there and waits."""
    held = Q(pk__in=[])
    rows = AlarmSettings.objects.exclude(quiet_from=None).defer("secrets")
    for kind in Kind:
        quiet = [row.vitrine_id for row in rows if held_until(row, kind, now)]
        held |= Q(alarm__kind=kind, vitrine__in=quiet)
    return held


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


def record(notice: AlarmNotice, delivery: Delivery, now: datetime) -> None:
    """Write down what became of a claimed notice, unless somebody else has it now."""
    attempts = notice.attempts + 1
    changes = {
        "attempts": attempts,
        "sent_to": delivery.sent_to[:500],
        "reached": list(delivery.reached),
        "error": delivery.error[:500],
        "claimed_until": None,
    } | _state_after(notice, delivery, attempts, now)
    mine = AlarmNotice.objects.filter(pk=notice.pk, state=NoticeState.PENDING, claims=notice.claims)
    mine.update(**changes)


def _state_after(
    notice: AlarmNotice, delivery: Delivery, attempts: int, now: datetime
) -> dict[str, object]:
    """Once nobody else can be reached, what reached somebody was sent: its error names the rest."""
    final = delivery.final or notice.alarm is None
    wait = next_try(attempts) if delivery.error and not final else None
    if wait is not None:
        return {"due_at": now + wait}
    arrived = bool(delivery.reached) or not delivery.error
    state = NoticeState.SENT if arrived else NoticeState.FAILED
    return {"state": state, "finished_at": now}
