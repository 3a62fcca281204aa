"""Draining lanes: claim, send, record, until nothing is due.

One function for every engine: ``manage.py dispatch`` calls it from its loop, a Celery worker from
its task. The lane's own thread does all the database work; the sender threads get plain parcels
and give back plain results. The lane's thread claims ahead of them, so that they never wait for
the database, and records what came back in batches.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from integrations.delivery.brake import Brake
from integrations.delivery.claiming import MOST_AHEAD, claim, may_claim
from integrations.delivery.http import Sessions
from integrations.delivery.lanes import (
    RENEW_EVERY,
    Lease,
    LeaseLost,
    acquire,
    bury_dead_holders,
    due_vitrines,
    hold,
    release,
    renew,
)
from integrations.delivery.parcels import Desk, LaneNotSendable, build_parcels, open_desk
from integrations.delivery.platform_tokens.lane import LaneToken
from integrations.delivery.recording import Attempt, give_back, record
from integrations.delivery.senders import Answered, Senders
from integrations.delivery.sending import Parcel, SendResult, deliver
from integrations.models import AttemptClass, Lane, PauseReason
from integrations.redecide import redecide_due
from vitrines.models import Vitrine

logger = logging.getLogger(__name__)

#: A pause that the platform's pace asks for is sat out with the lane in hand up to this long.
SHORT_PAUSE = timedelta(seconds=1)
RENEW_SECONDS = RENEW_EVERY.total_seconds()
#: How much work for the senders is claimed ahead of them. Seconds.
AHEAD_SECONDS = 0.5
#: How long answers are gathered before they are recorded together. Seconds.
GATHER_SECONDS = 0.1
_APPLIED = (AttemptClass.ACCEPTED, AttemptClass.ALREADY_APPLIED)

Clock = Callable[[], datetime]
Stopping = Callable[[], bool]


def never() -> bool:
    return False


def run_once(
    *,
    worker: str,
    vitrine_code: str | None = None,
    clock: Clock = timezone.now,
    stopping: Stopping = never,
) -> int:
    """Sweep, then drain every due lane, one after another, until nothing is due now.

    Returns the number of tries made.
    """
    bury_dead_holders(owner=worker, now=clock())
    while redecide_due(now=clock(), enough=stopping) and not stopping():
        pass
    tried = 0
    while vitrines := due_now(clock(), vitrine_code):
        before = tried
        for vitrine in vitrines:
            tried += drain_lane(vitrine, worker=worker, clock=clock, stopping=stopping)
        if tried == before or stopping():
            break  # every due lane is held by another worker, or stopped in our hands
    return tried


def due_now(now: datetime, vitrine_code: str | None = None) -> list[Vitrine]:
    return [v for v in due_vitrines(now) if vitrine_code in (None, v.code)]


def drain_lane(
    vitrine: Vitrine, *, worker: str, clock: Clock = timezone.now, stopping: Stopping = never
) -> int:
    """Send what is due for one vitrine while its lane is ours; 0 if somebody else has it.

    ``stopping`` is asked before every claim: once true, what is in flight is recorded and the
    lane let go.

    A row committed between the last look and the release is seen by the look after it, so no
    wake-up is lost. Due and not to be had, twice in a row, is what somebody else has locked.
    """
    tried, fruitless = 0, False
    while (lease := acquire(vitrine_id=vitrine.pk, owner=worker, now=clock())) is not None:
        try:
            sent = _drain(lease, worker, clock, stopping)
        except LeaseLost as lost:
            logger.warning("%s; its tries are left to the new holder", lost)
            return tried
        finally:
            release(lease)
        tried += sent
        if (fruitless and not sent) or stopping() or not due_now(clock(), vitrine.code):
            break
        fruitless = not sent
    return tried


def _drain(lease: Lease, worker: str, clock: Clock, stopping: Stopping) -> int:
    vitrine = Vitrine.objects.get(pk=lease.vitrine_id)  # as it is now: it may have changed
    try:
        desk = open_desk(vitrine)
    except LaneNotSendable as error:
        _pause(lease, str(error), clock())
        return 0
    with closing(Sessions(pool_size=desk.window)) as sessions:

        def send(parcel: Parcel) -> SendResult:
            return deliver(parcel, sessions=sessions, now=clock, permitted=lease.good)

        brake = Brake()
        name = f"send-{vitrine.code}"
        with Senders(send, brake=brake, threads=desk.window, name=name) as senders:
            return _Drain(lease, desk, worker, clock, stopping, senders, brake).run()


@dataclass
class _Drain:
    """One holder's work on one lane: the senders kept busy, their answers written down."""

    lease: Lease
    desk: Desk
    worker: str
    clock: Clock
    stopping: Stopping
    senders: Senders
    brake: Brake
    tried: int = 0
    closing: bool = False

    def __post_init__(self) -> None:
        self.renewed_at = self.recorded_at = time.monotonic()
        self.token = LaneToken(self.lease, self.clock)
        #: Updates claimed and not yet recorded, at most: as many as are soon answered.
        self.ahead = self.desk.window
        #: What is being written down; still there if that failed.
        self.unrecorded: list[Attempt] = []

    def run(self) -> int:
        try:
            while self._claim() or self.senders.in_hand or self._sit_out():
                self._take_down(self._answers())
                self._renew()
        except LeaseLost:
            raise
        except Exception:
            self._take_down_the_rest()
            raise
        return self.tried

    def _answers(self) -> list[Answered]:
        return self.senders.answers(wait=RENEW_SECONDS, linger=GATHER_SECONDS, enough=self.ahead)

    def _take_down_the_rest(self) -> None:
        """Before the lane is let go because of something else: what the platform has answered
        need not be sent again, if it can be written down."""
        self.closing = True
        try:
            self._give_back()
            self._record(self.unrecorded)
            while self.senders.in_hand:
                self._take_down(self._answers())
                self._renew()
        except Exception as error:
            logger.warning("answers of %s could not be recorded (%s)", self.desk.vitrine, error)

    def _claim(self) -> bool:
        """Keep the senders supplied; False when there was nothing to take."""
        if self.closing or self.stopping():
            self._give_back()
            return False
        if self.brake.on and self.senders.in_hand:
            return False  # whether the lane goes on is known once what is under way is recorded
        room = self.ahead - self.senders.in_hand
        if 2 * room < self.ahead:
            return False
        if not self.token.fits(self.desk):
            due = may_claim(self.lease, self.desk, now=self.clock())
            if not due or not self.token.obtain(self.desk):
                return False
        claimed = claim(self.lease, self.desk, room=room, now=self.clock())
        if claimed.stopped:
            self._give_back()
        self._record(claimed.refused)
        parcels = build_parcels(claimed.updates, self.desk, self.token.token)
        if not self.senders.in_hand:
            self.brake.release(claimed.breaker)
        self.senders.hand_over(parcels.values())
        return bool(claimed)

    def _take_down(self, answers: list[Answered]) -> None:
        unsent = [one for one in answers if one.result is None]
        if unsent:
            self._renew(at_once=True)  # or the lane is another's, and so are they
            begun = [one.parcel for one in unsent if one.begun]
            self._put_back([one.parcel for one in unsent if not one.begun], begun)
        attempts = [
            Attempt(one.parcel.update_id, one.result, one.parcel.token)
            for one in answers
            if one.result is not None
        ]
        self._record(self.token.judged(attempts))

    def _record(self, attempts: list[Attempt]) -> None:
        if not attempts:
            return
        self.unrecorded = attempts
        goes_on = record(
            self.lease,
            attempts,
            strict=self.desk.platform.strict,
            pace=self.desk.pace,
            worker=self.worker,
            now=self.clock(),
        )
        self.unrecorded = []
        self.tried += len(attempts)
        self._look_ahead(attempts)
        if not goes_on:
            self._give_back()

    def _look_ahead(self, attempts: list[Attempt]) -> None:
        """As much as was just answered in half a second; a platform that refuses or fails
        gets no more than it can take at once."""
        now = time.monotonic()
        per_second = len(attempts) / max(now - self.recorded_at, 0.001)
        self.recorded_at = now
        if all(one.result.outcome in _APPLIED for one in attempts):
            soon = min(int(per_second * AHEAD_SECONDS), 2 * self.ahead)
            self.ahead = max(2 * self.desk.window, min(soon, MOST_AHEAD))
        else:
            self.ahead = self.desk.window

    def _give_back(self) -> None:
        """What no sender has begun goes back to the queue."""
        self._put_back(self.senders.withdraw())

    def _put_back(self, parcels: list[Parcel], begun: Sequence[Parcel] = ()) -> None:
        give_back(
            self.lease,
            [parcel.update_id for parcel in parcels],
            begun=[parcel.update_id for parcel in begun],
            pace=self.desk.pace,
            now=self.clock(),
        )

    def _sit_out(self) -> bool:
        """Wait for the platform's pace; False if there is nothing, or too much, to wait for."""
        if not self.desk.pace.buckets or self.closing or self.stopping():
            return False
        before = self.clock()
        free_at = Lane.objects.values_list("paced_until", flat=True).get(
            vitrine_id=self.lease.vitrine_id
        )
        if free_at is None or not before < free_at <= before + SHORT_PAUSE:
            return False
        time.sleep((free_at - before).total_seconds())
        return self.clock() > before

    def _renew(self, *, at_once: bool = False) -> None:
        """Keep the lease, and see what an admin changed since: a backlog may take hours."""
        now = time.monotonic()
        if now - self.renewed_at < RENEW_SECONDS and not at_once:
            return
        renew(self.lease, now=self.clock())
        self.renewed_at = now
        try:
            self.desk = open_desk(Vitrine.objects.get(pk=self.lease.vitrine_id))
        except LaneNotSendable:
            self.closing = True  # record what is in flight; the next lease says why it pauses


def _pause(lease: Lease, note: str, now: datetime) -> None:
    with transaction.atomic():
        lane = hold(lease)
        if lane.paused_at is None:
            lane.paused_at, lane.pause_reason, lane.pause_note = now, PauseReason.CONFIG, note[:300]
            lane.save()
