"""Rules over a platform's answer: JMESPath for JSON, XPath for XML. Pure.

A rule reads ``{status, headers, body}`` (header names in lower case; the body parsed if it is JSON,
else its text, else null) and beside them what the templates of its request could read. A rule that
does not fit the answer (no JSON, no such path, a function given the wrong type) finds nothing; it
never raises.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from lxml import etree

from vitrines.platforms.parts import RuleText, XPathRule
from vitrines.platforms.rule_checks import xpath_names

#: A variable of XPath cannot hold what an XML document cannot.
_ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Answer:
    """What a platform answered, as far as rules can see it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    #: There was more, over the limit of what is read.
    cut: bool = False
    #: What the templates of its request could read, by top-level name; never a secret.
    context: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def within(self, context: Mapping[str, Any]) -> "Answer":
        """The same, for rules that read the context of its request, too."""
        return Answer(self.status, self.headers, self.text, self.cut, context)

    @cached_property
    def body(self) -> Any:
        try:
            return json.loads(self.text) if self.text.strip() else None
        except (ValueError, RecursionError):
            return self.text

    @cached_property
    def document(self) -> etree._Element | None:
        """The body as XML, which may have blank lines around it; None if it is not, or if it has a
        DOCTYPE."""
        # The text is decoded already, whatever its declaration says.
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
        )
        try:
            root = etree.fromstring(self.text.strip().encode(), parser)
        except (etree.XMLSyntaxError, ValueError):
            return None
        docinfo: Any = root.getroottree().docinfo
        return None if docinfo.doctype else root

    def data(self, reads: "Reads") -> dict[str, Any]:
        """What JMESPath is asked of, in types that JSON has; of the context, what is read of it."""
        told = {"status": self.status, "headers": self.headers, "body": self.body}
        names = self.context.keys() if reads is None else self.context.keys() & reads.keys()
        fields = reads or {}
        return {name: _plain(_part(self.context[name], fields.get(name))) for name in names} | told


def find(rule: RuleText, answer: Answer) -> Any:
    """What the rule finds in the answer, JSON-able; None if nothing."""
    if isinstance(rule, XPathRule):
        return _find_xpath(rule, answer)
    try:
        compiled = _compiled(rule)
        return compiled.parsed.search(answer.data(compiled.reads))
    except (JMESPathError, ArithmeticError, ValueError, TypeError, RecursionError):
        return None


def holds(rule: RuleText, answer: Answer) -> bool:
    """Whether the rule says yes: anything but null, false, empty text, list or object."""
    found = find(rule, answer)
    return not (found is None or found is False or found in ("", [], {}))


def words(rule: RuleText, answer: Answer) -> str:
    """What the rule finds, as one line for people; a list is joined."""
    found = find(rule, answer)
    items = found if isinstance(found, list) else [found]
    texts = [
        item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
        for item in items
        if item not in (None, "", [], {})
    ]
    return "; ".join(" ".join(text.split()) for text in texts)


#: What a rule may read of the top level, and which fields of it; None: all. Never too little.
Reads = Mapping[str, frozenset[str] | None] | None


@dataclass(frozen=True)
class _Compiled:
    parsed: ParsedResult
    reads: Reads


@lru_cache(maxsize=512)
def _compiled(rule: str) -> _Compiled:
    parsed = jmespath.compile(rule)
    reads: dict[str, frozenset[str] | None] = {}
    for name, field_name in _reads(parsed.parsed):
        if name is None:
            return _Compiled(parsed, None)
        known = reads.get(name, frozenset())
        reads[name] = None if field_name is None or known is None else known | {field_name}
    return _Compiled(parsed, reads)


def _reads(node: Mapping[str, Any]) -> Iterator[tuple[str | None, str | None]]:
    """Each name with a field of it; None for what is taken as a whole."""
    kind = node["type"]
    children = [child for child in node["children"] if isinstance(child, Mapping)]
    match kind, [child["type"] for child in children]:
        case "current", _:
            yield None, None
        case "value_projection", ["identity", _]:
            yield None, None
        case "field", _:
            yield node["value"], None
        case "subexpression", ["field", "field"]:
            yield children[0]["value"], children[1]["value"]
        case "subexpression", [_, "field"]:
            yield from _reads(children[0])
        case _:
            for child in children:
                yield from _reads(child)


def _part(value: Any, fields: frozenset[str] | None) -> Any:
    """A note, above all, without what only its XML says, where nobody asks for that."""
    if fields is None or not isinstance(value, Mapping):
        return value
    return {name: value[name] for name in fields if name in value}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Decimal | date):
        return str(value)
    return value if isinstance(value, str | int | float) else None


def _find_xpath(rule: XPathRule, answer: Answer) -> Any:
    if answer.document is None:
        return None
    variables = {name: _variable(name, answer) for name in xpath_names(rule)}
    try:
        found = answer.document.xpath(rule.xpath, namespaces=rule.namespaces or None, **variables)
    except (etree.XPathError, ValueError, TypeError):
        return None
    if isinstance(found, list):
        texts = [_text_of(node) for node in found]
        return texts[0] if len(texts) == 1 else texts or None
    return found


def _variable(name: str, answer: Answer) -> Any:
    """A text, number or truth of what templates could read; what is null or no such is ''."""
    owner, *field_name = name.split(".")
    value: Any = answer.data({owner: frozenset(field_name) or None})
    for part in (owner, *field_name):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return _ILLEGAL_IN_XML.sub("", value)
    return value if isinstance(value, bool | int | float) else ""


def _text_of(node: Any) -> str:
    return str(node.xpath("string()")) if isinstance(node, etree._Element) else str(node)
