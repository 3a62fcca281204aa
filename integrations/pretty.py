"""A request's or an answer's body, laid out to be read. What does not parse stays as it came."""

import json

from lxml import etree

#: Bodies are capped before they are stored; this only guards the parser.
_MAX = 64 * 1024


def pretty(body: str | None) -> str:
    text = (body or "").strip()
    if not text or len(text) > _MAX:
        return text
    if text[0] in "{[":
        return _json(text)
    if text[0] == "<":
        return _xml(text)
    return text


def _json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _xml(text: str) -> str:
    """No entity is expanded and nothing is fetched: the document is only laid out."""
    if "<!DOCTYPE" in text.upper():
        return text
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return text
    return etree.tostring(root, pretty_print=True, encoding="unicode").strip()
