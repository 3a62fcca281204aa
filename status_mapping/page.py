"""What *Configurações Adicionais* shows: the form, and beside its rows what a person must know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from status_mapping.cells import (
    CAPTIONS,
    DELIVERY_TYPES,
    PAYMENT_TYPES,
    STATUSES,
    cells_of,
)
from status_mapping.conflicts import SavedMeanwhile, put_conflicts
from status_mapping.known_statuses import KnownStatuses
from status_mapping.mapping_form import MappingForm
from status_mapping.merge import merge_statuses, merge_types
from status_mapping.models import MappingRevision
from status_mapping.pending import (
    PendingTypes,
    PendingWord,
    held_words,
    pending_types,
)
from status_mapping.platform_statuses import known_statuses
from status_mapping.proposals import Proposal, propose, suggested_tables
from status_mapping.queries import Stored, revisions_since, stored_mapping, tables_of
from status_mapping.restoring import restore
from status_mapping.revisions import changes_of
from status_mapping.snapshot import tables_from
from status_mapping.sources import Sources
from status_mapping.tables import MappingTables
from status_mapping.warnings import warnings_of
from vitrines.models import Vitrine
from vitrines.platforms import Platform


@dataclass(frozen=True)
class Offer:
    """A DE-PARA shown to be looked at and saved.

    That of ``source``, as it was in ``revision``, or else the platform's suggestions.
    """

    proposal: Proposal
    source: Vitrine | None = None
    revision: MappingRevision | None = None

    @property
    def pill(self) -> str:
        if self.revision:
            return "Restaurado"
        return "Copiado" if self.source else "Sugestão"

    @property
    def reason(self) -> str:
        if self.revision:
            return f"restaura a revisão {self.revision.number}"
        return f"Copiado de {self.source.code}" if self.source else ""

    @property
    def kept_in_words(self) -> str:
        """What the source does not have: ``Problemas, Cancelado e 2 tipos``."""
        kept = [status.label for status in self.proposal.kept_statuses]
        if count := self.proposal.kept_types:
            kept.append("1 tipo" if count == 1 else f"{count} tipos")
        return " e ".join(filter(None, [", ".join(kept[:-1]), *kept[-1:]]))


@dataclass
class MappingPage:
    vitrine: Vitrine
    platform: Platform
    form: MappingForm
    revision: MappingRevision | None
    editable: bool = True
    held: Sequence[PendingWord] = ()
    meanwhile: Sequence[SavedMeanwhile] = ()
    warning_count: int = 0
    conflict_count: int = 0
    pending_count: Mapping[str, int] = field(default_factory=dict)
    offer: Offer | None = None
    #: Only on a page that was just opened: choosing one leaves the page.
    sources: Sources = field(default_factory=Sources)
    has_suggestions: bool = False
    #: The list of the platform's statuses was just asked for: it is shown unfolded.
    known_open: bool = False
    #: Somebody came back to it with what was typed, from a review or a spreadsheet.
    resumed: bool = False

    @property
    def error_count(self) -> int:
        return self.form.error_count if self.form.save.is_bound else 0

    @cached_property
    def known(self) -> KnownStatuses:
        return known_statuses(self.vitrine, self.platform)

    @property
    def can_ask(self) -> bool:
        """The platform can be asked for its statuses by somebody who may save what comes of it."""
        return self.editable and self.platform.list_statuses is not None

    @property
    def asked_column(self) -> str:
        """The caption of the cell that the platform's own codes go into."""
        asked = self.platform.list_statuses
        return CAPTIONS[STATUSES][asked.column] if asked else ""

    def count_pending(self, pending: PendingTypes) -> None:
        self.pending_count = {table: len(words) for table, words in pending.items()}

    @property
    def unmapped_count(self) -> int:
        return sum(row.unmapped for row in self.form.statuses)

    @property
    def unsaved_rows(self) -> int:
        return sum(row.unsaved > 0 for row in self.form.rows)

    @property
    def ez_core(self) -> bool:
        return self.platform.mapping.ez_core != "none"


def stored_page(vitrine: Vitrine, platform: Platform, *, editable: bool) -> MappingPage:
    """The page as it is opened."""
    stored = stored_mapping(vitrine)
    pending: PendingTypes = {PAYMENT_TYPES: [], DELIVERY_TYPES: []}
    if editable:
        pending = pending_types(vitrine, stored.tables)
    form = MappingForm.of_tables(
        platform=platform,
        cells=cells_of(stored.tables),
        revision=stored.number,
        pending=pending,
    )
    if not editable:
        form.disable()
    held = held_words(vitrine, stored.tables)
    page = MappingPage(vitrine, platform, form, stored.revision, editable, held=held)
    page.has_suggestions = editable and bool(suggested_tables(stored.tables, platform).statuses)
    page.count_pending(pending)
    _put_warnings(page)
    return page


def offered_page(
    vitrine: Vitrine, platform: Platform, *, source: Vitrine | None = None
) -> MappingPage:
    """The tables of ``source``, or the platform's suggestions, over what is stored: to be saved."""
    stored = stored_mapping(vitrine)
    offered = tables_of(source) if source else suggested_tables(stored.tables, platform)
    offer = Offer(propose(stored.tables, offered, platform), source)
    return _page_of_offer(vitrine, platform, stored, offer)


def restored_page(vitrine: Vitrine, platform: Platform, revision: MappingRevision) -> MappingPage:
    """The tables as ``revision`` left them, instead of what is stored: to be saved."""
    stored = stored_mapping(vitrine)
    proposal = restore(stored.tables, tables_from(revision.after), platform)
    return _page_of_offer(vitrine, platform, stored, Offer(proposal, revision=revision))


def _page_of_offer(
    vitrine: Vitrine, platform: Platform, stored: Stored, offer: Offer
) -> MappingPage:
    pending = pending_types(vitrine, stored.tables)
    form = MappingForm.of_merge(
        platform=platform,
        current=cells_of(stored.tables),
        revision=stored.number,
        reason=offer.reason,
        statuses=offer.proposal.statuses,
        types=offer.proposal.types,
        pending=pending,
    )
    held = held_words(vitrine, stored.tables)
    page = MappingPage(vitrine, platform, form, stored.revision, held=held, offer=offer)
    page.count_pending(pending)
    _put_warnings(page)
    for row in form.statuses:
        row.left_out = offer.proposal.notes.get(row.status.name, [])
    return page


def posted_form(
    vitrine: Vitrine, platform: Platform, data: Mapping[str, Any], *, base_revision: int
) -> MappingForm:
    base = cells_of(tables_at(vitrine, base_revision))
    return MappingForm.of_post(platform=platform, data=data, base=base)


def posted_page(vitrine: Vitrine, platform: Platform, form: MappingForm) -> MappingPage:
    """What was posted, with its errors beside the fields."""
    stored = stored_mapping(vitrine)
    held = held_words(vitrine, stored.tables)
    page = MappingPage(vitrine, platform, form, stored.revision, held=held)
    page.count_pending(pending_types(vitrine, stored.tables))
    _put_warnings(page)
    return page


def merged_page(
    vitrine: Vitrine, platform: Platform, posted: MappingForm, *, base_revision: int, reason: str
) -> MappingPage:
    """What was posted over what somebody else saved meanwhile, to be looked at and saved again."""
    stored = stored_mapping(vitrine)
    base, current = cells_of(tables_at(vitrine, base_revision)), cells_of(stored.tables)
    mine = cells_of(posted.posted).statuses
    statuses = merge_statuses(base=base.statuses, mine=mine, theirs=current.statuses)
    types = {
        name: merge_types(table=name, base=base.table(name), mine=rows, theirs=current.table(name))
        for name, rows in posted.posted_types.items()
    }
    pending = pending_types(vitrine, stored.tables)
    form = MappingForm.of_merge(
        platform=platform,
        current=current,
        revision=stored.number,
        reason=reason,
        statuses=statuses,
        types=types,
        pending=pending,
    )
    held = held_words(vitrine, stored.tables)
    page = MappingPage(vitrine, platform, form, stored.revision, held=held)
    page.count_pending(pending)
    page.meanwhile = _saved_meanwhile(vitrine, base_revision)
    page.conflict_count = put_conflicts(form, page.meanwhile, statuses, types)
    _put_warnings(page)
    return page


def tables_at(vitrine: Vitrine, revision: int) -> MappingTables:
    """The tables as a page showed them that was loaded at ``revision``.

    They are what the next revision found, which includes whatever was changed in the admin.
    """
    following = revisions_since(vitrine, revision).first()
    return tables_from(following.before) if following else tables_of(vitrine)


def _saved_meanwhile(vitrine: Vitrine, base_revision: int) -> list[SavedMeanwhile]:
    return [SavedMeanwhile(r, changes_of(r)) for r in revisions_since(vitrine, base_revision)]


def _put_warnings(page: MappingPage) -> None:
    """About the rows as the inputs show them, stored or not."""
    rows = {form.status: form for form in page.form.statuses}
    shown = tuple(row for form in page.form.statuses if (row := form.shown_row) is not None)
    warnings = warnings_of(MappingTables(statuses=shown), page.platform, page.known)
    for warning in warnings:
        rows[warning.status].notes.append(warning.message)
    for row in shown:
        code = getattr(row, page.known.column)
        rows[row.status].known_code = code if page.known.label_of(code) else ""
        rows[row.status].platform_label = page.known.label_of(code)
    page.warning_count = len(warnings)
