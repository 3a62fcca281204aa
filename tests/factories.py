"""Rows for tests, each valid as it is; a test names only what it is about."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from integrations.delivery.outbox import (
    Outbox,
    Rules,
    facts_of,
    load_outboxes,
    write_outboxes,
)
from integrations.models import (
    OPEN,
    Connection,
    Event,
    EventKind,
    EventOutcome,
    EventSource,
    ReplayMode,
    ReplayPart,
    ReplayRun,
    StatusUpdate,
    UpdateKind,
    UpdateState,
)
from status_mapping.models import InboundStatus, StatusMapping
from status_mapping.translation import fold_word
from vitrines.models import Inclusion, InclusionReason, Invoice, Order, Tracking, Vitrine
from vitrines.staging import Staged
from vitrines.statuses import OrderStatus

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
CHAVE_NFE = "35261112345678000195550010000123451000123450"


def make_user(username: str = "operacao", **fields: Any) -> User:
    return User.objects.create_user(username, password="senha-de-teste", **fields)


def make_vitrine(code: str = "LOJA-SP", **fields: Any) -> Vitrine:
    values = {"description": "Loja São Paulo", "platform": "generic", "order_prefix": "VT"}
    return Vitrine.objects.create(code=code, **(values | fields))


def make_connection(
    vitrine: Vitrine, *, params: dict[str, Any] | None = None, secrets: dict[str, str] | None = None
) -> Connection:
    return Connection.objects.create(
        vitrine=vitrine, platform=vitrine.platform, params=params or {}, secrets=secrets or {}
    )


def make_mapping(
    vitrine: Vitrine, status: OrderStatus, platform_status: str = "", **fields: Any
) -> StatusMapping:
    """A DE-PARA row with its own word as an inbound word, as Salvar writes it."""
    row = StatusMapping.objects.create(
        vitrine=vitrine, status=status, platform_status=platform_status, **fields
    )
    if platform_status:
        add_inbound_word(row, platform_status, explicit=False)
    return row


def add_inbound_word(row: StatusMapping, word: str, *, explicit: bool = True) -> InboundStatus:
    return InboundStatus.objects.create(
        vitrine=row.vitrine, mapping=row, word=word, folded=fold_word(word), explicit=explicit
    )


def make_order(vitrine: Vitrine, number: str = "100482", **fields: Any) -> Order:
    status = fields.pop("status", OrderStatus.PAGAMENTO_CONFIRMADO)
    values = {
        "platform_id": f"loja-{number}",
        "platform_status": "PAID",
        "placed_at": NOW,
        "total": Decimal("199.90"),
        "status": status,
        "status_at": None if status is None else NOW,
        "inclusion": Inclusion.INCLUDED,
        "inclusion_reason": InclusionReason.DEFAULT,
    }
    return Order.objects.create(vitrine=vitrine, number=number, **(values | fields))


def make_event(order: Order, kind: EventKind = EventKind.RESERVED, **fields: Any) -> Event:
    values = {
        "source": EventSource.ERP,
        "external_id": f"{kind}-{order.pk}-{Event.objects.count()}",
        "order_number": order.number,
        "occurred_at": NOW,
        "received_at": NOW,
        "outcome": EventOutcome.STATUS_CHANGED,
        "actor_label": "token erp",
    }
    return Event.objects.create(vitrine=order.vitrine, order=order, kind=kind, **(values | fields))


def make_invoice(order: Order, chave_nfe: str = CHAVE_NFE, **fields: Any) -> Invoice:
    values = {"number": 12345, "series": 1, "issued_at": NOW, "total": Decimal("199.90")}
    return Invoice.objects.create(
        vitrine=order.vitrine, order=order, chave_nfe=chave_nfe, **(values | fields)
    )


def make_tracking(order: Order, code: str = "SQ458226057BR", **fields: Any) -> Tracking:
    values = {"carrier": "Correios", "occurred_at": NOW}
    return Tracking.objects.create(order=order, code=code, **(values | fields))


def enqueue_status(
    *,
    order: Order,
    event: Event,
    status: OrderStatus,
    now: datetime,
    tracking: Tracking | None = None,
) -> StatusUpdate:
    """The update that tells a status, decided and written as the intake does it."""
    outbox = open_outbox(order)
    update = outbox.enqueue_status(
        event=event, status=status, facts=facts_of(order), now=now, tracking=tracking
    )
    write_outboxes([outbox], outbox.rules, outbox.staged)
    return update


def open_outbox(order: Order) -> Outbox:
    orders, rules = [order], Rules(order.vitrine)
    return load_outboxes(orders, rules, Staged(StatusUpdate), waiting=True)[order.pk]


def make_update(
    order: Order,
    status: OrderStatus = OrderStatus.EM_PREPARACAO,
    state: UpdateState = UpdateState.PENDING,
    **fields: Any,
) -> StatusUpdate:
    """An update as the outbox writes it; pending ones are due, open ones on turn unless said."""
    last = order.status_updates.order_by("-sequence").values_list("sequence", flat=True).first()
    values = {
        "sequence": (last or 0) + 1,
        "kind": UpdateKind.STATUS,
        "channel": "url",
        "platform": order.vitrine.platform,
        "platform_status": "PICKING",
        "turn": state in OPEN,
        "due_at": NOW if state == UpdateState.PENDING else None,
        "fencing_token": 1 if state == UpdateState.SENDING else None,
        "created_at": NOW,
        "decided_at": NOW,
    }
    return StatusUpdate.objects.create(
        vitrine=order.vitrine, order=order, status=status, state=state, **(values | fields)
    )


def make_replay_run(vitrine: Vitrine, **fields: Any) -> ReplayRun:
    """A run that is still going on, with its part of one vitrine."""
    values = {
        "key": uuid.uuid4(),
        "mode": ReplayMode.RENDER,
        "selection": {"state": "failed", "up_to": 0, "as_of": NOW.isoformat()},
        "reason": "a loja perdeu dados",
        "started_by_label": "operacao",
        "started_at": NOW,
        "selected": 1,
        "per_minute": 600,
    }
    run = ReplayRun.objects.create(**(values | fields))
    ReplayPart.objects.create(run=run, vitrine=vitrine, selected=run.selected, paced_until=NOW)
    return run
