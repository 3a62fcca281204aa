"""Bodies that a value cannot break: the document is parsed first, then its leaves are rendered."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote_plus

from vitrines.platforms.filters import OMIT
from vitrines.platforms.json_documents import JsonDocument, json_bytes, parse_json
from vitrines.platforms.language import Hole, MissingValue, Template, as_text, parse, utf8
from vitrines.platforms.repetition import Repetitions
from vitrines.platforms.scope import Scope, TemplateError
from vitrines.platforms.xml_documents import XmlDocument

Context = Mapping[str, Any]

CONTENT_TYPES = {
    "json": "application/json",
    "xml": "application/xml; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "raw": "text/plain; charset=utf-8",
}


class Document(Protocol):
    def render(self, context: Context) -> bytes: ...


@lru_cache(maxsize=1024)
def parse_document(kind: str, source: str, scope: Scope) -> Document:
    """A body of one of ``BODY_KINDS``, or ``TemplateError``."""
    return _PARSERS[kind](source, scope)


# GraphQL


@dataclass(frozen=True)
class GraphqlDocument:
    """The query goes as it is written; values reach it through the variables only."""

    query: str
    variables: JsonDocument | None

    def render(self, context: Context) -> bytes:
        value = OMIT if self.variables is None else self.variables.value(context)
        return json_bytes({"query": self.query} | ({} if value is OMIT else {"variables": value}))


@lru_cache(maxsize=1024)
def parse_graphql(query: str, variables: str, scope: Scope) -> GraphqlDocument:
    """A GraphQL request, or ``TemplateError``; ``variables`` is a JSON template or empty."""
    return GraphqlDocument(query.strip(), parse_json(variables, scope) if variables else None)


# Form and raw


@dataclass(frozen=True)
class FormDocument:
    """Written one ``name=template`` a line."""

    fields: tuple[tuple[Template, Template], ...]

    def render(self, context: Context) -> bytes:
        pairs, sizes = [], Repetitions()
        for name_template, template in self.fields:
            name = name_template.text(context)
            if name:
                texts = _form_values(template, context)
                pairs += [(name, sizes.write(text)) for text in texts]
        return b"&".join(b"=".join(_form_encode(side) for side in pair) for pair in pairs)


def _form_values(template: Template, context: Context) -> Iterator[str]:
    """The texts of one field: none where it is omitted, several where its value is a list."""
    hole = template.whole
    if hole is None:
        yield template.text(context)
        return
    value = hole.evaluate(context)
    for one in value if isinstance(value, list | tuple) else [value]:
        if one is not OMIT:
            yield as_text(one, hole)


#: Braces are told apart from other text in one way only: a line that does not fit is soon refused.
_FORM_LINE = re.compile(r"((?:\{\{(?:(?!\}\}).)*\}\}|[^={])+)=(.*)")


def _form_encode(text: str) -> bytes:
    return quote_plus(utf8(text, "O formulário")).encode()


def _parse_form(source: str, scope: Scope) -> FormDocument:
    fields = []
    for number, line in enumerate(source.splitlines(), start=1):
        if not line.strip():
            continue
        # A name may be a template too, and "=" may stand inside its braces: "}}=" ends it.
        match = _FORM_LINE.match(line.strip())
        if match is None:
            raise TemplateError(
                f"a form line is not name=value: {line.strip()[:80]}",
                f"Cada linha do formulário é nome=valor; esta não é: {line.strip()[:80]}",
                line=number,
            )
        try:
            fields.append((parse(match[1].strip(), scope), parse(match[2].strip(), scope)))
        except TemplateError as error:
            raise error.at(line=number) from error
    return FormDocument(tuple(fields))


@dataclass(frozen=True)
class RawDocument:
    """Text as it stands; a whole expression that gives bytes is sent byte for byte."""

    template: Template

    def render(self, context: Context) -> bytes:
        hole = self.template.whole
        if hole is None:
            return utf8(self.template.text(context), "O corpo")
        return _raw_value(hole, context)


def _raw_value(hole: Hole, context: Context) -> bytes:
    value = hole.evaluate(context)
    if isinstance(value, bytes | bytearray | memoryview):
        if not value:
            raise MissingValue(hole.placeholder)
        return bytes(value)
    return utf8(as_text(value, hole), hole.placeholder)


def _parse_raw(source: str, scope: Scope) -> RawDocument:
    return RawDocument(parse(source, scope))


_PARSERS: dict[str, Callable[[str, Scope], Document]] = {
    "json": parse_json,
    "xml": XmlDocument,
    "form": _parse_form,
    "raw": _parse_raw,
}
