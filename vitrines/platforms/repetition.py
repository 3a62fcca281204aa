"""``_each``: a piece of a document that is written once for each item of a list. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vitrines.platforms.filters import OMIT
from vitrines.platforms.language import (
    LONGEST_BODY,
    Hole,
    MissingValue,
    RenderError,
    parse_expression,
    too_long,
)
from vitrines.platforms.scope import Scope

KEY = "_each"
#: Of one body, repetitions inside repetitions counted. An NF-e has at most 990 items.
MOST_REPETITIONS = 1000


@dataclass(frozen=True)
class Each:
    """The list that something is repeated for, and what its templates may name."""

    hole: Hole
    inside: Scope

    @classmethod
    def parse(cls, source: str, scope: Scope) -> "Each":
        return cls(parse_expression(source, scope), scope.with_item(source))


@dataclass
class Repetitions:
    """Counts them while one body is rendered, and the characters of its texts."""

    left: int = MOST_REPETITIONS
    room: int = LONGEST_BODY

    def of(self, hole: Hole, context: Mapping[str, Any]) -> Any:
        """The items of the list, or ``OMIT``."""
        value = hole.evaluate(context)
        if value is OMIT:
            return OMIT
        items = as_list(value, hole)
        self.left -= len(items)
        if self.left < 0:
            raise RenderError(
                f"{hole.placeholder}: o corpo teria mais de {MOST_REPETITIONS} repetições."
            )
        return items

    def write(self, text: str) -> str:
        self.room -= len(text)
        if self.room < 0:
            raise too_long()
        return text


def as_list(value: Any, hole: Hole) -> list[Any]:
    if value is None:
        raise MissingValue(hole.placeholder)
    if not isinstance(value, list | tuple):
        raise RenderError(f"{hole.placeholder} não é uma lista.")
    return list(value)


def with_item(context: Mapping[str, Any], item: Any) -> Mapping[str, Any]:
    return {**context, "item": item}
