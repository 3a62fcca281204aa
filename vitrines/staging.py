"""Rows that one transaction adds and changes, written together at its end."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


class Staged(Generic[M]):
    """Rows of one model. However many there are, the new ones take one statement, and the changed
    ones one for each set of fields (on SQLite as many as its limit of parameters asks for)."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        self._new: list[M] = []
        self._changed: dict[tuple[str, ...], dict[int, M]] = defaultdict(dict)

    def add(self, row: M) -> M:
        """Ids are given in the sequence in which rows are added."""
        self._new.append(row)
        return row

    def change(self, row: M, *fields: str) -> None:
        """A row that is still to be added is written as it then is."""
        if row.pk is not None:
            self._changed[fields][row.pk] = row

    def write(self) -> None:
        """The changed rows first: what they let go of, a new one may take."""
        for fields, rows in self._changed.items():
            update_rows(self._model, [rows[pk] for pk in sorted(rows)], fields)
        self._model._default_manager.bulk_create(self._new)
        self._new, self._changed = [], defaultdict(dict)


def update_rows(model: type[M], rows: Sequence[M], fields: Sequence[str]) -> None:
    """Write these fields of these rows by joining the table to their new values.

    ``bulk_update`` writes a CASE for each row and field instead, which takes twenty times as long.
    """
    meta, quote = model._meta, connection.ops.quote_name
    changed: list[Any] = [meta.pk, *(meta.get_field(name) for name in fields)]
    names = [quote(field.column) for field in changed]
    table = quote(meta.db_table)
    sets = ", ".join(f"{name} = changed.{name}" for name in names[1:])
    for some in _batches(rows, len(names)):
        values = [_value(field, row) for row in some for field in changed]
        sql = (  # every name in it is a model's own
            f"WITH changed ({', '.join(names)}) AS (VALUES {_places(changed, len(some))}) "  # noqa: S608
            f"UPDATE {table} SET {sets} FROM changed WHERE {table}.{names[0]} = changed.{names[0]}"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, values)


def _batches(rows: Sequence[M], width: int) -> Iterator[Sequence[M]]:
    limit = connection.features.max_query_params
    length = limit // width if limit else len(rows)
    for start in range(0, len(rows), length):
        yield rows[start : start + length]


def _value(field: Any, row: models.Model) -> Any:
    """What a row points to may have got its key since it was put there."""
    if field.is_relation and field.is_cached(row):
        setattr(row, field.name, field.get_cached_value(row))
    return field.get_db_prep_save(field.pre_save(row, add=False), connection)


def _places(fields: Sequence[Any], count: int) -> str:
    """The placeholders of ``count`` rows.

    PostgreSQL takes a column of nothing but NULL for text, so the first row says its types; without
    their lengths, for a cast cuts off in silence what an assignment refuses.
    """
    row = f"({', '.join(['%s'] * len(fields))})"
    if connection.vendor != "postgresql":
        return ", ".join([row] * count)
    types = [field.db_type(connection).partition("(")[0] for field in fields]
    first = f"({', '.join(f'%s::{kind}' for kind in types)})"
    return ", ".join([first, *[row] * (count - 1)])
