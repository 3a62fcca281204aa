"""When a failed try is made again, and a platform that says "wait" is asked again. Pure."""

from datetime import timedelta

#: After the first failure, the second, … About 70 hours in all.
SCHEDULE: tuple[timedelta, ...] = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
#: The first one, and those of the schedule.
MAX_TRIES = 1 + len(SCHEDULE)
JITTER = 0.2
#: The least that a lane waits for a platform that throttles it, each time twice as long.
FIRST_WAIT = timedelta(seconds=1)
LONGEST_OWN_WAIT = timedelta(minutes=1)


def next_attempt(attempts_made: int, *, jitter: float) -> timedelta | None:
    """How long to wait after ``attempts_made`` tries (1 or more); None when they are exhausted.

    ``jitter`` in [-1, 1] moves the wait by up to a fifth, so that what failed together does not
    come back together.
    """
    if attempts_made < 1:
        raise ValueError("a retry follows at least one attempt")
    if attempts_made > len(SCHEDULE):
        return None
    return SCHEDULE[attempts_made - 1] * (1 + JITTER * max(-1.0, min(1.0, jitter)))


def throttled_for(told: timedelta, throttles: int) -> timedelta:
    """How long to wait after so many answers in a row said so: as told, but one that goes on saying
    "in no time" is not asked each second for hours."""
    # The exponent is bounded: a platform that throttles for weeks must not overflow.
    doubled = FIRST_WAIT * 2 ** min(max(throttles - 1, 0), 10)
    return max(told, min(doubled, LONGEST_OWN_WAIT))
