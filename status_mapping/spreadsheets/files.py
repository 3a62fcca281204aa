"""What somebody uploaded or pasted, as sheets of texts. It may be anything; it is bounded. Pure."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from openpyxl import load_workbook

from status_mapping.spreadsheets.columns import FIELDS_BY_CAPTION, folded, unsafe
from status_mapping.translation import plain_spaces

MAX_BYTES = 1024 * 1024
#: Of all parts of an XLSX together; a DE-PARA that is as full as can be has a fifth of it.
MAX_UNPACKED = 8 * 1024 * 1024
MAX_PARTS = 300
MAX_SHEETS = 20
#: A table may have 300 rows; more than this many lines are some other list.
MAX_LINES = 1_000
MAX_COLUMNS = 30
MAX_CELL = 10_000

_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_DELIMITERS = ";\t,"
#: A first line that tells a spreadsheet the delimiter and is no line of the table.
_TOLD_DELIMITER = re.compile(r"sep=([;,\t|])\r?\n", re.IGNORECASE)
_EMPTY = "O arquivo está vazio."
_UNKNOWN = "O arquivo não é uma planilha: envie um .xlsx ou um CSV."
_DAMAGED = "O arquivo .xlsx está danificado e não pôde ser lido."
_MERGED = "A planilha tem células mescladas: desfaça a mescla e repita o valor em cada linha."
_FORMULA = "é uma fórmula: cole só o valor"
_RETYPE = "formate a célula como texto e digite de novo"
#: As a spreadsheet shows a number that is too long, in pt-BR or not: 7,89123E+12
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E[+-]\d+")
#: ``####`` is a number in a column that is too narrow for it.
_ERROR = re.compile(
    r"#{2,}|#(N/[AD]|REF!|VALOR!|VALUE!|NOME\?|NAME\?|DIV/0!|NULO!|NULL!|NÚM!|NUM!)"
)
#: Of a number, a spreadsheet keeps this many digits.
_DIGITS = 15
_BOOLEANS = {"VERDADEIRO": True, "FALSO": False}


class NotASpreadsheet(Exception):
    """Nothing was read; says why in Portuguese."""


class Cell(NamedTuple):
    text: str
    #: Why the text cannot be trusted, in words.
    problem: str = ""
    #: The same, where a word is expected and not a tick.
    unless_tick: str = ""


@dataclass(frozen=True)
class Sheet:
    #: Empty for a file that is one table.
    name: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class OpenedFile:
    sheets: tuple[Sheet, ...]
    #: What the person should know about how it was read.
    note: str = ""


def open_file(content: bytes) -> OpenedFile:
    """XLSX or CSV, told apart by what is in it; raises ``NotASpreadsheet``."""
    if not content.strip():
        raise NotASpreadsheet(_EMPTY)
    if len(content) > MAX_BYTES:
        raise NotASpreadsheet("O arquivo passa de 1 MB: um DE-PARA é bem menor.")
    if content.startswith(_OLE):
        raise NotASpreadsheet(
            "É um .xls antigo ou uma planilha com senha: salve como .xlsx, sem senha, ou como CSV."
        )
    if content.startswith(_ZIP):
        return _workbook(content)
    text, note = _decoded(content)
    return OpenedFile((_text_sheet(text),), note)


def open_pasted(text: str) -> OpenedFile:
    """Cells copied in a spreadsheet come with tabs between them."""
    if not text.strip():
        raise NotASpreadsheet("Não há nada colado.")
    if len(text) > MAX_BYTES:
        raise NotASpreadsheet("O que foi colado passa de 1 MB: um DE-PARA é bem menor.")
    return OpenedFile((_text_sheet(text.removeprefix("\ufeff")),))


def _decoded(content: bytes) -> tuple[str, str]:
    """Excel writes CSV in the code page of Windows, and *Texto Unicode* in UTF-16."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), ""
        except UnicodeDecodeError as error:
            raise NotASpreadsheet(_UNKNOWN) from error
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        note = "O arquivo não está em UTF-8; foi lido como latin-1 do Windows: confira os acentos."
        return content.decode("cp1252"), note
    except UnicodeDecodeError as error:
        raise NotASpreadsheet(_UNKNOWN) from error


def _text_sheet(text: str) -> Sheet:
    if not text.strip():
        raise NotASpreadsheet(_EMPTY)
    if any(char < " " and char not in "\t\r\n" for char in text):
        raise NotASpreadsheet(_UNKNOWN)
    told = _TOLD_DELIMITER.match(text)
    table = text[told.end() :] if told else text
    delimiter = told[1] if told else _delimiter(text)
    lines = csv.reader(io.StringIO(table, newline=""), delimiter=delimiter)
    rows: list[tuple[Cell, ...]] = [()] if told else []
    try:
        for line in lines:
            _keep_within(len(rows), len(line))
            rows.append(tuple(_text_cell(value) for value in line))
    except csv.Error as error:
        raise NotASpreadsheet(_UNKNOWN) from error
    return Sheet("", tuple(rows))


def _delimiter(text: str) -> str:
    """The one by which the first line gives most of our captions."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    known = {caption for captions in FIELDS_BY_CAPTION.values() for caption in captions}

    def found(delimiter: str) -> tuple[int, int]:
        cells = first.split(delimiter)
        return sum(folded(cell.strip('" ')) in known for cell in cells), len(cells)

    return max(_DELIMITERS, key=found)


def _text_cell(value: str) -> Cell:
    text = value.strip()
    if text.startswith("="):
        return Cell(text[:MAX_CELL], _FORMULA)
    if _SCIENTIFIC.fullmatch(text):
        return Cell(text, f"virou um número na planilha: {_RETYPE}")
    if _ERROR.fullmatch(text):
        return Cell(text[:MAX_CELL], f"tem um erro da planilha ({text[:10]})")
    if text in _BOOLEANS:
        return _boolean(_BOOLEANS[text])
    return _within(unsafe(text))


def _boolean(value: bool) -> Cell:
    """A word that a spreadsheet took for true or false is no longer there as it was written."""
    shown = "VERDADEIRO" if value else "FALSO"
    return Cell("sim" if value else "não", unless_tick=f"virou {shown} na planilha: {_RETYPE}")


def _within(text: str) -> Cell:
    text = plain_spaces(text)
    if len(text) > MAX_CELL:
        return Cell(text[:MAX_CELL], f"tem mais de {MAX_CELL} caracteres")
    return Cell(text)


def _keep_within(lines: int, columns: int) -> None:
    if lines > MAX_LINES:
        raise NotASpreadsheet(
            f"A planilha vai além da linha {MAX_LINES + 1}: um DE-PARA tem até 300 linhas em cada "
            "tabela. Se as linhas de baixo estão vazias, exclua-as e salve de novo."
        )
    if columns > MAX_COLUMNS:
        raise NotASpreadsheet(f"A planilha tem mais de {MAX_COLUMNS} colunas.")


def _workbook(content: bytes) -> OpenedFile:
    """Of the sheets that a person sees."""
    _check_package(content)
    try:
        if _has_merged_cells(content):
            raise NotASpreadsheet(_MERGED)
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            if len(book.worksheets) > MAX_SHEETS:
                raise NotASpreadsheet(f"O arquivo tem mais de {MAX_SHEETS} planilhas.")
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            hidden = [f"“{s.title}”" for s in book.worksheets if s.sheet_state != "visible"]
            sheets = tuple(Sheet(str(sheet.title), tuple(_xlsx_rows(sheet))) for sheet in shown)
        finally:
            book.close()
        note = f"O que está oculto não foi lido: {', '.join(hidden)}." if hidden else ""
        return OpenedFile(sheets, note)
    except NotASpreadsheet:
        raise
    except Exception as error:
        # A file that was damaged, or made to do damage, breaks the parser in any of its places.
        raise NotASpreadsheet(_DAMAGED) from error


def _has_merged_cells(content: bytes) -> bool:
    """Only the first of them has the value: the others would be read as emptied."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheets = [name for name in package.namelist() if name.startswith("xl/worksheets/")]
        return any(b"mergeCell " in package.read(name) for name in sheets)


def _check_package(content: bytes) -> None:
    """What the parts would come to is known before any of them is unpacked: zipfile gives no more
    of a part than its size says."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise NotASpreadsheet(_DAMAGED) from error
    names = {part.filename for part in parts}
    if any(name.endswith("vbaProject.bin") for name in names):
        raise NotASpreadsheet("O arquivo tem macros: salve como .xlsx, sem macros, ou como CSV.")
    if "xl/workbook.xml" not in names:
        raise NotASpreadsheet(_UNKNOWN)
    if any(part.flag_bits & 1 for part in parts):
        raise NotASpreadsheet("A planilha tem senha: salve sem senha.")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise NotASpreadsheet("O arquivo é grande demais por dentro: um DE-PARA é bem menor.")


def _xlsx_rows(sheet: Any) -> Iterable[tuple[Cell, ...]]:
    """``sheet`` is an openpyxl worksheet, which reads while it is gone through."""
    sheet.reset_dimensions()  # What the file says of its own size is not to be trusted.
    for number, row in enumerate(sheet.iter_rows(max_row=MAX_LINES + 2)):
        filled = [place for place, cell in enumerate(row, start=1) if cell.value is not None]
        _keep_within(number, max(filled, default=0))
        yield tuple(_xlsx_cell(cell) for cell in row[:MAX_COLUMNS])


def _xlsx_cell(cell: Any) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        return Cell("", _FORMULA)
    if cell.data_type == "e":
        return Cell("", f"tem um erro da planilha ({value})")
    if isinstance(value, bool):
        return _boolean(value)
    if isinstance(value, date | time | timedelta):
        return Cell("", f"virou uma data na planilha: {_RETYPE}")
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    return _within("" if value is None else str(value))


def _number(value: float, shown_as: str) -> Cell:
    """What was typed is not known of a decimal (1,5 or 1.5) and of more digits than are kept."""
    if isinstance(value, float) and not value.is_integer():
        return Cell(str(value), f"virou um número na planilha: {_RETYPE}")
    text = str(int(value))
    if len(text.lstrip("-")) > _DIGITS:
        return Cell(text, f"virou um número na planilha e perdeu dígitos: {_RETYPE}")
    # The format 000 is how people keep the zeros of 007.
    return Cell(text.zfill(len(shown_as)) if shown_as.strip("0") == "" else text)
