"""Salvar: the one write of the DE-PARA."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from status_mapping.changes import changes_between
from status_mapping.inbound import inbound_words
from status_mapping.models import (
    DeliveryTypeMapping,
    InboundStatus,
    MappingRevision,
    PaymentTypeMapping,
    StatusMapping,
)
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.snapshot import snapshot
from status_mapping.tables import MappingTables, StatusRow
from status_mapping.validation import CellError, errors_of, text_error
from vitrines.audit import Actor, label_of, record
from vitrines.models import AuditAction, Vitrine
from vitrines.platforms import get_platform

#: What a row of StatusMapping holds beside its vitrine and status.
COLUMNS = (
    "platform_status",
    "channel",
    "active",
    "processa_inclusao",
    "ez_core_status_id",
    "ez_core_flow_id",
)


class StaleRevision(Exception):
    """Nothing was saved: somebody saved after the tables were read."""

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"the mapping is at revision {current} by now")


class InvalidMapping(Exception):
    """Nothing was saved: ``errors`` says which cells may not be stored, and why."""

    def __init__(self, errors: Sequence[CellError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.table}.{e.key}.{e.field}: {e.message}" for e in errors))


def save_mapping(
    *,
    vitrine: Vitrine,
    base_revision: int,
    tables: MappingTables,
    author: Actor,
    reason: str,
    now: datetime,
    author_label: str = "",
) -> MappingRevision | None:
    """Make ``tables`` the DE-PARA of the vitrine; None when that changes nothing.

    1. The vitrine is locked, so that savers come one after another.
    2. ``base_revision`` (the revision that ``tables`` was made from) must be the latest one.
    3. Rows, inbound words and types are written, with the numbered revision and the audit entry.

    One transaction: a row that cannot be stored leaves everything as it was. Raises
    ``StaleRevision`` or ``InvalidMapping``. What waited for this mapping is released by the
    dispatcher's sweep, which looks for an older revision number.
    """
    tables = tables.normalised()
    with transaction.atomic():
        locked = Vitrine.objects.select_for_update().get(pk=vitrine.pk)
        current = latest_revision_number(locked)
        if current != base_revision:
            raise StaleRevision(current)
        _refuse_invalid(locked, tables, reason.strip())
        before = tables_of(locked)
        if before == tables:
            return None
        _write(locked, before, tables)
        return _record(
            vitrine=locked,
            number=current + 1,
            before=before,
            after=tables,
            author=author,
            author_label=author_label or label_of(author),
            reason=reason.strip(),
            now=now,
        )


def _refuse_invalid(vitrine: Vitrine, tables: MappingTables, reason: str) -> None:
    errors = errors_of(tables, get_platform(vitrine.platform))
    if message := text_error("reason", reason):
        errors.append(CellError("", "", "reason", message))
    if errors:
        raise InvalidMapping(errors)


def _write(vitrine: Vitrine, before: MappingTables, after: MappingTables) -> None:
    if before.statuses != after.statuses:
        _write_statuses(vitrine, after.statuses)
    if before.payment_types != after.payment_types:
        PaymentTypeMapping.objects.filter(vitrine=vitrine).delete()
        PaymentTypeMapping.objects.bulk_create(
            PaymentTypeMapping(vitrine=vitrine, **vars(row)) for row in after.payment_types
        )
    if before.delivery_types != after.delivery_types:
        DeliveryTypeMapping.objects.filter(vitrine=vitrine).delete()
        DeliveryTypeMapping.objects.bulk_create(
            DeliveryTypeMapping(vitrine=vitrine, **vars(row)) for row in after.delivery_types
        )


def _write_statuses(vitrine: Vitrine, rows: Sequence[StatusRow]) -> None:
    """Rows keep their id. The words are written anew, since two rows may swap theirs."""
    InboundStatus.objects.filter(vitrine=vitrine).delete()
    kept = {int(row.status) for row in rows}
    StatusMapping.objects.filter(vitrine=vitrine).exclude(status__in=kept).delete()
    StatusMapping.objects.bulk_create(
        [
            StatusMapping(
                vitrine=vitrine, status=row.status, **{n: getattr(row, n) for n in COLUMNS}
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["vitrine", "status"],
        update_fields=COLUMNS,
    )
    by_status = {row.status: row for row in StatusMapping.objects.filter(vitrine=vitrine)}
    InboundStatus.objects.bulk_create(
        InboundStatus(
            vitrine=vitrine,
            mapping=by_status[word.status],
            word=word.word,
            folded=word.folded,
            explicit=word.explicit,
        )
        for word in inbound_words(rows).values()
    )


def _record(
    *,
    vitrine: Vitrine,
    number: int,
    before: MappingTables,
    after: MappingTables,
    author: Actor,
    author_label: str,
    reason: str,
    now: datetime,
) -> MappingRevision:
    revision = MappingRevision.objects.create(
        vitrine=vitrine,
        number=number,
        author=author if isinstance(author, User) else None,
        author_label=author_label,
        created_at=now,
        reason=reason,
        before=snapshot(before),
        after=snapshot(after),
    )
    record(
        action=AuditAction.MAPPING_SAVE,
        actor=author,
        actor_label=author_label,
        now=now,
        vitrine=vitrine,
        subject=f"revisão {number}",
        revision=number,
        reason=reason,
        changes=[str(change) for change in changes_between(before, after)],
    )
    return revision
