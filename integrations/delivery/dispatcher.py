"""Draining lanes: claim, send, record, until nothing is due.

One function for every engine: ``manage.py dispatch`` calls it from its loop, and whatever else
wakes a lane calls it too. The lane's own thread does all the database work; the sender threads
get plain parcels and give back plain results.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from integrations.delivery.http import Sessions
from integrations.delivery.lanes import (
    RENEW_EVERY,
    Lease,
    LeaseLost,
    acquire,
    due_heads,
    due_vitrines,
    hold,
    release,
    renew,
)
from integrations.delivery.parcels import (
    Desk,
    LaneNotSendable,
    build_parcels,
    open_desk,
    unsendable,
)
from integrations.delivery.platform_tokens.lane import LaneToken
from integrations.delivery.rates import Pace
from integrations.delivery.recording import Attempt, record
from integrations.delivery.sending import Parcel, SendResult, deliver
from integrations.models import AttemptClass, Lane, PauseReason, StatusUpdate, UpdateState
from integrations.redecide import redecide_due
from vitrines.models import Vitrine

logger = logging.getLogger(__name__)

#: A pause that the platform's pace asks for is sat out with the lane in hand up to this long.
SHORT_PAUSE = timedelta(seconds=1)
RENEW_SECONDS = RENEW_EVERY.total_seconds()

Clock = Callable[[], datetime]
Stopping = Callable[[], bool]


def never() -> bool:
    return False


def run_once(*, worker: str, vitrine_code: str | None = None, clock: Clock = timezone.now) -> int:
    """Sweep, then drain every due lane, one after another, until nothing is due now.

    Returns the number of tries made.
    """
    while redecide_due(now=clock()):
        pass
    tried = 0
    while vitrines := due_now(clock(), vitrine_code):
        before = tried
        for vitrine in vitrines:
            tried += drain_lane(vitrine, worker=worker, clock=clock)
        if tried == before:
            break  # every due lane is held by another worker, or stopped in our hands
    return tried


def due_now(now: datetime, vitrine_code: str | None = None) -> list[Vitrine]:
    vitrines = due_vitrines(now)
    return list(vitrines.filter(code=vitrine_code) if vitrine_code else vitrines)


def drain_lane(
    vitrine: Vitrine, *, worker: str, clock: Clock = timezone.now, stopping: Stopping = never
) -> int:
    """Send what is due for one vitrine while its lane is ours; 0 if somebody else has it.

    ``stopping`` is asked before every claim: once true, what is in flight is recorded and the
    lane let go.

    A row committed between the last look and the release is seen by the look after it, so no
    wake-up is lost.
    """
    tried = 0
    while (lease := acquire(vitrine_id=vitrine.pk, owner=worker, now=clock())) is not None:
        try:
            sent = _drain(lease, vitrine, worker, clock, stopping)
        except LeaseLost as lost:
            logger.warning("%s; its tries are left to the new holder", lost)
            return tried
        finally:
            release(lease)
        tried += sent
        if not sent or stopping() or not due_now(clock(), vitrine.code):
            break
    return tried


def _drain(lease: Lease, vitrine: Vitrine, worker: str, clock: Clock, stopping: Stopping) -> int:
    try:
        desk = open_desk(vitrine)
    except LaneNotSendable as error:
        _pause(lease, str(error), clock())
        return 0
    with (
        closing(Sessions(pool_size=desk.window)) as sessions,
        ThreadPoolExecutor(desk.window, thread_name_prefix=f"send-{vitrine.code}") as pool,
    ):
        return _Drain(lease, desk, worker, clock, stopping, sessions, pool).run()


@dataclass
class _Drain:
    """One holder's work on one lane: a window of parcels in flight, kept full."""

    lease: Lease
    desk: Desk
    worker: str
    clock: Clock
    stopping: Stopping
    sessions: Sessions
    pool: ThreadPoolExecutor
    in_flight: dict[Future[SendResult], Parcel] = field(default_factory=dict)
    tried: int = 0
    closing: bool = False

    def __post_init__(self) -> None:
        self.renewed_at = self.clock()
        self.token = LaneToken(self.lease, self.clock, self.pool)

    def run(self) -> int:
        while self._claim() or self.in_flight or self._sit_out():
            done, _ = wait(self.in_flight, RENEW_SECONDS, return_when=FIRST_COMPLETED)
            self._record(self.token.judged([self._attempt(future) for future in done]))
            self._renew()
        return self.tried

    def _claim(self) -> bool:
        """Fill the window; False when there was nothing to take."""
        room = self.desk.window - len(self.in_flight)
        if room <= 0 or self.closing or self.stopping():
            return False
        if not self.token.fits(self.desk):
            due = may_claim(self.lease, self.desk, now=self.clock())
            if not due or not self.token.obtain(self.desk):
                return False
        updates, refused = claim(self.lease, self.desk, room=room, now=self.clock())
        self._record(refused)
        for parcel in build_parcels(updates, self.desk, self.token.token).values():
            self.in_flight[self.pool.submit(self._send, parcel)] = parcel
        return bool(updates or refused)

    def _attempt(self, future: Future[SendResult]) -> Attempt:
        parcel = self.in_flight.pop(future)
        return Attempt(parcel.update_id, future.result(), parcel.token)

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

    def _send(self, parcel: Parcel) -> SendResult:
        return deliver(parcel, sessions=self.sessions, now=self.clock)

    def _record(self, attempts: list[Attempt]) -> None:
        if not attempts:
            return
        desk = self.desk
        record(
            self.lease,
            attempts,
            strict=desk.platform.strict,
            pace=desk.pace,
            worker=self.worker,
            now=self.clock(),
        )
        self.tried += len(attempts)

    def _renew(self) -> None:
        """Keep the lease, and see what an admin changed since: a backlog may take hours."""
        now = self.clock()
        if now - self.renewed_at < RENEW_EVERY:
            return
        renew(self.lease, now=now)
        self.renewed_at = now
        try:
            self.desk = open_desk(Vitrine.objects.get(pk=self.lease.vitrine_id))
        except LaneNotSendable:
            self.closing = True  # record what is in flight; the next lease says why it pauses


def claim(
    lease: Lease, desk: Desk, *, room: int, now: datetime
) -> tuple[list[StatusUpdate], list[Attempt]]:
    """Take up to ``room`` due heads; those that cannot even be rendered come back as attempts."""
    with transaction.atomic():
        lane = hold(lease)
        room = min(room, _allowance(lane, desk, now))
        if not room:
            _keep_pace(lane, desk.pace, 0, now)
            return [], []
        heads = due_heads(now).filter(vitrine_id=lease.vitrine_id).order_by("due_at", "id")
        # A head that a person is changing at this moment is locked by them and left out.
        heads = heads.select_for_update(of=("self",), skip_locked=True)
        updates = list(heads.select_related("order__vitrine", "event")[:room])
        StatusUpdate.objects.filter(pk__in=[update.pk for update in updates]).update(
            state=UpdateState.SENDING, fencing_token=lease.fencing_token
        )
        _keep_pace(lane, desk.pace, len(updates), now)
    sendable, refused = [], []
    for update in updates:
        why_not = unsendable(update, desk)
        if why_not is None:
            sendable.append(update)
        else:
            refused.append(Attempt(update.pk, _config_error(why_not, now)))
    return sendable, refused


def may_claim(lease: Lease, desk: Desk, *, now: datetime) -> bool:
    """Whether something is due and nothing stops the lane."""
    with transaction.atomic():
        room = _allowance(hold(lease), desk, now)
        return room > 0 and due_heads(now).filter(vitrine_id=lease.vitrine_id).exists()


def _allowance(lane: Lane, desk: Desk, now: datetime) -> int:
    """How many may be claimed: none while the lane is stopped, one to probe a half-open breaker,
    else as many as the platform's pace allows."""
    stopped = (
        lane.paused_at is not None
        or not lane.vitrine.published
        or (lane.throttled_until is not None and lane.throttled_until > now)
        or (lane.breaker_open_until is not None and lane.breaker_open_until > now)
    )
    if stopped:
        return 0
    if lane.breaker_open_until is None:
        paced = desk.pace.room(lane.drained, now)
        return desk.window if paced is None else paced
    in_flight = StatusUpdate.objects.filter(vitrine=lane.vitrine, state=UpdateState.SENDING)
    return 0 if in_flight.exists() else 1


def _keep_pace(lane: Lane, pace: Pace, claimed: int, now: datetime) -> None:
    if not pace.buckets:
        return
    lane.drained = pace.spend(lane.drained, claimed, now)
    full = pace.room(lane.drained, now) == 0
    lane.paced_until = pace.free_at(lane.drained, now) if full else None
    lane.save(update_fields=["drained", "paced_until"])


def _config_error(message: str, now: datetime) -> SendResult:
    return SendResult(
        outcome=AttemptClass.CONFIG,
        message=message,
        http_status=None,
        steps=[],
        captured={},
        retry_after=None,
        duration_ms=0,
        started_at=now,
    )


def _pause(lease: Lease, note: str, now: datetime) -> None:
    with transaction.atomic():
        lane = hold(lease)
        if lane.paused_at is None:
            lane.paused_at, lane.pause_reason, lane.pause_note = now, PauseReason.CONFIG, note[:300]
            lane.save()
