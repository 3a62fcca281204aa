"""Why is this status what it is: one answer, for the screen, the command line and the API.

    explain_order(order, now=...)    the whole answer for one order
    explain_update(update, now=...)  why one update is where it is
    summarise_orders(orders, now=...) situation and cause of each order of a list

In ``explaining``, ``causes`` decides, ``sentences`` words it and ``timeline`` tells the history;
this module reads the facts once and ties them together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from integrations.explaining.actions import Action, Options, action_for, options_for
from integrations.explaining.causes import (
    Cause,
    Decision,
    OrderFacts,
    Situation,
    UpdateFacts,
    cause_of,
    cause_of_update,
    decisive_update,
    situation_of,
    store_is_right,
)
from integrations.explaining.mapping_then import UNCHANGED, RowThen, mapping_now, row_compared
from integrations.explaining.queries import (
    Material,
    facts_of_orders,
    material_of,
    order_facts,
    standing_of,
)
from integrations.explaining.sentences import Story, words_for
from integrations.explaining.timeline import TimelineEntry, for_reading, timeline_of
from integrations.models import Lane, StatusUpdate
from integrations.wording import quoted
from vitrines.models import AuditAction, Invoice, Order, Tracking
from vitrines.statuses import OrderStatus, status_as_dict


@dataclass(frozen=True)
class Accepted:
    """What the store shows, as far as we know."""

    platform_status: str
    status: OrderStatus | None
    at: datetime | None
    #: The update that told it; None when it is the store's own word.
    update_id: int | None = None

    @property
    def shown(self) -> str:
        """The store's word for it, or ours where the platform has none."""
        return self.platform_status or (self.status.label if self.status is not None else "")

    def as_dict(self) -> dict[str, Any]:
        return {
            "platform_status": self.platform_status,
            "status": status_as_dict(self.status),
            "at": self.at and self.at.isoformat(),
            "update_id": self.update_id,
        }


@dataclass(frozen=True)
class Explanation:
    expected: OrderStatus | None
    expected_at: datetime | None
    accepted: Accepted | None
    cause: Cause
    situation: Situation
    sentence: str
    #: A smaller line under the sentence; may be empty.
    hint: str
    action: Action
    #: The update that the cause is about.
    update_id: int | None
    timeline: tuple[TimelineEntry, ...]
    invoices: tuple[Invoice, ...]
    trackings: tuple[Tracking, ...]
    platform_label: str
    options: Options

    @property
    def newest_first(self) -> list[TimelineEntry]:
        return for_reading(self.timeline)

    def as_dict(self) -> dict[str, Any]:
        return {
            "expected": status_as_dict(self.expected),
            "expected_at": self.expected_at and self.expected_at.isoformat(),
            "accepted": self.accepted and self.accepted.as_dict(),
            "cause": self.cause.value,
            "situation": self.situation.value,
            "sentence": self.sentence,
            "hint": self.hint,
            "action": self.action.as_dict(),
            "update_id": self.update_id,
            "timeline": [entry.as_dict() for entry in self.timeline],
        }


@dataclass(frozen=True)
class OrderSummary:
    """A row of a list of orders."""

    order: Order
    cause: Cause
    situation: Situation
    accepted: Accepted | None


@dataclass(frozen=True)
class UpdateExplanation:
    update: StatusUpdate
    cause: Cause
    sentence: str
    hint: str
    action: Action
    options: Options
    platform_label: str
    mapping_now: str
    then: RowThen
    #: Its own part of the order's timeline, oldest first.
    timeline: tuple[TimelineEntry, ...]


def explain_order(order: Order, *, now: datetime) -> Explanation:
    material = material_of(order)
    facts, shop = material.order_facts, material.shop
    updates = _with_who_settled(material)
    decision = cause_of(facts, shop, updates, now)
    words = words_for(Story(decision, facts, shop, updates, now))
    return Explanation(
        expected=facts.status,
        expected_at=order.status_at,
        accepted=last_accepted(order, updates),
        cause=decision.cause,
        situation=situation_of(facts, shop, decision),
        sentence=words.sentence,
        hint=_with_context(words.hint, facts, updates, decision),
        action=action_for(words, order),
        update_id=decision.update.id if decision.update else None,
        timeline=timeline_of(material),
        invoices=material.invoices,
        trackings=material.trackings,
        platform_label=shop.platform_label,
        options=_options(decision, material),
    )


def explain_update(update: StatusUpdate, *, now: datetime) -> UpdateExplanation:
    order = update.order
    material = material_of(order)
    updates = _with_who_settled(material)
    mine = next(facts for facts in updates if facts.id == update.pk)
    full = next(row for row in material.updates if row.pk == update.pk)
    decision = cause_of_update(mine, material.shop, updates, now)
    words = words_for(Story(decision, material.order_facts, material.shop, updates, now))
    row = material.shop.rows.get(mine.status)
    return UpdateExplanation(
        update=full,
        cause=decision.cause,
        sentence=words.sentence,
        hint=words.hint,
        action=action_for(words, order),
        options=_options(decision, material),
        platform_label=material.shop.platform_label,
        mapping_now=mapping_now(full, row),
        then=row_compared(full, row),
        timeline=tuple(
            e for e in timeline_of(material) if update.pk in (e.update_id, e.repeats_id)
        ),
    )


def _options(decision: Decision, material: Material) -> Options:
    about = (decision.behind or decision).update
    update = next((row for row in material.updates if about and row.pk == about.id), None)
    row = material.shop.rows.get(about.status) if about else None
    return options_for(
        decision,
        material.order,
        paused=material.shop.lane.paused_at is not None,
        row_changed=update is not None and mapping_now(update, row) != UNCHANGED,
    )


def summarise_orders(orders: Iterable[Order], *, now: datetime) -> list[OrderSummary]:
    """``orders`` come with ``vitrine__lane``; costs one query, whatever their number."""
    listed = list(orders)
    updates = facts_of_orders(listed)
    return [_summary(order, updates.get(order.pk, ()), now) for order in listed]


def _summary(order: Order, updates: Sequence[UpdateFacts], now: datetime) -> OrderSummary:
    facts = order_facts(order)
    shop = standing_of(order.vitrine, _lane_of(order))
    decision = cause_of(facts, shop, updates, now)
    return OrderSummary(
        order=order,
        cause=decision.cause,
        situation=situation_of(facts, shop, decision),
        accepted=last_accepted(order, updates),
    )


def _lane_of(order: Order) -> Lane | None:
    try:
        return order.vitrine.lane
    except Lane.DoesNotExist:
        return None


def last_accepted(order: Order, updates: Sequence[UpdateFacts]) -> Accepted | None:
    """The latest status that the store took from us or told us itself."""
    known = [u for u in updates if not u.tracking and store_is_right(u)]
    latest = max(known, key=lambda update: update.in_story, default=None)
    if latest is None:
        word = order.platform_status
        return Accepted(word, None, order.created_at) if word else None
    if latest.state == "sent":
        return Accepted(latest.platform_status, latest.status, latest.finished_at, latest.id)
    return Accepted(order.platform_status, latest.status, latest.created_at)


def _with_context(
    hint: str, order: OrderFacts, updates: Sequence[UpdateFacts], decision: Decision
) -> str:
    """What an operator would ask next: is the status itself right, was there a late fact."""
    parts = [hint]
    update = decision.update
    if update is not None and update.tracking and order.status is not None:
        parts.insert(0, f"A loja já mostra {order.status.label}; falta só o rastreio.")
    deciding = decisive_update(order.status, updates) if order.status is not None else None
    if order.inclusion == "included" and order.inclusion_reason == "unmapped":
        parts.append(f"A última palavra da loja, {quoted(order.platform_status)}, não tem DE-PARA.")
    late = [
        other.status.label
        for other in updates
        if deciding and other.reason == "regression" and other.sequence > deciding.sequence
    ]
    if late:
        parts.append(f"Um fato fora de ordem ({late[-1]}) foi guardado sem voltar o pedido.")
    return " ".join(part for part in parts if part)


def _with_who_settled(material: Material) -> tuple[UpdateFacts, ...]:
    who = {
        update_id: entry.actor_label
        for update_id, entry in material.deeds
        if entry.action == AuditAction.UPDATE_CANCEL
    }
    return tuple(replace(u, closed_by=who.get(u.id, "")) for u in material.update_facts)
