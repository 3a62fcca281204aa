"""What is wrong with a rule, before any answer was seen: syntax, functions, names. Pure.

JMESPath finds nothing, and says so to nobody, where a name or a function does not exist. Here both
are errors: what a rule reads of the top level is known, and so are the functions.
"""

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from lxml import etree

from vitrines.platforms.parts import RuleText, XPathRule
from vitrines.platforms.scope import Scope, TemplateError, check_field, check_name

#: Of an answer; beside them, what the templates of its request could read.
ANSWERED = frozenset({"status", "headers", "body"})
#: How many times over a rule may repeat what it found. A list of itself inside a list of itself
#: would soon fill the memory.
MOST_COPIES = 64
_XPATH_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_XPATH_NAME = re.compile(r"\$\s*([^\W\d][\w.-]*)")

Node = Mapping[str, Any]


class RuleError(Exception):
    """A rule that cannot be used. ``line`` is that of the rule's text, from 1; 0 if unknown."""

    def __init__(self, reason: str, *, line: int = 0) -> None:
        super().__init__(f"not a valid rule: {reason}")
        self.line = line


def check_rule(rule: RuleText, scope: Scope) -> None:
    """Raise ``RuleError`` if the rule cannot be compiled, or names what does not exist."""
    try:
        if isinstance(rule, XPathRule):
            _check_xpath(rule, scope)
        else:
            _check_jmespath(rule, scope)
    except TemplateError as error:
        raise RuleError(str(error)) from error
    except JMESPathError as error:
        place = getattr(error, "lex_position", None)
        line = 0 if place is None else rule.count("\n", 0, place) + 1  # type: ignore[union-attr]
        raise RuleError(_one_line(error), line=line) from error
    except (etree.XPathError, TypeError, ValueError, RecursionError) as error:
        raise RuleError(_one_line(error)) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


# XPath


def _check_xpath(rule: XPathRule, scope: Scope) -> None:
    names = xpath_names(rule)
    # Only when it is evaluated are its prefixes and functions looked up.
    empty: dict[str, Any] = dict.fromkeys(names, "")
    etree.XPath(rule.xpath, namespaces=rule.namespaces)(etree.Element("none"), **empty)
    for name in sorted(names):
        owner, _, field = name.partition(".")
        if name == "status":
            continue
        check_name(owner, scope)
        if field:
            check_field(owner, field, scope)
        elif owner != "item":
            raise RuleError(f"${name} is no single value; write ${name}.<field>")


def xpath_names(rule: XPathRule) -> frozenset[str]:
    """The variables that the expression reads, without their dollar sign."""
    return frozenset(_XPATH_NAME.findall(_XPATH_TEXT.sub("''", rule.xpath)))


# JMESPath


@lru_cache(maxsize=1024)
def _check_jmespath(rule: str, scope: Scope) -> None:
    tree = jmespath.compile(rule).parsed
    _copies(tree)
    for name, field, at_top in _read(tree, at_top=True):
        if not at_top:
            _check_own_field(name, field, scope)
            continue
        if name in ANSWERED or name == "null":  # a field that nothing has is null, as was meant
            continue
        if name in {"true", "false"} or name.isdigit():
            raise RuleError(f"write `{name}`, with backticks: {name} alone is the name of a field")
        try:
            check_name(name, scope)
        except TemplateError:
            raise RuleError(
                f"unknown name '{name}' (known: body, headers, status, {', '.join(scope.known)})"
            ) from None
        if field:
            check_field(name, field, scope)


def _check_own_field(name: str, field: str, scope: Scope) -> None:
    """What is asked of each element is read of that alone: our names mean nothing there."""
    # By itself only an item is a value to compare with; the others are objects.
    ours = {"body", "headers", *scope.known} if field else {"item"} & {*scope.known}
    if name in ours:
        written = f"{name}.{field}" if field else name
        raise RuleError(
            f"'{written}' is read of each element here, not of what surrounds it: write "
            "contains(body.items[].code, item.code) in place of body.items[?code == item.code], "
            f"or @.{written} for a field of the element"
        )


def _copies(node: Node) -> int:
    """At most how many times what a tree gives repeats what it was asked of; ``RuleError`` if any
    part of it repeats that too often."""
    inner, kind = [_copies(child) for child in _children(node)], node["type"]
    if kind in ("or_expression", "and_expression"):
        copies = max(inner)
    elif kind in ("comparator", "not_expression"):
        copies = 1
    elif kind in _SIDE_BY_SIDE and node.get("value") not in _MULTIPLYING:
        copies = sum(inner)
    else:
        copies = math.prod(inner)
    if node.get("value") == "to_string":
        copies *= 2  # what is quoted is escaped: text inside text inside text doubles each time
    if copies > MOST_COPIES:
        raise RuleError("it repeats what it finds too many times")
    return copies


_SIDE_BY_SIDE = frozenset({"multi_select_list", "multi_select_dict", "function_expression"})
#: Functions that may write one argument once for each item of the other.
_MULTIPLYING = frozenset({"join", "map"})


def _children(node: Node) -> list[Node]:
    return [child for child in node["children"] if isinstance(child, Mapping)]


#: In these the first part is asked of what the whole is asked of, the others of what it gave.
_ONE_AFTER_ANOTHER = frozenset(
    [
        "subexpression",
        "index_expression",
        "projection",
        "value_projection",
        "filter_projection",
        "pipe",
    ]
)


def _read(node: Node, *, at_top: bool, begins: bool = True) -> Iterator[tuple[str, str, bool]]:
    """The names that a tree begins with, as (name, its field or nothing, whether it is read of the
    top level or of an element); checks functions.

    ``begins``: false for what goes on after a dot or brackets, as ``tracking.code`` in
    ``body.items[].tracking.code``.
    """
    kind, children = node["type"], _children(node)
    if kind == "field":
        if at_top or begins:
            yield node["value"], "", at_top
        return
    if kind == "function_expression":
        _check_function(node["value"], len(node["children"]))
    if kind not in _ONE_AFTER_ANOTHER:
        for child in children:
            yield from _read(child, at_top=at_top and kind != "expref")
        return
    first, *others = children
    if first["type"] == "not_expression":
        # In JMESPath "!" binds closer than the dot, and a field of true or false is null.
        raise RuleError("write !(body.x): without brackets, !body.x is the field x of !body")
    if first["type"] == "field" and (at_top or begins):
        follows = others[0] if kind == "subexpression" and others else None
        field = follows["value"] if follows and follows["type"] == "field" else ""
        yield first["value"], field, at_top
    else:
        yield from _read(first, at_top=at_top, begins=begins)
    still_top = at_top and first["type"] == "current" and kind in ("subexpression", "pipe")
    for place, other in enumerate(others):
        condition = kind == "filter_projection" and place == 1
        yield from _read(other, at_top=still_top, begins=condition)


def _check_function(name: str, given: int) -> None:
    function = Functions.FUNCTION_TABLE.get(name)
    if function is None:
        known = ", ".join(sorted(Functions.FUNCTION_TABLE))
        raise RuleError(f"there is no function '{name}' (known: {known})")
    wanted = function["signature"]
    if given < len(wanted) or (given > len(wanted) and not wanted[-1].get("variadic")):
        raise RuleError(f"{name}() takes {len(wanted)} arguments, not {given}")
