"""Starting and cancelling a run. Engines work it through: ``advancing``."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet

from integrations.models import ReplayPart, ReplayRun
from integrations.replay.advancing import advance_part, untried
from integrations.replay.selection import Plan
from integrations.wording import count
from vitrines import audit
from vitrines.models import AuditAction, Vitrine

USUAL_PACE = 600


class ReplayNotStarted(Exception):
    """Nothing was started; says why in Portuguese."""


class ReplayNotCancelled(Exception):
    """Nothing changed; says why in Portuguese."""


def start(
    plan: Plan,
    *,
    reason: str,
    actor: User | None,
    now: datetime,
    actor_label: str = "",
    per_minute: int = USUAL_PACE,
) -> ReplayRun:
    """Write the run and its parts; an engine does the rest. A plan starts once: the same key
    answers with the run that it became."""
    if not reason:
        raise ReplayNotStarted("Diga o motivo: quem olhar o pedido depois precisa saber.")
    if not plan.selection.narrows:
        raise ReplayNotStarted("Diga o que reprocessar: um filtro ou as atualizações.")
    numbers = plan.rows.values_list("vitrine_id").annotate(number=Count("pk"))
    selected = dict(numbers.order_by("vitrine_id"))
    if not selected:
        raise ReplayNotStarted("Nenhuma atualização corresponde ao que foi escolhido.")
    with transaction.atomic():
        run, new = ReplayRun.objects.get_or_create(
            key=plan.key,
            defaults={
                "mode": plan.mode,
                "selection": plan.frozen_as_json(),
                "reason": reason[:300],
                "started_by": actor,
                "started_by_label": actor_label or audit.label_of(actor),
                "started_at": now,
                "selected": sum(selected.values()),
                "per_minute": per_minute,
            },
        )
        if new:
            _write_parts(run, selected, now)
            _audit(AuditAction.REPLAY_START, run, actor, run.started_by_label, now)
    return run


def cancel(
    run: ReplayRun, *, actor: User | None, now: datetime, actor_label: str = ""
) -> ReplayRun:
    """Stop a run. What it has not looked at stays as it is; what it queued and nobody has tried to
    send yet is taken back, here as far as a chunk of each vitrine goes, the rest by the engines.
    What was tried goes on: it may have reached the store."""
    label = actor_label or audit.label_of(actor)
    with transaction.atomic():
        # The parts first, as the engines do, or each would wait for the other.
        parts = list(run.parts.select_for_update().order_by("pk"))
        run = ReplayRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if run.cancelled_at is not None:
            raise ReplayNotCancelled("Este reprocessamento já foi cancelado.")
        if run.finished_at is not None and not untried(run).exists():
            raise ReplayNotCancelled("Este reprocessamento já terminou: não há o que cancelar.")
        run.cancelled_at, run.cancelled_by_label, run.finished_at = now, label, None
        run.save(update_fields=["cancelled_at", "cancelled_by_label", "finished_at"])
        run.parts.update(finished_at=None)
        _audit(AuditAction.REPLAY_CANCEL, run, actor, label, now)
    for part in parts:
        advance_part(part.pk, now=now)
    run.refresh_from_db()
    return run


def going_on(vitrines: Iterable[Vitrine]) -> QuerySet[ReplayRun]:
    """Runs that have not ended yet in one of these vitrines."""
    parts = ReplayPart.objects.filter(vitrine__in=vitrines, finished_at=None)
    return ReplayRun.objects.filter(pk__in=parts.values("run")).order_by("pk")


def _write_parts(run: ReplayRun, selected: dict[int, int], now: datetime) -> None:
    paced_until = now - timedelta(seconds=1)  # the first of them go at once
    ReplayPart.objects.bulk_create(
        ReplayPart(run=run, vitrine_id=pk, selected=number, paced_until=paced_until)
        for pk, number in selected.items()
    )


def _audit(
    action: AuditAction, run: ReplayRun, actor: User | None, label: str, now: datetime
) -> None:
    vitrines = [part.vitrine for part in run.parts.select_related("vitrine")]
    audit.record(
        action=action,
        actor=actor,
        actor_label=label,
        now=now,
        vitrine=vitrines[0] if len(vitrines) == 1 else None,
        subject=f"reprocessamento {run.pk}: {run.get_mode_display()}, "
        + count(run.selected, "selecionada", "selecionadas"),
        run=run.pk,
        reason=run.reason,
    )
