"""A request's or an answer's body, laid out to be read. What does not parse stays as it came.

It is shown as evidence of what was sent: numbers stay as they were written, a key that comes twice
comes twice.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from lxml import etree

#: Bodies are capped before they are stored; this only guards the parser.
_MAX = 64 * 1024
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")


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
        document = _parsed(text) if text.startswith('{"query"') else None
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, _Object):
        return ""
    values = dict(document.pairs)
    if not values.keys() <= {"query", "variables"} or len(values) < len(document.pairs):
        return ""
    variables = values.get("variables")
    told = "" if variables is None else "\n\nvariables = " + _laid_out_json(variables)
    return f"{values['query']}{told}"


def _json(text: str) -> str:
    try:
        return _laid_out_json(_parsed(text))
    except (ValueError, RecursionError):
        return text


@dataclass(frozen=True)
class _Object:
    pairs: Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class _Number:
    written: str


def _parsed(text: str) -> Any:
    return json.loads(
        text, object_pairs_hook=_Object, parse_int=_Number, parse_float=_Number,
        parse_constant=_Number,
    )  # fmt: skip


def _laid_out_json(value: Any, margin: str = "") -> str:
    """As ``json.dumps`` does with an indent of two."""
    if isinstance(value, _Number):
        return value.written
    inner = f"{margin}  "
    if isinstance(value, _Object):
        lines = [f"{_string(key)}: {_laid_out_json(each, inner)}" for key, each in value.pairs]
        return _block("{", lines, "}", margin)
    if isinstance(value, list):
        return _block("[", [_laid_out_json(each, inner) for each in value], "]", margin)
    return _string(value)


def _block(opening: str, lines: Sequence[str], closing: str, margin: str) -> str:
    if not lines:
        return opening + closing
    inside = ",\n".join(f"{margin}  {line}" for line in lines)
    return f"{opening}\n{inside}\n{margin}{closing}"


def _string(value: object) -> str:
    """With the letters that were written as \\u00e7, but not what no page can show, or what turns
    its direction."""
    shown = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in shown)


def _xml(text: str) -> str:
    """No entity is expanded and nothing is fetched: the document is only laid out."""
    if "<!DOCTYPE" in text.upper():
        return text
    # The text was decoded when it came: what its declaration says of an encoding is past.
    parser = etree.XMLParser(
        remove_blank_text=True,
        resolve_entities=False,
        no_network=True,
        strip_cdata=False,
        encoding="utf-8",
    )
    try:
        tree = etree.fromstring(text.encode(), parser).getroottree()
    except (etree.XMLSyntaxError, ValueError):
        return text
    declared = _DECLARATION.match(text)
    laid_out = etree.tostring(tree, pretty_print=True, encoding="unicode").strip()
    return f"{declared[0]}\n{laid_out}" if declared else laid_out
