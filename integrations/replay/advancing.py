"""Working through runs, chunk by chunk, wherever an engine is.

**A chunk** is one transaction: the part of the run is locked (another engine passes it by), the
orders are locked, the guards are asked, what may be done is done, what was left out is written
down, and the cursor moves. A process that is killed in between has done nothing of it. An update
is at most once in a run, by constraint.

**The pace.** A part puts at most ``per_minute`` updates a minute in the queue, and none while a
few of its own are due there and not yet sent: what happens now waits behind those few at most.
"""

import logging
import time
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from integrations.delivery.outbox import give_turns
from integrations.delivery.wakeups import gathered, wake
from integrations.models import (
    DeliveryAttempt,
    LeftOut,
    ReplayItem,
    ReplayOutcome,
    ReplayPart,
    ReplayRun,
    StatusUpdate,
    UpdateState,
)
from integrations.replay.acting import Deed, Replayer, take_back
from integrations.replay.guards import left_out_of, with_left_out
from integrations.replay.selection import Plan
from vitrines.models import Order
from vitrines.platforms import PlatformFileError, UnknownPlatform, get_platform

logger = logging.getLogger(__name__)

#: Updates looked at in one transaction.
CHUNK = 100
#: How long one call goes on after the first chunk of each part: whoever calls has lanes to look
#: after. Seconds.
BUDGET = 0.2
#: A pause of the engines is made up for at most this long.
CATCH_UP = timedelta(seconds=5)
A_MINUTE = timedelta(minutes=1)
#: Replayed updates of a part that are due and not sent: as many as this many seconds of its pace
#: come to, and never fewer than ``FEW``.
AHEAD_SECONDS = 2
FEW = 20


def advance_replays(*, now: datetime) -> int:
    """Go on with every unfinished run, as far as its pace allows and for a moment only. Returns
    how many updates were put in the queue. Any number of engines may call it at once."""
    queued, ends = 0, time.monotonic() + BUDGET
    unfinished = ReplayPart.objects.filter(run__finished_at=None, finished_at=None)
    parts = list(unfinished.order_by("run", "pk").values_list("pk", flat=True))
    with gathered():
        while parts:
            done = {pk: _advance_or_log(pk, now) for pk in parts}
            queued += sum(number or 0 for number in done.values())
            more = time.monotonic() < ends
            parts = [pk for pk, number in done.items() if number is not None and more]
    return queued


def _advance_or_log(part_id: int, now: datetime) -> int | None:
    """A part that cannot be advanced for a reason nobody foresaw stops no other and no engine."""
    try:
        return advance_part(part_id, now=now)
    except OperationalError:
        raise  # the database, not the part
    except Exception:
        logger.exception("part %s of a replay could not be advanced", part_id)
        return None


@transaction.atomic
def advance_part(part_id: int, *, now: datetime) -> int | None:
    """One chunk. Returns how many updates it queued; None if there is nothing to do now, or
    another engine is at it."""
    part = (
        ReplayPart.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("run", "vitrine")
        .filter(pk=part_id, finished_at=None)
        .first()
    )
    if part is None:
        return None
    if part.run.cancelled_at is not None:
        return _take_back_some(part, now)
    room = min(_paced(part, now), most_ahead(part.run) - _due_in_queue(part, now))
    return _do_some(part, room, now) if room > 0 else None


def most_ahead(run: ReplayRun) -> int:
    return max(FEW, AHEAD_SECONDS * run.per_minute // 60)


def untried(run: ReplayRun) -> QuerySet[ReplayItem]:
    """What the run has in the queue and nobody has tried to send since: there is no record of a
    try, and no lease under which one may have been made and not recorded."""
    tried = DeliveryAttempt.objects.filter(update=OuterRef("queued_as"))
    itself = Q(update=F("queued_as"))
    return ReplayItem.objects.filter(
        ~Exists(tried) | itself & ~Exists(tried.filter(started_at__gt=OuterRef("at"))),
        run=run,
        outcome=ReplayOutcome.QUEUED,
        queued_as__replay_run=run,
        queued_as__state=UpdateState.PENDING,
        queued_as__attempts_made=0,
        queued_as__fencing_token=None,
    )


def _paced(part: ReplayPart, now: datetime) -> int:
    """How many the pace allows now. After a clock was set back it begins anew."""
    each = A_MINUTE / part.run.per_minute
    if part.paced_until > now:
        part.paced_until = now
        part.save(update_fields=["paced_until"])
    part.paced_until = max(part.paced_until, now - max(CATCH_UP, each))
    return (now - part.paced_until) // each


def _due_in_queue(part: ReplayPart, now: datetime) -> int:
    """Of this part, those that a lane could send now. What waits for a retry keeps nobody."""
    due = Q(state=UpdateState.SENDING) | Q(state=UpdateState.PENDING, turn=True, due_at__lte=now)
    return StatusUpdate.objects.filter(due, replay_run=part.run, vitrine=part.vitrine).count()


def _do_some(part: ReplayPart, room: int, now: datetime) -> int | None:
    plan = Plan.of(part.run)
    rows = plan.rows.filter(vitrine=part.vitrine)
    found = list(
        rows.filter(pk__gt=part.cursor).order_by("pk").values_list("pk", "order_id")[:CHUNK]
    )
    if not found:
        _finish(part, now)
        return None
    _lock_orders({order_id for _, order_id in found})
    # Asked again: some may have moved on before their orders were locked.
    mine = with_left_out(rows.filter(pk__in=[pk for pk, _ in found]), plan.mode)
    updates = list(mine.select_related("order", "event").order_by("pk"))
    batch, whole = _within(updates, room)
    items = _do_each(batch, part, plan, now)
    ReplayItem.objects.bulk_create(items)
    part.cursor = found[-1][0] if whole else batch[-1].pk
    queued = _count(part, items)
    part.paced_until += queued * (A_MINUTE / part.run.per_minute)
    part.save()
    return queued


def _within(updates: Sequence[StatusUpdate], room: int) -> tuple[Sequence[StatusUpdate], bool]:
    """Those up to where ``room`` are through the guards, and whether that is all of them.

    What was skipped goes behind a repeat of what stands before it. Where this chunk may be about to
    make that repeat, it is left to the next one, which asks the guards anew.
    """
    orders: set[int] = set()
    for index, update in enumerate(updates):
        if left_out_of(update) is not None:
            continue
        skipped = update.state == UpdateState.SKIPPED
        if not room or (skipped and update.order_id in orders):
            return updates[:index], False
        orders.add(update.order_id)
        room -= 1
    return updates, True


def _lock_orders(order_ids: Collection[int]) -> None:
    """By id, as everywhere, so that nobody waits for somebody who waits for them."""
    orders = Order.objects.filter(pk__in=order_ids).order_by("pk")
    list(orders.select_for_update(of=("self",)).values_list("pk", flat=True))


def _do_each(
    batch: Sequence[StatusUpdate], part: ReplayPart, plan: Plan, now: datetime
) -> list[ReplayItem]:
    try:
        replayer = Replayer(part.vitrine, plan.mode, now=now, run=part.run)
    except (UnknownPlatform, PlatformFileError):
        deeds = [(each, Deed(left_out_of(each) or LeftOut.NO_PLATFORM)) for each in batch]
        return [_item(update, deed, part.run, now) for update, deed in deeds]
    replayer.prepare(batch)
    deeds = []
    for update in batch:
        update.order.vitrine = part.vitrine
        deeds.append((update, _do_one(update, replayer)))
    changed = {update.order_id for update, deed in deeds if deed.left_out is None}
    if changed:
        give_turns(changed, strict=replayer.platform.strict)
        wake(part.vitrine_id)
    return [_item(update, deed, part.run, now) for update, deed in deeds]


def _do_one(update: StatusUpdate, replayer: Replayer) -> Deed:
    """One that cannot be done for a reason nobody foresaw keeps no other waiting."""
    try:
        with transaction.atomic():
            return replayer.replay(update)
    except OperationalError:
        raise  # the database, not the update
    except Exception:
        logger.exception("update %s could not be replayed", update.pk)
        return Deed(LeftOut.ERROR)


def _item(update: StatusUpdate, deed: Deed, run: ReplayRun, now: datetime) -> ReplayItem:
    outcome = ReplayOutcome.WAITING if deed.waiting else ReplayOutcome.QUEUED
    return ReplayItem(
        run=run,
        update=update,
        at=now,
        outcome=outcome if deed.left_out is None else ReplayOutcome.LEFT_OUT,
        reason=deed.left_out or "",
        queued_as=deed.queued,
        before=deed.before,
    )


def _count(part: ReplayPart, items: Sequence[ReplayItem]) -> int:
    """Add to the part's numbers; returns how many were queued."""
    outcomes = Counter(item.outcome for item in items)
    part.queued += outcomes[ReplayOutcome.QUEUED]
    part.waiting += outcomes[ReplayOutcome.WAITING]
    reasons = Counter(str(item.reason) for item in items if item.reason)
    part.left_out = dict(Counter(part.left_out) + reasons)
    return outcomes[ReplayOutcome.QUEUED]


def _take_back_some(part: ReplayPart, now: datetime) -> int | None:
    mine = untried(part.run).filter(queued_as__vitrine=part.vitrine)
    found = list(mine.order_by("pk").values_list("pk", "queued_as__order_id")[:CHUNK])
    if not found:
        _finish(part, now)
        return None
    try:
        strict = get_platform(part.vitrine.platform).strict
    except (UnknownPlatform, PlatformFileError):
        return None  # nothing can be sent either; the turns are handed on once it is back
    order_ids = {order_id for _, order_id in found}
    _lock_orders(order_ids)
    # A lane may have claimed some meanwhile: those go on.
    still = mine.filter(pk__in=[pk for pk, _ in found]).select_related("queued_as")
    items = list(still.select_for_update(of=("queued_as",)))
    for item in items:
        if item.queued_as is not None:
            take_back(item.queued_as, item.before)
        item.outcome = ReplayOutcome.TAKEN_BACK
    ReplayItem.objects.bulk_update(items, ["outcome"])
    give_turns(order_ids, strict=strict)
    wake(part.vitrine_id)
    part.taken_back += len(items)
    part.save()
    return 0


def _finish(part: ReplayPart, now: datetime) -> None:
    """With the last part the run is over; of two that end at once, the second one sees it."""
    part.finished_at = now
    part.save()
    run = ReplayRun.objects.select_for_update(of=("self",)).get(pk=part.run_id)
    if not run.parts.filter(finished_at=None).exists():
        run.finished_at = now
        run.save(update_fields=["finished_at"])
