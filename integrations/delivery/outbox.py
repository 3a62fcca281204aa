"""The outbox: every decision about telling the platform becomes a ``StatusUpdate`` row.

Everything here runs inside the caller's transaction with the orders locked
(``vitrines.orders.lock_orders``), so that sequence and turn are computed by one writer at a time.
What is decided about an order is decided in memory, in its ``Outbox``, and written for all orders
of the transaction at once (``write_outboxes``).

**The turn.** At most one update of an order holds ``turn`` (a database constraint); only that one
may be claimed. A new update has it if nothing of its order is ahead. ``give_turns`` is the only
code that hands it on, called whenever the set of open updates of an order changed otherwise.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Max, Q

from integrations.channels.base import Facts
from integrations.delivery.decisions import Decision, decide
from integrations.delivery.wakeups import wake
from integrations.models import (
    OPEN,
    WAITING_FACTS,
    Event,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from status_mapping.queries import latest_revision_number, outbound_rows
from status_mapping.translation import MappingRow
from vitrines.facts import Notes, Volumes, load_notes, load_volumes
from vitrines.models import Order, Tracking, Vitrine
from vitrines.platforms import Platform, get_platform
from vitrines.staging import Staged
from vitrines.statuses import OrderStatus

#: What a platform that wants every step in sequence cannot go past.
UNFINISHED = (*OPEN, UpdateState.HELD, UpdateState.FAILED)
#: What deciding an update sets.
DECIDED = (
    "platform",
    "platform_digest",
    "mapping_revision",
    "checked_revision",
    "decided_at",
    "earlier_decisions",
    "platform_status",
    "ez_core_status_id",
    "ez_core_flow_id",
    "channel",
    "state",
    "reason",
    "detail",
    "due_at",
    "finished_at",
)


class Rules:
    """What the updates of a vitrine are decided by, read when first asked for."""

    def __init__(self, vitrine: Vitrine) -> None:
        self.vitrine = vitrine

    @property
    def revision(self) -> int:
        return self._mapping[0]

    @property
    def rows(self) -> Mapping[OrderStatus, MappingRow]:
        return self._mapping[1]

    @cached_property
    def _mapping(self) -> tuple[int, Mapping[OrderStatus, MappingRow]]:
        """The revision is read first: rows that are newer than it are only looked at once more,
        rows that are older than it would never be."""
        return latest_revision_number(self.vitrine), outbound_rows(self.vitrine)

    @cached_property
    def platform(self) -> Platform:
        return get_platform(self.vitrine.platform)


@dataclass(kw_only=True)
class Outbox:
    """The outbox of one locked order, and what this transaction puts into it."""

    order: Order
    rules: Rules
    staged: Staged[StatusUpdate]
    #: The highest sequence.
    last: int = 0
    #: How many updates are open, and how many are held or failed.
    open: int = 0
    halted: int = 0
    #: Those that may wait for a fact, by sequence.
    held: list[StatusUpdate] = field(default_factory=list)
    #: A new update has the turn.
    has_work: bool = False
    #: What was held may be open now, and the turn another one's.
    released: bool = False

    def enqueue_status(
        self,
        *,
        event: Event,
        status: OrderStatus,
        facts: Facts,
        now: datetime,
        tracking: Tracking | None = None,
    ) -> StatusUpdate:
        """Decide the update that tells ``status``."""
        decision = _decision(UpdateKind.STATUS, status, self.rules, facts)
        return self._put(UpdateKind.STATUS, event, status, decision, now, tracking)

    def enqueue_tracking(
        self, *, event: Event, tracking: Tracking, facts: Facts, now: datetime
    ) -> StatusUpdate:
        """Decide the update that tells a tracking without changing the status.

        It goes with the DE-PARA row of the status that the order has.
        """
        status = self.order.current_status
        if status is None:
            raise ValueError(f"order {self.order.pk} has no status yet: nothing can be told of it")
        decision = _decision(UpdateKind.TRACKING, status, self.rules, facts)
        return self._put(UpdateKind.TRACKING, event, status, decision, now, tracking)

    def enqueue_skipped(
        self, *, event: Event, status: OrderStatus, reason: UpdateReason, now: datetime
    ) -> StatusUpdate:
        """Say that ``status`` is deliberately not told, and why (``ECHO``, ``REGRESSION``)."""
        decision = Decision(UpdateState.SKIPPED, reason)
        return self._put(UpdateKind.STATUS, event, status, decision, now, None)

    def release_waiting(self, *, facts: Facts, now: datetime) -> list[StatusUpdate]:
        """Let go what waited for a fact (XML, tracking) that the order now has."""
        waiting = [update for update in self.held if _waits_for_a_fact(update)]
        for update in waiting:
            self._count(update, -1)
            _decide_again(update, self.rules, facts, now)
            self._count(update, 1)
            self.staged.change(update, *DECIDED)
        self.released |= bool(waiting)
        return waiting

    def _put(
        self,
        kind: UpdateKind,
        event: Event,
        status: OrderStatus,
        decision: Decision,
        now: datetime,
        tracking: Tracking | None,
    ) -> StatusUpdate:
        self.last += 1
        update = StatusUpdate(
            vitrine_id=self.rules.vitrine.pk,
            order_id=self.order.pk,
            sequence=self.last,
            event=event,
            kind=kind,
            status=status,
            tracking=tracking,
            created_at=now,
        )
        _apply(update, decision, self.rules, now)
        update.turn = update.state == UpdateState.PENDING and not self._ahead()
        self.has_work |= update.turn
        self._count(update, 1)
        if _waits_for_a_fact(update):
            self.held.append(update)
        return self.staged.add(update)

    def _ahead(self) -> int:
        """How many updates keep a new one waiting."""
        return self.open + (self.halted if self.rules.platform.strict else 0)

    def _count(self, update: StatusUpdate, by: int) -> None:
        if update.state in OPEN:
            self.open += by
        elif update.state in UNFINISHED:
            self.halted += by


def load_outboxes(
    orders: Iterable[Order], rules: Rules, staged: Staged[StatusUpdate], *, waiting: bool
) -> dict[int, Outbox]:
    """The outbox of each order of a vitrine, by the order's key; with what is held for a fact if
    ``waiting``."""
    outboxes = {order.pk: Outbox(order=order, rules=rules, staged=staged) for order in orders}
    updates = StatusUpdate.objects.filter(order__in=outboxes)
    places = (
        updates.order_by()
        .values("order")
        .annotate(
            last=Max("sequence"),
            opened=Count("pk", filter=Q(state__in=OPEN)),
            halted=Count("pk", filter=Q(state__in=(UpdateState.HELD, UpdateState.FAILED))),
        )
    )
    for order_id, *place in places.values_list("order", "last", "opened", "halted"):
        outbox = outboxes[order_id]
        outbox.last, outbox.open, outbox.halted = place
    if waiting:
        held = updates.filter(state=UpdateState.HELD, reason__in=WAITING_FACTS)
        for update in held.order_by("sequence"):
            outboxes[update.order_id].held.append(update)
    return outboxes


def write_outboxes(
    outboxes: Collection[Outbox], rules: Rules, staged: Staged[StatusUpdate]
) -> None:
    """Write what the outboxes of a vitrine's orders were given, and wake its lane for it."""
    staged.write()
    released = [outbox.order.pk for outbox in outboxes if outbox.released]
    if released:
        give_turns(released, strict=rules.platform.strict)
    if released or any(outbox.has_work for outbox in outboxes):
        wake(rules.vitrine.pk)


def redecide(*, updates: Iterable[StatusUpdate], order: Order, now: datetime) -> list[StatusUpdate]:
    """Put held updates of one locked order through today's DE-PARA again."""
    updates = list(updates)
    if not updates:
        return []
    rules = Rules(order.vitrine)
    facts = facts_of(order)
    for update in updates:
        _decide_again(update, rules, facts, now)
        update.save()
    give_turns([order.pk], strict=rules.platform.strict)
    wake(order.vitrine_id)
    return updates


def give_turns(order_ids: Collection[int], *, strict: bool) -> None:
    """Hand the turn of each order to its earliest open update.

    An update that is being sent keeps it. On a ``strict`` platform an earlier held or failed
    update keeps the later ones waiting.

    A claim locks no order: it takes what it finds on turn. So what is read here is locked, and is
    not claimed until the turns are handed on; by key, as in ``lanes.acquire``.
    """
    states = UNFINISHED if strict else OPEN
    rows = (
        StatusUpdate.objects.filter(order_id__in=order_ids, state__in=states)
        .order_by("pk")
        .select_for_update(of=("self",))
        .values_list("order_id", "sequence", "id", "state", "turn")
    )
    unfinished: dict[int, list[tuple[int, str, bool]]] = {}
    for order_id, _, pk, state, turn in sorted(rows):
        unfinished.setdefault(order_id, []).append((pk, state, turn))
    heads, dethroned = [], []
    for updates in unfinished.values():
        sending = [pk for pk, state, _ in updates if state == UpdateState.SENDING]
        first_pk, first_state, _ = updates[0]
        head = sending[0] if sending else first_pk if first_state in OPEN else None
        dethroned += [pk for pk, _, turn in updates if turn and pk != head]
        heads += [pk for pk, _, turn in updates if pk == head and not turn]
    if dethroned:
        StatusUpdate.objects.filter(pk__in=dethroned).update(turn=False)
    if heads:
        StatusUpdate.objects.filter(pk__in=heads).update(turn=True)


def supersede_older(sent: Iterable[StatusUpdate], *, now: datetime) -> None:
    """Close what was to be told before statuses that the platform has now accepted.

    At most one of an order. Only statuses supersede statuses: a tracking never told stays to be
    told.
    """
    by_order = {update.order_id: update for update in sent if update.kind == UpdateKind.STATUS}
    open_ones = StatusUpdate.objects.filter(
        order_id__in=by_order,
        kind=UpdateKind.STATUS,
        state__in=(UpdateState.HELD, UpdateState.FAILED, UpdateState.PENDING),
    )
    older: dict[int, list[int]] = {}
    for pk, order_id, sequence in open_ones.values_list("pk", "order_id", "sequence"):
        if sequence < by_order[order_id].sequence:
            older.setdefault(order_id, []).append(pk)
    for order_id, pks in older.items():
        StatusUpdate.objects.filter(pk__in=pks).update(
            state=UpdateState.SUPERSEDED,
            reason=UpdateReason.SUPERSEDED,
            superseded_by=by_order[order_id],
            turn=False,
            finished_at=now,
        )


def facts_of(order: Order) -> Facts:
    """What the order has to offer to a sending."""
    notes = load_notes(order.vitrine, [order])
    return offered(order, notes, load_volumes([order])[order.pk])


def offered(order: Order, notes: Notes, volumes: Volumes) -> Facts:
    """What an order's facts offer to a sending. A cancelled note does not count."""
    in_force = notes.in_force(order)
    return Facts(
        has_invoice=bool(in_force),
        has_invoice_xml=any(notes.has_xml(note) for note in in_force),
        has_tracking=bool(volumes.to_follow()),
    )


def _waits_for_a_fact(update: StatusUpdate) -> bool:
    return update.state == UpdateState.HELD and update.reason in WAITING_FACTS


def _decision(kind: UpdateKind, status: OrderStatus, rules: Rules, facts: Facts) -> Decision:
    row = rules.rows.get(status)
    return decide(kind=kind, status=status, row=row, platform=rules.platform, facts=facts)


def _decide_again(update: StatusUpdate, rules: Rules, facts: Facts, now: datetime) -> None:
    decision = _decision(UpdateKind(update.kind), OrderStatus(update.status), rules, facts)
    update.checked_revision = rules.revision
    if not _stands(update, decision):
        update.earlier_decisions = [*update.earlier_decisions, _decision_as_json(update)]
        _apply(update, decision, rules, now)


def _stands(update: StatusUpdate, decision: Decision) -> bool:
    """It goes on waiting for the same: its row keeps what it was decided with."""
    return decision.state == UpdateState.HELD == update.state and decision.reason == update.reason


def _decision_as_json(update: StatusUpdate) -> dict[str, Any]:
    return {
        "at": update.decided_at.isoformat(),
        "state": update.state,
        "reason": update.reason,
        "detail": update.detail,
        "channel": update.channel,
        "mapping_revision": update.mapping_revision,
        "platform_status": update.platform_status,
        "ez_core_status_id": update.ez_core_status_id,
        "ez_core_flow_id": update.ez_core_flow_id,
    }


def _apply(update: StatusUpdate, decision: Decision, rules: Rules, now: datetime) -> None:
    """Copy a decision, and what it was made with, onto the row."""
    status = OrderStatus(update.status)
    row = rules.rows.get(status) or MappingRow(status)
    update.platform = rules.platform.name
    update.platform_digest = rules.platform.digest
    update.mapping_revision = update.checked_revision = rules.revision
    update.decided_at = now
    update.platform_status = row.platform_status
    update.ez_core_status_id = row.ez_core_status_id
    update.ez_core_flow_id = row.ez_core_flow_id
    update.channel = decision.channel
    update.state = decision.state
    update.reason = decision.reason or ""
    update.detail = decision.detail
    update.due_at = now if decision.state == UpdateState.PENDING else None
    waits = decision.state in (*OPEN, UpdateState.HELD)
    update.finished_at = None if waits else now
