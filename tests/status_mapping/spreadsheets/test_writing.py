"""The tables as CSV and XLSX: what people see, what no spreadsheet runs, and what reads back."""

import csv
import io

import pytest
from openpyxl import load_workbook

from status_mapping.spreadsheets.columns import TABLES
from status_mapping.spreadsheets.files import open_file
from status_mapping.spreadsheets.laying import lay
from status_mapping.spreadsheets.reading import read_sheets
from status_mapping.spreadsheets.writing import as_csv, as_xlsx
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.status_mapping.platforms import make_platform
from vitrines.statuses import OrderStatus

NOTHING = MappingTables()
PAID = OrderStatus.PAGAMENTO_CONFIRMADO
SENT = OrderStatus.DESPACHADO
PROBLEM = OrderStatus.PROBLEMAS
RISKY = ["=1+1", "+55", "-1", "@SUM(A1)", "'=1+1", "''=1", "'texto", "=cmd|'/C calc'!A0", 'a;b"c']
PLATFORM = make_platform(channels={"url": [s.name for s in OrderStatus], "xml": [SENT.name]})
FULL = MappingTables(
    statuses=(
        StatusRow(PAID, "PAID", also_receives=("approved", "pago")),
        StatusRow(SENT, "INVOICED", channel="xml", processa_inclusao=True),
        StatusRow(PROBLEM, active=False),
    ),
    payment_types=(PaymentType("Cartão de crédito", "007", "Visa", active=False),),
    delivery_types=(DeliveryType("retirada", "R", pickup=True, carrier="Própria"),),
).normalised()


def read_back(content, current=NOTHING, platform=PLATFORM):
    """The tables that a file would make, laid over ``current``."""
    laid = lay(current, read_sheets(open_file(content).sheets, platform), platform)
    assert laid.problems == []
    return laid.tables.normalised()


def test_csv_is_as_excel_in_brazil_opens_it():
    content = as_csv(FULL, "payment_types", PLATFORM)

    assert content == (
        b"\xef\xbb\xbf"
        + "Palavra da plataforma;Código no ERP;Descrição;Ativo\r\n"
        "Cartão de crédito;007;Visa;não\r\n".encode()
    )


def test_csv_of_statuses_has_all_eight_with_the_columns_of_the_screen():
    text = as_csv(FULL, "statuses", PLATFORM).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))

    assert lines[0] == [
        "Status da vitrine",
        "Status da plataforma",
        "Também recebe",
        "Envio",
        "Ativo",
        "Processa Inclusão",
        "Não enviar este status",
    ]
    assert [line[0] for line in lines[1:]] == [
        "Aguardando pagamento",
        "Pagamento Confirmado",
        "Em preparação",
        "Despachado",
        "Embarcado",
        "Entregue",
        "Cancelado",
        "Problemas",
    ]
    assert lines[2][1:] == ["PAID", "approved, pago", "padrão", "sim", "não", "não"]
    assert lines[4][1:] == ["INVOICED", "", "XML", "sim", "sim", "não"]
    assert lines[8][1:] == ["", "", "padrão", "não", "não", "sim"]


def test_the_ids_are_there_for_a_platform_that_shows_them():
    ez_core = make_platform(ez_core="required")
    tables = MappingTables((StatusRow(PAID, "PAID", ez_core_status_id="4", ez_core_flow_id="10"),))

    content = as_csv(tables, "statuses", ez_core)

    assert "ID Status EZ Core;ID Fluxo EZ Core" in content.decode("utf-8-sig")
    assert read_back(content, platform=ez_core) == tables


def test_xlsx_has_a_sheet_for_each_table():
    book = load_workbook(io.BytesIO(as_xlsx(FULL, PLATFORM)))

    assert book.sheetnames == ["Status de Pedidos", "Tipos de Pagamentos", "Tipos de Entrega"]
    rows = list(book["Tipos de Entrega"].iter_rows(values_only=True))
    assert rows == [
        (
            "Palavra da plataforma",
            "Código no ERP",
            "Descrição",
            "Transportadora",
            "Retirada na loja",
            "Ativo",
        ),
        ("retirada", "R", None, "Própria", "sim", "sim"),
    ]


def test_xlsx_reads_back_the_same():
    assert read_back(as_xlsx(FULL, PLATFORM)) == FULL


@pytest.mark.parametrize("table", TABLES)
def test_csv_reads_back_the_same(table):
    others = {name: () for name in TABLES if name != table}
    alone = MappingTables(**{table: getattr(FULL, table), **others})

    assert read_back(as_csv(FULL, table, PLATFORM)) == alone


@pytest.mark.parametrize("text", RISKY)
def test_no_spreadsheet_runs_a_cell_and_it_reads_back_the_same(text):
    tables = MappingTables(payment_types=(PaymentType(text, "17", label=text),))

    content = as_csv(tables, "payment_types", PLATFORM)
    (_, line) = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert not line[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert read_back(content) == tables

    book = as_xlsx(tables, PLATFORM)
    cell = load_workbook(io.BytesIO(book))["Tipos de Pagamentos"]["A2"]
    assert (cell.data_type, cell.value) == ("s", text)
    assert read_back(book) == tables


def test_a_text_that_a_spreadsheet_would_run_stays_a_text_when_it_is_edited():
    tables = MappingTables(payment_types=(PaymentType("=1+1", "17"),))

    sheet = load_workbook(io.BytesIO(as_xlsx(tables, PLATFORM)))["Tipos de Pagamentos"]

    assert [bool(cell.quotePrefix) for cell in sheet[2]] == [True, False, False, False]
