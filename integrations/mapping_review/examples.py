"""Real orders of a vitrine, as a DE-PARA that is not saved yet would tell them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, zip_longest

from integrations.delivery.parcels import Desk
from integrations.mapping_review.counts import LatestOrders
from integrations.preview.drafts import order_facts
from integrations.preview.vitrine import StatusPreview, preview_row
from status_mapping.translation import MappingRow
from vitrines.models import Order
from vitrines.statuses import OrderStatus

EXAMPLES = 3

Rows = Mapping[OrderStatus, MappingRow]


@dataclass(frozen=True)
class Example:
    order: Order
    was: StatusPreview
    now: StatusPreview

    @property
    def status(self) -> OrderStatus:
        return self.now.status

    @property
    def is_there(self) -> bool:
        """The order has the status, as opposed to being shown as if it had."""
        return self.order.status == self.status


def examples_of(
    desk: Desk,
    statuses: Sequence[OrderStatus],
    latest: LatestOrders,
    *,
    before: Rows,
    after: Rows,
    at: datetime,
) -> list[Example]:
    """Up to ``EXAMPLES`` of the latest orders, of as many of ``statuses`` as there are."""
    chosen = _chosen(statuses, latest)
    orders = Order.objects.select_related("vitrine").in_bulk([pk for pk, _ in chosen])
    return [
        _example(desk, orders[pk], status, before=before, after=after, at=at)
        for pk, status in chosen
        if pk in orders
    ]


def _example(
    desk: Desk, order: Order, status: OrderStatus, *, before: Rows, after: Rows, at: datetime
) -> Example:
    facts = order_facts(order, desk, at=at)
    return Example(
        order,
        was=preview_row(desk, status, before.get(status), facts),
        now=preview_row(desk, status, after.get(status), facts),
    )


def _chosen(statuses: Sequence[OrderStatus], latest: LatestOrders) -> list[tuple[int, OrderStatus]]:
    """Ids of orders; where none is in any of the statuses, the latest ones as if they were."""
    in_turn = zip_longest(
        *([(pk, status) for pk in latest.newest(EXAMPLES, status)] for status in statuses)
    )
    chosen = [pair for turn in in_turn for pair in turn if pair]
    if not chosen:
        chosen = list(zip(latest.newest(EXAMPLES), cycle(statuses), strict=False))
    return chosen[:EXAMPLES]
