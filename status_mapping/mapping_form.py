"""The rows of the page as one form: bound, judged and turned into tables together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest

from status_mapping.bounds import MAX_POSTED
from status_mapping.cells import (
    DELIVERY_TYPES,
    EMPTY_TYPE,
    PAYMENT_TYPES,
    TABLE_LABELS,
    Cells,
    delivery_type,
    payment_type,
    status_row,
)
from status_mapping.forms import (
    DeliveryRowForm,
    PaymentRowForm,
    RowForm,
    SaveForm,
    StatusRowForm,
)
from status_mapping.merge import MergedRow, PostedType
from status_mapping.pending import PendingWord
from status_mapping.tables import MappingTables
from status_mapping.translation import fold_word
from status_mapping.validation import CellError, errors_of, text_error
from vitrines.platforms import Platform
from vitrines.statuses import SCREEN_ORDER

BLANK_ROWS = 3

PREFIXES = {PAYMENT_TYPES: "payment", DELIVERY_TYPES: "delivery"}
#: What a form posts that has no row of a type.
NO_TYPES = {f"{prefix}-rows": "0" for prefix in PREFIXES.values()}
ANCHORS = {PAYMENT_TYPES: "tipos-de-pagamentos", DELIVERY_TYPES: "tipos-de-entrega"}
ROW_FORMS: dict[str, type[PaymentRowForm]] = {
    PAYMENT_TYPES: PaymentRowForm,
    DELIVERY_TYPES: DeliveryRowForm,
}


@dataclass(frozen=True)
class TypeTable:
    """One of the two tables of types, as drawn."""

    name: str
    rows: list[PaymentRowForm]
    #: An empty row with ``__n__`` for its number, copied by *Adicionar linha*.
    pattern: PaymentRowForm

    @property
    def label(self) -> str:
        return TABLE_LABELS[self.name]

    @property
    def prefix(self) -> str:
        return PREFIXES[self.name]

    @property
    def anchor(self) -> str:
        return ANCHORS[self.name]

    @property
    def stored_count(self) -> int:
        return sum(not row.is_new for row in self.rows)

    @property
    def count_name(self) -> str:
        return f"{self.prefix}-rows"

    @property
    def has_carrier(self) -> bool:
        return self.name == DELIVERY_TYPES


class MappingForm:
    """``of_tables`` shows what is stored, ``of_post`` what was posted, ``of_merge`` both."""

    def __init__(
        self,
        *,
        platform: Platform,
        save: SaveForm,
        statuses: list[StatusRowForm],
        payment_types: TypeTable,
        delivery_types: TypeTable,
    ) -> None:
        self.platform = platform
        self.save = save
        self.statuses = statuses
        self.payment_types = payment_types
        self.delivery_types = delivery_types
        #: What ``is_valid`` read.
        self.posted = MappingTables()
        self.posted_types: dict[str, list[PostedType]] = {}
        self._posted_rows: dict[str, list[PaymentRowForm]] = {}

    @classmethod
    def of_tables(
        cls,
        *,
        platform: Platform,
        cells: Cells,
        revision: int,
        pending: Mapping[str, Sequence[PendingWord]],
    ) -> "MappingForm":
        return cls(
            platform=platform,
            save=SaveForm(initial={"base_revision": revision}),
            statuses=[
                StatusRowForm(status=s, platform=platform, saved=cells.statuses[s.name])
                for s in SCREEN_ORDER
            ],
            payment_types=_stored_table(PAYMENT_TYPES, cells, pending[PAYMENT_TYPES]),
            delivery_types=_stored_table(DELIVERY_TYPES, cells, pending[DELIVERY_TYPES]),
        )

    @classmethod
    def of_post(cls, *, platform: Platform, data: Mapping[str, Any], base: Cells) -> "MappingForm":
        """``base`` is what the page that was posted had been loaded with.

        Raises ``BadRequest`` where it does not say how many types it has: those that are not in
        it are removed, so they must not get lost on the way.
        """
        return cls(
            platform=platform,
            save=SaveForm(data),
            statuses=[
                StatusRowForm(status=s, platform=platform, saved=base.statuses[s.name], data=data)
                for s in SCREEN_ORDER
            ],
            payment_types=_posted_table(PAYMENT_TYPES, data, base),
            delivery_types=_posted_table(DELIVERY_TYPES, data, base),
        )

    @classmethod
    def of_merge(
        cls,
        *,
        platform: Platform,
        current: Cells,
        revision: int,
        reason: str,
        statuses: Mapping[str, MergedRow],
        types: Mapping[str, Sequence[MergedRow]],
        pending: Mapping[str, Sequence[PendingWord]],
    ) -> "MappingForm":
        return cls(
            platform=platform,
            save=SaveForm(initial={"base_revision": revision, "reason": reason}),
            statuses=[
                StatusRowForm(
                    status=s,
                    platform=platform,
                    saved=current.statuses[s.name],
                    shown=statuses[s.name].cells,
                )
                for s in SCREEN_ORDER
            ],
            payment_types=_merged_table(
                PAYMENT_TYPES, current, types[PAYMENT_TYPES], pending[PAYMENT_TYPES]
            ),
            delivery_types=_merged_table(
                DELIVERY_TYPES, current, types[DELIVERY_TYPES], pending[DELIVERY_TYPES]
            ),
        )

    @property
    def tables(self) -> list[TypeTable]:
        return [self.payment_types, self.delivery_types]

    @property
    def rows(self) -> list[RowForm]:
        return [*self.statuses, *(row for table in self.tables for row in table.rows)]

    @property
    def unsaved(self) -> int:
        return sum(row.unsaved for row in self.rows)

    @property
    def error_count(self) -> int:
        beside = sum(len(messages) for row in self.rows for messages in row.errors.values())
        return beside + sum(len(messages) for messages in self.save.errors.values())

    @property
    def typed(self) -> list[tuple[str, str]]:
        """All but the reason as the inputs show it, for a form elsewhere that brings it back."""
        pairs = [
            ("base_revision", str(self.save["base_revision"].value())),
            *((table.count_name, str(len(table.rows))) for table in self.tables),
        ]
        for row in self.rows:
            shown = ((row.add_prefix(name), row[name].value()) for name in row.fields)
            # A box that is not ticked is not posted.
            pairs += [
                (name, "on" if value is True else value or "")
                for name, value in shown
                if value is not False
            ]
        return pairs

    def disable(self) -> None:
        for row in self.rows:
            row.disable()

    def is_valid(self) -> bool:
        """Judge every cell; the errors are then beside them.

        The rows are read before: a cell with an error is no longer in ``cleaned_data``.
        """
        for form in [self.save, *self.rows]:
            form.full_clean()
        self.posted = self._posted_tables()
        self.posted_types = {table.name: _posted_types(table) for table in self.tables}
        self._posted_rows = {table.name: _kept(table) for table in self.tables}
        self.refuse(errors_of(self.posted, self.platform))
        if message := text_error("reason", self.save.cleaned_data.get("reason", "")):
            self.save.add_error("reason", message)
        return self.error_count == 0

    def refuse(self, errors: Sequence[CellError]) -> None:
        """Put each error beside its cell."""
        for error in errors:
            form = self._row_of(error)
            form.add_error(error.field if error.field in form.fields else None, error.message)

    def _row_of(self, error: CellError) -> RowForm:
        if isinstance(error.key, int):
            rows = self._posted_rows[error.table]
            return rows[min(error.key, len(rows) - 1)]
        return next(row for row in self.statuses if row.status.name == error.key)

    def _posted_tables(self) -> MappingTables:
        """The tables as typed, in the order of the page."""
        rows = [status_row(form.status, form.cells()) for form in self.statuses]
        return MappingTables(
            statuses=tuple(row for row in rows if row is not None),
            payment_types=tuple(payment_type(row.cells()) for row in _kept(self.payment_types)),
            delivery_types=tuple(delivery_type(row.cells()) for row in _kept(self.delivery_types)),
        )


def _kept(table: TypeTable) -> list[PaymentRowForm]:
    return [row for row in table.rows if not row.cleaned_data["remove"] and not row.is_blank]


def _posted_types(table: TypeTable) -> list[PostedType]:
    return [
        PostedType(row.cells(), row.cleaned_data["origin"], row.cleaned_data["remove"])
        for row in table.rows
        if not row.is_blank
    ]


def _row(table: str, number: int | str, **kwargs: Any) -> PaymentRowForm:
    return ROW_FORMS[table](prefix=f"{PREFIXES[table]}-{number}", **kwargs)


def _table(table: str, rows: list[PaymentRowForm]) -> TypeTable:
    pattern = _row(table, "__n__", saved=dict(EMPTY_TYPE[table]))
    return TypeTable(table, rows, pattern)


def _stored_table(table: str, cells: Cells, pending: Sequence[PendingWord]) -> TypeTable:
    starts: list[dict[str, Any]] = [
        {"saved": row, "shown": row | {"origin": key}} for key, row in cells.table(table).items()
    ]
    starts += _suggestions(table, pending)
    starts += [{"saved": EMPTY_TYPE[table]} for _ in range(BLANK_ROWS)]
    return _table(table, [_row(table, n, **start) for n, start in enumerate(starts)])


def _suggestions(table: str, pending: Sequence[PendingWord]) -> list[dict[str, Any]]:
    return [
        {
            "saved": EMPTY_TYPE[table] | {"word": found.word},
            "shown": EMPTY_TYPE[table] | {"word": found.word, "suggested": found.word},
            "orders": found.orders,
        }
        for found in pending
    ]


def _posted_table(table: str, data: Mapping[str, Any], base: Cells) -> TypeTable:
    prefix = PREFIXES[table]
    rows = []
    for number in range(_posted_count(data, f"{prefix}-rows")):
        origin = data.get(f"{prefix}-{number}-origin", "")
        suggested = data.get(f"{prefix}-{number}-suggested", "")
        saved = base.table(table).get(origin, EMPTY_TYPE[table] | {"word": suggested})
        rows.append(_row(table, number, saved=saved, data=data))
    return _table(table, rows)


def _posted_count(data: Mapping[str, Any], name: str) -> int:
    text = data.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MAX_POSTED):
        raise BadRequest(name)
    return int(text)


def _merged_table(
    table: str, current: Cells, merged: Sequence[MergedRow], pending: Sequence[PendingWord]
) -> TypeTable:
    starts: list[dict[str, Any]] = [
        {
            "saved": current.table(table).get(row.origin, EMPTY_TYPE[table]),
            "shown": row.cells | {"origin": row.origin, "remove": row.removed},
        }
        for row in merged
    ]
    written = {fold_word(row.cells["word"]) for row in merged}
    starts += _suggestions(table, [p for p in pending if fold_word(p.word) not in written])
    starts += [{"saved": EMPTY_TYPE[table]} for _ in range(BLANK_ROWS)]
    return _table(table, [_row(table, n, **start) for n, start in enumerate(starts)])
