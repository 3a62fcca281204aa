"""What the platform gave for an order, as people see it: names and values, none of them secret."""

import json
from dataclasses import dataclass
from typing import Any

from integrations.models import CapturedValue
from vitrines.models import Order

#: Characters of a value that are shown; a list of hundreds of ids would bury the page.
SHOWN = 200


@dataclass(frozen=True)
class ShownValue:
    name: str
    text: str


def shown_values(order: Order) -> list[ShownValue]:
    kept = CapturedValue.objects.filter(order=order).order_by("name")
    return [ShownValue(value.name, _cut(value.value)) for value in kept]


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} caracteres)"
