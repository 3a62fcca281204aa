"""JSON bodies: the document is parsed first, then its keys and texts are rendered. Pure."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from vitrines.platforms.filters import OMIT
from vitrines.platforms.language import RenderError, Template, parse, utf8
from vitrines.platforms.repetition import KEY, Each, Repetitions, with_item
from vitrines.platforms.scope import Scope, TemplateError

Context = Mapping[str, Any]

#: No API has documents as deep as this, and Python could not follow much deeper ones.
DEEPEST = 64
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class _Node(Protocol):
    """A piece of a document."""

    def value(self, context: Context, repetitions: Repetitions) -> Any: ...


@dataclass(frozen=True)
class JsonDocument:
    """Keys and texts are templates. A leaf that is one whole expression keeps its type.

    A member is left out when its key renders empty or its value is ``OMIT``; an object or array
    that lost all its members in this way is left out too.
    """

    root: _Node

    def value(self, context: Context) -> Any:
        """The document as Python values, ``OMIT`` if nothing is left of it."""
        return self.root.value(context, Repetitions())

    def render(self, context: Context) -> bytes:
        value = self.value(context)
        return json_bytes({} if value is OMIT else value)


def json_bytes(value: Any) -> bytes:
    return utf8(json.dumps(value, ensure_ascii=False, allow_nan=False), "O corpo JSON")


# Reading a template


class _Pairs(list[tuple[str, Any]]):
    """An object's members, told apart from an array."""


def parse_json(source: str, scope: Scope) -> JsonDocument:
    try:
        tree = json.loads(source, object_pairs_hook=_Pairs, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _not_json(str(error), line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise _not_json(str(error)) from error
    return JsonDocument(_Compiler(_lines(source)).node(tree, scope))


def _not_json(reason: str, *, line: int = 0) -> TemplateError:
    return TemplateError(
        f"the JSON template is not JSON: {reason} (put placeholders inside quotes)",
        "O modelo não é um JSON válido. Os marcadores {{ … }} ficam entre aspas.",
        line=line,
    )


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _lines(source: str) -> Iterator[int]:
    """The line of every key and text of a JSON document, in its order."""
    line, seen = 1, 0
    for match in _STRING.finditer(source):
        line += source.count("\n", seen, match.start())
        seen = match.start()
        yield line


@dataclass
class _Compiler:
    """Meets the keys and texts in the order in which they are written."""

    lines: Iterator[int]
    line: int = 0

    def node(self, tree: Any, scope: Scope, depth: int = 0) -> "_Node":
        if depth > DEEPEST:
            raise _not_json(f"it is nested deeper than {DEEPEST}")
        if isinstance(tree, _Pairs):
            return self.object(tree, scope, depth)
        if isinstance(tree, list):
            return _Array(tuple(self.item(item, scope, depth + 1) for item in tree))
        return _Text(self.text(tree, scope)) if isinstance(tree, str) else _Literal(tree)

    def text(self, source: str, scope: Scope) -> Template:
        self.line = next(self.lines)
        try:
            return parse(source, scope)
        except TemplateError as error:
            raise error.at(line=self.line) from error

    def object(self, pairs: _Pairs, scope: Scope, depth: int) -> "_Object":
        members = []
        for name, child in pairs:
            if name == KEY:
                raise self.misplaced()
            key = self.text(name, scope)
            members.append((key, self.node(child, scope, depth + 1)))
        return _Object(tuple(members))

    def item(self, tree: Any, scope: Scope, depth: int) -> "_Node":
        if not isinstance(tree, _Pairs) or not any(name == KEY for name, _ in tree):
            return self.node(tree, scope, depth)
        return self.repeated(tree, scope, depth)

    def repeated(self, pairs: _Pairs, scope: Scope, depth: int) -> "_Repeated":
        (name, source), *members = pairs
        line = next(self.lines)
        if name != KEY or not isinstance(source, str):
            raise TemplateError(
                f'"{KEY}" is the first member of its object, and an expression in quotes',
                f'"{KEY}" é o primeiro campo do objeto, com uma expressão entre aspas.',
                line=line,
            )
        line = next(self.lines)
        try:
            each = Each.parse(source, scope)
        except TemplateError as error:
            raise error.at(line=line) from error
        return _Repeated(each, self.object(_Pairs(members), each.inside, depth))

    def misplaced(self) -> TemplateError:
        return TemplateError(
            f'"{KEY}" stands in an object of an array, once, as its first member',
            f'"{KEY}" só pode ser o primeiro campo de um objeto dentro de uma lista.',
            line=next(self.lines),
        )


# Rendering


@dataclass(frozen=True)
class _Literal:
    """A number, true, false or null."""

    literal: Any

    def value(self, context: Context, repetitions: Repetitions) -> Any:
        return self.literal


@dataclass(frozen=True)
class _Text:
    template: Template

    def value(self, context: Context, repetitions: Repetitions) -> Any:
        value = _jsonable(self.template.value(context), self.template.source)
        return repetitions.write(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class _Object:
    members: tuple[tuple[Template, _Node], ...]

    def value(self, context: Context, repetitions: Repetitions) -> Any:
        rendered: dict[str, Any] = {}
        for key_template, node in self.members:
            key = key_template.text(context)
            value = node.value(context, repetitions) if key else OMIT
            if value is OMIT:
                continue
            if key in rendered:
                raise RenderError(f"O corpo JSON teria o campo “{key}” duas vezes.")
            rendered[key] = value
        return OMIT if self.members and not rendered else rendered


@dataclass(frozen=True)
class _Repeated:
    """An object of an array that stands once for each item."""

    each: Each
    object: _Object

    def value(self, context: Context, repetitions: Repetitions) -> Any:
        """A list of them, ``OMIT`` where the list that it is repeated for is."""
        found = repetitions.of(self.each.hole, context)
        if found is OMIT:
            return OMIT
        return [self.object.value(with_item(context, item), repetitions) for item in found]


@dataclass(frozen=True)
class _Array:
    items: tuple[_Node, ...]

    def value(self, context: Context, repetitions: Repetitions) -> Any:
        """Left out only if something was omitted and nothing stayed: an empty list is one too."""
        items: list[Any] = []
        for node in self.items:
            value = node.value(context, repetitions)
            if isinstance(node, _Repeated) and value is not OMIT:
                items += value
            else:
                items.append(value)
        kept = [item for item in items if item is not OMIT]
        return OMIT if items and not kept else kept


#: What JSON has as it is.
_PLAIN = (str, bool, int, type(None), type(OMIT))


def _jsonable(value: Any, where: str) -> Any:
    if isinstance(value, _PLAIN):
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
    raise RenderError(f"“{where}” não cabe em JSON ({type(value).__name__}).")


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise RenderError(f"“{where}” não é um número finito.")
    return value
