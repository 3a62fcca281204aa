"""A DE-PARA offered for review: the platform's suggestions, or the tables of another vitrine.

What is offered is laid over what is stored. A row that the offer does not have stays as it is,
and what does not fit this vitrine is left out of its row, with a note that says so. The result
goes into the form as a merge does, as values not saved yet. Pure: no Django, no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from status_mapping.cells import (
    DELIVERY_TYPES,
    PAYMENT_TYPES,
    Cells,
    Row,
    cells_of,
    status_cells,
    status_row,
)
from status_mapping.changes import CHANNEL_LABELS
from status_mapping.inbound import InboundWord, inbound_words
from status_mapping.merge import MergedRow
from status_mapping.tables import MappingTables, StatusRow
from status_mapping.translation import fold_word
from status_mapping.validation import shown_word
from vitrines.platforms import Platform
from vitrines.statuses import SCREEN_ORDER, OrderStatus

EZ_CORE = {"ez_core_status_id": "ID Status EZ Core", "ez_core_flow_id": "ID Fluxo EZ Core"}

#: A row's cells as offered, and the notes about what was left out of them.
Fitted = tuple[Row, list[str]]


@dataclass(frozen=True)
class Proposal:
    """``statuses`` and ``types`` are what the inputs show, as ``merge`` gives them."""

    statuses: dict[str, MergedRow]
    types: dict[str, list[MergedRow]]
    #: Per status, by name: what was left out of its row, and why.
    notes: dict[str, list[str]]
    #: What is stored here and the offer does not have.
    kept_statuses: tuple[OrderStatus, ...]
    kept_types: int


def suggested_tables(tables: MappingTables, platform: Platform) -> MappingTables:
    """The platform's suggestions for the statuses that are not mapped yet."""
    suggestions = platform.mapping.suggestions
    return MappingTables(
        statuses=tuple(
            StatusRow(
                status,
                platform_status=suggestions[status].code,
                channel=suggestions[status].channel,
                active=suggestions[status].active,
                also_receives=suggestions[status].also_receives,
            )
            for status in SCREEN_ORDER
            if status in suggestions and tables.row(status) is None
        )
    )


def propose(current: MappingTables, offered: MappingTables, platform: Platform) -> Proposal:
    """``offered`` over ``current``, for a vitrine of ``platform``."""
    now, new = cells_of(current), cells_of(offered.normalised())
    kept = [row for row in current.statuses if offered.row(row.status) is None]
    taken = inbound_words(kept)
    fitted = {
        status: _fit(row, now.statuses[status.name], platform, taken)
        for status in SCREEN_ORDER
        if (row := offered.row(status)) is not None
    }
    shown = now.statuses | {status.name: cells for status, (cells, _) in fitted.items()}
    return Proposal(
        statuses={name: MergedRow(cells) for name, cells in shown.items()},
        types={table: _types(table, now, new) for table in (PAYMENT_TYPES, DELIVERY_TYPES)},
        notes={status.name: notes for status, (_, notes) in fitted.items() if notes},
        kept_statuses=tuple(row.status for row in kept),
        kept_types=sum(
            len(now.table(table).keys() - new.table(table).keys())
            for table in (PAYMENT_TYPES, DELIVERY_TYPES)
        ),
    )


def _types(table: str, now: Cells, new: Cells) -> list[MergedRow]:
    """Stored words keep their place and how they are written; new ones come after them."""
    stored, offered = now.table(table), new.table(table)
    rows = [
        MergedRow(offered.get(key, row) | {"word": row["word"]}, origin=key)
        for key, row in stored.items()
    ]
    return rows + [MergedRow(row) for key, row in offered.items() if key not in stored]


def _fit(row: StatusRow, now: Row, platform: Platform, taken: Mapping[str, InboundWord]) -> Fitted:
    """A row that is declared not to be sent says so whatever the platform is."""
    row = row.normalised()
    cells, notes = status_cells(row), []
    if not row.filled:
        return cells, []
    for fitted, told in (
        _fit_code(row, now, platform),
        fit_channel(row, now, platform),
        _fit_ez_core(row, now, platform),
        _fit_words(row, taken),
    ):
        cells |= fitted
        notes += told
    nothing_left = status_row(row.status, cells) is None
    return cells | {"not_sent": nothing_left}, notes


def _fit_code(row: StatusRow, now: Row, platform: Platform) -> Fitted:
    """A row without a code comes from a platform that needs none; here it would only wait."""
    if row.platform_status or not platform.mapping.code or not now["platform_status"]:
        return {}, []
    kept = now["platform_status"]
    note = f"Veio sem status da plataforma, que {platform.label} pede: ficou “{shown_word(kept)}”."
    return {"platform_status": kept}, [note]


def fit_channel(row: StatusRow, now: Row, platform: Platform) -> Fitted:
    if not row.channel or row.channel in platform.channels_for(row.status):
        return {}, []
    name = CHANNEL_LABELS[row.channel]
    note = f"Envio {name} ficou de fora: {platform.label} não o oferece neste status."
    return {"channel": now["channel"]}, [note]


def _fit_ez_core(row: StatusRow, now: Row, platform: Platform) -> Fitted:
    """An id that the offer does not have is kept: its platform may have no such column."""
    given = [field for field in EZ_CORE if getattr(row, field)]
    if platform.mapping.ez_core != "none":
        return {field: now[field] for field in EZ_CORE if field not in given}, []
    captions = " e ".join(EZ_CORE[field] for field in given)
    left_out = "ficaram" if len(given) > 1 else "ficou"
    notes = [f"{captions} {left_out} de fora: {platform.label} não usa."] if given else []
    return {field: now[field] for field in EZ_CORE}, notes


def _fit_words(row: StatusRow, taken: Mapping[str, InboundWord]) -> Fitted:
    """A word that finds a row which stays as it is goes on finding it."""
    words, notes = [], []
    for word in row.also_receives:
        owner = taken.get(fold_word(word))
        if owner is None:
            words.append(word)
        else:
            notes.append(f"“{shown_word(word)}” ficou de fora: já é de {owner.status.label}.")
    return {"also_receives": ", ".join(words)}, notes
