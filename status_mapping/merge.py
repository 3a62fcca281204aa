"""Two people edit one DE-PARA: a three-way merge, cell by cell.

``base`` is what the form was loaded with, ``mine`` what its author posted, ``theirs`` what is
stored now. A cell that I did not touch takes theirs. A cell that I touched keeps what I typed.
Where both touched it and meant different things, mine stays in the input and the conflict says
what theirs was. Nothing typed is ever lost. Pure: no Django, no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from status_mapping.cells import EMPTY_TYPE, Row
from status_mapping.translation import fold_word


@dataclass(frozen=True)
class PostedType:
    """A row of a type table as it came from the form.

    ``origin`` is the key of the stored row that it showed; empty for a row that was added.
    """

    cells: Row
    origin: str = ""
    removed: bool = False


@dataclass(frozen=True)
class MergedRow:
    """``conflicts`` holds, per field in dispute, what they saved.

    ``origin`` is the key of the row as stored now. ``gone`` is the key of a row that I edited and
    they removed; ``kept`` tells that they edited a row that I removed.
    """

    cells: Row
    origin: str = ""
    removed: bool = False
    conflicts: Mapping[str, Any] = field(default_factory=dict)
    gone: str = ""
    kept: bool = False


def merge_row(*, base: Row, mine: Row, theirs: Row) -> MergedRow:
    """One row that all three have."""
    cells: Row = {}
    conflicts: dict[str, Any] = {}
    for name, typed in mine.items():
        if typed == base[name]:
            cells[name] = theirs[name]
            continue
        cells[name] = typed
        if theirs[name] not in (base[name], typed):
            conflicts[name] = theirs[name]
    return MergedRow(cells, conflicts=conflicts)


def merge_statuses(
    *, base: Mapping[str, Row], mine: Mapping[str, Row], theirs: Mapping[str, Row]
) -> dict[str, MergedRow]:
    """The eight rows, which every state has."""
    return {
        name: merge_row(base=base[name], mine=row, theirs=theirs[name])
        for name, row in mine.items()
    }


def merge_types(
    *,
    table: str,
    base: Mapping[str, Row],
    mine: Sequence[PostedType],
    theirs: Mapping[str, Row],
) -> list[MergedRow]:
    """My rows in my order, then the rows that only they added."""
    merged: list[MergedRow] = []
    for row in mine:
        found = _merge_type(table, row, base, theirs)
        if found is not None:
            merged.append(found)
    taken = {row.origin for row in merged}
    added = [MergedRow(dict(row), origin=key) for key, row in theirs.items() if key not in taken]
    return merged + added


def _merge_type(
    table: str, row: PostedType, base: Mapping[str, Row], theirs: Mapping[str, Row]
) -> MergedRow | None:
    before = base.get(row.origin)
    if before is None:
        return _merge_added(table, row, theirs)
    now = theirs.get(row.origin)
    if row.removed:
        return _merge_removed(row, before, now)
    if now is None:
        untouched = row.cells == before
        return None if untouched else MergedRow(row.cells, gone=row.origin)
    found = merge_row(base=before, mine=row.cells, theirs=now)
    return MergedRow(found.cells, origin=row.origin, conflicts=found.conflicts)


def _merge_added(table: str, row: PostedType, theirs: Mapping[str, Row]) -> MergedRow | None:
    """A row that I added; they may have added the same word meanwhile."""
    if row.removed:
        return None
    key = fold_word(row.cells["word"])
    now = theirs.get(key)
    if now is None:
        return MergedRow(row.cells)
    empty = EMPTY_TYPE[table] | {"word": row.cells["word"]}
    found = merge_row(base=empty, mine=row.cells, theirs=now)
    return MergedRow(found.cells, origin=key, conflicts=found.conflicts)


def _merge_removed(row: PostedType, before: Row, now: Row | None) -> MergedRow | None:
    if now is None:
        return None
    if now == before:
        return MergedRow(dict(now), origin=row.origin, removed=True)
    return MergedRow(dict(now), origin=row.origin, removed=True, kept=True)
