"""What tries are counted by, hour by hour, and what can be read off the counts. Pure.

How long a sending took is counted in fixed buckets, each twice as long as the one before it. So the
hours of all vitrines are added up, and percentiles read off the sum, without looking at an update.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Result(StrEnum):
    """What one try came to; each is a column of its hour."""

    ACCEPTED = "accepted"
    #: For good: a person has to act.
    REFUSED = "refused"
    #: It failed, and is tried again later.
    RETRIED = "retried"
    #: It does not count as a try: asked to wait, credential refused, address gone.
    POSTPONED = "postponed"


#: Of those accepted, how many at the first try.
FIRST_TRY = "accepted_first_try"
#: The longest time of each bucket but the last, which takes the rest. Seconds: an eighth to 18 h.
BOUNDS = tuple(0.125 * 2**place for place in range(20))
BUCKETS = tuple(f"took_{place}" for place in range(len(BOUNDS) + 1))
#: All that is counted, as the columns are called.
COLUMNS = (*(result.value for result in Result), FIRST_TRY, *BUCKETS)


@dataclass(frozen=True)
class Try:
    result: Result
    #: It was the first one of its update.
    first: bool = False
    #: Seconds from the event's being stored to the acceptance; None of what was not accepted, and
    #: of a repeat, which tells no event.
    took: float | None = None


def tally(tries: Iterable[Try]) -> Counter[str]:
    """How much is to be added to which columns."""
    counted: Counter[str] = Counter()
    for one in tries:
        counted[one.result.value] += 1
        if one.result is Result.ACCEPTED and one.first:
            counted[FIRST_TRY] += 1
        if one.result is Result.ACCEPTED and one.took is not None:
            counted[BUCKETS[bucket_of(one.took)]] += 1
    return counted


def bucket_of(seconds: float) -> int:
    """A clock that was set back makes the shortest time of it."""
    return bisect_left(BOUNDS, seconds)


def percentile(buckets: Sequence[int], share: float) -> float | None:
    """The seconds within which this share was accepted: None of nothing, infinite past the last
    bound.

    Within a bucket the times are taken to be spread evenly by their logarithm, so the answer is off
    by less than the bucket is wide.
    """
    rank, before = share * sum(buckets), 0
    for place, number in enumerate(buckets):
        if number and before + number >= rank:
            return _within(place, (rank - before) / number)
        before += number
    return None


def _within(place: int, part: float) -> float:
    if place == len(BOUNDS):
        return math.inf
    if place == 0:
        return BOUNDS[0] * part
    return float(BOUNDS[place - 1] * 2**part)


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour, as it is counted under."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
