"""When a vitrine that usually sends has gone silent. Pure.

All that is asked of a vitrine are the hours in which its platform accepted something.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
#: An hour is usual if something was accepted in it on at least so many of the seven days before.
USUAL_DAYS = 4
#: So many usual hours without anything accepted are a silence.
HOURS = 3
#: How far back these are looked for. With the week before that, it is all that is asked for.
WITHIN = 24
LOOKS_BACK = timedelta(days=8)


@dataclass(frozen=True)
class Silence:
    vitrine_id: int
    #: When its platform accepted something last.
    accepted_at: datetime | None
    #: When the ERP told something last, if that was later.
    told_at: datetime | None


def silent_hours(accepted: Collection[datetime], *, this_hour: datetime) -> tuple[datetime, ...]:
    """The latest usual hours that passed without anything accepted; none of a vitrine that is not
    silent. Both arguments are beginnings of hours.

    Hours in which it never sends are passed over, so a shop that is closed at night is not called
    silent in the morning. On a day of the week on which it sent nothing at these hours a week ago,
    nothing is said: that is how a shop without weekends looks on a Saturday.
    """
    back = [this_hour - HOUR * number for number in range(1, WITHIN + 1)]
    latest = tuple(hour for hour in back if _usual(accepted, hour))[:HOURS]
    if len(latest) < HOURS or any(hour >= latest[-1] for hour in accepted):
        return ()
    sent_a_week_ago = any(hour - WEEK in accepted for hour in latest)
    return latest if sent_a_week_ago else ()


def _usual(accepted: Collection[datetime], hour: datetime) -> bool:
    return sum(hour - DAY * days in accepted for days in range(1, 8)) >= USUAL_DAYS
