"""*Planilha*: taken away, brought back, looked at, and only then laid on the screen."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django.asserts import assertNumQueries, assertRedirects

from status_mapping.models import MappingRevision
from status_mapping.queries import tables_of
from status_mapping.tables import PaymentType, StatusRow
from tests.factories import make_order, make_vitrine
from tests.html_rules import read_page
from tests.status_mapping.page.acts import PAID, TABLES, make_person, save, send, url
from tests.status_mapping.pages import Form, texts, tree_of

pytestmark = pytest.mark.django_db

PAYMENT = "Palavra da plataforma\tCódigo no ERP\tDescrição\tAtivo"


def csv_url(vitrine, table):
    return reverse("status_mapping:csv", args=[vitrine.code, table])


def brought(client, vitrine, *lines, file=None, name="de-para.csv", **fields):
    data = {"colado": "\n".join(lines), **fields}
    if file is not None:
        data["arquivo"] = SimpleUploadedFile(name, file)
    return client.post(url(vitrine, "spreadsheet"), data)


def problems(response):
    return texts(response, "//*[@id='t-conferencia']/ancestor::section//*[@role='alert']//li")


def differences(response):
    return texts(response, "//*[@id='t-conferencia']/ancestor::section//ul[@class='changes']/li")


def carried(response):
    """What *Levar para a tela* posts."""
    return {
        field.get("name"): field.get("value") or ""
        for field in tree_of(response).xpath("//form[button[.='Levar para a tela']]//input")
    }


def assert_nothing_saved(vitrine):
    assert tables_of(vitrine) == TABLES
    assert MappingRevision.objects.count() == 1


def test_the_tables_are_taken_away_as_they_are_stored(client, vitrine, saved):
    response = client.get(url(vitrine, "workbook"))

    assert response["Content-Disposition"] == 'attachment; filename="de-para-LOJA-SP.xlsx"'
    book = load_workbook(io.BytesIO(response.content))
    assert [cell.value for cell in book["Tipos de Pagamentos"][3]] == ["pix", "17", None, "sim"]
    response = client.get(csv_url(vitrine, "tipos-de-entrega"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.decode("utf-8-sig").splitlines()[1] == "sedex;2;;;não;sim"


def test_a_table_that_is_none_is_not_found(client, vitrine):
    assert client.get(csv_url(vitrine, "clientes")).status_code == 404


def test_what_was_taken_away_changes_nothing_when_it_is_brought_back(client, vitrine, saved):
    file = client.get(url(vitrine, "workbook")).content

    response = brought(client, vitrine, file=file, name="de-para.xlsx")

    assert response.status_code == 200
    assert texts(response, "//*[@role='status']") == [
        "Nada mudaria: a planilha tem o que está salvo."
    ]
    assert carried(response) == {}


def test_a_dry_run_shows_the_difference_and_saves_nothing(client, vitrine, saved):
    response = brought(client, vitrine, PAYMENT, "pix\t18\t\tsim", "voucher\t9\tVale\tsim")

    assert response.status_code == 200
    assert differences(response) == [
        "Tipos de Pagamentos · “pix”: Código no ERP: “17” → “18”",
        "Tipos de Pagamentos · “voucher”: linha incluída (Código no ERP: “9”; Descrição: “Vale”; "
        "Ativo: sim)",
    ]
    assert_nothing_saved(vitrine)


def test_what_was_looked_at_is_laid_on_the_screen_unsaved_and_saved_there(client, vitrine, saved):
    checked = brought(client, vitrine, PAYMENT, "pix\t18\t\tsim", "voucher\t9\tVale\tsim")

    page = Form(client.post(url(vitrine, "resume"), carried(checked)).content)

    assert page.text("//*[@id='retomado']") == [
        "Ainda não foi salvo. 2 linhas diferem do que está salvo. Confira e salve. Descartar"
    ]
    assert page.data["reason"] == "colado de uma planilha"
    assert_nothing_saved(vitrine)
    assertRedirects(send(client, vitrine, page), url(vitrine))
    assert tables_of(vitrine).payment_types == (
        PaymentType("boleto", "5"),
        PaymentType("pix", "18"),
        PaymentType("voucher", "9", "Vale"),
    )
    assert MappingRevision.objects.get(number=2).reason == "colado de uma planilha"


def test_pending_words_that_are_not_in_it_are_still_offered_on_the_screen(client, vitrine, saved):
    make_order(vitrine, payment_type="voucher", delivery_type="motoboy")
    checked = brought(client, vitrine, PAYMENT, "VOUCHER\t9\t\tsim")

    page = Form(client.post(url(vitrine, "resume"), carried(checked)).content)

    words = [page.data[f"payment-{number}-word"] for number in range(4)]
    assert words == ["boleto", "pix", "VOUCHER", ""]
    assert page.data["delivery-1-word"] == "motoboy"
    assert page.text("//nav[@class='anchors']//span[contains(@class, 'pill')]") == ["1", "1"]


def test_a_file_names_itself_in_the_reason(client, vitrine, saved):
    file = f"{PAYMENT}\npix\t18\t\tsim".encode()

    assert carried(brought(client, vitrine, file=file, name="loja.csv"))["reason"] == (
        "importado de “loja.csv”"
    )


def test_types_that_are_not_in_it_are_removed_if_wanted(client, vitrine, saved):
    checked = brought(client, vitrine, PAYMENT, "pix\t17\t\tsim", remover="on")
    assert differences(checked) == [
        "Tipos de Pagamentos · “boleto”: linha removida (era Código no ERP: “5”; Ativo: sim)"
    ]

    page = Form(client.post(url(vitrine, "resume"), carried(checked)).content)
    send(client, vitrine, page)
    assert tables_of(vitrine).payment_types == (PaymentType("pix", "17"),)


def test_a_screen_that_somebody_saved_over_meanwhile_is_merged(client, vitrine, saved):
    checked = brought(client, vitrine, PAYMENT, "pix\t18\t\tsim")
    save(vitrine, TABLES.with_row(StatusRow(PAID, "APPROVED")), base=1)

    page = Form(client.post(url(vitrine, "resume"), carried(checked)).content)

    assert page.text("//div[@id='mudou']/b") == [
        "Ainda não foi salvo: o DE-PARA mudou enquanto você editava."
    ]
    assert page.data["status-1-platform_status"] == "APPROVED"
    assert page.data["payment-1-erp_code"] == "18"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([PAYMENT, "pix\t17\t\ttalvez"], ["linha 2, coluna “Ativo”: use sim ou não"]),
        (
            [PAYMENT, "pix\t17\t\tsim", "PIX\t18\t\tsim"],
            ["linha 3, coluna “Palavra da plataforma”: “PIX” já está na linha 2"],
        ),
        (
            [PAYMENT, "=1+1\t17\t\tsim"],
            ["linha 2, coluna “Palavra da plataforma”: é uma fórmula: cole só o valor"],
        ),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column_and_nothing_is_carried(
    client, vitrine, saved, lines, told
):
    response = brought(client, vitrine, *lines)

    assert response.status_code == 422
    assert problems(response) == told
    assert (differences(response), carried(response)) == ([], {})
    assert_nothing_saved(vitrine)


def test_a_report_shows_the_first_hundred_problems(client, vitrine, saved):
    response = brought(client, vitrine, PAYMENT, *[f"w{n}\t1\t\ttalvez" for n in range(140)])

    assert len(problems(response)) == 101
    assert problems(response)[-1] == "e mais 40"


@pytest.mark.parametrize(
    ("file", "pasted", "told"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "", "O arquivo não é uma planilha"),
        (b"", "", "O arquivo está vazio."),
        (b"a;b\r\n" * 10_000, "", "A planilha vai além da linha 1001"),
        (b"x" * (1024 * 1024 + 5), "", "O arquivo passa de 1 MB"),
        (None, "", "Escolha um arquivo ou cole as células da planilha."),
        (b"a;b", "a\tb", "Escolha um arquivo ou cole as células, não os dois."),
        (None, "a\0b", "Nada foi lido. Ou cole as células: Caracteres nulos não são permitidos."),
    ],
)
def test_what_cannot_be_read_at_all_says_so(client, vitrine, saved, file, pasted, told):
    response = brought(client, vitrine, pasted, file=file)

    assert response.status_code == 422
    (notice,) = texts(response, "//div[contains(@class, 'note bad')]")
    assert notice.startswith("Nada foi lido.")
    assert told in notice
    assert_nothing_saved(vitrine)


def test_what_may_not_be_pasted_is_told_alone(client, vitrine, saved):
    assert texts(brought(client, vitrine, "a\0b"), "//div[contains(@class, 'note bad')]") == [
        "Nada foi lido. Ou cole as células: Caracteres nulos não são permitidos."
    ]


def test_sheets_that_have_faults_are_named(client, vitrine, saved):
    book = load_workbook(io.BytesIO(client.get(url(vitrine, "workbook")).content))
    book["Tipos de Pagamentos"]["D2"] = "talvez"
    book["Tipos de Entrega"]["F2"] = "talvez"
    file = io.BytesIO()
    book.save(file)

    response = brought(client, vitrine, file=file.getvalue(), name="de-para.xlsx")

    assert problems(response) == [
        "Tipos de Pagamentos, linha 2, coluna “Ativo”: use sim ou não",
        "Tipos de Entrega, linha 2, coluna “Ativo”: use sim ou não",
    ]


def test_the_one_sheet_that_has_a_fault_is_named_beside_others(client, vitrine, saved):
    book = load_workbook(io.BytesIO(client.get(url(vitrine, "workbook")).content))
    book.create_sheet("Anotações").append(["telefone da loja"])
    file = io.BytesIO()
    book.save(file)

    (told,) = problems(brought(client, vitrine, file=file.getvalue(), name="de-para.xlsx"))

    assert told.startswith("Anotações, linha 1: as colunas não são de nenhuma das três tabelas.")


def test_some_of_the_columns_are_enough_and_the_others_are_told_to_stay(client, vitrine, saved):
    lines = ["Status da vitrine\tStatus da plataforma", "Pagamento Confirmado\tAPPROVED"]

    response = brought(client, vitrine, *lines)

    assert differences(response) == [
        "Pagamento Confirmado: Status da plataforma: “PAID” → “APPROVED”"
    ]
    assert texts(response, "//div[contains(@class, 'note wait')]") == [
        "Status de Pedidos: a planilha não traz Também recebe, Envio, ID Status EZ Core, ID Fluxo "
        "EZ Core, Ativo, Processa Inclusão e Não enviar este status; nessas colunas fica o que "
        "está salvo."
    ]


def test_latin_1_is_read_and_told(client, vitrine, saved):
    file = "Palavra da plataforma;Código no ERP;Descrição;Ativo\r\npix;17;à vista;não".encode(
        "latin-1"
    )

    response = brought(client, vitrine, file=file)

    assert differences(response) == [
        "Tipos de Pagamentos · “pix”: Descrição: vazio → “à vista”; Ativo: sim → não"
    ]
    assert texts(response, "//div[contains(@class, 'note warn')]") == [
        "O arquivo não está em UTF-8; foi lido como latin-1 do Windows: confira os acentos."
    ]


def test_who_may_only_look_takes_away_and_brings_nothing(client, vitrine, saved):
    client.force_login(make_person("joana", "view_statusmapping", "view_vitrine"))

    assert client.get(url(vitrine, "workbook")).status_code == 200
    response = client.get(url(vitrine, "spreadsheet"))
    assert texts(response, "//button[.='Conferir']") == []
    assert brought(client, vitrine, PAYMENT, "pix\t18\t\tsim").status_code == 403


@pytest.mark.parametrize("name", ["spreadsheet", "workbook"])
def test_who_may_not_look_takes_away_nothing(client, vitrine, name):
    client.force_login(make_person("pedro", "view_vitrine"))

    assert client.get(url(vitrine, name)).status_code == 403
    assert client.get(csv_url(vitrine, "tipos-de-entrega")).status_code == 403


def test_a_vitrine_whose_platform_is_gone_has_no_columns(client):
    gone = make_vitrine("LOJA-X", platform="sumiu")

    assertRedirects(client.get(url(gone, "spreadsheet")), url(gone))
    assert client.get(url(gone, "workbook")).status_code == 404


def test_the_pages_keep_to_their_queries(client, vitrine, saved):
    client.get(url(vitrine, "spreadsheet"))
    with assertNumQueries(6):
        client.get(url(vitrine, "spreadsheet"))
    with assertNumQueries(13):
        brought(client, vitrine, PAYMENT, *[f"w{n}\t1\t\tsim" for n in range(100)])
    with assertNumQueries(9):
        client.get(url(vitrine, "workbook"))


def test_the_page_keeps_the_rules(client, vitrine, saved):
    for response in (
        client.get(url(vitrine, "spreadsheet")),
        brought(client, vitrine, PAYMENT, "pix\t18\t\tsim"),
        brought(client, vitrine, PAYMENT, "pix\t18\t\ttalvez"),
    ):
        page = read_page(response.content.decode())
        assert (page.faults, page.h1) == ([], 1)
