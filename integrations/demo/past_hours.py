"""The week before the sample data, as the Painel counts it.

No update stands behind these counts: they only give a new installation a chart to look at, and two
vitrines that are known to send at every hour of the day.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.models import SendingHour
from integrations.sending_tally import BUCKETS, hour_of
from vitrines.models import Vitrine

PAST = timedelta(days=8)
HOUR = timedelta(hours=1)
#: Accepted in an hour at night, and at the busiest of the day.
QUIET, BUSY = 3, 48
#: Of a hundred accepted, how many took as long as which bucket says.
_TIMES = {1: 14, 2: 31, 3: 28, 4: 15, 5: 7, 7: 3, 9: 2}


def write_past_hours(vitrines: Iterable[Vitrine], *, now: datetime) -> None:
    """Up to the hour before this one, in which the sample itself is counted."""
    this_hour = hour_of(now)
    ages = range(1, PAST // HOUR + 1)
    SendingHour.objects.bulk_create(
        _hour(vitrine, this_hour - HOUR * age, place + age)
        for place, vitrine in enumerate(vitrines)
        for age in ages
    )


def _hour(vitrine: Vitrine, hour: datetime, number: int) -> SendingHour:
    """``number`` makes each hour a little different from the others."""
    of_day = timezone.localtime(hour).hour
    accepted = QUIET + max(0, BUSY - 7 * abs(of_day - 14)) + number * 7 % 5
    retried = number * 5 % 4 if number % 3 == 0 else 0
    return SendingHour(
        vitrine=vitrine,
        hour=hour,
        accepted=accepted,
        accepted_first_try=accepted - retried,
        refused=1 if number % 11 == 0 else 0,
        retried=retried,
        postponed=6 if number % 17 == 0 else 0,
        **_times(accepted),
    )


def _times(accepted: int) -> dict[str, int]:
    """Together as many as were accepted."""
    times = {BUCKETS[place]: accepted * share // 100 for place, share in _TIMES.items()}
    return times | {BUCKETS[2]: times[BUCKETS[2]] + accepted - sum(times.values())}
