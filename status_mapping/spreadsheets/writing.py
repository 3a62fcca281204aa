"""The three tables as CSV and as XLSX, for a person to open and to bring back. Pure.

A text that a spreadsheet would run as a formula is written so that none does: in CSV behind an
apostrophe, in XLSX as what it is, a text. Both read back the same.
"""

import csv
import io
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from status_mapping.cells import STATUSES, TABLE_LABELS, cells_of
from status_mapping.spreadsheets.columns import (
    STATUS,
    TABLES,
    expected_columns,
    is_risky,
    safe,
    written,
)
from status_mapping.tables import MappingTables
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus

#: Of a column, in characters.
_NARROWEST, _WIDEST = 12, 48


def rows_of(tables: MappingTables, table: str, platform: Platform) -> Iterable[list[str]]:
    """The captions, then a row a line. All eight statuses are there, mapped or not."""
    columns = expected_columns(table, platform)
    yield list(columns.values())
    for key, row in cells_of(tables).table(table).items():
        cells = row | ({STATUS: OrderStatus[key].label} if table == STATUSES else {})
        yield [written(name, cells[name]) for name in columns]


def as_csv(tables: MappingTables, table: str, platform: Platform) -> bytes:
    """As Excel in Brazil opens it with a double click: UTF-8 with its mark, semicolons."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    for row in rows_of(tables, table, platform):
        writer.writerow([safe(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(tables: MappingTables, platform: Platform) -> bytes:
    """A sheet for each of the three tables."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in TABLES:
        sheet = book.create_sheet(TABLE_LABELS[table])
        widths: dict[int, int] = {}
        for line, row in enumerate(rows_of(tables, table, platform), start=1):
            for column, text in enumerate(row, start=1):
                shown = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
                cell = sheet.cell(line, column, shown)
                cell.data_type = "s"  # whatever openpyxl took it for
                # Edited in place, it stays a text.
                cell.quotePrefix = is_risky(shown)
                cell.font = Font(bold=line == 1)
                widths[column] = max(widths.get(column, _NARROWEST), len(shown) + 2)
        for column, width in widths.items():
            letter = sheet.cell(1, column).column_letter
            sheet.column_dimensions[letter].width = min(width, _WIDEST)
        sheet.freeze_panes = "B2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
