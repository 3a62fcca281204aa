"""Rules over a platform's answer: JMESPath for JSON, XPath for XML. Pure.

A rule reads ``{status, headers, body}`` (header names in lower case; the body parsed if it is JSON,
else its text, else null) and beside them what the templates of its request could read. A rule that
does not fit the answer (no JSON, no such path, a function given the wrong type) finds nothing; it
never raises.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from lxml import etree

from vitrines.platforms.parts import RuleText, XPathRule

#: How many times over a rule may repeat what it found. A list of itself inside a list of itself
#: would soon fill the memory.
MOST_COPIES = 64


class RuleError(Exception):
    """A rule that cannot be compiled."""


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
        """The body as XML; None if it is not, or if it has a DOCTYPE."""
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
        )
        try:
            root = etree.fromstring(self.text.encode(), parser)
        except (etree.XMLSyntaxError, ValueError):
            return None
        docinfo: Any = root.getroottree().docinfo
        return None if docinfo.doctype else root


def check_rule(rule: RuleText) -> None:
    """Raise ``RuleError`` if the rule cannot be compiled."""
    try:
        if isinstance(rule, XPathRule):
            etree.XPath(rule.xpath, namespaces=rule.namespaces)
        elif _copies(_compiled(rule).parsed) > MOST_COPIES:
            raise RuleError("not a valid rule: it repeats what it finds too many times")
    except (JMESPathError, etree.XPathError, TypeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise RuleError(f"not a valid rule: {reason}") from error


def find(rule: RuleText, answer: Answer) -> Any:
    """What the rule finds in the answer, JSON-able; None if nothing."""
    if isinstance(rule, XPathRule):
        return _find_xpath(rule, answer)
    told = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    data = {**answer.context, **told}
    try:
        return _compiled(rule).search(data)
    except (JMESPathError, ValueError, TypeError, RecursionError):
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


def _copies(node: Mapping[str, Any]) -> int:
    """At most how many times a JMESPath tree repeats its input in what it gives."""
    children = [child for child in node["children"] if isinstance(child, Mapping)]
    lists = node["type"] in ("multi_select_list", "multi_select_dict")
    return math.prod(map(_copies, children)) * (len(children) if lists else 1)


def _find_xpath(rule: XPathRule, answer: Answer) -> Any:
    if answer.document is None:
        return None
    try:
        found = answer.document.xpath(
            rule.xpath, namespaces=rule.namespaces or None, status=answer.status
        )
    except (etree.XPathError, ValueError, TypeError):
        return None
    if isinstance(found, list):
        texts = [_text_of(node) for node in found]
        return texts[0] if len(texts) == 1 else texts or None
    return found


def _text_of(node: Any) -> str:
    return str(node.xpath("string()")) if isinstance(node, etree._Element) else str(node)
