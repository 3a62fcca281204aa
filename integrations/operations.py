"""What a person may do to an update or a lane. Each is one transaction with its audit entry."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from integrations.delivery.lane_health import close_breaker
from integrations.delivery.lanes import lane_of
from integrations.delivery.outbox import give_turns
from integrations.delivery.wakeups import wake
from integrations.models import (
    Lane,
    LeftOut,
    PauseReason,
    ReplayMode,
    StatusUpdate,
    UpdateReason,
    UpdateState,
)
from integrations.replay.acting import Replayer
from integrations.replay.guards import with_left_out
from vitrines import audit
from vitrines.models import AuditAction, Order, Vitrine
from vitrines.platforms import get_platform


class UpdateNotChanged(Exception):
    """The update is not in a state that allows it; says why in Portuguese."""


def retry_update(*, update: StatusUpdate, actor: User, now: datetime) -> StatusUpdate:
    """Put a failed update back in the queue: the button of one update, without a run.

    It is a replay of one, by the mode that fits: rendered anew, or, where it failed for its
    configuration, was decided for another platform or was skipped because its row was inactive,
    decided again by today's DE-PARA, or what was mended would never reach it.
    """
    with transaction.atomic():
        update = _locked(update)
        mode = _mode_of(update)
        if mode is None:
            raise UpdateNotChanged("Só uma atualização recusada pode ser reenviada.")
        put_back = _replayed(update, mode, now)
        _audit(AuditAction.UPDATE_RETRY, update, actor, now, mode=mode.value)
    return put_back


def decide_update(*, update: StatusUpdate, actor: User, now: datetime) -> StatusUpdate:
    """Decide one update again by today's DE-PARA, platform and facts: a replay of one, without a
    run. Returns what is in the queue, or the update where it waits for something else now.

    Of one that was not sent, failed or waits: what was told already is for a run of replay.
    """
    with transaction.atomic():
        update = _locked(update)
        if not _may_be_decided(update):
            raise UpdateNotChanged(
                "Só se decide de novo o que falhou, o que espera ou o que não saiu por estar "
                "inativo."
            )
        decided = _replayed(update, ReplayMode.DECIDE, now)
        _audit(AuditAction.UPDATE_DECIDE, update, actor, now)
    return decided


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


def resume_lane(*, vitrine: Vitrine, actor: User, now: datetime, reason: str = "") -> Lane:
    """Resume a paused lane and forget what it had learned of the platform's health.

    ``reason``: what was mended, if the person says so.
    """
    with transaction.atomic():
        lane = _locked_lane(vitrine)
        was = lane.pause_reason
        lane.paused_at, lane.pause_reason = None, ""
        lane.pause_note, lane.paused_by = "", None
        lane.throttled_until, lane.throttles_in_row = None, 0
        close_breaker(lane)
        lane.save()
        wake(vitrine.pk)
        audit.record(
            action=AuditAction.LANE_RESUME,
            actor=actor,
            now=now,
            vitrine=vitrine,
            was=was,
            reason=reason,
        )
    return lane


def _locked(update: StatusUpdate) -> StatusUpdate:
    """The order is locked first, as everywhere, then the update is read afresh."""
    Order.objects.select_for_update().get(pk=update.order_id)
    locked = StatusUpdate.objects.select_for_update(of=("self",)).select_related("order__vitrine")
    return locked.get(pk=update.pk)


def _locked_lane(vitrine: Vitrine) -> Lane:
    lane_of(vitrine)
    return Lane.objects.select_for_update().get(vitrine=vitrine)


def _replayed(update: StatusUpdate, mode: ReplayMode, now: datetime) -> StatusUpdate:
    """One locked update, replayed with the guards on; raises ``UpdateNotChanged``."""
    guarded = with_left_out(StatusUpdate.objects.filter(pk=update.pk), mode)
    update = guarded.select_related("order__vitrine", "event").get()
    deed = Replayer(update.order.vitrine, mode, now=now).replay(update)
    if deed.left_out is not None:
        raise UpdateNotChanged(_why_not(deed.left_out))
    _give_turn(update)
    return deed.queued or update


def _may_be_decided(update: StatusUpdate) -> bool:
    stuck = update.state in (UpdateState.FAILED, UpdateState.HELD)
    return stuck or update.reason == UpdateReason.INACTIVE


def _mode_of(update: StatusUpdate) -> ReplayMode | None:
    """How one update is sent again; None if it did not fail."""
    inactive = update.reason == UpdateReason.INACTIVE
    if update.state != UpdateState.FAILED and not inactive:
        return None
    elsewhere = update.platform != update.order.vitrine.platform
    misset = update.reason in (UpdateReason.CONFIG, UpdateReason.NOT_OFFERED)
    decide = inactive or elsewhere or misset
    return ReplayMode.DECIDE if decide else ReplayMode.RENDER


def _why_not(left_out: LeftOut) -> str:
    match left_out:
        case LeftOut.REGRESSION:
            return "A loja já mostra um status posterior; reenviar este a faria regredir."
        case LeftOut.INACTIVE:
            return "A linha do DE-PARA está inativa: marque Ativo, salve e envie de novo."
        case _:
            return f"Nada mudou: {left_out.label}."


def _give_turn(update: StatusUpdate) -> None:
    platform = get_platform(update.order.vitrine.platform)
    give_turns([update.order_id], strict=platform.strict)
    wake(update.vitrine_id)


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
