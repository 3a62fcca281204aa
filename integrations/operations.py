"""What a person may do to an update or a lane. Each is one transaction with its audit entry."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from integrations.delivery.lanes import lane_of
from integrations.delivery.outbox import give_turns, redecide
from integrations.delivery.recording import close_breaker
from integrations.models import (
    Lane,
    PauseReason,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from vitrines import audit
from vitrines.models import AuditAction, Order, Vitrine
from vitrines.platforms import get_platform


class UpdateNotChanged(Exception):
    """The update is not in a state that allows it; says why in Portuguese."""


def retry_update(*, update: StatusUpdate, actor: User, now: datetime) -> StatusUpdate:
    """Put a failed update back in the queue, rendered anew when it is sent.

    One that failed for its configuration, or was skipped because its row was inactive, is decided
    again by today's DE-PARA, or what was mended would never reach it. Refused when a later status
    was accepted since: it would take the store back.
    """
    with transaction.atomic():
        update = _locked(update)
        inactive = update.reason == UpdateReason.INACTIVE
        if update.state != UpdateState.FAILED and not inactive:
            raise UpdateNotChanged("Só uma atualização recusada pode ser reenviada.")
        if _later_was_sent(update):
            raise UpdateNotChanged(
                "A loja já aceitou um status posterior; reenviar este a faria regredir."
            )
        update.attempts_made = 0
        if inactive or update.reason == UpdateReason.CONFIG:
            redecide(updates=[update], order=update.order, now=now)
            if update.reason == UpdateReason.INACTIVE:
                raise UpdateNotChanged(
                    "A linha do DE-PARA está inativa: marque Ativo, salve e envie de novo."
                )
        else:
            update.state, update.reason, update.detail = UpdateState.PENDING, "", ""
            update.due_at, update.finished_at = now, None
            update.save()
            _give_turn(update)
        _audit(AuditAction.UPDATE_RETRY, update, actor, now)
    return update


def cancel_update(*, update: StatusUpdate, actor: User, reason: str, now: datetime) -> StatusUpdate:
    """Mark a failed, held or waiting update as settled outside; it will never be sent."""
    with transaction.atomic():
        update = _locked(update)
        if update.state not in (UpdateState.FAILED, UpdateState.HELD, UpdateState.PENDING):
            raise UpdateNotChanged(
                "Só o que espera ou foi recusado pode ser marcado como resolvido fora."
            )
        update.state, update.reason = UpdateState.CANCELLED, UpdateReason.CANCELLED
        update.detail, update.turn, update.finished_at = reason[:500], False, now
        update.save()
        _give_turn(update)
        _audit(AuditAction.UPDATE_CANCEL, update, actor, now, reason=reason)
    return update


def pause_lane(*, vitrine: Vitrine, actor: User, reason: str, now: datetime) -> Lane:
    with transaction.atomic():
        lane = _locked_lane(vitrine)
        if lane.paused_at is None:
            lane.paused_at, lane.pause_reason = now, PauseReason.MANUAL
            lane.pause_note, lane.paused_by = reason[:300], actor
            lane.save()
            audit.record(
                action=AuditAction.LANE_PAUSE, actor=actor, now=now, vitrine=vitrine, reason=reason
            )
    return lane


def resume_lane(*, vitrine: Vitrine, actor: User, now: datetime) -> Lane:
    """Resume a paused lane and forget what it had learned of the platform's health."""
    with transaction.atomic():
        lane = _locked_lane(vitrine)
        was = lane.pause_reason
        lane.paused_at, lane.pause_reason = None, ""
        lane.pause_note, lane.paused_by = "", None
        lane.throttled_until = None
        close_breaker(lane)
        lane.save()
        audit.record(action=AuditAction.LANE_RESUME, actor=actor, now=now, vitrine=vitrine, was=was)
    return lane


def _locked(update: StatusUpdate) -> StatusUpdate:
    """The order is locked first, as everywhere, then the update is read afresh."""
    Order.objects.select_for_update().get(pk=update.order_id)
    locked = StatusUpdate.objects.select_for_update(of=("self",)).select_related("order__vitrine")
    return locked.get(pk=update.pk)


def _locked_lane(vitrine: Vitrine) -> Lane:
    lane_of(vitrine)
    return Lane.objects.select_for_update().get(vitrine=vitrine)


def _later_was_sent(update: StatusUpdate) -> bool:
    return (
        update.kind == UpdateKind.STATUS
        and StatusUpdate.objects.filter(
            order_id=update.order_id,
            kind=UpdateKind.STATUS,
            state=UpdateState.SENT,
            sequence__gt=update.sequence,
        ).exists()
    )


def _give_turn(update: StatusUpdate) -> None:
    platform = get_platform(update.order.vitrine.platform)
    give_turns([update.order_id], strict=platform.strict)


def _audit(
    action: AuditAction, update: StatusUpdate, actor: User, now: datetime, **details: str
) -> None:
    audit.record(
        action=action,
        actor=actor,
        now=now,
        vitrine=update.order.vitrine,
        subject=f"#{update.pk} pedido {update.order.display_number}",
        update=update.pk,
        **details,
    )
