"""A spreadsheet laid over what is stored, as values to be looked at and saved. Pure.

A row of the spreadsheet replaces the row that it names, cell by cell; a column that it does not
have keeps what is stored, and so do the rows that it does not name, unless the person wants the
types that are not in it removed. A row that is new is active, if nothing says otherwise. Nothing is
laid while anything is wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from status_mapping.cells import (
    CAPTIONS,
    DELIVERY_TYPES,
    EMPTY_TYPE,
    PAYMENT_TYPES,
    STATUSES,
    TABLE_LABELS,
    Cells,
    Row,
    cells_of,
    delivery_type,
    payment_type,
    status_row,
    with_hidden_ids,
)
from status_mapping.merge import MergedRow
from status_mapping.proposals import EZ_CORE
from status_mapping.spreadsheets.columns import columns_of
from status_mapping.spreadsheets.reading import Problem, Reading, ReadRow, ReadTable
from status_mapping.tables import MappingTables, split_words
from status_mapping.translation import fold_word
from status_mapping.validation import CellError, errors_of, shown_word
from vitrines.platforms import Platform
from vitrines.statuses import SCREEN_ORDER, OrderStatus


@dataclass(frozen=True)
class Laid:
    """``statuses`` and ``types`` are what the inputs show, as ``merge`` gives them."""

    statuses: dict[str, MergedRow]
    types: dict[str, list[MergedRow]]
    #: The same as they would be saved.
    tables: MappingTables
    problems: Sequence[Problem]
    notes: Sequence[str]


def lay(
    current: MappingTables, reading: Reading, platform: Platform, *, remove_absent: bool = False
) -> Laid:
    now = cells_of(current)
    statuses = {name: MergedRow(row) for name, row in now.statuses.items()}
    types = {
        table: [MergedRow(row, origin=key) for key, row in now.table(table).items()]
        for table in (PAYMENT_TYPES, DELIVERY_TYPES)
    }
    notes: list[str] = []
    for found in reading.tables:
        if found.table == STATUSES:
            for row in found.rows:
                statuses[row.key] = MergedRow(_status(row, now, platform))
            notes += _left_out(found, platform)
            notes += _kept(found, new=any(_is_new(row, now) for row in found.rows))
        else:
            types[found.table] = _types(found, now, remove_absent=remove_absent)
            stored = now.table(found.table)
            notes += _kept(found, new=any(row.key not in stored for row in found.rows))
    tables = _as_saved(statuses, types)
    problems = [*reading.problems, *_contradictions(reading, tables)]
    beside = [] if problems else _told(errors_of(tables, platform), types, reading)
    return Laid(statuses, types, tables, [*problems, *beside], notes)


def _status(row: ReadRow, now: Cells, platform: Platform) -> Row:
    stored = now.statuses[row.key]
    cells = stored | row.cells
    if "active" not in row.cells and _is_new(row, now):
        cells["active"] = any(cells.values()) and not cells["not_sent"]
    cells |= {"also_receives": ", ".join(split_words(cells["also_receives"]))}
    return with_hidden_ids(cells, stored) if platform.mapping.ez_core == "none" else cells


def _contradictions(reading: Reading, tables: MappingTables) -> Iterable[Problem]:
    """The screen offers the box only in a row that has nothing else."""
    for found in reading.tables:
        for row in found.rows:
            stored = tables.row(OrderStatus[row.key]) if found.table == STATUSES else None
            if stored and stored.filled and row.cells.get("not_sent"):
                message = "só com as outras células vazias e Ativo: não"
                caption = CAPTIONS[STATUSES]["not_sent"]
                yield Problem(message, row.line, caption, found.sheet)


def _is_new(row: ReadRow, now: Cells) -> bool:
    """Of a status that is not mapped."""
    return status_row(OrderStatus[row.key], now.statuses[row.key]) is None


def _kept(found: ReadTable, *, new: bool) -> list[str]:
    """What the spreadsheet does not have."""
    if not found.missing or not found.rows:
        return []
    label, columns = (
        TABLE_LABELS[found.table],
        " e ".join(filter(None, [", ".join(found.missing[:-1]), found.missing[-1]])),
    )
    active = CAPTIONS[found.table]["active"]
    told = " Linhas novas entram ativas." if new and active in found.missing else ""
    return [f"{label}: a planilha não traz {columns}; nessas colunas fica o que está salvo.{told}"]


def _left_out(found: ReadTable, platform: Platform) -> list[str]:
    """Ids that another platform's vitrine has."""
    if platform.mapping.ez_core != "none":
        return []
    return [
        f"{caption} ficou de fora: {platform.label} não usa."
        for field, caption in EZ_CORE.items()
        if any(row.cells.get(field) for row in found.rows)
    ]


def _types(found: ReadTable, now: Cells, *, remove_absent: bool) -> list[MergedRow]:
    """Stored words keep their place; new ones come after them."""
    stored = now.table(found.table)
    given = {row.key: row.cells for row in found.rows}
    rows = [
        MergedRow(row | given.get(key, {}), key, removed=remove_absent and key not in given)
        for key, row in stored.items()
    ]
    new = [EMPTY_TYPE[found.table] | row for key, row in given.items() if key not in stored]
    return rows + [MergedRow(row) for row in new]


def _as_saved(statuses: dict[str, MergedRow], types: dict[str, list[MergedRow]]) -> MappingTables:
    rows = [status_row(status, statuses[status.name].cells) for status in SCREEN_ORDER]
    kept = {table: [r.cells for r in found if not r.removed] for table, found in types.items()}
    return MappingTables(
        statuses=tuple(row for row in rows if row is not None),
        payment_types=tuple(payment_type(cells) for cells in kept[PAYMENT_TYPES]),
        delivery_types=tuple(delivery_type(cells) for cells in kept[DELIVERY_TYPES]),
    )


def _told(
    errors: Sequence[CellError], types: dict[str, list[MergedRow]], reading: Reading
) -> list[Problem]:
    """What may not be saved, at the line that it comes from."""
    problems = []
    for error in errors:
        caption = columns_of(error.table).get(error.field, "")
        if isinstance(error.key, int):
            kept = [row for row in types[error.table] if not row.removed]
            word = kept[min(error.key, len(kept) - 1)].cells["word"]
            key, label = fold_word(word), f"“{shown_word(word)}”"
        else:
            key, label = error.key, OrderStatus[error.key].label
        line, sheet = reading.line_of(error.table, key)
        # The row may be one that the spreadsheet does not have, and that now clashes with it.
        message = error.message if line else f"{label}, {caption}: {error.message}"
        problems.append(Problem(message, line, caption if line else "", sheet))
    return problems
