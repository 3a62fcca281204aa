"""The token that one holder of a lane sends with.

The lane's own thread gets it before it claims anything, renews it in time, and once more when the
platform refuses it; the sender threads find it in their parcels.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from integrations.delivery.context import AccessToken
from integrations.delivery.http import Sessions
from integrations.delivery.lane_health import open_breaker, throttle
from integrations.delivery.lanes import RENEW_EVERY, Lease, hold, renew
from integrations.delivery.outcomes import MESSAGE_LENGTH, Outcome
from integrations.delivery.parcels import Desk
from integrations.delivery.platform_tokens.exchange import NotObtained, Obtained
from integrations.delivery.platform_tokens.keeping import (
    KeptToken,
    Renewal,
    credential_of,
    find_or_begin,
    finish,
    needs_token,
    new_holder,
    prove,
    refuse,
)
from integrations.delivery.recording import Attempt
from integrations.models import AttemptClass, DeliveryAttempt, Lane, PauseReason

#: How holders of renewals begin that were made for a lane. Only one lane of a vitrine lives.
LANE = "lane"
#: Ends the message of a refused try that is made again with another token.
RENEWED = "Ele é renovado, e o envio é feito de novo."
_APPLIED = (AttemptClass.ACCEPTED, AttemptClass.ALREADY_APPLIED)
_PAUSES = {
    Outcome.AUTH_REFUSED: PauseReason.AUTH_REFUSED,
    Outcome.GONE: PauseReason.GONE,
    Outcome.CONFIG: PauseReason.CONFIG,
}


@dataclass
class LaneToken:
    lease: Lease
    clock: Callable[[], datetime]
    kept: KeptToken | None = None

    @property
    def token(self) -> AccessToken | None:
        return self.kept.token if self.kept else None

    def fits(self, desk: Desk) -> bool:
        """Whether what is claimed now can be sent; also where the platform wants no token."""
        if not needs_token(desk):
            self.kept = None
            return True
        digest = credential_of(desk).digest
        return self.kept is not None and self.kept.fits(digest, self.clock())

    def obtain(self, desk: Desk) -> bool:
        """Get a token that fits. False: the lane was stopped and says why, or somebody else is
        asking for a token just now."""
        found = find_or_begin(
            self.lease.vitrine_id,
            credential_of(desk),
            holder=new_holder(LANE),
            clock=self.clock,
            instead_of=LANE,
        )
        result = self._ask(found) if isinstance(found, Renewal) else found
        if isinstance(result, NotObtained):
            self._stop_lane(result)
            return False
        self.kept = result or self.kept
        return result is not None

    def _ask(self, renewal: Renewal) -> KeptToken | NotObtained:
        # In a thread of its own, while the lane's thread keeps the lease.
        with ThreadPoolExecutor(1, thread_name_prefix="token") as thread:
            asking = thread.submit(_asked, renewal)
            try:
                while not wait([asking], RENEW_EVERY.total_seconds()).done:
                    renew(self.lease, now=self.clock())
            finally:
                # Also if the lane is lost meanwhile: a refresh token cannot be spent twice.
                result = finish(renewal, asking.result(), now=self.clock())
        return result

    def _stop_lane(self, failure: NotObtained) -> None:
        now = self.clock()
        with transaction.atomic():
            lane = hold(self.lease)
            _stop(lane, failure, now)
            lane.save()

    # What the sendings say of the token

    def judged(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """The attempts, with those excused that failed by a token that can be renewed.

        Excused is what was refused with a token that is not the newest, or with the newest if that
        was not already the answer to a refusal; but no update twice in a row, for then it is not
        the token that the platform refuses.
        """
        refused = [one for one in attempts if _is_refused(one)]
        on_trial = self.kept is not None and self.kept.on_trial
        if any(self._newest(one) for one in refused):
            self._give_up()
        else:
            self._note_accepted(attempts)
        if self.kept is None or not refused:
            return list(attempts)
        before = _last_outcomes([one.update_id for one in refused])

        def excusable(one: Attempt) -> bool:
            twice = before.get(one.update_id) == AttemptClass.AUTH_REFUSED
            return _is_refused(one) and not twice and not (on_trial and self._newest(one))

        return [_excused(one) if excusable(one) else one for one in attempts]

    def _newest(self, attempt: Attempt) -> bool:
        used = attempt.token
        return self.kept is not None and used is not None and used.number == self.kept.token.number

    def _give_up(self) -> None:
        """Before the updates go back to the queue, so that no later holder uses the token."""
        if self.kept is not None:
            refuse(self.lease.vitrine_id, self.kept.token, now=self.clock())
            self.kept = replace(self.kept, renew_at=self.clock())

    def _note_accepted(self, attempts: Sequence[Attempt]) -> None:
        if self.kept is None or not self.kept.on_trial:
            return
        if any(one.result.outcome in _APPLIED and self._newest(one) for one in attempts):
            prove(self.lease.vitrine_id, self.kept.token)
            self.kept = replace(self.kept, on_trial=False)


def _is_refused(attempt: Attempt) -> bool:
    return attempt.result.outcome == AttemptClass.AUTH_REFUSED


def _asked(renewal: Renewal) -> Obtained | NotObtained:
    with closing(Sessions(pool_size=1)) as sessions:
        return renewal.ask(sessions)


def _last_outcomes(update_ids: Sequence[int]) -> dict[int, str]:
    rows = DeliveryAttempt.objects.filter(update__in=update_ids).order_by("id")
    return dict(rows.values_list("update_id", "outcome"))


def _excused(attempt: Attempt) -> Attempt:
    said = attempt.result.message[: MESSAGE_LENGTH - 100].rstrip(" .")
    message = f"A loja recusou o token de acesso: {said}. {RENEWED}"
    return replace(attempt, excused=True, result=replace(attempt.result, message=message))


def _stop(lane: Lane, failure: NotObtained, now: datetime) -> None:
    """Nothing was claimed, so nothing is consumed and nothing lost: only the lane waits."""
    if failure.outcome is Outcome.THROTTLED:
        throttle(lane, timedelta(seconds=failure.retry_after or 0), now, started_at=now)
    elif failure.outcome is Outcome.TRANSIENT:
        open_breaker(lane, failure.message, now)
    elif lane.paused_at is None:
        lane.paused_at, lane.pause_reason = now, _PAUSES[failure.outcome]
        lane.pause_note = failure.message[:300]
