"""The template language of platform files: text with ``{{ expression }}`` holes, nothing else.

No statements, no calls, no loops: a template can read the context and pass it through filters. So
its names can all be checked before anything is sent, and each hole can be rendered for the place
it stands in (a URL, a JSON leaf, a header) and be named when its value is missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.environment import TemplateExpression
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vitrines.platforms.filters import FILTERS, OMIT, EmptyValue, FilterError

#: Everything that a template may read, and the fields of each. None: any field.
CONTEXT: dict[str, frozenset[str] | None] = {
    "order": frozenset(
        [
            "number",
            "display_number",
            "platform_id",
            "platform_status",
            "placed_at",
            "total",
            "status",
            "status_label",
            "status_name",
            "payment_type",
            "delivery_type",
        ]
    ),
    "invoice": frozenset(
        [
            "number",
            "series",
            "key",
            "issued_at",
            "total",
            "cfop",
            "items",
            "xml",
            "xml_bytes",
        ]
    ),
    "tracking": frozenset(
        [
            "code",
            "carrier",
            "url",
            "volume",
            "carrier_event",
            "description",
            "occurred_at",
            "delivered",
        ]
    ),
    "trackings": None,
    "mapping": frozenset(["platform_status", "ez_core_status_id", "ez_core_flow_id"]),
    "vitrine": frozenset(["code", "description", "integration_id"]),
    "event": frozenset(["kind", "occurred_at", "update_id"]),
}
#: What a request that is about no order may read: authentication, the list of statuses.
WITHOUT_ORDER = frozenset({"vitrine"})


class TemplateError(Exception):
    """A template that cannot be used. ``str()`` is for developers, ``sentence`` for the screen."""

    def __init__(self, reason: str, sentence: str, *, fragment: str = "", line: int = 0) -> None:
        super().__init__(reason)
        self.sentence = sentence
        #: Where it is: the piece of the template that is wrong, or its line in it, from 1.
        self.fragment = fragment
        self.line = line


class RenderError(Exception):
    """A template could not be rendered with this context; the text is for the screen."""


class MissingValue(RenderError):
    """The context has nothing for a placeholder that needs a value."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(f"O modelo pede {placeholder}, que está vazio neste envio.")


@dataclass(frozen=True)
class Scope:
    """The names that one template may use."""

    params: frozenset[str] = frozenset()
    captured: frozenset[str] = frozenset()
    #: Only authentication and headers have any.
    secrets: frozenset[str] = frozenset()
    #: Of ``CONTEXT``.
    context: frozenset[str] = frozenset(CONTEXT)
    #: Names that exist in this place only, each with its fields; None: any field.
    local: frozenset[tuple[str, frozenset[str] | None]] = frozenset()

    def with_local(self, name: str, fields: frozenset[str] | None = None) -> "Scope":
        return replace(self, local=self.local | {(name, fields)})

    def fields(self, name: str) -> frozenset[str] | None:
        """The fields of a top-level name, None for any; KeyError if there is no such name."""
        for local, fields in self.local:
            if name == local:
                return fields
        if name == "params":
            return self.params
        if name == "captured" and self.context != WITHOUT_ORDER:
            return self.captured
        if name == "secrets" and self.secrets:
            return self.secrets
        if name not in self.context:
            raise KeyError(name)
        return CONTEXT[name]

    @property
    def known(self) -> list[str]:
        """Every name, for messages."""
        lasting = [] if self.context == WITHOUT_ORDER else ["captured"]
        local = [name for name, _ in self.local]
        return [
            *(name for name in CONTEXT if name in self.context),
            "params",
            *lasting,
            *sorted(local),
        ]


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
        # Jinja would find a dict's own methods first: a parameter may be called "values".
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(f"the operator {operator} is for numbers only")
        return super().call_binop(context, operator, left, right)


_environment = _Environment()
_REFUSED_NODES = (nodes.Call, nodes.Pow)
#: Characters of one expression. What is longer, or nested deeper than Python can follow, is no
#: template that a person could read.
LONGEST_EXPRESSION = 2_000


@dataclass(frozen=True)
class Hole:
    """One ``{{ expression }}``."""

    source: str
    names: frozenset[str]
    #: What it reads of them, as (name, field).
    fields: frozenset[tuple[str, str]]
    expression: TemplateExpression

    @property
    def placeholder(self) -> str:
        return f"«{{{{ {self.source} }}}}»"

    def evaluate(self, context: Mapping[str, Any]) -> Any:
        """The value with its own type; what the context does not have raises ``MissingValue``."""
        try:
            value = self.expression(context)
        except (UndefinedError, EmptyValue) as error:
            raise MissingValue(self.placeholder) from error
        except FilterError as error:
            raise RenderError(f"{self.placeholder}: {error}.") from error
        except (SecurityError, ArithmeticError, TypeError, ValueError, LookupError) as error:
            raise RenderError(f"{self.placeholder} não pôde ser calculado: {error}.") from error
        if isinstance(value, Undefined):
            raise MissingValue(self.placeholder)
        return value

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


@dataclass(frozen=True)
class Template:
    source: str
    parts: tuple[str | Hole, ...]

    @property
    def whole(self) -> Hole | None:
        """The hole, if the template is one hole and nothing else."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Hole):
            return self.parts[0]
        return None

    @property
    def holes(self) -> Iterator[Hole]:
        return (part for part in self.parts if isinstance(part, Hole))

    def text(self, context: Mapping[str, Any]) -> str:
        return "".join(part if isinstance(part, str) else part.text(context) for part in self.parts)

    def value(self, context: Mapping[str, Any]) -> Any:
        """One whole expression keeps its type (and may be ``OMIT``); anything else is text."""
        hole = self.whole
        return self.text(context) if hole is None else hole.evaluate(context)


@lru_cache(maxsize=4096)
def parse(source: str, scope: Scope) -> Template:
    """The template, or ``TemplateError`` if it is malformed or names something it may not."""
    parts: list[str | Hole] = []
    expression: list[str] | None = None
    try:
        for _, kind, value in _environment.lex(source):
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
    except TemplateSyntaxError as error:
        raise _syntax(error, source) from error
    if expression is not None:
        raise _unsupported(f"{source[:80]} (no closing braces)")
    return Template(source, tuple(parts))


def parse_expression(source: str, scope: Scope) -> Hole:
    """An expression that stands alone, without braces (``when``)."""
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
    names = frozenset(name.name for name in tree.find_all(nodes.Name))
    for name in sorted(names):
        _check_name(name, scope)
    fields = frozenset(_fields(tree))
    for owner, field in sorted(fields):
        _check_field(owner, field, scope)
    return Hole(source, names, fields, compiled)


def _check_name(name: str, scope: Scope) -> None:
    try:
        scope.fields(name)
    except KeyError as error:
        if name == "secrets":
            raise TemplateError(
                "secrets may be used in auth and headers only",
                "Segredos só podem ser usados na autenticação e nos cabeçalhos.",
            ) from error
        known = ", ".join(scope.known)
        raise TemplateError(
            f"unknown name '{name}' (known: {known})",
            f"O nome «{name}» não existe. Use um destes: {known}.",
        ) from error


def _fields(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    """What an expression reads of top-level names: ``order.number``, ``order["number"]``."""
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name):
            yield attribute.node.name, attribute.attr
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.node, nodes.Name) and isinstance(item.arg, nodes.Const):
            yield item.node.name, str(item.arg.value)


def _check_field(owner: str, field: str, scope: Scope) -> None:
    fields = scope.fields(owner)
    if fields is not None and field not in fields:
        known = ", ".join(sorted(fields)) or "-"
        raise TemplateError(
            f"'{owner}' has no '{field}' (it has: {known})",
            f"«{owner}.{field}» não existe. Em {owner} há: {known}.",
        )


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
