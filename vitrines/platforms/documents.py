"""Bodies that a value cannot break: the document is parsed first, then its leaves are rendered."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote_plus

from lxml import etree

from vitrines.platforms.filters import OMIT
from vitrines.platforms.language import (
    Hole,
    MissingValue,
    RenderError,
    Scope,
    Template,
    TemplateError,
    as_text,
    parse,
)

Context = Mapping[str, Any]

CONTENT_TYPES = {
    "json": "application/json",
    "xml": "application/xml; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "raw": "text/plain; charset=utf-8",
}
#: What XML 1.0 cannot hold, not even escaped.
_ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Document(Protocol):
    def render(self, context: Context) -> bytes: ...


@lru_cache(maxsize=1024)
def parse_document(kind: str, source: str, scope: Scope) -> Document:
    """A body of one of ``BODY_KINDS``, or ``TemplateError``."""
    return _PARSERS[kind](source, scope)


def _encode(text: str, where: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise RenderError(f"{where} contém um caractere que não existe em UTF-8.") from error


# JSON


@dataclass(frozen=True)
class _Object:
    members: tuple[tuple[Template, Any], ...]


@dataclass(frozen=True)
class _Array:
    items: tuple[Any, ...]


@dataclass(frozen=True)
class JsonDocument:
    """Keys and texts are templates. A leaf that is one whole expression keeps its type.

    A member is left out when its key renders empty or its value is ``OMIT``; an object or array
    that lost all its members in this way is left out too.
    """

    root: Any

    def value(self, context: Context) -> Any:
        """The document as Python values, ``OMIT`` if nothing is left of it."""
        return _render_json(self.root, context)

    def render(self, context: Context) -> bytes:
        value = self.value(context)
        return _json_bytes({} if value is OMIT else value)


def _json_bytes(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _encode(text, "O corpo JSON")


@dataclass(frozen=True)
class GraphqlDocument:
    """The query goes as it is written; values reach it through the variables only."""

    query: str
    variables: JsonDocument | None

    def render(self, context: Context) -> bytes:
        value = OMIT if self.variables is None else self.variables.value(context)
        return _json_bytes({"query": self.query} | ({} if value is OMIT else {"variables": value}))


@lru_cache(maxsize=1024)
def parse_graphql(query: str, variables: str, scope: Scope) -> GraphqlDocument:
    """A GraphQL request, or ``TemplateError``; ``variables`` is a JSON template or empty."""
    return GraphqlDocument(query.strip(), _parse_json(variables, scope) if variables else None)


def _parse_json(source: str, scope: Scope) -> JsonDocument:
    try:
        tree = json.loads(source, object_pairs_hook=_Pairs, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise TemplateError(
            f"the JSON template is not JSON: {error} (put placeholders inside quotes)",
            "O modelo não é um JSON válido. Os marcadores {{ … }} ficam entre aspas.",
        ) from error
    return JsonDocument(_compile_json(tree, scope))


class _Pairs(list[tuple[str, Any]]):
    """An object's members, told apart from an array."""


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _compile_json(tree: Any, scope: Scope) -> Any:
    if isinstance(tree, _Pairs):
        return _Object(tuple((parse(key, scope), _compile_json(v, scope)) for key, v in tree))
    if isinstance(tree, list):
        return _Array(tuple(_compile_json(item, scope) for item in tree))
    return parse(tree, scope) if isinstance(tree, str) else tree


def _render_json(node: Any, context: Context) -> Any:
    if isinstance(node, Template):
        return _jsonable(node.value(context), node.source)
    if isinstance(node, _Object):
        return _render_object(node, context)
    if isinstance(node, _Array):
        items = [_render_json(item, context) for item in node.items]
        kept = [item for item in items if item is not OMIT]
        return OMIT if items and not kept else kept
    return node


def _render_object(node: _Object, context: Context) -> Any:
    rendered: dict[str, Any] = {}
    for key_template, child in node.members:
        key = key_template.text(context)
        value = _render_json(child, context) if key else OMIT
        if value is OMIT:
            continue
        if key in rendered:
            raise RenderError(f"O corpo JSON teria o campo «{key}» duas vezes.")
        rendered[key] = value
    return OMIT if node.members and not rendered else rendered


def _jsonable(value: Any, where: str) -> Any:
    if value is OMIT or value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _finite(value, where)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item, where) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item, where) for item in value]
    raise RenderError(f"«{where}» não cabe em JSON ({type(value).__name__}).")


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise RenderError(f"«{where}» não é um número finito.")
    return value


# XML


class XmlDocument:
    """Texts and attribute values are templates; element and attribute names are fixed.

    An attribute, or an element without children, whose value is ``OMIT`` is left out.
    """

    def __init__(self, source: str, scope: Scope) -> None:
        self._source = source.strip().encode()
        self._templates: dict[str, Template] = {}
        for element in self._tree().iter(etree.Element):
            for text in (element.text, element.tail, *element.attrib.values()):
                if text:
                    self._templates[str(text)] = parse(str(text), scope)

    def _tree(self) -> etree._Element:
        # Parsed anew for each rendering: an lxml tree is not to be shared by threads.
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
            encoding="utf-8",
        )
        try:
            root = etree.fromstring(self._source, parser)
        except etree.XMLSyntaxError as error:
            raise TemplateError(
                f"the XML template is not well-formed: {error.msg}",
                "O modelo não é um XML bem formado.",
            ) from error
        docinfo: Any = root.getroottree().docinfo
        if docinfo.doctype:
            raise TemplateError(
                "a DOCTYPE is not allowed in an XML template",
                "O modelo XML não pode ter DOCTYPE.",
            )
        return root

    def render(self, context: Context) -> bytes:
        root = self._tree()
        for element in list(root.iter(etree.Element)):
            self._render_attributes(element, context)
            tail = self._value(element.tail, context)
            element.tail = None if tail is OMIT else tail
            text = self._value(element.text, context)
            if text is not OMIT:
                element.text = text
            elif len(element) == 0 and element is not root:
                _remove(element)
            else:
                element.text = None
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _render_attributes(self, element: etree._Element, context: Context) -> None:
        for name, source in list(element.attrib.items()):
            value = self._value(str(source), context)
            if value is OMIT:
                del element.attrib[name]
            else:
                element.attrib[name] = value

    def _value(self, source: str | None, context: Context) -> Any:
        if not source:
            return source
        template = self._templates[source]
        hole = template.whole
        value = template.text(context) if hole is None else hole.evaluate(context)
        if value is OMIT:
            return OMIT
        text = value if hole is None else as_text(value, hole)
        illegal = _ILLEGAL_IN_XML.search(text)
        if illegal:
            raise RenderError(
                f"«{source.strip()}» contém o caractere U+{ord(illegal.group()):04X}, "
                "que não pode existir em XML."
            )
        return text


def _remove(element: etree._Element) -> None:
    """Take the element out and leave the text that follows it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    element.tail = None
    parent.remove(element)


# Form and raw


@dataclass(frozen=True)
class FormDocument:
    """Written one ``name=template`` a line."""

    fields: tuple[tuple[Template, Template], ...]

    def render(self, context: Context) -> bytes:
        pairs = []
        for name_template, template in self.fields:
            value = template.value(context)
            if value is OMIT:
                continue
            hole = template.whole
            text = value if hole is None else as_text(value, hole)
            pairs.append((name_template.text(context), text))
        encoded = (b"=".join(_form_encode(side) for side in pair) for pair in pairs if pair[0])
        return b"&".join(encoded)


def _form_encode(text: str) -> bytes:
    return quote_plus(_encode(text, "O formulário")).encode()


def _parse_form(source: str, scope: Scope) -> FormDocument:
    fields = []
    for line in filter(None, map(str.strip, source.splitlines())):
        # A name may be a template too, and "=" may stand inside its braces: "}}=" ends it.
        match = re.match(r"((?:\{\{.*?\}\}|[^={])+)=(.*)", line)
        if match is None:
            raise TemplateError(
                f"a form line is not name=value: {line[:80]}",
                f"Cada linha do formulário é nome=valor; esta não é: {line[:80]}",
            )
        fields.append((parse(match[1].strip(), scope), parse(match[2].strip(), scope)))
    return FormDocument(tuple(fields))


@dataclass(frozen=True)
class RawDocument:
    """Text as it stands; a whole expression that gives bytes is sent byte for byte."""

    template: Template

    def render(self, context: Context) -> bytes:
        hole = self.template.whole
        if hole is None:
            return _encode(self.template.text(context), "O corpo")
        return _raw_value(hole, context)


def _raw_value(hole: Hole, context: Context) -> bytes:
    value = hole.evaluate(context)
    if isinstance(value, bytes | bytearray | memoryview):
        if not value:
            raise MissingValue(hole.placeholder)
        return bytes(value)
    return _encode(as_text(value, hole), hole.placeholder)


def _parse_raw(source: str, scope: Scope) -> RawDocument:
    return RawDocument(parse(source, scope))


_PARSERS: dict[str, Callable[[str, Scope], Document]] = {
    "json": _parse_json,
    "xml": XmlDocument,
    "form": _parse_form,
    "raw": _parse_raw,
}
