"""An answer as a vendor's document describes it, for documents that show none."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.contracts.schemas import Schema, lookup

_VALUES: dict[str, Any] = {"integer": 1, "number": 1.5, "string": "text", "boolean": True}


def described_answer(document: Mapping[str, Any], schema: Schema, fields: str = "") -> Any:
    """A value that fits the schema, with one element in each list.

    ``fields`` keeps only those, in Adobe's notation: ``items[entity_id,tracks[track_number]]``.
    Raises KeyError for a field that the schema does not have.
    """
    schema = lookup(document, schema)
    kind = schema.get("type", "object")
    if kind == "array":
        return [described_answer(document, schema["items"], fields)]
    if kind != "object":
        return _VALUES[kind]
    properties = schema.get("properties", {})
    return {
        name: described_answer(document, properties[name], inner)
        for name, inner in _split(fields or ",".join(schema.get("required", ())))
    }


def _split(fields: str) -> Iterator[tuple[str, str]]:
    """``a,b[c,d]`` → ``a`` with nothing, ``b`` with ``c,d``."""
    depth, start = 0, 0
    for place, sign in enumerate(f"{fields},"):
        depth += {"[": 1, "]": -1}.get(sign, 0)
        if sign == "," and depth == 0 and place > start:
            name, _, inner = fields[start:place].partition("[")
            yield name, inner.removesuffix("]")
        if sign == "," and depth == 0:
            start = place + 1
