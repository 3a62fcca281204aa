"""What the ERP tells of many orders, and so what the store must show in the end. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

#: Kind of the event → the store's word for the status that it means.
WORDS = {
    "payment_confirmed": "pago",
    "reserved": "separado",
    "boarded": "enviado",
    "delivered": "entregue",
    "problem": "problema",
    "cancelled": "cancelado",
}
WELL = ("payment_confirmed", "reserved", "boarded", "delivered")
CANCELLED = ("payment_confirmed", "reserved", "problem", "cancelled")
SOLVED = ("payment_confirmed", "problem", "boarded", "delivered")
STEPS = 4
#: What the store itself says of a new order; its words are never told back to it.
RECEIVED = "novo"


@dataclass(frozen=True)
class Story:
    """``orders`` orders of ``STEPS`` events each, dealt out to ``lanes`` vitrines."""

    name: str
    orders: int
    lanes: int = 1

    @property
    def updates(self) -> int:
        return self.orders * STEPS

    @property
    def vitrines(self) -> list[str]:
        return [f"LOJA-{lane}" for lane in range(1, self.lanes + 1)]

    @property
    def numbers(self) -> list[str]:
        return [str(100_000 + place) for place in range(self.orders)]

    def vitrine_of(self, number: str) -> str:
        return self.vitrines[int(number) % self.lanes]

    @property
    def expected(self) -> dict[str, tuple[str, ...]]:
        """What the store must be told of each order, first to last."""
        return {number: tuple(WORDS[kind] for kind in kinds_of(number)) for number in self.numbers}

    def order_items(self, *, now: datetime) -> Iterator[dict[str, Any]]:
        for number in self.numbers:
            yield {
                "vitrine": self.vitrine_of(number),
                "number": number,
                "platform_id": number,
                "platform_status": RECEIVED,
                "placed_at": (now - timedelta(hours=STEPS + 1)).isoformat(),
            }

    def event_items(self, step: int, *, now: datetime) -> Iterator[dict[str, Any]]:
        """The events of one step (from 0) of all orders."""
        happened = now - timedelta(hours=STEPS - step)
        for number in self.numbers:
            yield {
                "vitrine": self.vitrine_of(number),
                "order_number": number,
                "event_id": f"{number}-{step}",
                "kind": kinds_of(number)[step],
                "occurred_at": happened.isoformat(),
            }


def kinds_of(number: str) -> tuple[str, ...]:
    """Three in five orders go well, one is cancelled, one has a problem that is solved."""
    return {3: CANCELLED, 4: SOLVED}.get(int(number) % 5, WELL)


MANY = Story("many", orders=5_000, lanes=2)
ONE_LANE = Story("one_lane", orders=600)
