"""Reads an authorised NF-e: what it says, or why it is refused. Only lxml; no database.

Layout: nfeProc = NFe (signed by the issuer) + protNFe (the authorisation of SEFAZ). A bare NFe
proves nothing, so it is refused. The bytes are handed back exactly as they came.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

NFE = "http://www.portalfiscal.inf.br/nfe"
NS = {"n": NFE, "d": "http://www.w3.org/2000/09/xmldsig#"}
#: cUF(2) AAMM(4) CNPJ or CPF(14) mod(2) serie(3) nNF(9) tpEmis(1) cNF(8) cDV(1). The CNPJ may
#: carry letters in its first twelve places (NT Conjunta 2025.001).
KEY = re.compile(r"[0-9]{6}[A-Z0-9]{12}[0-9]{26}")
#: Autorizado, and autorizado fora de prazo.
AUTHORISED = ("100", "150")
MODELS = ("55", "65")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)


class InvalidInvoice(Exception):
    """The note was not accepted. ``field`` is where, ``message`` why and how to fix it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


class MalformedXml(InvalidInvoice):
    """It is not an XML document that may be read at all."""


@dataclass(frozen=True)
class AuthorisedInvoice:
    chave_nfe: str
    number: int
    series: int
    issued_at: datetime
    total: Decimal
    #: compra/xPed: the buyer's order number, when the issuer filled it in.
    order_hint: str
    xml: bytes


@dataclass(frozen=True)
class KeyParts:
    model: str
    series: int
    number: int


def check_digit(first_43: str) -> str:
    """Mod 11 with weights 2..9 from the right, each character valued ASCII - 48."""
    weighted = sum(
        (ord(char) - 48) * (2 + place % 8) for place, char in enumerate(reversed(first_43))
    )
    digit = 11 - weighted % 11
    return str(digit if digit < 10 else 0)


def read_key(key: str, *, field: str) -> KeyParts:
    """What an access key says, once its form and its check digit are right."""
    if not KEY.fullmatch(key):
        raise InvalidInvoice(
            field,
            "A chave de acesso tem 44 posições: só números, e letras maiúsculas apenas no CNPJ.",
        )
    expected = check_digit(key[:43])
    if key[43] != expected:
        raise InvalidInvoice(
            field,
            f"O dígito verificador da chave de acesso não confere: é {key[43]}, "
            f"deveria ser {expected}. Confira a chave digitada.",
        )
    return KeyParts(model=key[20:22], series=int(key[22:25]), number=int(key[25:34]))


def parse_authorised_nfe(data: bytes) -> AuthorisedInvoice:
    """Read a nfeProc, refusing in this order: unreadable, another document, not signed, not
    authorised, inconsistent, not a note that dispatches an order."""
    root = _root_of(data)
    _refuse_other_documents(root)
    info = _only(root, "n:NFe/n:infNFe", "NFe.infNFe")
    protocol = _only(root, "n:protNFe/n:infProt", "protNFe.infProt")
    _require_signature(root, protocol)
    _require_authorisation(protocol)
    key = _key_of(info, protocol)
    number, series = _numbers_of(info, key)
    _require_dispatch(info)
    return AuthorisedInvoice(
        chave_nfe=key,
        number=number,
        series=series,
        issued_at=_issued_at(info),
        total=_total(info),
        order_hint=_text(info, "n:compra/n:xPed"),
        xml=data,
    )


def _root_of(data: bytes) -> etree._Element:
    _refuse_doctype(_declares_doctype(data))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f" (linha {line})" if line else ""
        raise MalformedXml(
            "xml", f"O XML está malformado{where}. Envie o arquivo da nota sem alterações."
        ) from None
    document = root.getroottree().docinfo
    # An encoding that the look at the raw bytes does not know could still hide one.
    _refuse_doctype(document.internalDTD is not None or document.externalDTD is not None)
    if (document.encoding or "UTF-8").upper() not in ("UTF-8", "ASCII", "US-ASCII"):
        raise MalformedXml(
            "xml", f"A codificação {document.encoding} não é aceita; a NF-e usa UTF-8."
        )
    return root


def _declares_doctype(data: bytes) -> bool:
    """Look for a DOCTYPE before any parser sees the bytes, in every width of Unicode."""
    narrow = data.replace(b"\x00", b"")
    return b"<!DOCTYPE" in narrow.upper()


def _refuse_doctype(found: bool) -> None:
    if found:
        raise MalformedXml(
            "xml", "O XML traz um DOCTYPE, que não é aceito. A NF-e não usa DOCTYPE."
        )


def _refuse_other_documents(root: etree._Element) -> None:
    name = etree.QName(root)
    if name.namespace == NFE and name.localname == "nfeProc":
        return
    reasons = {
        "NFe": "Esta é a NF-e sem o protocolo de autorização. Envie o arquivo nfeProc "
        "(NFe + protNFe) devolvido pela SEFAZ.",
        "procEventoNFe": "Este é um evento da NF-e, não a nota. Um cancelamento é informado em "
        "POST /api/v1/events com kind = invoice_cancelled.",
    }
    raise InvalidInvoice(
        "nfeProc",
        reasons.get(
            name.localname if name.namespace == NFE else "",
            f"A raiz do XML deve ser nfeProc no espaço de nomes {NFE}; veio {name.localname[:60]}.",
        ),
    )


def _require_signature(root: etree._Element, protocol: etree._Element) -> None:
    signature = root.find("n:NFe/d:Signature", NS)
    if signature is None or not _text(signature, "d:SignatureValue"):
        raise InvalidInvoice(
            "NFe.Signature",
            "A nota não está assinada pelo emissor. Envie o XML assinado, como foi autorizado.",
        )
    digest = _text(signature, "d:SignedInfo/d:Reference/d:DigestValue")
    authorised = _text(protocol, "n:digVal")
    if authorised and authorised != digest:
        raise InvalidInvoice(
            "protNFe.infProt.digVal",
            "O protocolo autoriza outro conteúdo: digVal difere do DigestValue da assinatura.",
        )


def _require_authorisation(protocol: etree._Element) -> None:
    status = _text(protocol, "n:cStat")
    if status not in AUTHORISED:
        reason = _text(protocol, "n:xMotivo")[:120]
        raise InvalidInvoice(
            "protNFe.infProt.cStat",
            f"A nota não está autorizada: cStat {status or 'ausente'}"
            f"{f' ({reason})' if reason else ''}. São aceitos 100 e 150.",
        )


def _key_of(info: etree._Element, protocol: etree._Element) -> str:
    identifier = info.get("Id", "")
    if not identifier.startswith("NFe"):
        raise InvalidInvoice(
            "NFe.infNFe.Id", "O atributo Id deve ser NFe seguido da chave de acesso."
        )
    key = identifier.removeprefix("NFe")
    read_key(key, field="NFe.infNFe.Id")
    if _text(protocol, "n:chNFe") != key:
        raise InvalidInvoice(
            "protNFe.infProt.chNFe", "O protocolo é de outra nota: chNFe difere do Id de infNFe."
        )
    return key


def _numbers_of(info: etree._Element, key: str) -> tuple[int, int]:
    parts = read_key(key, field="NFe.infNFe.Id")
    if parts.model not in MODELS or _text(info, "n:ide/n:mod") != parts.model:
        raise InvalidInvoice(
            "NFe.infNFe.ide.mod", "O modelo deve ser 55 ou 65 e o mesmo da chave de acesso."
        )
    series = _integer(info, "serie", digits=3)
    number = _integer(info, "nNF", digits=9)
    if series != parts.series:
        raise InvalidInvoice("NFe.infNFe.ide.serie", "A série difere da que está na chave.")
    if number != parts.number:
        raise InvalidInvoice("NFe.infNFe.ide.nNF", "O número difere do que está na chave.")
    return number, series


def _require_dispatch(info: etree._Element) -> None:
    """An entry note or a return is a true note, but it does not dispatch an order."""
    if _text(info, "n:ide/n:tpNF") != "1":
        raise InvalidInvoice(
            "NFe.infNFe.ide.tpNF", "Só uma nota de saída (tpNF 1) despacha um pedido."
        )
    if _text(info, "n:ide/n:finNFe") != "1":
        raise InvalidInvoice(
            "NFe.infNFe.ide.finNFe",
            "Só uma nota normal (finNFe 1) despacha um pedido; devolução, complemento e ajuste "
            "não são aceitos.",
        )


def _issued_at(info: etree._Element) -> datetime:
    text = _text(info, "n:ide/n:dhEmi")
    try:
        if DATE_TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInvoice(
        "NFe.infNFe.ide.dhEmi",
        "A emissão deve ter data, hora e fuso, como 2025-11-23T14:02:00-03:00.",
    )


def _total(info: etree._Element) -> Decimal:
    text = _text(info, "n:total/n:ICMSTot/n:vNF")
    try:
        if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text):
            return Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        pass
    raise InvalidInvoice(
        "NFe.infNFe.total.ICMSTot.vNF", "O total da nota deve ser um valor como 347.28."
    )


def _integer(info: etree._Element, name: str, *, digits: int) -> int:
    text = _text(info, f"n:ide/n:{name}")
    if not re.fullmatch(rf"[0-9]{{1,{digits}}}", text):
        raise InvalidInvoice(f"NFe.infNFe.ide.{name}", f"Deve ter de 1 a {digits} algarismos.")
    return int(text)


def _only(root: etree._Element, path: str, field: str) -> etree._Element:
    found = root.findall(path, NS)
    if not found and field.startswith("protNFe"):
        raise InvalidInvoice(
            field, "A nota não traz o protocolo de autorização (protNFe) da SEFAZ."
        )
    if len(found) != 1:
        raise InvalidInvoice(field, f"A nota deve ter um só {field}; tem {len(found)}.")
    return found[0]


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path, default="", namespaces=NS) or "").strip()
