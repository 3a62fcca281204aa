"""Who saved what in a cell that was edited here too, in words beside the cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from status_mapping.cells import STATUSES
from status_mapping.changes import RowChange, in_words
from status_mapping.forms import RowForm
from status_mapping.mapping_form import MappingForm
from status_mapping.merge import MergedRow
from status_mapping.models import MappingRevision


@dataclass(frozen=True)
class SavedMeanwhile:
    """A revision that somebody else saved after the page was loaded."""

    revision: MappingRevision
    changes: Sequence[RowChange]


class _Savers:
    """Who saved a cell last among the revisions that came meanwhile, and when."""

    def __init__(self, meanwhile: Sequence[SavedMeanwhile]) -> None:
        self._last: dict[tuple[str, str, str], MappingRevision] = {}
        for saved in meanwhile:
            for change in saved.changes:
                for name in ("", *(cell.field for cell in change.cells)):
                    self._last[change.table, change.key, name] = saved.revision

    def told(self, table: str, key: str, name: str, deed: str) -> str:
        """``maria salvou “APPROVED” às 14:02``; without a name if no revision tells of it."""
        revision = self._last.get((table, key, name))
        if revision is None:
            return f"outra pessoa {deed}"
        return f"{revision.author_label} {deed} {when_in_words(revision.created_at)}"


def put_conflicts(
    form: MappingForm,
    meanwhile: Sequence[SavedMeanwhile],
    statuses: Mapping[str, MergedRow],
    types: Mapping[str, Sequence[MergedRow]],
) -> int:
    """Put each beside its cell; how many there are."""
    savers = _Savers(meanwhile)
    pairs: list[tuple[str, RowForm, str, MergedRow]] = [
        (STATUSES, row, row.status.name, statuses[row.status.name]) for row in form.statuses
    ]
    for table in form.tables:
        # The blank rows come after the merged ones.
        rows = zip(table.rows, types[table.name], strict=False)
        pairs += [(table.name, row, merged.origin, merged) for row, merged in rows]
    for name, row, key, merged in pairs:
        for cell, theirs in merged.conflicts.items():
            deed = f"salvou {in_words(cell, theirs)}"
            row.conflicts[cell] = savers.told(name, key, cell, deed)
        if merged.gone:
            row.row_conflict = savers.told(name, merged.gone, "", "removeu esta linha")
        if merged.kept:
            row.row_conflict = savers.told(name, key, "", "alterou esta linha")
    return sum(len(row.conflicts) + bool(row.row_conflict) for _, row, _, _ in pairs)


def when_in_words(at: datetime) -> str:
    """``às 14:02`` today, ``em 21/11 às 14:02`` before, with the year when it is not this one."""
    local, today = timezone.localtime(at), timezone.localtime()
    if local.date() == today.date():
        return local.strftime("às %H:%M")
    same_year = local.year == today.year
    return local.strftime("em %d/%m às %H:%M" if same_year else "em %d/%m/%Y às %H:%M")
