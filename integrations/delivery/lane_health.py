"""What tries tell of the platform: when its lane pauses, waits, or is left alone for a while."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, auto

from integrations.delivery.breaker import (
    LONGEST_OPENING,
    THRESHOLD,
    BreakerState,
    after_transient,
)
from integrations.delivery.outcomes import LONGEST_WAIT
from integrations.delivery.rates import Pace, set_back_since
from integrations.delivery.retry import throttled_for
from integrations.delivery.sending import SendResult
from integrations.delivery.settlement import Settlement
from integrations.models import AttemptClass, Lane

#: Its own "not now", beside 5xx.
UNWELL_BELOW_500 = (408, 425)
#: What tells that the platform is up, whatever it thought of the update.
ALIVE = (AttemptClass.ACCEPTED, AttemptClass.ALREADY_APPLIED, AttemptClass.REJECTED)


class Sign(Enum):
    """What one answer says of the platform, whatever becomes of its update."""

    #: It has to be mended by a person, unless a renewed token does.
    REFUSES = auto()
    WAIT = auto()
    #: One failure more in a row.
    UNWELL = auto()
    WELL = auto()
    NOTHING = auto()


def sign_of(result: SendResult) -> Sign:
    """Read by ``note_result`` for the lane's row and by the senders' ``Brake`` before that, so
    that the two never differ."""
    match AttemptClass(result.outcome):
        case AttemptClass.AUTH_REFUSED | AttemptClass.GONE:
            return Sign.REFUSES
        case AttemptClass.THROTTLED:
            return Sign.WAIT
        case AttemptClass.TRANSIENT if _unwell(result.http_status):
            return Sign.UNWELL
        case outcome if outcome in ALIVE:
            return Sign.WELL
    return Sign.NOTHING


def note_result(lane: Lane, result: SendResult, settlement: Settlement, now: datetime) -> None:
    match sign_of(result):
        case Sign.REFUSES if settlement.pause and lane.paused_at is None:
            lane.paused_at, lane.pause_reason = now, settlement.pause
            lane.pause_note = result.message[:300]
        case Sign.WAIT:
            throttle(lane, settlement.wait, now, started_at=result.started_at)
        case Sign.UNWELL:
            _count_failure(lane, result.started_at, now)
        case Sign.WELL:
            lane.throttles_in_row = 0
            close_breaker(lane)


def throttle(lane: Lane, told: timedelta, now: datetime, *, started_at: datetime) -> None:
    """Wait so long, or longer if the lane waits already, or was told so again and again.

    Tries that were in flight when it was told do not count as one more time.
    """
    waits = throttled(lane, now)
    if not waits and not throttled(lane, started_at):
        lane.throttles_in_row += 1
    until = now + throttled_for(told, lane.throttles_in_row)
    if waits and lane.throttled_until is not None:
        until = max(until, lane.throttled_until)
    lane.throttled_until = until


def keep_pace(lane: Lane, pace: Pace, drained: Mapping[str, float], now: datetime) -> None:
    """``drained``: with what was claimed, made or given back now."""
    lane.drained = dict(drained)
    full = pace.room(drained, now) == 0
    lane.paced_until = pace.free_at(drained, now) if full else None


# Whether the lane waits. What lies further ahead than any wait was set before the clock was set
# back, and is past.


def throttled(lane: Lane, now: datetime) -> bool:
    return _ahead(lane.throttled_until, timedelta(seconds=LONGEST_WAIT), now)


def breaker_open(lane: Lane, now: datetime) -> bool:
    return _ahead(lane.breaker_open_until, LONGEST_OPENING, now)


def paced(lane: Lane, now: datetime) -> bool:
    until = lane.paced_until
    return until is not None and until > now and not set_back_since(lane.drained, now)


def _ahead(moment: datetime | None, longest: timedelta, now: datetime) -> bool:
    return moment is not None and now < moment <= now + longest


def _unwell(http_status: int | None) -> bool:
    """No answer, or one that speaks of the platform itself. "Not now" about one order, which a
    rule of the platform's file finds under another status, says nothing of the other orders."""
    return http_status is None or http_status >= 500 or http_status in UNWELL_BELOW_500


def _count_failure(lane: Lane, started_at: datetime, now: datetime) -> None:
    """Failures of tries that were in flight when the breaker opened do not open it further,
    however late they come."""
    if breaker_open(lane, now) or breaker_open(lane, started_at):
        return
    lane.breaker_note = ""
    _open_after(lane, after_transient(lane.transient_failures, lane.breaker_openings), now)


def open_breaker(lane: Lane, note: str, now: datetime) -> None:
    """At once, for what no update can do without; ``note`` says in words what failed."""
    failures = max(lane.transient_failures, THRESHOLD - 1)
    lane.breaker_note = note[:300]
    _open_after(lane, after_transient(failures, lane.breaker_openings), now)


def _open_after(lane: Lane, breaker: BreakerState, now: datetime) -> None:
    lane.transient_failures += 1
    lane.breaker_openings = breaker.openings
    if breaker.open_for is not None:
        lane.breaker_open_until = now + breaker.open_for
        lane.breaker_opened_at = lane.breaker_opened_at or now


def close_breaker(lane: Lane) -> None:
    lane.transient_failures = lane.breaker_openings = 0
    lane.breaker_open_until = lane.breaker_opened_at = None
    lane.breaker_note = ""
