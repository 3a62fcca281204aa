"""What the history shows: a revision whole, and what differs between two of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from status_mapping.changes import RowChange, changes_between
from status_mapping.models import MappingRevision
from status_mapping.queries import find_revision, revisions_since
from status_mapping.snapshot import tables_from
from status_mapping.tables import MappingTables
from vitrines.models import Vitrine

#: Latest revisions that are always there to be chosen.
CHOOSABLE = 200


def changes_of(revision: MappingRevision) -> list[RowChange]:
    return changes_between(tables_from(revision.before), tables_from(revision.after))


@dataclass(frozen=True)
class Edition:
    """The DE-PARA as a revision left it; without one, as the first revision found it."""

    tables: MappingTables
    revision: MappingRevision | None = None

    @property
    def number(self) -> int:
        return self.revision.number if self.revision else 0


@dataclass(frozen=True)
class Comparison:
    old: Edition
    new: Edition

    @property
    def editions(self) -> tuple[Edition, Edition]:
        return self.old, self.new

    @property
    def changes(self) -> Sequence[RowChange]:
        return changes_between(self.old.tables, self.new.tables)


def edition(vitrine: Vitrine, number: str) -> Edition | None:
    """By the number as an address names it; 0 is what was there before the first revision."""
    if number.isascii() and number.isdigit() and not number.strip("0"):
        first = revisions_since(vitrine, 0).first()
        return Edition(tables_from(first.before)) if first else None
    revision = find_revision(vitrine, number)
    return Edition(tables_from(revision.after), revision) if revision else None


def latest_ones(vitrine: Vitrine) -> list[MappingRevision]:
    """Without what they hold."""
    revisions = MappingRevision.objects.filter(vitrine=vitrine).defer("before", "after")
    return list(revisions.order_by("-number")[:CHOOSABLE])


def choosable(
    latest: Sequence[MappingRevision], compared: Iterable[Edition | None]
) -> list[MappingRevision]:
    """The latest ones and those that are compared, which may be older: were one of them not there,
    pressing *Comparar* again would compare another one."""
    options = {revision.number: revision for revision in latest}
    options |= {found.number: found.revision for found in compared if found and found.revision}
    return [options[number] for number in sorted(options, reverse=True)]
