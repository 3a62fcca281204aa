"""What the platform refused under the old row is decided again, in the step that saves the new."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User

from integrations.models import ReplayMode, ReplayRun, UpdateReason, UpdateState
from integrations.replay.runs import ReplayNotStarted, start
from integrations.replay.selection import Plan, Selection
from status_mapping.cells import STATUSES
from status_mapping.models import MappingRevision
from status_mapping.revisions import changes_of
from vitrines.statuses import OrderStatus


def redecide_rejected(
    *,
    revision: MappingRevision,
    statuses: Collection[OrderStatus],
    actor: User,
    now: datetime,
) -> list[tuple[OrderStatus, ReplayRun]]:
    """A run for each of ``statuses`` that ``revision`` changed and that has refused updates.

    Call it in the transaction that saves the revision: both are there, or neither.
    """
    changed = {change.key for change in changes_of(revision) if change.table == STATUSES}
    runs = []
    for status in statuses:
        if status.name not in changed:
            continue
        selection = Selection(
            vitrine=revision.vitrine.code,
            status=int(status),
            state=UpdateState.FAILED.value,
            reason=UpdateReason.REJECTED.value,
        )
        plan = Plan.freeze(ReplayMode.DECIDE, selection, now=now)
        try:
            run = start(plan, reason=_reason(revision), actor=actor, now=now)
        except ReplayNotStarted:
            continue  # the last of them left between the review and this
        runs.append((status, run))
    return runs


def _reason(revision: MappingRevision) -> str:
    told = f"revisão {revision.number} do DE-PARA"
    return f"{told}: {revision.reason}" if revision.reason else told
