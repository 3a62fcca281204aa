"""Rules over a platform's answer: JMESPath for JSON, XPath for XML. Pure.

A rule reads ``{status, headers, body}`` (header names in lower case; the body parsed if it is JSON,
else its text, else null) and beside them what the templates of its request could read. A rule that
does not fit the answer (no JSON, no such path, a function given the wrong type) finds nothing; it
never raises.
"""

import json
import re
from collections.abc import Mapping
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

    @cached_property
    def data(self) -> dict[str, Any]:
        """What JMESPath is asked of: everything in types that JSON has."""
        told = {"status": self.status, "headers": self.headers, "body": self.body}
        return {name: _plain(value) for name, value in self.context.items()} | told


def find(rule: RuleText, answer: Answer) -> Any:
    """What the rule finds in the answer, JSON-able; None if nothing."""
    if isinstance(rule, XPathRule):
        return _find_xpath(rule, answer)
    try:
        return _compiled(rule).search(answer.data)
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


@lru_cache(maxsize=512)
def _compiled(rule: str) -> ParsedResult:
    return jmespath.compile(rule)


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
    value: Any = answer.data
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return _ILLEGAL_IN_XML.sub("", value)
    return value if isinstance(value, bool | int | float) else ""


def _text_of(node: Any) -> str:
    return str(node.xpath("string()")) if isinstance(node, etree._Element) else str(node)
