"""When a vitrine that usually sends has gone silent. Pure.

All that is asked of a vitrine are the hours in which its platform accepted something, of the week
up to its last acceptance: what was usual then stays usual however long it is silent since.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
HOURS_OF_A_DAY, HOURS_OF_A_WEEK = 24, 168
#: An hour is usual if something was accepted in it on at least so many of the seven days.
USUAL_DAYS = 4
#: So many usual hours without anything accepted are a silence.
HOURS = 3


@dataclass(frozen=True)
class Silence:
    vitrine_id: int
    #: When its platform accepted something last.
    accepted_at: datetime
    #: When the ERP told something last, if that was later.
    told_at: datetime | None


def is_silent(accepted: Collection[datetime], *, this_hour: datetime) -> bool:
    """Whether three usual hours have passed since the last acceptance; then it stays silent until
    something is accepted.

    ``accepted``: the hours in which something was; those more than a week before the last one
    change nothing. All are beginnings of hours (``sending_tally.hour_of``).

    Hours in which it never sends are passed over, so a shop that is closed at night is not called
    silent in the morning. So are those around which it sent nothing on the same day of the week: a
    shop without weekends is not called silent on a Saturday.
    """
    if not accepted:
        return False
    last = max(accepted)
    week = {_hour_of_week(hour) for hour in accepted if last - hour < WEEK}
    passed = (this_hour - last) // HOUR - 1
    # Usual hours come back each week: in the first of them there are three, or there are none.
    since = (_hour_of_week(last) + after for after in range(1, min(passed, HOURS_OF_A_WEEK) + 1))
    return sum(_usual(week, hour) for hour in since) >= HOURS


def _usual(week: Collection[int], hour: int) -> bool:
    days = sum(_turned(hour - HOURS_OF_A_DAY * day) in week for day in range(7))
    that_day = any(_turned(hour + by) in week for by in (-1, 0, 1))
    return days >= USUAL_DAYS and that_day


def _hour_of_week(hour: datetime) -> int:
    return _turned(int(hour.timestamp()) // 3600)


def _turned(hours: int) -> int:
    return hours % HOURS_OF_A_WEEK
