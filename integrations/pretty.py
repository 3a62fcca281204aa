"""A request's or an answer's body, laid out to be read. What does not parse stays as it came."""

import json
from urllib.parse import unquote_plus

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


def laid_out(body: str | None, content_type: str) -> str:
    """As ``pretty``, and a form one field a line, a GraphQL query apart from its variables."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        fields = (field.split("=", 1) for field in (body or "").split("&") if field)
        return "\n".join(" = ".join(map(unquote_plus, field)) for field in fields)
    return _graphql(body or "") or pretty(body)


def _graphql(text: str) -> str:
    try:
        document = json.loads(text) if text.startswith('{"query"') else None
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict) or not document.keys() <= {"query", "variables"}:
        return ""
    variables = document.get("variables")
    told = "" if variables is None else "\n\nvariables = " + _indented(variables)
    return f"{document['query']}{told}"


def _indented(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _json(text: str) -> str:
    try:
        return _indented(json.loads(text))
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
