"""Writing down what tries came to: one transaction for a batch, only under the newest lease."""

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from integrations.delivery.breaker import THRESHOLD, BreakerState, after_transient
from integrations.delivery.context import AccessToken
from integrations.delivery.lanes import Lease, hold
from integrations.delivery.outbox import give_turns, supersede_older
from integrations.delivery.rates import Pace
from integrations.delivery.sending import SendResult
from integrations.delivery.settlement import Settlement, settle
from integrations.models import (
    AttemptClass,
    CapturedValue,
    DeliveryAttempt,
    Lane,
    StatusUpdate,
    UpdateKind,
    UpdateState,
)
from vitrines.models import Order

logger = logging.getLogger(__name__)

#: Its own "not now", beside 5xx.
UNWELL_BELOW_500 = (408, 425)
#: What tells that the platform is up, whatever it thought of the update.
ALIVE = (AttemptClass.ACCEPTED, AttemptClass.ALREADY_APPLIED, AttemptClass.REJECTED)


@dataclass(frozen=True)
class Attempt:
    """One try that was made, to be written down."""

    update_id: int
    result: SendResult
    #: What it was sent with, where the platform wants a token.
    token: AccessToken | None = None
    #: The refusal is the token's fault, which is renewed: see ``platform_tokens.lane``.
    excused: bool = False


def record(
    lease: Lease,
    attempts: Sequence[Attempt],
    *,
    strict: bool,
    pace: Pace,
    worker: str,
    now: datetime,
) -> None:
    """Record tries, move their updates on, hand on the turns and set the lane's health.

    Raises ``LeaseLost``, and then has recorded nothing.
    """
    with transaction.atomic():
        lane = hold(lease)
        updates = _locked_updates(lease, [attempt.update_id for attempt in attempts])
        rows = []
        for attempt in attempts:
            update = updates.get(attempt.update_id)
            if update is None:
                logger.warning("update %s left the lease before its record", attempt.update_id)
                continue
            rows.append(_row(update, attempt.result, worker))
            _record_one(update, attempt, lane, now)
        _number(rows)
        DeliveryAttempt.objects.bulk_create(rows)
        made = (len(attempt.result.steps) for attempt in attempts)
        lane.drained = pace.correct(lane.drained, made, now)
        lane.save()
        give_turns({update.order_id for update in updates.values()}, strict=strict)


def _locked_updates(lease: Lease, ids: Sequence[int]) -> dict[int, StatusUpdate]:
    """The updates still in flight under this lease, with their orders locked: whoever enqueues
    for one of these orders at the same time sees the turn either before or after."""
    updates = StatusUpdate.objects.filter(
        pk__in=ids, state=UpdateState.SENDING, fencing_token=lease.fencing_token
    )
    orders = Order.objects.filter(pk__in=updates.values("order_id")).order_by("pk")
    list(orders.select_for_update().values_list("pk", flat=True))
    return {update.pk: update for update in updates}


def _row(update: StatusUpdate, result: SendResult, worker: str) -> DeliveryAttempt:
    return DeliveryAttempt(
        update=update,
        started_at=result.started_at,
        duration_ms=result.duration_ms,
        outcome=result.outcome,
        http_status=result.http_status,
        message=result.message,
        steps=result.steps,
        worker=worker,
    )


def _number(rows: Sequence[DeliveryAttempt]) -> None:
    """Number the tries of each update from 1, in one query."""
    counts = dict(
        StatusUpdate.objects.filter(pk__in=[row.update_id for row in rows])
        .annotate(tries=Count("attempts"))
        .values_list("pk", "tries")
    )
    for row in rows:
        row.number = counts[row.update_id] + 1


def _record_one(update: StatusUpdate, attempt: Attempt, lane: Lane, now: datetime) -> None:
    result = attempt.result
    outcome = AttemptClass(result.outcome)
    settlement = settle(
        outcome,
        excused=attempt.excused,
        attempts_made=update.attempts_made,
        retry_after=result.retry_after,
        jitter=random.uniform(-1, 1),  # noqa: S311  spreads retries, guards nothing
    )
    _move_on(update, settlement, result.message, now)
    _set_health(lane, result, settlement, now)
    keep_captured(update.order_id, result.captured)
    if update.state == UpdateState.SENT and update.kind == UpdateKind.STATUS:
        supersede_older(update, now=now)


def _move_on(update: StatusUpdate, settlement: Settlement, message: str, now: datetime) -> None:
    update.state = settlement.state
    update.reason = settlement.reason or ""
    update.detail = message
    update.fencing_token = None
    update.attempts_made += int(settlement.counted)
    if settlement.state == UpdateState.PENDING:
        update.due_at = now + settlement.wait
    else:
        update.turn = False
        update.finished_at = now
    update.save(
        update_fields=[
            "state",
            "reason",
            "detail",
            "fencing_token",
            "attempts_made",
            "due_at",
            "turn",
            "finished_at",
        ]
    )


def _set_health(lane: Lane, result: SendResult, settlement: Settlement, now: datetime) -> None:
    outcome, message = AttemptClass(result.outcome), result.message[:300]
    if settlement.pause and lane.paused_at is None:
        lane.paused_at, lane.pause_reason, lane.pause_note = now, settlement.pause, message
    elif outcome is AttemptClass.THROTTLED:
        until = now + settlement.wait
        lane.throttled_until = max(until, lane.throttled_until or until)
    elif outcome is AttemptClass.TRANSIENT and _unwell(result.http_status):
        _count_failure(lane, now)
    elif outcome in ALIVE:
        close_breaker(lane)


def _unwell(http_status: int | None) -> bool:
    """No answer, or one that speaks of the platform itself. "Not now" about one order, which a
    rule of the platform's file finds under another status, says nothing of the other orders."""
    return http_status is None or http_status >= 500 or http_status in UNWELL_BELOW_500


def _count_failure(lane: Lane, now: datetime) -> None:
    """Failures of tries that were in flight when the breaker opened do not open it further."""
    if lane.breaker_open_until is not None and lane.breaker_open_until > now:
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


def keep_captured(order_id: int, captured: Mapping[str, Any]) -> None:
    """Keep what the platform gave; what it has no more (None) is forgotten."""
    forgotten = [name for name, value in captured.items() if value is None]
    if forgotten:
        CapturedValue.objects.filter(order_id=order_id, name__in=forgotten).delete()
    values = [
        CapturedValue(order_id=order_id, name=name, value=value)
        for name, value in captured.items()
        if value is not None
    ]
    CapturedValue.objects.bulk_create(
        values, update_conflicts=True, unique_fields=["order", "name"], update_fields=["value"]
    )
