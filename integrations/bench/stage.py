"""A vitrine that tells the sink, and updates that wait to be told."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from integrations.models import (
    Connection,
    Event,
    EventKind,
    EventOutcome,
    EventSource,
    StatusUpdate,
    TokenScope,
    UpdateKind,
    UpdateState,
)
from integrations.tokens import issue_token
from status_mapping.models import Channel, StatusMapping
from vitrines.models import Inclusion, InclusionReason, Order, OrderStatusChange, Vitrine
from vitrines.platforms import get_platform
from vitrines.statuses import OrderStatus

PLATFORM = "generic"
#: What the ERP's events go through after the payment; each tells the platform by URL.
WORDS = {
    OrderStatus.PAGAMENTO_CONFIRMADO: "paid",
    OrderStatus.EM_PREPARACAO: "picking",
    OrderStatus.DESPACHADO: "invoiced",
    OrderStatus.EMBARCADO: "shipped",
    OrderStatus.ENTREGUE: "delivered",
}
_BATCH = 2_000


def open_vitrine(code: str, *, store_url: str) -> Vitrine:
    """With parameters as they are when the page *Envio* is saved with nothing but an address."""
    params = {p.name: p.default for p in get_platform(PLATFORM).params if not p.secret}
    vitrine = Vitrine.objects.create(code=code, description=f"Loja {code}", platform=PLATFORM)
    Connection.objects.create(
        vitrine=vitrine, platform=PLATFORM, params=params | {"base_url": store_url}
    )
    StatusMapping.objects.bulk_create(
        StatusMapping(vitrine=vitrine, status=status, platform_status=word, channel=Channel.URL)
        for status, word in WORDS.items()
    )
    return vitrine


def erp_key(vitrines: Sequence[Vitrine]) -> str:
    """The key of a token that may bring the ERP's events for these vitrines."""
    _, key = issue_token(
        name="bench",
        vitrines=vitrines,
        scopes=[TokenScope.EVENTS],
        actor=None,
        now=timezone.now(),
    )
    return key


def move_store(vitrine: Vitrine, store_url: str) -> None:
    connection = vitrine.connection
    connection.params = connection.params | {"base_url": store_url}
    connection.save()


def add_orders(vitrine: Vitrine, count: int, *, now: datetime) -> list[Order]:
    """Paid orders. Their numbers are far from those that ``filling`` gives."""
    first = Order.objects.filter(vitrine=vitrine).count() + 10_000_000
    rows = [
        Order(
            vitrine=vitrine,
            number=str(number),
            platform_id=f"loja-{number}",
            platform_status="paid",
            placed_at=now,
            total="199.90",
            status=OrderStatus.PAGAMENTO_CONFIRMADO,
            status_at=now,
            inclusion=Inclusion.INCLUDED,
            inclusion_reason=InclusionReason.DEFAULT,
        )
        for number in range(first, first + count)
    ]
    return Order.objects.bulk_create(rows, batch_size=_BATCH)


def add_waiting(vitrine: Vitrine, count: int) -> None:
    """So many orders, each with an event and the update that it caused, due now."""
    now = timezone.now()
    orders = add_orders(vitrine, count, now=now)
    events = Event.objects.bulk_create(
        [event_of(order, now) for order in orders], batch_size=_BATCH
    )
    StatusUpdate.objects.bulk_create(
        [update_of(order, event, now) for order, event in zip(orders, events, strict=True)],
        batch_size=_BATCH,
    )


def event_of(order: Order, now: datetime, change: OrderStatusChange | None = None) -> Event:
    return Event(
        vitrine_id=order.vitrine_id,
        source=EventSource.ERP,
        external_id=uuid.uuid4().hex,
        kind=EventKind.RESERVED,
        order=order,
        order_number=order.number,
        occurred_at=now,
        received_at=now,
        outcome=EventOutcome.STATUS_CHANGED,
        status_after=OrderStatus.EM_PREPARACAO,
        status_change=change,
        actor_label="bench",
    )


def update_of(order: Order, event: Event, now: datetime) -> StatusUpdate:
    platform = get_platform(PLATFORM)
    return StatusUpdate(
        vitrine_id=order.vitrine_id,
        order=order,
        sequence=1,
        event=event,
        kind=UpdateKind.STATUS,
        status=OrderStatus.EM_PREPARACAO,
        channel=Channel.URL,
        platform=platform.name,
        platform_digest=platform.digest,
        platform_status=WORDS[OrderStatus.EM_PREPARACAO],
        state=UpdateState.PENDING,
        turn=True,
        due_at=now,
        decided_at=now,
        created_at=now,
    )
