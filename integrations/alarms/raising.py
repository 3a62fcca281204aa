"""Looking at every vitrine that wants alarms, and writing down what opens, stays and closes.

Any number of engines may look at once, and none waits for another:

1. The settings are read first, with the number of the latest ``evaluation``; then the open alarms,
   then the facts.
2. What ``evaluate`` decided is written in one transaction a vitrine, with its notices, and only if
   that number still stands (compare-and-set). Whoever decided by older facts writes nothing, and
   looks again in half a minute.
3. A constraint allows one open alarm of a kind, and one notice of an alarm by each channel on each
   occasion.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import F

from integrations.alarms.evaluation import (
    Closes,
    OpenAlarm,
    Opens,
    SeenAhead,
    Stays,
    Step,
    Wrong,
    evaluate,
)
from integrations.alarms.facts import facts_of, wishes_of
from integrations.alarms.kinds import Kind
from integrations.alarms.notices import (
    channels_of,
    opened_by,
    withdraw,
    write_notices,
    write_repetition,
)
from integrations.models import Alarm, AlarmNotice, AlarmSettings, Occasion
from integrations.models.alarm import SENTENCE_MAX

logger = logging.getLogger(__name__)


def raise_alarms(*, now: datetime) -> int:
    """One look. Returns how many notices were written."""
    rows = list(AlarmSettings.objects.select_related("vitrine__lane").defer("secrets"))
    if not rows:
        return 0
    alarms = _open_alarms()
    rows = [row for row in rows if wishes_of(row).kinds or row.vitrine_id in alarms]
    facts = facts_of(rows, now)
    written = 0
    for row in rows:
        fact = facts[row.vitrine_id]
        steps = evaluate(wishes_of(row), fact, alarms.get(row.vitrine_id, ()), now)
        waiting_since = (row.waiting_since or now) if fact.waiting_since else None
        if steps or waiting_since != row.waiting_since:
            row.waiting_since = waiting_since
            written += _write_or_log(row, steps, now)
    return written


def _open_alarms() -> dict[int, list[OpenAlarm]]:
    alarms: dict[int, list[OpenAlarm]] = defaultdict(list)
    rows = Alarm.objects.filter(closed_at=None).order_by("pk")
    for pk, vitrine_id, kind, seen_at, told_at in rows.values_list(
        "pk", "vitrine_id", "kind", "seen_at", "told_at"
    ):
        alarms[vitrine_id].append(OpenAlarm(pk, Kind(kind), seen_at, told_at))
    return alarms


def _write_or_log(row: AlarmSettings, steps: Sequence[Step], now: datetime) -> int:
    """A vitrine whose alarms cannot be written for a reason nobody foresaw silences no other."""
    try:
        return _write(row, steps, now)
    except OperationalError:
        raise  # the database, not the vitrine
    except Exception:
        logger.exception("the alarms of vitrine %s could not be written", row.vitrine_id)
        return 0


@transaction.atomic
def _write(row: AlarmSettings, steps: Iterable[Step], now: datetime) -> int:
    as_seen = AlarmSettings.objects.filter(
        pk=row.pk, evaluation=row.evaluation, version=row.version
    )
    if not as_seen.update(evaluation=F("evaluation") + 1, waiting_since=row.waiting_since):
        return 0
    return sum(_take(step, row, now) for step in steps)


def _take(step: Step, row: AlarmSettings, now: datetime) -> int:
    """Returns how many notices it took."""
    match step:
        case Opens(wrong):
            alarm = Alarm(vitrine=row.vitrine, kind=wrong.kind.value, opened_at=now, told_at=now)
            _say(alarm, wrong, now)
            return write_notices(alarm, Occasion.OPENED, channels_of(row), now)
        case Stays(open_alarm, wrong, repeats):
            alarm = Alarm.objects.get(pk=open_alarm.id)
            if repeats:
                alarm.told_at = now
            _say(alarm, wrong, now)
            return _tell_on(alarm, row, repeats, now)
        case SeenAhead(open_alarm):
            Alarm.objects.filter(pk=open_alarm.id).update(seen_at=now)
            return 0
        case Closes(open_alarm, tells):
            alarm = Alarm.objects.get(pk=open_alarm.id)
            alarm.closed_at = now
            alarm.save(update_fields=["closed_at"])
            if tells:
                opened = opened_by(alarm)
                told = [channel for channel in channels_of(row) if channel in opened]
                return write_notices(alarm, Occasion.CLOSED, told, now)
            withdraw(AlarmNotice.objects.filter(alarm=alarm), now)
            return 0


def _tell_on(alarm: Alarm, row: AlarmSettings, repeats: bool, now: datetime) -> int:
    """By a channel that was set up after the alarm had opened, it is told that it did."""
    opened, channels = opened_by(alarm), channels_of(row)
    new = [channel for channel in channels if channel not in opened]
    written = write_notices(alarm, Occasion.OPENED, new, now)
    if repeats:
        told = [channel for channel in channels if channel in opened]
        written += write_repetition(alarm, told, now)
    return written


def _say(alarm: Alarm, wrong: Wrong, now: datetime) -> None:
    alarm.seen_at, alarm.since = now, wrong.since or alarm.opened_at
    alarm.said, alarm.number = wrong.said[:SENTENCE_MAX], wrong.number
    alarm.save()
