"""Reads number, series and key off an NF-e, as a store would for its invoice page.

Written apart from ``integrations.intake.nfe`` on purpose: a store checks nobody's work with that
somebody's own code.
"""

from lxml import etree

from integrations.simulated_store.state import ToldInvoice

NFE = "{http://www.portalfiscal.inf.br/nfe}"


class UnreadableInvoice(ValueError):
    """The XML is not an NF-e; the text says why, in Portuguese."""


def read_invoice(xml: bytes) -> ToldInvoice:
    note = _parse(xml).find(f".//{NFE}infNFe")
    if note is None:
        raise UnreadableInvoice("O XML não é uma NF-e: falta infNFe.")
    return ToldInvoice(
        number=note.findtext(f"{NFE}ide/{NFE}nNF") or "",
        series=note.findtext(f"{NFE}ide/{NFE}serie") or "",
        key=(note.get("Id") or "").removeprefix("NFe"),
        with_xml=True,
    )


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        raise UnreadableInvoice("O XML está malformado.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableInvoice("O XML traz um DOCTYPE, que não é aceito.")
    return root
