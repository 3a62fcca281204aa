"""The template language of platform files: text with ``{{ expression }}`` holes, nothing else.

No statements, no calls, no loops: a template can read the context and pass it through filters. So
its names can all be checked before anything is sent, and each hole can be rendered for the place
it stands in (a URL, a JSON leaf, a header) and be named when its value is missing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import missing
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vitrines.platforms.filters import FILTERS, OMIT, EmptyValue, FilterError
from vitrines.platforms.scope import Scope, TemplateError, check_field, check_name


class RenderError(Exception):
    """A template could not be rendered with this context; the text is for the screen."""


#: Characters. An NF-e has at most half a million; in a body once for each of its 990 items, it
#: would fill the memory.
LONGEST_BODY = 16_000_000


def too_long() -> RenderError:
    return RenderError(f"O corpo teria mais de {LONGEST_BODY // 1_000_000} MB.")


class MissingValue(RenderError):
    """The context has nothing for a placeholder that needs a value."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(f"O modelo pede {placeholder}, que está vazio neste envio.")


class _Environment(ImmutableSandboxedEnvironment):
    """No globals, few filters, arithmetic for numbers only, and no methods of what is read."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        # Not optimised: constants would be calculated while a form is being saved.
        super().__init__(undefined=StrictUndefined, optimized=False)
        self.globals.clear()
        self.filters.clear()
        self.filters.update(FILTERS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Fields of what is a mapping, the parts of a date; Python's own attributes never."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, Date) and attribute in _DATE_PARTS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, list | tuple | str) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else self.undefined(obj=obj)
        return self.getattr(obj, str(argument))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(f"the operator {operator} is for numbers only")
        return super().call_binop(context, operator, left, right)


class _Reading:
    """As much of Jinja's context as its code of one expression uses. Jinja's own, a new one for
    each expression, would take several times longer to make than most of them to calculate."""

    __slots__ = ("_values", "exported_vars", "vars")

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        #: Where the expression leaves its result.
        self.vars: dict[str, Any] = {}
        self.exported_vars: set[str] = set()

    def resolve_or_missing(self, name: str) -> Any:
        # What the documents call null, Jinja knows as none.
        return None if name == "null" else self._values.get(name, missing)


_DATE_PARTS = frozenset({"year", "month", "day", "hour", "minute", "second"})
_environment = _Environment()
_REFUSED_NODES = (nodes.Call, nodes.Pow)
#: Characters of one expression. What is longer, or nested deeper than Python can follow, is no
#: template that a person could read.
LONGEST_EXPRESSION = 2_000


#: What a value that nobody foresaw can make of an expression.
_CALCULATION = (
    SecurityError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


#: Names whose values no message may hold.
_NEVER_TOLD = frozenset({"secrets", "token", "auth", "request"})


@dataclass(frozen=True)
class Hole:
    """One ``{{ expression }}``."""

    source: str
    names: frozenset[str]
    #: What it reads of them, as (name, field).
    fields: frozenset[tuple[str, str]]
    #: The function that Jinja makes of it.
    calculate: Callable[[Any], Iterable[str]]
    #: Where it is ``name.field`` and no more, those two: most are.
    path: tuple[str, str] | None = None

    @property
    def placeholder(self) -> str:
        return f"“{{{{ {self.source} }}}}”"

    def evaluate(self, context: Mapping[str, Any]) -> Any:
        """The value with its own type; what the context does not have raises ``MissingValue``."""
        try:
            value = self._read(context)
        except (UndefinedError, EmptyValue) as error:
            raise MissingValue(self.placeholder) from error
        except (FilterError, *_CALCULATION) as error:
            if self.names & _NEVER_TOLD:
                # Half a value, at the end of a message, could not be masked.
                raise RenderError(f"{self.placeholder} não pôde ser calculado.") from None
            told = ":" if isinstance(error, FilterError) else " não pôde ser calculado:"
            raise RenderError(f"{self.placeholder}{told} {error}.") from error
        if isinstance(value, Undefined):
            raise MissingValue(self.placeholder)
        return value

    def _read(self, context: Mapping[str, Any]) -> Any:
        if self.path is not None:
            name, field = self.path
            owner = context.get(name)
            if isinstance(owner, Mapping) and field in owner:
                return owner[field]
        reading = _Reading(context)
        for _ in self.calculate(reading):
            pass
        return reading.vars["result"]

    def text(self, context: Mapping[str, Any]) -> str:
        return as_text(self.evaluate(context), self)


def as_text(value: Any, hole: Hole) -> str:
    """A value as it is written inside text. ``OMIT`` is an empty text here."""
    if value is OMIT:
        return ""
    if value is None:
        raise MissingValue(hole.placeholder)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str | int | float | Decimal | Date):
        try:
            return str(value)
        except ValueError as error:
            raise RenderError(f"{hole.placeholder} é um número grande demais.") from error
    raise RenderError(f"{hole.placeholder} não é um texto ({type(value).__name__}).")


def utf8(text: str, where: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise RenderError(f"{where} contém um caractere que não existe em UTF-8.") from error


@dataclass(frozen=True)
class Template:
    source: str
    parts: tuple[str | Hole, ...]

    @cached_property
    def whole(self) -> Hole | None:
        """The hole, if the template is one hole and nothing else."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Hole):
            return self.parts[0]
        return None

    @cached_property
    def constant(self) -> str | None:
        """The text, if there is no hole in it."""
        return None if any(self.holes) else "".join(map(str, self.parts))

    @property
    def holes(self) -> Iterator[Hole]:
        return (part for part in self.parts if isinstance(part, Hole))

    def text(self, context: Mapping[str, Any]) -> str:
        if self.constant is not None:
            return self.constant
        texts, room = [], LONGEST_BODY
        for part in self.parts:
            texts.append(part if isinstance(part, str) else part.text(context))
            room -= len(texts[-1])
            if room < 0:
                raise too_long()
        return "".join(texts)

    def value(self, context: Mapping[str, Any]) -> Any:
        """One whole expression keeps its type (and may be ``OMIT``); anything else is text."""
        hole = self.whole
        return self.text(context) if hole is None else hole.evaluate(context)


@lru_cache(maxsize=4096)
def parse(source: str, scope: Scope) -> Template:
    """The template, or ``TemplateError`` if it is malformed or names something it may not."""
    parts: list[str | Hole] = []
    expression: list[str] | None = None
    begun = 1
    try:
        for line, kind, value in _environment.lex(source):
            if expression is None:
                begun = line
            if kind == "variable_begin":
                expression = []
            elif kind == "variable_end" and expression is not None:
                parts.append(_hole("".join(expression).strip(), scope))
                expression = None
            elif expression is not None:
                expression.append(value)
            elif kind == "data":
                parts.append(value)
            else:
                raise _unsupported(value)
        if expression is not None:
            raise _unsupported(f"{source[:80]} (no closing braces)")
    except TemplateSyntaxError as error:
        raise _syntax(error, source).at(line=error.lineno) from error
    except TemplateError as error:
        raise error.at(line=begun) from error
    return Template(source, tuple(parts))


@lru_cache(maxsize=4096)
def parse_expression(source: str, scope: Scope) -> Hole:
    """An expression that stands alone, without braces (``when``, ``for_each``, ``_each``)."""
    return _hole(source.strip(), scope)


def _hole(source: str, scope: Scope) -> Hole:
    if len(source) > LONGEST_EXPRESSION:
        raise _too_complex(source)
    try:
        tree = _environment.parse(f"{{{{ {source} }}}}")
        compiled = _environment.compile_expression(source, undefined_to_none=False)
    except TemplateSyntaxError as error:
        raise _syntax(error, source) from error
    except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
        raise _too_complex(source) from error
    for node in tree.find_all(_REFUSED_NODES):
        raise _unsupported(f"{source} ({type(node).__name__.lower()})")
    names = frozenset(name.name for name in tree.find_all(nodes.Name)) - {"null"}
    fields = frozenset(_fields(tree))
    try:
        for name in sorted(names):
            check_name(name, scope)
        for owner, field in sorted(fields):
            check_field(owner, field, scope)
    except TemplateError as error:
        error.fragment = source
        raise
    return Hole(source, names, fields, compiled._template.root_render_func, _path(tree))


def _path(tree: nodes.Template) -> tuple[str, str] | None:
    match tree.body:
        case [nodes.Output(nodes=[nodes.Getattr(node=nodes.Name(name=name), attr=field)])]:
            return name, field
    return None


def _fields(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    """What an expression reads of top-level names: ``order.number``, ``order["number"]``."""
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name):
            yield attribute.node.name, attribute.attr
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.node, nodes.Name) and isinstance(item.arg, nodes.Const):
            yield item.node.name, str(item.arg.value)


def _unsupported(what: str) -> TemplateError:
    return TemplateError(
        f"only {{{{ expression }}}} with filters is allowed, not: {what}",
        f"Só expressões {{{{ … }}}} com filtros são permitidas; isto não é: {what}",
    )


def _too_complex(source: str) -> TemplateError:
    return TemplateError(
        f"an expression is too long, too deep or has too large a number: {source[:80]}",
        f"Uma expressão é longa ou complexa demais: {source[:80]}",
    )


def _syntax(error: TemplateSyntaxError, source: str) -> TemplateError:
    return TemplateError(
        f"template syntax: {error.message} (in: {source[:80]})",
        f"Há um erro de escrita no modelo: {source[:80]}",
    )
