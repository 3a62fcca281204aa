"""The DE-PARA row that an update was decided with, beside the row as it is now."""

from dataclasses import dataclass, replace

from integrations.models import StatusUpdate, UpdateKind, UpdateReason
from status_mapping.models import Channel
from status_mapping.translation import MappingRow

UNCHANGED = "igual ao de agora"


@dataclass(frozen=True)
class RowDifference:
    label: str
    then: str
    now: str

    @property
    def changed(self) -> bool:
        return self.then != self.now


@dataclass(frozen=True)
class RowThen:
    """The row of a status as it was at a revision, field by field, beside the row as it is now."""

    status: str
    revision: int
    rows: tuple[RowDifference, ...]

    @property
    def changed(self) -> bool:
        return any(row.changed for row in self.rows)


def mapping_now(update: StatusUpdate, row: MappingRow | None) -> str:
    """``igual ao de agora``, or what today's row would do instead."""
    was_active = update.reason != UpdateReason.INACTIVE
    if row is None:
        return UNCHANGED if _had_no_row(update) else "hoje não há linha"
    if row.active != was_active:
        return "hoje está ativa" if row.active else "hoje está inativa"
    changed = [difference for difference in row_differences(update, row) if difference.changed]
    if not changed:
        return UNCHANGED
    first = changed[0]
    if first.label == "Status da plataforma":
        return f"hoje seria “{row.platform_status}”" if row.platform_status else "hoje está vazio"
    return f"hoje {first.label} é {first.now}"


def row_differences(update: StatusUpdate, row: MappingRow | None) -> list[RowDifference]:
    """Field by field. The channel is no other where none was written down, and where a row has no
    say in it: a tracking goes by the tracking channel."""
    then_channel = now_channel = Channel(update.channel).label if update.channel else "—"
    if row and row.channel and update.channel and update.kind == UpdateKind.STATUS:
        now_channel = Channel(row.channel).label
    was_active = update.reason != UpdateReason.INACTIVE
    fields = [
        RowDifference(
            "Status da plataforma",
            update.platform_status or "—",
            (row.platform_status if row else "") or "—",
        ),
        RowDifference("Envio", then_channel, now_channel),
        RowDifference(
            "ID Status EZ Core",
            update.ez_core_status_id or "—",
            (row.ez_core_status_id if row else "") or "—",
        ),
        RowDifference(
            "ID Fluxo EZ Core",
            update.ez_core_flow_id or "—",
            (row.ez_core_flow_id if row else "") or "—",
        ),
        RowDifference(
            "Ativo",
            "—" if _had_no_row(update) else _yes(was_active),
            "—" if row is None else _yes(row.active),
        ),
    ]
    return [field for field in fields if not field.label.startswith("ID") or _said(field)]


def row_compared(update: StatusUpdate, row: MappingRow | None) -> RowThen:
    rows = tuple(row_differences(update, row))
    return RowThen(update.get_status_display(), update.mapping_revision, rows)


def row_then(
    update: StatusUpdate, row: MappingRow | None, *, with_ids: bool = True
) -> RowThen | None:
    """``row_compared``; None where no row had a say in the decision. ``with_ids``: those of EZ Core
    were written down, as they are not of older decisions that were made again since."""
    if update.reason in (UpdateReason.ECHO, UpdateReason.REGRESSION):
        return None
    compared = row_compared(update, row)
    told = tuple(row for row in compared.rows if with_ids or not row.label.startswith("ID "))
    return replace(compared, rows=told)


def _said(field: RowDifference) -> bool:
    return (field.then, field.now) != ("—", "—")


def _had_no_row(update: StatusUpdate) -> bool:
    """Nothing was copied: there was no row, or one that said nothing."""
    return not (update.platform_status or update.ez_core_status_id or update.ez_core_flow_id) and (
        update.reason == UpdateReason.UNMAPPED
    )


def _yes(value: bool) -> str:
    return "sim" if value else "não"
