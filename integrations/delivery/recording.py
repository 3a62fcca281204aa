"""Writing down what tries came to: one transaction for a batch, only under the newest lease.

A batch costs the same few queries however many tries it holds.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F

from integrations.contents import hold_contents
from integrations.delivery.context import AccessToken
from integrations.delivery.lane_health import keep_pace, note_result
from integrations.delivery.lanes import Lease, hold, may_send, put_back
from integrations.delivery.outbox import give_turns, supersede_older
from integrations.delivery.rates import Pace
from integrations.delivery.sending import SendResult
from integrations.delivery.settlement import Settlement, settle
from integrations.models import (
    AttemptClass,
    CapturedValue,
    DeliveryAttempt,
    SendingHour,
    StatusUpdate,
    UpdateState,
)
from integrations.sending_tally import Result, Try, hour_of, tally
from vitrines.models import Order

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """One try that was made, to be written down."""

    update_id: int
    result: SendResult
    #: What it was sent with, where the platform wants a token.
    token: AccessToken | None = None
    #: The refusal is the token's fault, which is renewed: see ``platform_tokens.lane``.
    excused: bool = False


@dataclass(frozen=True)
class _Settled:
    update: StatusUpdate
    attempt: Attempt
    settlement: Settlement
    #: Of the try, within its update, from 1.
    number: int


def record(
    lease: Lease,
    attempts: Sequence[Attempt],
    *,
    strict: bool,
    pace: Pace,
    worker: str,
    now: datetime,
) -> bool:
    """Record tries and count them, move their updates on, hand on the turns and set the lane's
    health.

    Returns whether the lane may go on. Raises ``LeaseLost``, and then has recorded nothing.
    """
    with transaction.atomic():
        lane = hold(lease)
        updates = _locked_updates(lease, [attempt.update_id for attempt in attempts])
        before = _tries_before(updates)
        settled = [
            _settle(updates[attempt.update_id], attempt, before.get(attempt.update_id, 0) + 1)
            for attempt in attempts
            if attempt.update_id in updates
        ]
        if len(settled) < len(attempts):
            logger.warning("%s tries left the lease unrecorded", len(attempts) - len(settled))
        for one in settled:
            note_result(lane, one.attempt.result, one.settlement, now)
        _write_attempts(settled, worker)
        _count(lane.vitrine_id, settled, now)
        _move_on(settled, now)
        keep_captured({one.update.order_id: one.attempt.result.captured for one in settled})
        sent = [one.update for one in settled if one.settlement.state == UpdateState.SENT]
        supersede_older(sent, now=now)
        made = (len(attempt.result.steps) for attempt in attempts)
        keep_pace(lane, pace, pace.correct(lane.drained, made, now), now)
        lane.save()
        give_turns({update.order_id for update in updates.values()}, strict=strict)
    return may_send(lane, now)


def give_back(
    lease: Lease,
    update_ids: Sequence[int],
    *,
    begun: Sequence[int] = (),
    pace: Pace,
    now: datetime,
) -> None:
    """Put what was claimed and not sent back in the queue, as it was, and give the platform's pace
    back what was set aside for it. Raises ``LeaseLost``.

    ``begun``: further ones, of which a request may have been made before the lease was over.
    """
    if not update_ids and not begun:
        return
    with transaction.atomic():
        lane = hold(lease)
        mine = StatusUpdate.objects.filter(fencing_token=lease.fencing_token)
        put_back(mine.filter(pk__in=begun))
        unmade = put_back(mine.filter(pk__in=update_ids), fencing_token=None)
        keep_pace(lane, pace, pace.correct(lane.drained, [0] * unmade, now), now)
        lane.save(update_fields=["drained", "paced_until"])


def _locked_updates(lease: Lease, ids: Sequence[int]) -> dict[int, StatusUpdate]:
    """The updates still in flight under this lease, with their orders locked: whoever enqueues
    for one of these orders at the same time sees the turn either before or after."""
    updates = StatusUpdate.objects.filter(
        pk__in=ids, state=UpdateState.SENDING, fencing_token=lease.fencing_token
    )
    orders = Order.objects.filter(pk__in=updates.values("order_id")).order_by("pk")
    list(orders.select_for_update().values_list("pk", flat=True))
    needed = updates.select_related("event").only(
        "order_id",
        "kind",
        "sequence",
        "attempts_made",
        "replay_of_id",
        "created_at",
        "event__received_at",
    )
    return {update.pk: update for update in needed}


def _tries_before(update_ids: Iterable[int]) -> dict[int, int]:
    return dict(
        DeliveryAttempt.objects.filter(update__in=list(update_ids))
        .order_by()
        .values_list("update_id")
        .annotate(tries=Count("pk"))
    )


def _settle(update: StatusUpdate, attempt: Attempt, number: int) -> _Settled:
    settlement = settle(
        AttemptClass(attempt.result.outcome),
        excused=attempt.excused,
        attempts_made=update.attempts_made,
        retry_after=attempt.result.retry_after,
        jitter=random.uniform(-1, 1),  # noqa: S311  spreads retries, guards nothing
    )
    return _Settled(update, attempt, settlement, number)


def _write_attempts(settled: Sequence[_Settled], worker: str) -> None:
    """One row a try."""
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            update=one.update,
            number=one.number,
            started_at=one.attempt.result.started_at,
            duration_ms=one.attempt.result.duration_ms,
            outcome=one.attempt.result.outcome,
            http_status=one.attempt.result.http_status,
            message=one.attempt.result.message,
            steps=one.attempt.result.steps,
            holds_contents=hold_contents(one.attempt.result.steps),
            worker=worker,
        )
        for one in settled
    )


def _count(vitrine_id: int, settled: Sequence[_Settled], now: datetime) -> None:
    """Into the hour of the vitrine, which nobody else counts in: the lane's row is locked."""
    counted = tally(_try(one, now) for one in settled)
    if not counted:
        return
    hour = SendingHour.objects.filter(hour=hour_of(now), vitrine_id=vitrine_id)
    if not hour.update(**{column: F(column) + number for column, number in counted.items()}):
        SendingHour.objects.create(hour=hour_of(now), vitrine_id=vitrine_id, **counted)


def _try(one: _Settled, now: datetime) -> Try:
    """The update of an adopted orphan is younger than its event: it waited for its order, too."""
    event = one.update.event
    stored_at = event.received_at if event else one.update.created_at
    tells_an_event = one.update.replay_of_id is None
    took = (now - stored_at).total_seconds() if tells_an_event else None
    return Try(_result(one.settlement), first=one.number == 1, took=took)


def _result(settlement: Settlement) -> Result:
    match settlement.state:
        case UpdateState.SENT:
            return Result.ACCEPTED
        case UpdateState.FAILED:
            return Result.REFUSED
    return Result.RETRIED if settlement.counted else Result.POSTPONED


def _move_on(settled: Iterable[_Settled], now: datetime) -> None:
    """What came to the same is written together."""
    alike: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for one in settled:
        alike[tuple(_moved(one, now).items())].append(one.update.pk)
    for values, ids in alike.items():
        StatusUpdate.objects.filter(pk__in=ids).update(fencing_token=None, **dict(values))


def _moved(one: _Settled, now: datetime) -> dict[str, Any]:
    settlement = one.settlement
    moved = {
        "state": settlement.state,
        "reason": settlement.reason or "",
        "detail": one.attempt.result.message,
        "attempts_made": one.update.attempts_made + int(settlement.counted),
    }
    if settlement.state == UpdateState.PENDING:
        return moved | {"due_at": now + settlement.wait}
    return moved | {"turn": False, "finished_at": now}


def keep_captured(captured: Mapping[int, Mapping[str, Any]]) -> None:
    """Keep what the platform gave, by order; what it has no more (None) is forgotten."""
    values = []
    for order_id, given in captured.items():
        forgotten = [name for name, value in given.items() if value is None]
        if forgotten:
            CapturedValue.objects.filter(order_id=order_id, name__in=forgotten).delete()
        values += [
            CapturedValue(order_id=order_id, name=name, value=value)
            for name, value in given.items()
            if value is not None
        ]
    CapturedValue.objects.bulk_create(
        values, update_conflicts=True, unique_fields=["order", "name"], update_fields=["value"]
    )
