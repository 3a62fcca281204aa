"""What a file captures of an answer: kept for the order, lent to its later updates. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.delivery.masking import Masker, clean_json
from vitrines.platforms.language import RenderError
from vitrines.platforms.parts import RuleText
from vitrines.platforms.rules import Answer, find

Captured = dict[str, Any]

#: Characters of one value as JSON, and lists within lists. It is read again for each update.
LONGEST = 64 * 1024
DEEPEST = 16


def captured_in(rules: Mapping[str, RuleText], answer: Answer, masker: Masker) -> Captured:
    """What each rule finds, without secrets; None where it finds nothing."""
    return {name: _kept(name, find(rule, answer), masker) for name, rule in rules.items()}


def known(*captured: Mapping[str, Any]) -> Captured:
    """What is captured now, the later over the earlier; None is what was forgotten."""
    merged = {name: value for each in captured for name, value in each.items()}
    return {name: value for name, value in merged.items() if value is not None}


def listed(name: str, before: Any, each: Sequence[Captured]) -> list[Any]:
    """What a step gave for each item, in the items' order, after what it gave in earlier tries:
    items that were through with then are not asked for again, and one of which nothing was found
    has no place in it."""
    now = [captured[name] for captured in each if captured.get(name) is not None]
    earlier = before if isinstance(before, list) else []
    return [value for value in earlier if value is not None and value not in now] + now


def _kept(name: str, value: Any, masker: Masker) -> Any:
    if _deeper_than(DEEPEST, value) or len(json.dumps(value)) > LONGEST:
        raise RenderError(f"A resposta traz para “{name}” mais do que se pode guardar.")
    return _masked(clean_json(value), masker)


def _deeper_than(most: int, value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(inner) and (most == 0 or any(_deeper_than(most - 1, one) for one in inner))


def _masked(value: Any, masker: Masker) -> Any:
    if isinstance(value, str):
        return masker.text(value)
    if isinstance(value, list):
        return [_masked(item, masker) for item in value]
    if isinstance(value, dict):
        return {masker.text(name): _masked(item, masker) for name, item in value.items()}
    return value
