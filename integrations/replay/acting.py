"""What a replay does with one update. The guards have been asked (``guards``), its order is locked.

What failed, or was decided not to be sent, goes back into the queue as it is: the same row, the
same Idempotency-Key. What was accepted stays what it is; a new update repeats it under a key of
its own, or the platform would answer from its memory. Decision 0017.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.dateparse import parse_datetime

from integrations.channels.base import Facts
from integrations.channels.registry import CHANNELS
from integrations.delivery.decisions import Decision, decide
from integrations.delivery.outbox import facts_of, redecide
from integrations.delivery.parcels import Desk, LaneNotSendable, build_parcels, open_desk
from integrations.models import (
    WAITING_FACTS,
    LeftOut,
    ReplayMode,
    ReplayRun,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from integrations.replay.guards import goes_behind, left_out_of
from integrations.replay.sameness import differs, recorded_requests, resends_of
from status_mapping.queries import latest_revision_number, outbound_rows
from status_mapping.translation import MappingRow
from vitrines.models import Vitrine
from vitrines.platforms import Platform, get_platform
from vitrines.statuses import OrderStatus

_TIMES = ("finished_at", "decided_at")
#: What a replay changes in a row that goes back into the queue, and what taking it back restores.
_CHANGED = (
    *("state", "reason", "detail", "attempts_made", *_TIMES),
    *("platform", "platform_digest", "mapping_revision", "checked_revision", "earlier_decisions"),
    *("platform_status", "ez_core_status_id", "ez_core_flow_id", "channel"),
    *("resends", "replay_run_id"),
)
_WHY_NOT_SENT = {
    UpdateReason.UNMAPPED: LeftOut.UNMAPPED,
    UpdateReason.INACTIVE: LeftOut.INACTIVE,
    UpdateReason.WAITING_INVOICE_XML: LeftOut.WAITS_FOR_FACT,
    UpdateReason.WAITING_TRACKING: LeftOut.WAITS_FOR_FACT,
}


@dataclass(frozen=True)
class Deed:
    """What was done. Nothing, where ``left_out`` says why."""

    left_out: LeftOut | None = None
    #: What is in the queue now: the update itself, or the new one that repeats it.
    queued: StatusUpdate | None = None
    #: Decided again, and it waits for a fact now.
    waiting: bool = False
    #: How the row was; empty for a new one.
    before: dict[str, Any] = field(default_factory=dict)


class Replayer:
    """Replays updates of one vitrine in one mode. Raises ``UnknownPlatform`` or
    ``PlatformFileError`` where nothing could be sent anyway.

    The updates come from ``guards.with_left_out``, with their order, its vitrine and the event.
    The caller hands on the turns of their orders afterwards.
    """

    def __init__(
        self, vitrine: Vitrine, mode: ReplayMode, *, now: datetime, run: ReplayRun | None = None
    ) -> None:
        self.platform = get_platform(vitrine.platform)
        self.vitrine, self.mode, self.now, self.run = vitrine, mode, now, run
        self.recorded: dict[int, dict[str, str]] = {}
        self.desk: Desk | None = None
        if mode is ReplayMode.DECIDE:
            self.rows = outbound_rows(vitrine)
            self.revision = latest_revision_number(vitrine)

    def prepare(self, updates: Sequence[StatusUpdate]) -> None:
        """Read for many at once what *Reenviar* compares."""
        if self.mode is ReplayMode.RESEND:
            self.recorded = recorded_requests([update.pk for update in updates])
            # Without one the lane pauses and says why, and each is compared when it is sent.
            with suppress(LaneNotSendable):
                self.desk = open_desk(self.vitrine)

    def replay(self, update: StatusUpdate) -> Deed:
        why_not = left_out_of(update)
        if why_not is not None:
            return Deed(why_not)
        if self.mode is ReplayMode.DECIDE:
            return self._decide(update)
        why_not = not_sendable(update, self.platform)
        if why_not is not None:
            return Deed(why_not)
        resends = None
        if self.mode is ReplayMode.RESEND:
            resends = resends_of(update, self.recorded.get(update.pk, {}))
            why_not = self._not_the_same(update, resends)
            if why_not is not None:
                return Deed(why_not)
        if goes_behind(update):
            return Deed(queued=self._repeat(update, resends=resends))
        return self._put_back(update, resends)

    def _not_the_same(self, update: StatusUpdate, resends: dict[str, Any]) -> LeftOut | None:
        if not resends["requests"]:
            return LeftOut.NO_RECORD
        if self.desk is None:
            return None
        was, update.resends = update.resends, resends
        (parcel,) = build_parcels([update], self.desk).values()
        update.resends = was
        return LeftOut.DIFFERENT if parcel.params_problem or differs(parcel) else None

    def _put_back(self, update: StatusUpdate, resends: dict[str, Any] | None) -> Deed:
        before = _snapshot(update)
        update.platform_digest = self.platform.digest
        update.state, update.reason, update.detail = UpdateState.PENDING, "", ""
        update.due_at, update.finished_at, update.attempts_made = self.now, None, 0
        update.resends, update.replay_run = resends, self.run
        update.save()
        return Deed(queued=update, before=before)

    def _decide(self, update: StatusUpdate) -> Deed:
        """By today's DE-PARA. Where that does not let it be sent, nothing changes, except that
        it may now wait for something else."""
        status = OrderStatus(update.status)
        row = self.rows.get(status)
        decision = decide(
            kind=UpdateKind(update.kind),
            status=status,
            row=row,
            platform=self.platform,
            facts=facts_of(update.order),
        )
        queued = decision.state == UpdateState.PENDING
        if queued and goes_behind(update):
            return Deed(queued=self._repeat(update, decision=decision, row=row))
        if not queued and (goes_behind(update) or not _waits_anew(update, decision)):
            return Deed(refusal_of(decision))
        before = _snapshot(update)
        update.attempts_made, update.resends, update.replay_run = 0, None, self.run
        redecide(updates=[update], order=update.order, now=self.now)
        return Deed(queued=update if queued else None, waiting=not queued, before=before)

    def _repeat(
        self,
        update: StatusUpdate,
        *,
        resends: dict[str, Any] | None = None,
        decision: Decision | None = None,
        row: MappingRow | None = None,
    ) -> StatusUpdate:
        """A new update at the end of the order's sequence that tells the same once more."""
        last = update.order.status_updates.aggregate(last=Max("sequence"))["last"]
        mapped = row or update
        return StatusUpdate.objects.create(
            vitrine_id=update.vitrine_id,
            order=update.order,
            sequence=last + 1,
            event_id=update.event_id,
            kind=update.kind,
            status=update.status,
            tracking_id=update.tracking_id,
            channel=decision.channel if decision else update.channel,
            platform=self.platform.name,
            platform_digest=self.platform.digest,
            mapping_revision=self.revision if decision else update.mapping_revision,
            checked_revision=self.revision if decision else update.checked_revision,
            platform_status=mapped.platform_status,
            ez_core_status_id=mapped.ez_core_status_id,
            ez_core_flow_id=mapped.ez_core_flow_id,
            state=UpdateState.PENDING,
            decided_at=self.now,
            created_at=self.now,
            due_at=self.now,
            replay_of=update,
            place=update.place or update.sequence,
            replay_run=self.run,
            resends=resends,
        )


def not_sendable(update: StatusUpdate, platform: Platform) -> LeftOut | None:
    """Why what was decided once can no longer be sent."""
    facts = facts_of(update.order)
    status = OrderStatus(update.status)
    return not_sendable_now(platform, update.kind, update.channel, status, facts)


def not_sendable_now(
    platform: Platform, kind: str, channel: str, status: OrderStatus, facts: Facts
) -> LeftOut | None:
    """The file does not offer it any more, or the order has lost what it needs (retention takes
    XML away, a note is cancelled)."""
    send = platform.find_send(kind, channel, status)
    if send is None:
        return LeftOut.NOT_OFFERED
    missing = CHANNELS[channel].missing(send, facts)
    return None if missing is None else LeftOut.WAITS_FOR_FACT


def take_back(update: StatusUpdate, before: dict[str, Any]) -> None:
    """Undo what was queued and never tried: the row as it was, and a repeat as if it had never
    been. Its order is locked; the caller hands on the turn."""
    if not before:
        update.delete()
        return
    for name, value in before.items():
        setattr(update, name, parse_datetime(value) if name in _TIMES and value else value)
    update.turn = False
    update.save()


def _waits_anew(update: StatusUpdate, decision: Decision) -> bool:
    """It would wait for a fact, and does not do so yet."""
    same = update.state == UpdateState.HELD and update.reason == decision.reason
    return decision.reason in WAITING_FACTS and not same


def refusal_of(decision: Decision) -> LeftOut:
    """Of a decision that does not let it be sent now."""
    return _WHY_NOT_SENT.get(decision.reason or UpdateReason.CONFIG, LeftOut.NOT_OFFERED)


def _snapshot(update: StatusUpdate) -> dict[str, Any]:
    values = {name: getattr(update, name) for name in _CHANGED}
    return values | {name: values[name] and values[name].isoformat() for name in _TIMES}
