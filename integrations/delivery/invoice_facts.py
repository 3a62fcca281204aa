"""A note as templates read it. Its XML is decoded, and read, when somebody asks what it says."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

_NS = {"n": "http://www.portalfiscal.inf.br/nfe"}
_FROM_XML = ("xml", "cfop", "items")


class InvoiceFacts(Mapping[str, Any]):
    """``facts`` and, from ``xml_bytes`` among them, ``xml`` as text, ``items`` and ``cfop`` (of the
    first item); null, or no items, without them."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = dict(facts)

    def __getitem__(self, name: str) -> Any:
        if name in _FROM_XML and name not in self._facts:
            self._facts |= self._from_xml(name)
        return self._facts[name]

    def _from_xml(self, name: str) -> dict[str, Any]:
        raw = self._facts.get("xml_bytes") or b""
        if name == "xml":
            return {"xml": raw.decode("utf-8-sig", errors="replace") if raw else None}
        items = items_of(raw)
        return {"items": items, "cfop": items[0]["cfop"] if items else None}

    def __iter__(self) -> Iterator[str]:
        return iter({**self._facts, **dict.fromkeys(_FROM_XML)})

    def __len__(self) -> int:
        return len(list(iter(self)))


def items_of(xml: bytes) -> list[dict[str, Any]]:
    """The lines of an NF-e: ``{number, code, ean, description, cfop, unit, quantity, unit_price,
    total}``; number is an integer, quantity and prices are decimal texts without zeros at the end.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError):
        return []
    return [_item(line) for line in root.iterfind(".//n:infNFe/n:det", _NS)]


def _item(line: etree._Element) -> dict[str, Any]:
    def text(name: str) -> str:
        return (line.findtext(f"n:prod/n:{name}", "", _NS) or "").strip()

    ean = text("cEAN")
    return {
        "number": int(line.get("nItem") or 0),
        "code": text("cProd"),
        "ean": "" if ean == "SEM GTIN" else ean,
        "description": text("xProd"),
        "cfop": text("CFOP"),
        "unit": text("uCom"),
        "quantity": _decimal(text("qCom")),
        "unit_price": _decimal(text("vUnCom")),
        "total": _decimal(text("vProd")),
    }


def _decimal(text: str) -> str | None:
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return None
