"""*Corrigir* on the order's page: the XML of a note, as a file or pasted."""

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from integrations.nfe_sample import sample_nfe
from tests.html_rules import read_page
from tests.integrations.correction_pages import CORRECTOR, NOTE, PAGE, errors, fields, messages
from tests.integrations.people import sign_in
from tests.integrations.shop import Shop
from vitrines.models import AuditEntry, Invoice
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


@pytest.fixture
def note(shop):
    shop.receive()
    return sample_nfe(
        number=29_248,
        series=3,
        order_number="VT-100482",
        total=Decimal("199.90"),
        issued_at=shop.now,
    )


def give(client, **sent):
    key = fields(client.get(PAGE), "nota")["key"]
    return client.post(NOTE, {"key": key, "text": ""} | sent, follow=True)


def test_xml_is_taken_as_a_file_byte_for_byte(client, shop, note):
    sign_in(client, *CORRECTOR)

    response = give(client, file=SimpleUploadedFile("nota.xml", note.xml))

    assert messages(response) == [f"XML da nota guardado. O envio #{shop.last.pk} está na fila."]
    assert bytes(Invoice.objects.get().xml) == note.xml
    assert shop.order.current_status is OrderStatus.DESPACHADO


def test_pasted_xml_is_taken_as_the_file_that_it_was(client, shop, note):
    sign_in(client, *CORRECTOR)

    give(client, text="\r\n" + note.xml.decode().replace("\n", "\r\n") + "\r\n")

    assert bytes(Invoice.objects.get().xml) == note.xml.strip()


def test_page_tells_nothing_that_the_xml_says_of_the_consumer(client, shop, note):
    consumer = re.findall(rb"<dest>.*?<xNome>(.*?)</xNome>", note.xml, re.DOTALL)[0].decode()
    sign_in(client, *CORRECTOR)

    refused = give(client, text=note.xml.decode().replace(note.key, note.key[::-1]))
    taken = give(client, text=note.xml.decode())

    assert (refused.status_code, taken.status_code) == (422, 200)
    for page in (refused, taken):
        assert consumer not in page.content.decode()
        assert "infNFe Id" not in page.content.decode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Escolha o arquivo da nota ou cole o conteúdo dele."),
        (
            "isto não é XML",
            "O XML está malformado (linha 1). Envie o arquivo da nota sem alterações.",
        ),
        ("<!DOCTYPE x><x/>", "O XML traz um DOCTYPE, que não é aceito. A NF-e não usa DOCTYPE."),
        (
            '<NFe xmlns="http://www.portalfiscal.inf.br/nfe"/>',
            "Esta é a NF-e sem o protocolo de autorização. Envie o arquivo nfeProc (NFe + protNFe) "
            "devolvido pela SEFAZ. (nfeProc)",
        ),
        ("<x>" + "a" * (1024 * 1024) + "</x>", "O XML passa do limite de 1 MiB; nada foi gravado."),
    ],
    ids=["nothing", "no XML", "DOCTYPE", "not authorised", "too long"],
)
def test_refused_note_is_told_in_the_words_of_the_api(text, told, client, shop, note):
    sign_in(client, *CORRECTOR)

    response = give(client, text=text)

    assert response.status_code == 422
    assert errors(response) == [told]
    assert (Invoice.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_file_beyond_the_limit_is_refused_beside_the_file(client, shop, note):
    sign_in(client, *CORRECTOR)

    response = give(client, file=SimpleUploadedFile("nota.xml", b"<x>" + b"a" * 2**20 + b"</x>"))

    assert errors(response) == ["O XML passa do limite de 1 MiB; nada foi gravado."]


def test_file_and_text_at_once_are_refused(client, shop, note):
    sign_in(client, *CORRECTOR)

    response = give(client, file=SimpleUploadedFile("nota.xml", note.xml), text="<x/>")

    assert errors(response) == ["Escolha o arquivo ou cole o conteúdo, não os dois."]


def test_page_with_errors_keeps_the_rules_of_every_page(client, shop, note):
    sign_in(client, *CORRECTOR)

    response = give(client, text="<x/>")

    assert response.status_code == 422
    assert read_page(response.content.decode()).faults == []
