"""What one try means for its update and for the lane: a value, decided once.

No database, no clock: ``recording`` applies it.
"""

from dataclasses import dataclass
from datetime import timedelta

from integrations.delivery.retry import next_attempt
from integrations.models import AttemptClass, PauseReason, UpdateReason, UpdateState


@dataclass(frozen=True)
class Settlement:
    state: UpdateState
    reason: UpdateReason | None = None
    #: How long the update waits before it is due again, when it is still pending.
    wait: timedelta = timedelta(0)
    #: Whether the try counts against the retry schedule.
    counted: bool = False
    #: Why the whole lane stops until a person resumes it.
    pause: PauseReason | None = None


_FINAL = {
    AttemptClass.ACCEPTED: Settlement(UpdateState.SENT, UpdateReason.ACCEPTED, counted=True),
    AttemptClass.ALREADY_APPLIED: Settlement(
        UpdateState.SENT, UpdateReason.ALREADY_APPLIED, counted=True
    ),
    AttemptClass.REJECTED: Settlement(UpdateState.FAILED, UpdateReason.REJECTED, counted=True),
    AttemptClass.REFUSED_DESTINATION: Settlement(
        UpdateState.FAILED, UpdateReason.DESTINATION_REFUSED
    ),
    AttemptClass.CONFIG: Settlement(UpdateState.FAILED, UpdateReason.CONFIG),
    AttemptClass.AUTH_REFUSED: Settlement(UpdateState.PENDING, pause=PauseReason.AUTH_REFUSED),
    AttemptClass.GONE: Settlement(UpdateState.PENDING, pause=PauseReason.GONE),
}


def settle(
    outcome: AttemptClass,
    *,
    attempts_made: int,
    retry_after: float | None,
    jitter: float,
    excused: bool = False,
) -> Settlement:
    """``attempts_made`` counts the tries before this one; ``jitter`` is in [-1, 1]; ``excused``:
    what it failed by is put right before the next try."""
    if excused:
        return Settlement(UpdateState.PENDING)
    if outcome is AttemptClass.THROTTLED:
        return Settlement(UpdateState.PENDING, wait=timedelta(seconds=retry_after or 0))
    if outcome is AttemptClass.TRANSIENT:
        wait = next_attempt(attempts_made + 1, jitter=jitter)
        if wait is None:
            return Settlement(UpdateState.FAILED, UpdateReason.EXHAUSTED, counted=True)
        return Settlement(UpdateState.PENDING, wait=wait, counted=True)
    return _FINAL[outcome]
