"""Whatever somebody uploads or pastes: read within bounds, or refused in one sentence."""

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook

from status_mapping.spreadsheets import files
from status_mapping.spreadsheets.files import NotASpreadsheet, open_file, open_pasted

UNKNOWN = "O arquivo não é uma planilha: envie um .xlsx ou um CSV."
DAMAGED = "O arquivo .xlsx está danificado e não pôde ser lido."
RETYPE = "formate a célula como texto e digite de novo"
HEADER = "Palavra da plataforma;Código no ERP;Descrição;Ativo"


def workbook(*rows, sheets=("Tipos de Pagamentos",)):
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content, **changed):
    """The same package with parts changed, added, or (None) taken out."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if changed.get(name, b"") is not None:
                new.writestr(name, changed.get(name) or old.read(name))
        for name in changed.keys() - set(old.namelist()):
            new.writestr(name, changed[name])
    return made.getvalue()


def texts(opened):
    return [[[cell.text for cell in row] for row in sheet.rows] for sheet in opened.sheets]


def refusal(content):
    with pytest.raises(NotASpreadsheet) as refused:
        open_file(content)
    return str(refused.value)


@pytest.mark.parametrize("content", [b"", b"   \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content):
    assert refusal(content) == "O arquivo está vazio."


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"%PDF-1.7\n\x01\x02",
        b"a;b\x00c",
        bytes(range(256)),
        b"\xff\xfeabc",
    ],
)
def test_a_file_that_is_no_spreadsheet_is_refused(content):
    assert refusal(content) == UNKNOWN


def test_a_file_of_more_than_a_megabyte_is_refused():
    assert refusal(b"a" * (files.MAX_BYTES + 1)) == (
        "O arquivo passa de 1 MB: um DE-PARA é bem menor."
    )
    with pytest.raises(NotASpreadsheet):
        open_pasted("a" * (files.MAX_BYTES + 1))


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_the_delimiter_is_the_one_that_gives_our_columns(delimiter):
    text = f"{HEADER}\r\npix;17;;sim\r\n".replace(";", delimiter)

    assert texts(open_file(text.encode())) == [
        [
            ["Palavra da plataforma", "Código no ERP", "Descrição", "Ativo"],
            ["pix", "17", "", "sim"],
        ]
    ]


def test_cells_copied_in_a_spreadsheet_come_with_tabs():
    pasted = 'Palavra da plataforma\tAtivo\n"cartão\nnovo"\tsim\n'

    assert texts(open_pasted(pasted)) == [
        [["Palavra da plataforma", "Ativo"], ["cartão\nnovo", "sim"]]
    ]


def test_the_mark_of_a_file_that_was_copied_whole_is_no_part_of_the_first_caption():
    assert texts(open_pasted("\ufeffAtivo\nsim")) == [[["Ativo"], ["sim"]]]


def test_nothing_pasted_is_refused():
    with pytest.raises(NotASpreadsheet, match="Não há nada colado"):
        open_pasted(" \n")


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        (
            "latin-1",
            "O arquivo não está em UTF-8; foi lido como latin-1 do Windows: confira os acentos.",
        ),
    ],
)
def test_text_is_read_in_the_encodings_that_spreadsheets_write(encoding, note):
    opened = open_file(f"{HEADER}\r\ncartão;17;;não\r\n".encode(encoding))

    assert texts(opened)[0][1] == ["cartão", "17", "", "não"]
    assert opened.note == note


def test_ten_thousand_lines_are_refused_before_they_are_read():
    told = (
        "A planilha vai além da linha 1001: um DE-PARA tem até 300 linhas em cada tabela. Se as "
        "linhas de baixo estão vazias, exclua-as e salve de novo."
    )
    assert refusal(b"a;b\r\n" * 10_000) == told
    assert refusal(workbook(*[["a", "b"]] * 10_000)) == told


def test_a_thousand_lines_under_the_captions_are_read():
    opened = open_file(workbook(*[["a"]] * 1_001))

    assert len(opened.sheets[0].rows) == 1_001


def test_a_cell_far_below_all_others_is_refused_too():
    book = Workbook()
    book.active["A1"] = "a"
    book.active["A1048576"] = "b"

    assert refusal(saved(book)).startswith("A planilha vai além da linha 1001")


def test_too_many_columns_are_refused():
    told = "A planilha tem mais de 30 colunas."
    assert refusal(";".join("a" * 31).encode()) == told
    book = Workbook()
    book.active["XFD1"] = "a"
    assert refusal(saved(book)) == told


def test_a_cell_that_is_far_too_long_is_told():
    (sheet,) = open_file(f"{HEADER}\r\n{'x' * 10_001};17".encode()).sheets

    assert sheet.rows[1][0].problem == "tem mais de 10000 caracteres"
    assert len(sheet.rows[1][0].text) == 10_000


def test_a_field_without_an_end_is_refused():
    assert refusal(b'a;"' + b"b" * 200_000) == UNKNOWN


def test_what_is_in_the_cells_of_an_xlsx_is_read_as_text():
    opened = open_file(workbook(["pix", 17, 17.0, "1,0", "001", None, " a "]))

    assert texts(opened) == [[["pix", "17", "17", "1,0", "001", "", "a"]]]
    assert {cell for cell in opened.sheets[0].rows[0] if cell.problem or cell.unless_tick} == set()


def test_spaces_are_read_as_those_that_people_type():
    nbsp, thin = "\u00a0", "\u2009"

    assert texts(open_file(workbook([f"{nbsp}em{nbsp}separação ", f"a{thin}b"]))) == [
        [["em separação", "a b"]]
    ]
    assert texts(open_pasted(f"Ativo\n{nbsp}a{nbsp}b{nbsp}")) == [[["Ativo"], ["a b"]]]


def test_the_zeros_that_a_format_shows_are_read():
    book = Workbook()
    book.active.append([7, 7, 7])
    for cell, shown_as in zip(book.active[1], ["000", "0", "General"], strict=True):
        cell.number_format = shown_as

    assert texts(open_file(saved(book))) == [[["007", "7", "7"]]]


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (1.5, f"virou um número na planilha: {RETYPE}"),
        (10**15 - 1, ""),
        (7891234567890123, f"virou um número na planilha e perdeu dígitos: {RETYPE}"),
        (1e300, f"virou um número na planilha e perdeu dígitos: {RETYPE}"),
    ],
)
def test_a_number_that_is_not_what_was_typed_says_so(number, problem):
    (sheet,) = open_file(workbook([number])).sheets

    assert sheet.rows[0][0].problem == problem


@pytest.mark.parametrize("shown", ["7,89123E+12", "7.89E+12", "1E+20"])
def test_a_number_that_was_too_long_in_a_text_says_so(shown):
    (sheet,) = open_pasted(f"{shown}\t1E5").sheets

    assert [cell.problem for cell in sheet.rows[0]] == [
        f"virou um número na planilha: {RETYPE}",
        "",
    ]


@pytest.mark.parametrize("shown", ["########", "#N/D", "#REF!", "#NOME?", "#VALOR!"])
def test_what_a_spreadsheet_shows_instead_of_a_value_says_so(shown):
    (sheet,) = open_pasted(f"{shown}\t#1").sheets

    assert [cell.problem for cell in sheet.rows[0]] == [f"tem um erro da planilha ({shown})", ""]


@pytest.mark.parametrize(("value", "tick"), [(True, "sim"), (False, "não")])
def test_what_a_spreadsheet_took_for_true_or_false_is_a_tick_and_no_word(value, tick):
    shown = "VERDADEIRO" if value else "FALSO"
    (sheet,) = open_file(workbook([value])).sheets
    (pasted,) = open_pasted(f"{shown}\t").sheets

    assert sheet.rows[0][0] == pasted.rows[0][0]
    assert sheet.rows[0][0].text == tick
    assert sheet.rows[0][0].unless_tick == f"virou {shown} na planilha: {RETYPE}"


def test_a_first_line_that_tells_the_delimiter_is_none_of_the_table():
    opened = open_file(b"sep=;\r\npix;1,5\r\n")

    assert texts(opened) == [[[], ["pix", "1,5"]]]


def test_sheets_that_are_hidden_are_not_read_and_named():
    book = Workbook()
    for name, state in (("Antigo", "hidden"), ("Cálculo", "veryHidden")):
        book.create_sheet(name).append(["velho"])
        book[name].sheet_state = state
    book.active.append(["novo"])

    opened = open_file(saved(book))

    assert texts(opened) == [[["novo"]]]
    assert opened.note == "O que está oculto não foi lido: “Antigo”, “Cálculo”."


def test_merged_cells_are_refused_since_only_the_first_has_the_value():
    book = Workbook()
    for _ in range(3):
        book.active.append(["pix", "sim"])
    book.active.merge_cells("B1:B3")

    assert refusal(saved(book)) == (
        "A planilha tem células mescladas: desfaça a mescla e repita o valor em cada linha."
    )


def test_more_sheets_than_are_read_are_refused():
    assert refusal(workbook(["a"], sheets=[f"Loja {number}" for number in range(21)])) == (
        "O arquivo tem mais de 20 planilhas."
    )


def test_cells_that_cannot_be_trusted_say_why():
    book = Workbook()
    book.active.append(["=1+1", datetime.date(2026, 5, 1), "#N/A"])
    (sheet,) = open_file(saved(book)).sheets

    assert [cell.problem for cell in sheet.rows[0]] == [
        "é uma fórmula: cole só o valor",
        "virou uma data na planilha: formate a célula como texto e digite de novo",
        "tem um erro da planilha (#N/A)",
    ]


def test_a_formula_in_text_says_so():
    (sheet,) = open_pasted("=1+1\tpix").sheets

    assert [cell.problem for cell in sheet.rows[0]] == ["é uma fórmula: cole só o valor", ""]


def test_a_package_that_unpacks_to_too_much_is_refused_unread(monkeypatch):
    bomb = repacked(workbook(["a"]), **{"xl/media/zeros.bin": b"\0" * (files.MAX_UNPACKED + 1)})
    assert len(bomb) < files.MAX_BYTES
    monkeypatch.setattr(files, "load_workbook", None)

    assert refusal(bomb) == "O arquivo é grande demais por dentro: um DE-PARA é bem menor."


def test_a_package_that_lies_about_its_size_is_refused():
    sheet = b"<worksheet>" + b" " * (2 * files.MAX_UNPACKED)
    content = repacked(workbook(["a"]), **{"xl/worksheets/sheet1.xml": sheet})
    size = len(sheet).to_bytes(4, "little")

    assert refusal(content.replace(size, (100).to_bytes(4, "little"))) == DAMAGED


def test_a_package_of_too_many_parts_is_refused():
    parts = {f"xl/media/{number}.bin": b"a" for number in range(files.MAX_PARTS)}

    assert refusal(repacked(workbook(["a"]), **parts)).startswith("O arquivo é grande demais")


def test_a_file_with_macros_is_refused():
    assert refusal(repacked(workbook(["a"]), **{"xl/vbaProject.bin": b"vba"})) == (
        "O arquivo tem macros: salve como .xlsx, sem macros, ou como CSV."
    )


def test_entities_are_not_expanded():
    lol = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a0 "lol">{lol}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&a8;</t></is></c></row>'
        "</sheetData></worksheet>"
    )

    assert refusal(repacked(workbook(["a"]), **{"xl/worksheets/sheet1.xml": sheet.encode()})) == (
        DAMAGED
    )


def test_a_damaged_package_is_refused():
    whole = workbook(["a"])

    assert refusal(whole[: len(whole) // 2]) == DAMAGED
    assert refusal(repacked(whole, **{"xl/worksheets/sheet1.xml": b"<worksheet><x"})) == DAMAGED
    assert refusal(repacked(whole, **{"xl/workbook.xml": None})) == UNKNOWN


def test_an_old_xls_or_one_with_a_password_is_refused():
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500) == (
        "É um .xls antigo ou uma planilha com senha: salve como .xlsx, sem senha, ou como CSV."
    )
