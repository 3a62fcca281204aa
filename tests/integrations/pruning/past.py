"""Orders of long ago, with one row of everything that can hang from them."""

import uuid
from datetime import timedelta

from integrations.models import (
    AttemptClass,
    CapturedValue,
    DeliveryAttempt,
    Event,
    ReplayItem,
    SendTest,
    StatusUpdate,
    UpdateReason,
    UpdateState,
)
from integrations.retention import Retention
from tests.factories import NOW, make_event, make_invoice, make_order, make_tracking, make_update
from vitrines.models import Invoice, Order, OrderStatusChange, Tracking
from vitrines.statuses import OrderStatus

RETENTION = Retention(bodies_days=90, rows_days=730)
LONG_AGO = NOW - timedelta(days=800)
#: All that goes with an order.
MODELS = (
    Order,
    OrderStatusChange,
    Invoice,
    Tracking,
    Event,
    StatusUpdate,
    DeliveryAttempt,
    CapturedValue,
    SendTest,
    ReplayItem,
)
STEP = {
    "method": "PUT",
    "url": "http://127.0.0.1/pedidos/1/status",
    "status": 422,
    "ms": 12,
    "error": "",
    "step": "1",
    "digest": "5f2a",
    "request_headers": {"Idempotency-Key": "abc"},
    "request_body": '{"pedido": "1"}',
    "response_headers": {"Content-Type": "application/json"},
    "response_body": '{"erro": "não"}',
}
CLOSED = {
    UpdateState.SENT: UpdateReason.ACCEPTED,
    UpdateState.SKIPPED: UpdateReason.ECHO,
    UpdateState.SUPERSEDED: UpdateReason.SUPERSEDED,
    UpdateState.CANCELLED: UpdateReason.CANCELLED,
}
OPEN = {
    UpdateState.PENDING: "",
    UpdateState.SENDING: "",
    UpdateState.HELD: UpdateReason.UNMAPPED,
    UpdateState.FAILED: UpdateReason.REJECTED,
}


def counts():
    return {model.__name__: model.objects.count() for model in MODELS}


def old_order(vitrine, number="1", *, at=LONG_AGO, **fields):
    order = make_order(
        vitrine, number, **({"status": OrderStatus.ENTREGUE, "status_at": at} | fields)
    )
    touch(order, at)
    return order


def touch(order, at):
    """Both times are set by the database layer itself."""
    Order.objects.filter(pk=order.pk).update(created_at=at, updated_at=at)


def old_update(order, state=UpdateState.SENT, *, at=LONG_AGO, **fields):
    values = {
        "reason": (CLOSED | OPEN)[state],
        "created_at": at,
        "decided_at": at,
        "finished_at": at if state in CLOSED or state == UpdateState.FAILED else None,
    }
    return make_update(order, state=state, **(values | fields))


def old_attempt(update, *, at=LONG_AGO, number=1, steps=(STEP,), **fields):
    return DeliveryAttempt.objects.create(
        update=update,
        number=number,
        started_at=at,
        duration_ms=12,
        outcome=AttemptClass.REJECTED,
        http_status=422,
        message="não",
        steps=list(steps),
        worker="w",
        **fields,
    )


def old_test(order, *, at=LONG_AGO, **fields):
    return SendTest.objects.create(
        key=uuid.uuid4(),
        vitrine=order.vitrine,
        order=order,
        status=1,
        channel="url",
        platform="generic",
        sent_at=at,
        sent_by_label="maria",
        outcome="rejected",
        http_status=422,
        steps=[STEP],
        **fields,
    )


def old_invoice(order, *, at=LONG_AGO, xml=b"<nfeProc/>", **fields):
    note = make_invoice(order, xml=xml, **fields)
    Invoice.objects.filter(pk=note.pk).update(received_at=at)
    return note


def whole_order(vitrine, number="1", *, at=LONG_AGO):
    """Delivered long ago, with one row of each kind, or two."""
    order = old_order(vitrine, number, at=at)
    change = OrderStatusChange.objects.create(
        order=order, to_status=OrderStatus.ENTREGUE, occurred_at=at, recorded_at=at, cause="ERP"
    )
    event = make_event(order, occurred_at=at, received_at=at, status_change=change)
    tracking = make_tracking(order, f"SQ{number}BR")
    old_invoice(order, at=at, chave_nfe=f"{order.pk:044}")
    CapturedValue.objects.create(order=order, name="shipment_id", value="1")
    old_test(order, at=at)
    sent = old_update(order, at=at, event=event, tracking=tracking)
    old_update(order, UpdateState.SUPERSEDED, at=at, superseded_by=sent)
    old_update(order, at=at, event=event, replay_of=sent, place=1)
    old_attempt(sent, at=at)
    return order
