"""What differs between two states of the DE-PARA, row by row and in words.

Pure; the history, the audit entry and the notice to the second of two savers read it.
"""

from dataclasses import dataclass
from typing import Any

from status_mapping.cells import (
    CAPTIONS,
    DELIVERY_TYPES,
    PAYMENT_TYPES,
    STATUSES,
    TABLE_LABELS,
    Row,
    cells_of,
)
from status_mapping.tables import MappingTables
from vitrines.statuses import OrderStatus

CHANNEL_LABELS = {"": "padrão", "xml": "XML", "tracking": "Rastreio", "url": "URL"}


@dataclass(frozen=True)
class CellChange:
    field: str
    was: Any
    now: Any
    caption: str

    @property
    def was_words(self) -> str:
        return in_words(self.field, self.was)

    @property
    def now_words(self) -> str:
        return in_words(self.field, self.now)

    def __str__(self) -> str:
        """A row that is new has no cell before, one that was removed none after."""
        if self.was is None:
            return f"{self.caption}: {self.now_words}"
        if self.now is None:
            return f"{self.caption}: {self.was_words}"
        return f"{self.caption}: {self.was_words} → {self.now_words}"


@dataclass(frozen=True)
class RowChange:
    """``kind`` is ``added``, ``removed`` or ``changed``, of the stored row."""

    table: str
    key: str
    label: str
    kind: str
    cells: tuple[CellChange, ...]

    @property
    def kind_words(self) -> str:
        words = {
            STATUSES: {"removed": "ficou sem mapeamento"},
            PAYMENT_TYPES: {"added": "linha incluída", "removed": "linha removida"},
            DELIVERY_TYPES: {"added": "linha incluída", "removed": "linha removida"},
        }
        return words[self.table].get(self.kind, "")

    @property
    def table_label(self) -> str:
        return TABLE_LABELS[self.table]

    @property
    def told(self) -> str:
        """``Ativo: sim → não`` or ``linha removida (era Código no ERP: “17”)``"""
        cells = "; ".join(str(cell) for cell in self.cells)
        if not self.kind_words:
            return cells or "linha sem nada preenchido"
        was = "era " if self.kind == "removed" else ""
        return f"{self.kind_words} ({was}{cells})" if cells else self.kind_words

    def __str__(self) -> str:
        return f"{self.label}: {self.told}"


def changes_between(before: MappingTables, after: MappingTables) -> list[RowChange]:
    """Rows in the order of the screen; a row that stayed the same is not named."""
    before, after = before.normalised(), after.normalised()
    was, now = cells_of(before), cells_of(after)
    mapped_before = {row.status.name for row in before.statuses}
    mapped_after = {row.status.name for row in after.statuses}
    changes = [
        _row_change(
            STATUSES,
            name,
            OrderStatus[name].label,
            was.statuses[name] if name in mapped_before or name not in mapped_after else {},
            now.statuses[name] if name in mapped_after or name not in mapped_before else {},
            _kind(name in mapped_before, name in mapped_after),
        )
        for name in now.statuses
    ]
    for table in (PAYMENT_TYPES, DELIVERY_TYPES):
        rows_before, rows_after = was.table(table), now.table(table)
        for key in sorted(rows_before | rows_after):
            old, new = rows_before.get(key), rows_after.get(key)
            label = f"“{(new or old or {})['word']}”"
            kind = _kind(old is not None, new is not None)
            changes.append(_row_change(table, key, label, old or {}, new or {}, kind))
    return [change for change in changes if change.cells or change.kind != "changed"]


def _kind(existed: bool, exists: bool) -> str:
    if existed == exists:
        return "changed"
    return "added" if exists else "removed"


def _row_change(table: str, key: str, label: str, old: Row, new: Row, kind: str) -> RowChange:
    cells = tuple(
        CellChange(field, old.get(field), new.get(field), caption)
        for field, caption in CAPTIONS[table].items()
        if old.get(field) != new.get(field) and (old.get(field) or new.get(field))
    )
    if table != STATUSES and kind != "changed":
        cells = tuple(cell for cell in cells if cell.field != "word")
    return RowChange(table, key, label, kind, cells)


def in_words(field: str, value: Any) -> str:
    """A cell's value as a person reads it."""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if field == "channel":
        return CHANNEL_LABELS.get(value or "", str(value))
    return f"“{value}”" if value else "vazio"
