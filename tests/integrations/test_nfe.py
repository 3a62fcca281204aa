"""The NF-e parser against every sample of nfelib, and against what must be refused."""

import re

import pytest
from lxml import etree
from nfelib.nfe.bindings.v4_0.proc_nfe_v4_00 import NfeProc

from integrations.intake.nfe import (
    InvalidInvoice,
    MalformedXml,
    check_digit,
    parse_authorised_nfe,
    read_key,
)
from tests.integrations.caller import SAMPLE_KEY, SAMPLES, sample_nfe

SCHEMA_FILE = SAMPLES.parent.parent / "schemas/v4_0/procNFe_v4.00.xsd"
ALL_SAMPLES = sorted(SAMPLES.rglob("*.xml"))
SCHEMA = etree.XMLSchema(etree.parse(str(SCHEMA_FILE)))
VALID = [path for path in ALL_SAMPLES if SCHEMA.validate(etree.parse(str(path)))]

NOT_SIGNED = (
    "NFe.Signature",
    "A nota não está assinada pelo emissor. Envie o XML assinado, como foi autorizado.",
)
REFUSED = {
    "41080676472349000430550010000001041671821888-ped-inu.xml": (
        "nfeProc",
        "A raiz do XML deve ser nfeProc no espaço de nomes http://www.portalfiscal.inf.br/nfe; "
        "veio inutNFe.",
    ),
    "42210775277525000178550030000266631762885493-procNFe.xml": NOT_SIGNED,
    "42211275277525000178550030000276771368212013-procNFe.xml": NOT_SIGNED,
    "42220575277525000178550030000292481295366801-procNFe.xml": NOT_SIGNED,
    "NFe35200159594315000157550010000000012062777161.xml": (
        "protNFe.infProt",
        "A nota não traz o protocolo de autorização (protNFe) da SEFAZ.",
    ),
    "nfce_contingencia.xml": (
        "nfeProc",
        "Esta é a NF-e sem o protocolo de autorização. Envie o arquivo nfeProc (NFe + protNFe) "
        "devolvido pela SEFAZ.",
    ),
}


def altered(pattern: str, replacement: str, count: int = 0) -> bytes:
    text, changes = re.subn(pattern, replacement, sample_nfe().decode(), count=count)
    assert changes > 0
    return text.encode()


def with_key(key: str) -> bytes:
    return sample_nfe().replace(SAMPLE_KEY.encode(), key.encode())


def test_samples_of_nfelib_are_all_accounted_for():
    assert len(VALID) == 14
    assert {path.name for path in ALL_SAMPLES} - {path.name for path in VALID} == set(REFUSED)


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem[:44])
def test_valid_signed_sample_is_accepted_and_read_as_nfelib_reads_it(path):
    data = path.read_bytes()
    note = parse_authorised_nfe(data)
    official = NfeProc.from_path(path)
    info = official.NFe.infNFe
    assert note.chave_nfe == official.protNFe.infProt.chNFe
    assert note.number == int(info.ide.nNF)
    assert note.series == int(info.ide.serie)
    assert str(note.total) == info.total.ICMSTot.vNF
    assert note.issued_at.isoformat() == info.ide.dhEmi.replace("-00:00", "+00:00")
    assert note.xml == data


@pytest.mark.parametrize("name", REFUSED)
def test_sample_that_is_no_signed_authorised_note_is_refused_with_its_reason(name):
    path = next(path for path in ALL_SAMPLES if path.name == name)
    with pytest.raises(InvalidInvoice) as refused:
        parse_authorised_nfe(path.read_bytes())
    assert (refused.value.field, refused.value.message) == REFUSED[name]


def test_order_number_of_the_buyer_is_a_hint():
    data = altered("<infAdic>", "<compra><xPed>VT-100482</xPed></compra><infAdic>", count=1)
    assert parse_authorised_nfe(data).order_hint == "VT-100482"
    assert parse_authorised_nfe(sample_nfe()).order_hint == ""


def test_note_authorised_late_is_accepted():
    data = altered(r"<cStat>100</cStat>", "<cStat>150</cStat>")
    assert parse_authorised_nfe(data).chave_nfe == SAMPLE_KEY


def test_alphanumeric_cnpj_in_the_key_is_accepted():
    start = "26180812ABC34501DE3555001000001687119221333"
    assert len(start) == 43
    key = start + check_digit(start)
    assert parse_authorised_nfe(with_key(key)).chave_nfe == key


def test_check_digit_agrees_with_every_sample():
    keys = [parse_authorised_nfe(path.read_bytes()).chave_nfe for path in VALID]
    assert [check_digit(key[:43]) for key in keys] == [key[43] for key in keys]


REFUSALS = {
    "denied": (
        altered("<cStat>100</cStat>", "<cStat>110</cStat>"),
        "protNFe.infProt.cStat",
        "A nota não está autorizada: cStat 110 (Autorizado o uso da NF-e). São aceitos 100 e 150.",
    ),
    "wrong check digit": (
        with_key(SAMPLE_KEY[:43] + "2"),
        "NFe.infNFe.Id",
        "O dígito verificador da chave de acesso não confere: é 2, deveria ser 1. "
        "Confira a chave digitada.",
    ),
    "letter outside the CNPJ": (
        with_key("A" + SAMPLE_KEY[1:]),
        "NFe.infNFe.Id",
        "A chave de acesso tem 44 posições: só números, e letras maiúsculas apenas no CNPJ.",
    ),
    "protocol of another note": (
        altered(f"<chNFe>{SAMPLE_KEY}", "<chNFe>35180834128745000152550010000474281920007498"),
        "protNFe.infProt.chNFe",
        "O protocolo é de outra nota: chNFe difere do Id de infNFe.",
    ),
    "protocol of another content": (
        altered("<digVal>.", "<digVal>A"),
        "protNFe.infProt.digVal",
        "O protocolo autoriza outro conteúdo: digVal difere do DigestValue da assinatura.",
    ),
    "number unlike the key": (
        altered("<nNF>1687</nNF>", "<nNF>1688</nNF>"),
        "NFe.infNFe.ide.nNF",
        "O número difere do que está na chave.",
    ),
    "series unlike the key": (
        altered("<serie>1</serie>", "<serie>2</serie>"),
        "NFe.infNFe.ide.serie",
        "A série difere da que está na chave.",
    ),
    "model unlike the key": (
        altered("<mod>55</mod>", "<mod>65</mod>"),
        "NFe.infNFe.ide.mod",
        "O modelo deve ser 55 ou 65 e o mesmo da chave de acesso.",
    ),
    "time without offset": (
        altered(r"<dhEmi>2018-08-16T16:28:18-03:00", "<dhEmi>2018-08-16T16:28:18"),
        "NFe.infNFe.ide.dhEmi",
        "A emissão deve ter data, hora e fuso, como 2025-11-23T14:02:00-03:00.",
    ),
    "no total": (
        altered(r"<vNF>5780.00</vNF>", "<vNF>NaN</vNF>"),
        "NFe.infNFe.total.ICMSTot.vNF",
        "O total da nota deve ser um valor como 347.28.",
    ),
    "entry note": (
        altered("<tpNF>1</tpNF>", "<tpNF>0</tpNF>"),
        "NFe.infNFe.ide.tpNF",
        "Só uma nota de saída (tpNF 1) despacha um pedido.",
    ),
    "return": (
        altered("<finNFe>1</finNFe>", "<finNFe>4</finNFe>"),
        "NFe.infNFe.ide.finNFe",
        "Só uma nota normal (finNFe 1) despacha um pedido; devolução, complemento e ajuste não "
        "são aceitos.",
    ),
    "cancellation event": (
        b'<procEventoNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="1.00"/>',
        "nfeProc",
        "Este é um evento da NF-e, não a nota. Um cancelamento é informado em POST /api/v1/events "
        "com kind = invoice_cancelled.",
    ),
    "other namespace": (
        b'<nfeProc xmlns="http://exemplo.com.br/nfe"/>',
        "nfeProc",
        "A raiz do XML deve ser nfeProc no espaço de nomes http://www.portalfiscal.inf.br/nfe; "
        "veio nfeProc.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_note_that_proves_nothing_is_refused_naming_the_field(case):
    data, field, message = REFUSALS[case]
    with pytest.raises(InvalidInvoice) as refused:
        parse_authorised_nfe(data)
    assert (refused.value.field, refused.value.message) == (field, message)


DOCTYPE = "O XML traz um DOCTYPE, que não é aceito. A NF-e não usa DOCTYPE."
BOMB = (
    '<!DOCTYPE b [<!ENTITY a0 "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 10 + '">' for n in range(1, 9))
    + "]><nfeProc>&a8;</nfeProc>"
)
PLAIN_DOCTYPE = "<!DOCTYPE nfeProc><nfeProc/>"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN_DOCTYPE.encode(),
        b"\xef\xbb\xbf" + PLAIN_DOCTYPE.encode(),
        b'<!DOCTYPE nfeProc SYSTEM "file:///etc/passwd"><nfeProc/>',
        b'<?xml version="1.0"?>\n<!DOCTYPE n [<!ENTITY x SYSTEM "http://127.0.0.1/">]><n>&x;</n>',
        BOMB.encode(),
        ('<?xml version="1.0" encoding="utf-16"?>' + PLAIN_DOCTYPE).encode("utf-16"),
        ('<?xml version="1.0" encoding="utf-16le"?>' + PLAIN_DOCTYPE).encode("utf-16-le"),
        ('<?xml version="1.0" encoding="utf-16be"?>' + PLAIN_DOCTYPE).encode("utf-16-be"),
        ('<?xml version="1.0" encoding="utf-32"?>' + PLAIN_DOCTYPE).encode("utf-32"),
        ('<?xml version="1.0" encoding="utf-16"?>' + BOMB).encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
    ],
)
def test_doctype_in_any_encoding_is_refused(data):
    with pytest.raises(MalformedXml) as refused:
        parse_authorised_nfe(data)
    assert (refused.value.field, refused.value.message) == ("xml", DOCTYPE)


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"", 1), (b"\x00", 1), (sample_nfe()[:-20], 293), (b"<a>" * 300 + b"</a>" * 300, 1)],
)
def test_document_that_cannot_be_read_is_refused_with_its_line(data, line):
    with pytest.raises(MalformedXml) as refused:
        parse_authorised_nfe(data)
    assert refused.value.message == (
        f"O XML está malformado (linha {line}). Envie o arquivo da nota sem alterações."
    )


def test_other_encoding_is_refused():
    data = b'<?xml version="1.0" encoding="iso-8859-1"?><nfeProc/>'
    with pytest.raises(MalformedXml) as refused:
        parse_authorised_nfe(data)
    assert refused.value.message == "A codificação iso-8859-1 não é aceita; a NF-e usa UTF-8."


def test_comment_inside_a_value_does_not_cut_it():
    data = altered("<vNF>5780.00</vNF>", "<vNF>57<!-- x -->80.00</vNF>")
    assert str(parse_authorised_nfe(data).total) == "5780.00"


@pytest.mark.parametrize("key", ["", "1" * 43, "1" * 45, SAMPLE_KEY.lower() + "x", "٣" * 44])
def test_key_of_another_form_is_refused(key):
    with pytest.raises(InvalidInvoice) as refused:
        read_key(key, field="invoice.key")
    assert refused.value.field == "invoice.key"
