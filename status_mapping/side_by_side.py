"""Two states of the DE-PARA beside each other, row by row and cell by cell, in words.

Pure; two vitrines are compared by it, and one state alone is told by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from status_mapping.cells import (
    CAPTIONS,
    DELIVERY_TYPES,
    PAYMENT_TYPES,
    STATUSES,
    TABLE_LABELS,
    Row,
    cells_of,
)
from status_mapping.changes import in_words
from status_mapping.tables import MappingTables
from vitrines.statuses import SCREEN_ORDER

#: Beside a row that the other side has.
ABSENT = {STATUSES: "sem mapeamento", PAYMENT_TYPES: "não tem", DELIVERY_TYPES: "não tem"}


@dataclass(frozen=True)
class ToldCell:
    caption: str
    words: str
    #: From the same cell of the other side.
    differs: bool = False


@dataclass(frozen=True)
class Side:
    """A row as one of the two has it."""

    exists: bool
    cells: tuple[ToldCell, ...] = ()
    #: Instead of the cells, of a row that is not there.
    absent: str = ""


@dataclass(frozen=True)
class Line:
    label: str
    left: Side
    right: Side
    differs: bool


@dataclass(frozen=True)
class Compared:
    """One of the three tables."""

    table: str
    lines: tuple[Line, ...]

    @property
    def label(self) -> str:
        return TABLE_LABELS[self.table]

    @property
    def different(self) -> int:
        return sum(line.differs for line in self.lines)


def side_by_side(left: MappingTables, right: MappingTables) -> list[Compared]:
    """The eight statuses in the order of the screen, whatever is mapped; the types by their word,
    as either side has them."""
    left, right = left.normalised(), right.normalised()
    ours, theirs = cells_of(left), cells_of(right)
    statuses = [
        _line(
            STATUSES,
            status.label,
            ours.statuses[status.name] if left.row(status) else None,
            theirs.statuses[status.name] if right.row(status) else None,
        )
        for status in SCREEN_ORDER
    ]
    types = [
        Compared(table, _type_lines(table, ours.table(table), theirs.table(table)))
        for table in (PAYMENT_TYPES, DELIVERY_TYPES)
    ]
    return [Compared(STATUSES, tuple(statuses)), *types]


def _type_lines(table: str, left: Mapping[str, Row], right: Mapping[str, Row]) -> tuple[Line, ...]:
    """The word names the row; how it is written is no difference."""
    lines = []
    for key in sorted(left.keys() | right.keys()):
        ours, theirs = left.get(key), right.get(key)
        word = (ours or theirs or {})["word"]
        lines.append(_line(table, f"“{word}”", _without_word(ours), _without_word(theirs)))
    return tuple(lines)


def _without_word(row: Row | None) -> Row | None:
    return row and {name: value for name, value in row.items() if name != "word"}


def _line(table: str, label: str, left: Row | None, right: Row | None) -> Line:
    # A row that is declared not to be sent is no row that is missing, though both are empty.
    return Line(label, _side(table, left, right), _side(table, right, left), left != right)


def _side(table: str, row: Row | None, other: Row | None) -> Side:
    if row is None:
        return Side(exists=False, absent=ABSENT[table])
    return Side(exists=True, cells=tuple(_told(table, row, other)))


def _told(table: str, row: Row, other: Row | None) -> Iterable[ToldCell]:
    """What is filled or differs; whether it is active is always told."""
    for name, caption in CAPTIONS[table].items():
        if name in row:
            differs = other is not None and row[name] != other[name]
            if differs or row[name] or name == "active":
                yield ToldCell(caption, in_words(name, row[name]), differs)
