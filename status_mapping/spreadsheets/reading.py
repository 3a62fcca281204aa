"""A spreadsheet understood: which tables it has, row by row, and what in it cannot be. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from status_mapping.cells import (
    CAPTIONS,
    DELIVERY_TYPES,
    PAYMENT_TYPES,
    STATUSES,
    TABLE_LABELS,
    Row,
)
from status_mapping.spreadsheets.columns import (
    FIELDS_BY_CAPTION,
    STATUS,
    TABLES,
    TABLES_BY_NAME,
    TICKS,
    UnreadableCell,
    columns_of,
    expected_columns,
    folded,
    read,
    read_status,
)
from status_mapping.spreadsheets.files import Cell, Sheet
from status_mapping.translation import fold_word
from status_mapping.validation import shown_word
from vitrines.platforms import Platform

_EITHER_TYPES = (
    f"estas colunas servem a {TABLE_LABELS[PAYMENT_TYPES]} e a {TABLE_LABELS[DELIVERY_TYPES]}. "
    f"Para {TABLE_LABELS[PAYMENT_TYPES]}, traga todas: "
    f"{', '.join(CAPTIONS[PAYMENT_TYPES].values())}. "
    f"Para {TABLE_LABELS[DELIVERY_TYPES]}, traga também Transportadora ou Retirada na loja."
)


@dataclass(frozen=True)
class Problem:
    """``line`` and ``column`` as the spreadsheet shows them; neither where it is not there."""

    message: str
    line: int | None = None
    column: str = ""
    sheet: str = ""

    def __str__(self) -> str:
        """``linha 7, coluna “Ativo”: use sim ou não``"""
        line = f"linha {self.line}" if self.line else ""
        column = f"coluna “{self.column}”" if self.column else ""
        place = ", ".join(part for part in (line, column) if part)
        return f"{place}: {self.message}" if place else self.message


@dataclass(frozen=True)
class ReadRow:
    """``key`` as ``Cells`` have it. Columns that the spreadsheet does not have are not there."""

    line: int
    key: str
    cells: Row


@dataclass(frozen=True)
class ReadTable:
    table: str
    sheet: str
    rows: tuple[ReadRow, ...]
    #: Captions of columns of the screen that the spreadsheet does not have.
    missing: tuple[str, ...] = ()


@dataclass
class Reading:
    tables: list[ReadTable] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, table: str, key: str) -> tuple[int | None, str]:
        """Where a row was read from, and in which sheet."""
        for found in self.tables:
            for row in found.rows:
                if found.table == table and row.key == key:
                    return row.line, found.sheet
        return None, ""


def read_sheets(sheets: Sequence[Sheet], platform: Platform) -> Reading:
    """Everything that is wrong is told, not only the first."""
    reading = Reading()
    seen: set[str] = set()
    filled = [sheet for sheet in sheets if any(_is_filled(row) for row in sheet.rows)]
    if not filled:
        reading.problems.append(Problem("A planilha não tem nada preenchido."))
    for sheet in filled:
        header = next(n for n, row in enumerate(sheet.rows) if _is_filled(row))
        table = _table_of(sheet, sheet.rows[header])
        if table is None:
            reading.problems.append(_unknown(sheet, header, platform))
        elif table in seen:
            message = f"{TABLE_LABELS[table]} está em mais de uma planilha do arquivo."
            reading.problems.append(Problem(message, sheet=sheet.name))
        else:
            seen.add(table)
            _SheetReader(sheet, table, platform, reading).read(header)
    if not reading.problems and not any(found.rows for found in reading.tables):
        reading.problems.append(Problem("A planilha não tem nenhuma linha além dos títulos."))
    return reading


def _is_filled(row: Sequence[Cell]) -> bool:
    return any(cell.text or cell.problem for cell in row)


def _table_of(sheet: Sheet, header: Sequence[Cell]) -> str | None:
    """By the name of the sheet, or else the table that has most of the captions."""
    if folded(sheet.name) in TABLES_BY_NAME:
        return TABLES_BY_NAME[folded(sheet.name)]
    captions = {folded(cell.text) for cell in header}
    most = max(TABLES, key=lambda table: len(captions & FIELDS_BY_CAPTION[table].keys()))
    return most if captions & FIELDS_BY_CAPTION[most].keys() else None


def _unknown(sheet: Sheet, header: int, platform: Platform) -> Problem:
    expected = "; ".join(
        f"{TABLE_LABELS[table]}: {_listed(expected_columns(table, platform))}" for table in TABLES
    )
    message = f"as colunas não são de nenhuma das três tabelas. Esperadas em {expected}."
    return Problem(message, header + 1, sheet=sheet.name)


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(columns.values())


class _SheetReader:
    def __init__(self, sheet: Sheet, table: str, platform: Platform, reading: Reading) -> None:
        self.sheet = sheet
        self.table = table
        self.expected = expected_columns(table, platform)
        self.reading = reading
        self.captions = columns_of(table)

    def read(self, header: int) -> None:
        fields = self._fields(header)
        if fields is None:
            return
        rows: dict[str, ReadRow] = {}
        for line, row in enumerate(self.sheet.rows[header + 1 :], start=header + 2):
            found = self._row(line, row, fields) if _is_filled(row) else None
            if found is None:
                continue
            if found.key in rows:
                self._tell_repeated(found, rows[found.key])
            else:
                rows[found.key] = found
        missing = tuple(told for name, told in self.expected.items() if name not in fields.values())
        found_rows = tuple(rows.values())
        self.reading.tables.append(ReadTable(self.table, self.sheet.name, found_rows, missing))

    def _tell(self, message: str, line: int | None = None, column: str = "") -> None:
        self.reading.problems.append(Problem(message, line, column, self.sheet.name))

    def _fields(self, header: int) -> dict[int, str] | None:
        """The field of each column; None if the columns are not those of the table.

        Some of them are enough, if the one is there that says which row it is.
        """
        before = len(self.reading.problems)
        fields: dict[int, str] = {}
        listed = f"As colunas de {TABLE_LABELS[self.table]} são: {_listed(self.expected)}."
        for place, cell in enumerate(self.sheet.rows[header]):
            if not cell.text and not cell.problem:
                continue
            name = FIELDS_BY_CAPTION[self.table].get(folded(cell.text))
            caption = shown_word(cell.text)
            if name is None:
                self._tell(f"não é desta tabela. {listed}", header + 1, caption)
            elif name in fields.values():
                self._tell("aparece duas vezes", header + 1, caption)
            else:
                fields[place] = name
        key = STATUS if self.table == STATUSES else "word"
        if key not in fields.values():
            self._tell(f"falta esta coluna. {listed}", header + 1, self.captions[key])
        elif len(fields) == 1:
            self._tell(f"traga ao menos mais uma coluna. {listed}", header + 1)
        elif len(self.reading.problems) == before and self._fits_both(fields.values()):
            self._tell(_EITHER_TYPES, header + 1)
        return fields if len(self.reading.problems) == before else None

    def _fits_both(self, fields: Collection[str]) -> bool:
        """A part of *Tipos de Pagamentos*, all of whose columns *Tipos de Entrega* has too."""
        named = folded(self.sheet.name) in TABLES_BY_NAME
        return self.table == PAYMENT_TYPES and not named and len(fields) < len(self.expected)

    def _row(self, line: int, row: Sequence[Cell], fields: Mapping[int, str]) -> ReadRow | None:
        cells: Row = {}
        readable = True
        for place, name in fields.items():
            cell = row[place] if place < len(row) else Cell("")
            try:
                if problem := cell.problem or (cell.unless_tick if name not in TICKS else ""):
                    raise UnreadableCell(problem)
                cells[name] = read_status(cell.text) if name == STATUS else read(name, cell.text)
            except UnreadableCell as error:
                self._tell(str(error), line, self.captions[name])
                readable = False
        for place in self._untitled(row, fields):
            self._tell(f"a {place + 1}ª coluna está preenchida e não tem título", line)
            readable = False
        if readable and self.table != STATUSES and not cells["word"]:
            self._tell("informe a palavra da plataforma", line, self.captions["word"])
            readable = False
        if not readable:
            return None
        key = cells.pop(STATUS).name if self.table == STATUSES else fold_word(cells["word"])
        return ReadRow(line, key, cells)

    def _untitled(self, row: Sequence[Cell], fields: Mapping[int, str]) -> Iterable[int]:
        return (
            place
            for place, cell in enumerate(row)
            if place not in fields and (cell.text or cell.problem)
        )

    def _tell_repeated(self, row: ReadRow, first: ReadRow) -> None:
        name = STATUS if self.table == STATUSES else "word"
        what = "este status" if self.table == STATUSES else f"“{shown_word(row.cells['word'])}”"
        self._tell(f"{what} já está na linha {first.line}", row.line, self.captions[name])
