"""Taking what is due, as far as the lane lets us, before anything of it is sent."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from integrations.delivery.breaker import BreakerState
from integrations.delivery.lane_health import keep_pace
from integrations.delivery.lanes import Lease, due_heads, hold, may_send
from integrations.delivery.parcels import Desk, unsendable
from integrations.delivery.recording import Attempt
from integrations.delivery.sending import SendResult
from integrations.models import AttemptClass, Lane, StatusUpdate, UpdateState

#: Claimed and not yet recorded, for one lane, whatever its platform takes.
MOST_AHEAD = 500


@dataclass(frozen=True)
class Claim:
    """What was taken. None of it has been sent."""

    updates: list[StatusUpdate] = field(default_factory=list)
    #: Those that cannot even be rendered, to be recorded as they are.
    refused: list[Attempt] = field(default_factory=list)
    #: Something stops the lane: what waits to be sent must be given back.
    stopped: bool = False
    #: How the lane's breaker was then.
    breaker: BreakerState = field(default_factory=BreakerState)

    def __bool__(self) -> bool:
        return bool(self.updates or self.refused)


def claim(lease: Lease, desk: Desk, *, room: int, now: datetime) -> Claim:
    """Take up to ``room`` due heads. Raises ``LeaseLost``."""
    with transaction.atomic():
        lane = hold(lease)
        # Of another platform since the desk was opened: the next lease opens one for that.
        moved = lane.vitrine.platform != desk.platform.name
        if moved or not may_send(lane, now):
            return Claim(stopped=True)
        room = min(room, _allowance(lane, desk, now))
        updates = _take(lease, desk, room, now) if room else []
        if desk.pace.buckets:
            keep_pace(lane, desk.pace, desk.pace.spend(lane.drained, len(updates), now), now)
            lane.save(update_fields=["drained", "paced_until"])
    sendable, refused = [], []
    for update in updates:
        why_not = unsendable(update, desk)
        if why_not is None:
            sendable.append(update)
        else:
            refused.append(Attempt(update.pk, _config_error(why_not, now)))
    breaker = BreakerState(lane.transient_failures, lane.breaker_openings)
    return Claim(sendable, refused, breaker=breaker)


def may_claim(lease: Lease, desk: Desk, *, now: datetime) -> bool:
    """Whether something is due and nothing stops the lane."""
    with transaction.atomic():
        lane = hold(lease)
        room = _allowance(lane, desk, now) if may_send(lane, now) else 0
        return room > 0 and due_heads(now).filter(vitrine_id=lease.vitrine_id).exists()


def _take(lease: Lease, desk: Desk, room: int, now: datetime) -> list[StatusUpdate]:
    heads = due_heads(now).filter(vitrine_id=lease.vitrine_id).order_by("due_at", "id")
    # A head that a person is changing at this moment is locked by them and left out.
    heads = heads.select_for_update(of=("self",), skip_locked=True)
    updates = list(heads.select_related("order", "event")[:room])
    StatusUpdate.objects.filter(pk__in=[update.pk for update in updates]).update(
        state=UpdateState.SENDING, fencing_token=lease.fencing_token
    )
    for update in updates:
        update.order.vitrine = desk.vitrine
    return updates


def _allowance(lane: Lane, desk: Desk, now: datetime) -> int:
    """How many a lane that nothing stops may claim: as many as the platform's pace allows, and of
    these one to probe a half-open breaker."""
    paced = desk.pace.room(lane.drained, now)
    allowed = MOST_AHEAD if paced is None else paced
    if lane.breaker_open_until is None:
        return allowed
    in_flight = StatusUpdate.objects.filter(vitrine=lane.vitrine, state=UpdateState.SENDING)
    return 0 if in_flight.exists() else min(1, allowed)


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
