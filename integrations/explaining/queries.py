"""The reads behind an explanation, as the plain facts that ``causes`` takes.

Explaining one order costs a fixed number of queries, whatever its history; so does a page of
orders (``facts_of_orders``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from integrations.explaining.causes import LaneFacts, OrderFacts, ShopFacts, UpdateFacts
from integrations.models import (
    DeliveryAttempt,
    Event,
    EventSource,
    Lane,
    ReplayItem,
    ReplayOutcome,
    SendTest,
    StatusUpdate,
)
from integrations.wording import invoice_name
from status_mapping.channels import usual_channel
from status_mapping.queries import inbound_rows, latest_revision_number, outbound_rows
from status_mapping.translation import MappingRow
from vitrines.models import (
    DEEDS,
    AuditAction,
    AuditEntry,
    Inclusion,
    Invoice,
    Order,
    Tracking,
    Vitrine,
)
from vitrines.platforms import Platform, PlatformFileError, UnknownPlatform, get_platform
from vitrines.statuses import OrderStatus


@dataclass(frozen=True)
class Material:
    """All that is known of one order, read once."""

    order: Order
    order_facts: OrderFacts
    shop: ShopFacts
    updates: tuple[StatusUpdate, ...]
    update_facts: tuple[UpdateFacts, ...]
    events: tuple[Event, ...]
    invoices: tuple[Invoice, ...]
    trackings: tuple[Tracking, ...]
    #: What people did to its updates: (update id, audit entry).
    deeds: tuple[tuple[int, AuditEntry], ...]
    #: Sendings that people asked for only to see what the store says.
    tests: tuple[SendTest, ...]
    #: What runs of replay did to its updates, with their run.
    replays: tuple[ReplayItem, ...]


def material_of(order: Order) -> Material:
    updates = tuple(
        StatusUpdate.objects.filter(order=order)
        .select_related("tracking", "replay_run")
        .defer("replay_run__selection")
        .prefetch_related("attempts")
        .order_by("sequence")
    )
    events = tuple(Event.objects.filter(order=order).order_by("received_at", "id"))
    invoices = tuple(Invoice.objects.filter(order=order).defer("xml").order_by("id"))
    return Material(
        order=order,
        order_facts=order_facts(order, events=events, invoices=invoices),
        shop=shop_facts(order.vitrine, with_words=order.inclusion == Inclusion.HELD),
        updates=updates,
        update_facts=tuple(update_facts(u, last_try(u)) for u in updates),
        events=events,
        invoices=invoices,
        trackings=tuple(Tracking.objects.filter(order=order).order_by("id")),
        deeds=_deeds(order, updates),
        tests=tuple(SendTest.objects.filter(order=order).defer("steps").order_by("id")),
        replays=_replays(order),
    )


def facts_of_orders(orders: Sequence[Order]) -> dict[int, tuple[UpdateFacts, ...]]:
    """The updates of a page of orders, by order id, in one query."""
    found: dict[int, list[UpdateFacts]] = defaultdict(list)
    rows = StatusUpdate.objects.filter(order__in=[order.pk for order in orders])
    for update in rows.order_by("order_id", "sequence"):
        found[update.order_id].append(update_facts(update))
    return {order_id: tuple(facts) for order_id, facts in found.items()}


def order_facts(
    order: Order, *, events: Iterable[Event] | None = None, invoices: Iterable[Invoice] = ()
) -> OrderFacts:
    told = None if events is None else any(e.source == EventSource.ERP for e in events)
    return OrderFacts(
        status=order.current_status,
        inclusion=order.inclusion,
        inclusion_reason=order.inclusion_reason,
        platform_status=order.platform_status,
        told_by_erp=told,
        invoices=tuple(
            invoice_name(note.number, note.series) for note in invoices if not note.cancelled_at
        ),
    )


def shop_facts(vitrine: Vitrine, *, with_words: bool = False) -> ShopFacts:
    lane = Lane.objects.filter(vitrine=vitrine).select_related("paused_by").first()
    standing = standing_of(vitrine, lane)
    if lane is not None and lane.paused_at is not None:
        standing = replace(standing, lane=_with_mending(standing.lane, vitrine, lane.paused_at))
    return replace(
        standing,
        revision=latest_revision_number(vitrine),
        rows=_with_channels(outbound_rows(vitrine), _platform_of(vitrine)),
        words=frozenset(inbound_rows(vitrine)) if with_words else frozenset(),
    )


def standing_of(vitrine: Vitrine, lane: Lane | None) -> ShopFacts:
    """A vitrine without its DE-PARA: enough for the cause, not for the sentence."""
    label, code_required, told_statuses = vitrine.platform, True, None
    platform = _platform_of(vitrine)
    if platform is not None:
        label, code_required = platform.label, platform.mapping.code
        told_statuses = frozenset(status for send in platform.sends for status in send.statuses)
    return ShopFacts(
        code=vitrine.code,
        platform_label=label,
        published=vitrine.published,
        code_required=code_required,
        told_statuses=told_statuses,
        lane=_lane_facts(lane) if lane else LaneFacts(),
    )


def _platform_of(vitrine: Vitrine) -> Platform | None:
    """None without a file that can be used: the lane pauses and says so, and the page must still
    explain."""
    try:
        return get_platform(vitrine.platform)
    except (UnknownPlatform, PlatformFileError):
        return None


def _with_channels(
    rows: Mapping[OrderStatus, MappingRow], platform: Platform | None
) -> dict[OrderStatus, MappingRow]:
    """The channel that a row leaves to the platform's usual one, named, as a decision takes it."""
    if platform is None:
        return dict(rows)
    usual = {status: usual_channel(status, platform.channels_for(status)) for status in rows}
    return {
        status: replace(row, channel=row.channel or usual[status] or "")
        for status, row in rows.items()
    }


def _with_mending(lane: LaneFacts, vitrine: Vitrine, paused_at: datetime) -> LaneFacts:
    changed = AuditEntry.objects.filter(
        vitrine=vitrine, action=AuditAction.CONNECTION_CHANGE, at__gt=paused_at
    )
    latest = changed.order_by("-id").first()
    if latest is None:
        return lane
    return replace(lane, mended_at=latest.at, secret_mended=bool(latest.details.get("secrets")))


def update_facts(update: StatusUpdate, last: DeliveryAttempt | None = None) -> UpdateFacts:
    return UpdateFacts(
        id=update.pk,
        sequence=update.sequence,
        kind=update.kind,
        status=OrderStatus(update.status),
        state=update.state,
        reason=update.reason,
        detail=update.detail,
        channel=update.channel,
        platform_status=update.platform_status,
        revision=update.mapping_revision,
        turn=update.turn,
        due_at=update.due_at,
        attempts_made=update.attempts_made,
        created_at=update.created_at,
        finished_at=update.finished_at,
        superseded_by=update.superseded_by_id,
        http_status=last.http_status if last else None,
        place=update.place,
    )


def last_try(update: StatusUpdate) -> DeliveryAttempt | None:
    """Of the prefetched attempts."""
    return max(update.attempts.all(), key=lambda attempt: attempt.pk, default=None)


def _lane_facts(lane: Lane) -> LaneFacts:
    return LaneFacts(
        paused_at=lane.paused_at,
        pause_reason=lane.pause_reason,
        pause_note=lane.pause_note,
        paused_by=lane.paused_by.get_username() if lane.paused_by else "",
        throttled_until=lane.throttled_until,
        paced_until=lane.paced_until,
        breaker_open_until=lane.breaker_open_until,
        breaker_note=lane.breaker_note,
        failures=lane.transient_failures,
        leased_until=lane.lease_until,
    )


def _deeds(order: Order, updates: Sequence[StatusUpdate]) -> tuple[tuple[int, AuditEntry], ...]:
    """What people did to these updates; ``operations`` writes down to which."""
    entries = AuditEntry.objects.filter(
        vitrine=order.vitrine_id,
        action__in=DEEDS,
        details__update__in=[update.pk for update in updates],
    )
    return tuple((entry.details["update"], entry) for entry in entries.order_by("id"))


def _replays(order: Order) -> tuple[ReplayItem, ...]:
    """What was left out has nothing to tell here."""
    items = ReplayItem.objects.filter(update__order=order).select_related("run")
    items = items.defer("before", "run__selection")
    return tuple(items.exclude(outcome=ReplayOutcome.LEFT_OUT).order_by("id"))
