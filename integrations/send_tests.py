"""*Testar envio*: one real sending of an order, so that a person sees what the platform says."""

import uuid
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from integrations.delivery.context import AccessToken
from integrations.delivery.decisions import decide
from integrations.delivery.http import Sessions
from integrations.delivery.outbox import facts_of
from integrations.delivery.outcomes import Outcome
from integrations.delivery.parcels import Desk, open_desk
from integrations.delivery.platform_tokens.by_hand import ask_by_hand
from integrations.delivery.platform_tokens.exchange import NotObtained
from integrations.delivery.recording import keep_captured
from integrations.delivery.sending import Parcel, SendResult, deliver
from integrations.models import SendTest, UpdateKind, UpdateReason, UpdateState
from integrations.preview.drafts import draft_parcel
from status_mapping.queries import outbound_rows
from status_mapping.translation import MappingRow
from vitrines import audit
from vitrines.models import AuditAction, Order
from vitrines.statuses import PROCESS, OrderStatus

_WHY_NOT: dict[UpdateReason | None, str] = {
    UpdateReason.UNMAPPED: "O DE-PARA salvo não tem o status da plataforma para {status}: "
    "preencha-o em Configurações Adicionais.",
    UpdateReason.NOT_OFFERED: "A plataforma não oferece envio para {status}.",
    UpdateReason.WAITING_INVOICE_XML: "Este envio leva o XML da nota, que o pedido ainda "
    "não tem: escolha outro pedido ou outro envio.",
    UpdateReason.WAITING_TRACKING: "Este envio leva o rastreio, que o pedido ainda não tem: "
    "escolha outro pedido ou outro envio.",
}


class NotTestable(Exception):
    """Nothing was sent; says in Portuguese what is missing."""


def warning_of(order: Order, status: OrderStatus) -> str:
    """What a test of another status than the order's may do; empty for its own."""
    current = order.current_status
    if status == current:
        return ""
    told = f"está em {current.label}" if current is not None else "ainda não tem status"
    goes = "voltar" if _is_before(status, current) else "passar"
    return (
        f"O pedido {told}, e o teste diz {status.label}: a loja pode {goes} para {status.label} e "
        "avisar o consumidor. Depois, nada corrige a loja sozinho."
    )


def _is_before(status: OrderStatus, current: OrderStatus | None) -> bool:
    in_process = status in PROCESS and current in PROCESS
    return in_process and PROCESS.index(status) < PROCESS.index(current)


def send_test(
    *,
    order: Order,
    status: OrderStatus,
    channel: str,
    key: uuid.UUID,
    actor: User | None,
    actor_label: str = "",
    now: datetime,
) -> SendTest:
    """Send once what the saved DE-PARA says, and write down what came back.

    1. What will be sent is put together; ``NotTestable`` or ``LaneNotSendable`` if it cannot.
    2. The test is written with its audit entry. A ``key`` that was used already ends here: the
       same form was posted twice.
    3. The platform is asked, outside any transaction.
    4. The answer is written. What it captured is kept for the order: an id that the store gave is
       a fact, and a later update that did not know it would make the thing a second time.

    No update changes, and neither the lane's pause, breaker or pace. It is sent also while the
    vitrine is paused or not published: so one sees whether a mended credential works. An inactive
    row is sent too.
    """
    desk = open_desk(order.vitrine)
    row, channel = _chosen(order, desk, status, channel)
    parcel = draft_parcel(order, desk, channel=channel, row=row, key=key, at=now)
    test, new = _begin(
        key,
        desk=desk,
        order=order,
        row=row,
        channel=channel,
        actor=actor,
        actor_label=actor_label,
        now=now,
    )
    if not new:
        return test
    result = _deliver(replace(parcel, keep_accepted_bodies=True), desk)
    with transaction.atomic():
        _write(test, result)
        keep_captured({order.pk: result.captured})
    return test


def _chosen(order: Order, desk: Desk, status: OrderStatus, channel: str) -> tuple[MappingRow, str]:
    """The row to send and by which channel, as the outbox would decide it."""
    row = outbound_rows(desk.vitrine).get(status)
    if row is not None:
        row = replace(row, active=True, channel=channel or row.channel)
    decision = decide(
        kind=UpdateKind.STATUS,
        status=status,
        row=row,
        platform=desk.platform,
        facts=facts_of(order),
    )
    if row is None or decision.state != UpdateState.PENDING:
        sentence = decision.detail or _WHY_NOT[decision.reason]
        raise NotTestable(sentence.format(status=status.label))
    return row, decision.channel


@transaction.atomic
def _begin(
    key: uuid.UUID,
    *,
    desk: Desk,
    order: Order,
    row: MappingRow,
    channel: str,
    actor: User | None,
    actor_label: str,
    now: datetime,
) -> tuple[SendTest, bool]:
    """The test with this key, and whether it is new."""
    test, new = SendTest.objects.get_or_create(
        key=key,
        defaults={
            "vitrine": order.vitrine,
            "order": order,
            "status": row.status,
            "channel": channel,
            "platform_status": row.platform_status,
            "platform": desk.platform.name,
            "platform_digest": desk.platform.digest,
            "sent_at": now,
            "sent_by": actor,
            "sent_by_label": actor_label or audit.label_of(actor),
        },
    )
    if new:
        _audit(test, actor)
    return test, new


def _deliver(parcel: Parcel, desk: Desk) -> SendResult:
    """Of a sending that was made again with another token, the steps of both."""

    def send(sessions: Sessions, token: AccessToken | None) -> SendResult:
        return deliver(replace(parcel, token=token), sessions=sessions, now=timezone.now)

    told = ask_by_hand(desk, send, outcome=lambda result: Outcome(result.outcome))
    results = [_not_obtained(one) if isinstance(one, NotObtained) else one for one in told]
    return replace(
        results[-1],
        steps=[step for result in results for step in result.steps],
        captured={name: value for r in results for name, value in r.captured.items()},
        duration_ms=sum(result.duration_ms for result in results),
    )


def _not_obtained(token: NotObtained) -> SendResult:
    return SendResult(
        outcome=token.outcome.value,
        message=token.message,
        http_status=None,
        steps=[],
        captured={},
        retry_after=token.retry_after,
        duration_ms=0,
        started_at=timezone.now(),
    )


def _write(test: SendTest, result: SendResult) -> None:
    test.outcome = result.outcome
    test.http_status = result.http_status
    test.message = result.message
    test.duration_ms = result.duration_ms
    test.steps = result.steps
    test.save(update_fields=["outcome", "http_status", "message", "duration_ms", "steps"])


def _audit(test: SendTest, actor: User | None) -> None:
    told = f"{test.get_status_display()} · {test.get_channel_display()}"
    audit.record(
        action=AuditAction.UPDATE_TEST,
        actor=actor,
        actor_label=test.sent_by_label,
        now=test.sent_at,
        vitrine=test.vitrine,
        subject=f"pedido {test.order.display_number} · {told}"[:120],
        test=test.pk,
    )
