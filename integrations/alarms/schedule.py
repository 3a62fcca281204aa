"""When a notice that did not arrive is tried again. Pure."""

from datetime import timedelta

#: After the first failure, the second, … About six hours in all: who would be told later than that
#: has seen it on the screen, and an alarm that goes on is told again anyway. No wait is long, for a
#: later notice of the same alarm waits for this one.
SCHEDULE: tuple[timedelta, ...] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    *(timedelta(hours=1),) * 5,
)
#: The first one, and those of the schedule.
MAX_TRIES = 1 + len(SCHEDULE)


def next_try(tries_made: int) -> timedelta | None:
    """How long to wait after so many tries (1 or more); None when they are exhausted."""
    return SCHEDULE[tries_made - 1] if tries_made <= len(SCHEDULE) else None
