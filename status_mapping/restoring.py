"""A DE-PARA as it was in an earlier revision, to be looked at and saved as a new one.

Unlike a copy it is whole: what the revision did not have is taken away. What the platform that
the vitrine has by now does not know stays as it is, with a note that says so. Pure: no Django, no
clock.
"""

from status_mapping.cells import (
    DELIVERY_TYPES,
    EMPTY_STATUS,
    PAYMENT_TYPES,
    Cells,
    Row,
    cells_of,
    status_cells,
    with_hidden_ids,
)
from status_mapping.merge import MergedRow
from status_mapping.proposals import EZ_CORE, Fitted, Proposal, fit_channel
from status_mapping.tables import MappingTables, StatusRow
from vitrines.platforms import Platform
from vitrines.statuses import SCREEN_ORDER


def restore(current: MappingTables, wanted: MappingTables, platform: Platform) -> Proposal:
    """``wanted`` in place of ``current``, for a vitrine of ``platform``."""
    now, then = cells_of(current), cells_of(wanted)
    fitted = {
        status.name: _fit(wanted.row(status), now.statuses[status.name], platform)
        for status in SCREEN_ORDER
    }
    return Proposal(
        statuses={name: MergedRow(cells) for name, (cells, _) in fitted.items()},
        types={table: _types(table, now, then) for table in (PAYMENT_TYPES, DELIVERY_TYPES)},
        notes={name: notes for name, (_, notes) in fitted.items() if notes},
        kept_statuses=(),
        kept_types=0,
    )


def _types(table: str, now: Cells, then: Cells) -> list[MergedRow]:
    """Stored words keep their place; those that the revision did not have are to be removed."""
    stored, wanted = now.table(table), then.table(table)
    rows = [
        MergedRow(wanted.get(key, row), origin=key, removed=key not in wanted)
        for key, row in stored.items()
    ]
    return rows + [MergedRow(row) for key, row in wanted.items() if key not in stored]


def _fit(row: StatusRow | None, now: Row, platform: Platform) -> Fitted:
    if row is None:
        return EMPTY_STATUS, []
    fitted, notes = fit_channel(row, now, platform)
    cells = status_cells(row) | fitted
    if platform.mapping.ez_core != "none":
        return cells, notes
    return with_hidden_ids(cells, now), notes + _ids_left_out(row, platform)


def _ids_left_out(row: StatusRow, platform: Platform) -> list[str]:
    given = [caption for field, caption in EZ_CORE.items() if getattr(row, field)]
    left_out = "ficaram" if len(given) > 1 else "ficou"
    return [f"{' e '.join(given)} {left_out} de fora: {platform.label} não usa."] if given else []
