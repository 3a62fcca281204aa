"""When a vitrine whose platform keeps failing is left alone for a while. Pure.

Closed → (five transient failures in a row) → open for 30 s → half-open: one real update is tried
→ closed again if it is accepted, open for twice as long (15 min at most) if it fails.
"""

from dataclasses import dataclass
from datetime import timedelta

THRESHOLD = 5
FIRST_OPENING = timedelta(seconds=30)
LONGEST_OPENING = timedelta(minutes=15)


@dataclass(frozen=True)
class BreakerState:
    #: Transient failures in a row.
    failures: int = 0
    #: How often it opened in a row; above 0 it is open, or half-open once the time has passed.
    openings: int = 0
    #: Set when it opens now.
    open_for: timedelta | None = None


def after_transient(failures: int, openings: int) -> BreakerState:
    """The breaker once one more try failed; any other outcome resets it to ``BreakerState()``."""
    failures += 1
    if openings == 0 and failures < THRESHOLD:
        return BreakerState(failures, openings)
    # The exponent is bounded: a platform that is down for weeks must not overflow.
    doubled = FIRST_OPENING * 2 ** min(openings, 10)
    return BreakerState(failures, openings + 1, min(doubled, LONGEST_OPENING))
