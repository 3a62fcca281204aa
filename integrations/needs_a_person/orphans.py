"""What the ERP told of orders that the store has not sent: told in words, with orders that may be
meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from integrations.models import Event, EventOutcome
from integrations.wording import invoice_name
from vitrines.models import Order, Vitrine
from vitrines.orders import normalise_number

#: What the list is sorted by, oldest first.
BY_AGE = ("received_at", "id")
#: Orders of a page that may be meant: most numbers have none.
MOST_MEANT = 200


@dataclass(frozen=True)
class Orphan:
    event: Event
    #: Orders that the same number names elsewhere.
    meant: tuple[Order, ...]

    @property
    def number(self) -> str:
        """As the ERP shows it: ``VT-12345``."""
        return Order(vitrine=self.event.vitrine, number=self.event.order_number).display_number

    @property
    def fact(self) -> str:
        """The note or the tracking code that was told."""
        invoice = self.event.payload.get("invoice") or {}
        if invoice.get("number"):
            return invoice_name(invoice["number"], invoice["series"])
        tracking = self.event.payload.get("tracking") or {}
        return str(tracking.get("code") or "")


def orphan_events() -> QuerySet[Event]:
    """A note that came before its order has its event here, which names it."""
    return Event.objects.filter(outcome=EventOutcome.ORPHAN).select_related("vitrine")


def with_meant_orders(events: Sequence[Event]) -> list[Orphan]:
    """With two queries: the ERP may have named another vitrine, or the platform's number of an
    order."""
    told = {event.order_number for event in events}
    if not told:
        return []
    prefixes = Vitrine.objects.order_by().values_list("order_prefix", flat=True).distinct()
    numbers = {normalise_number(number, prefix=prefix) for prefix in prefixes for number in told}
    named = Q(number__in=sorted(numbers)) | Q(platform_id__in=sorted(told))
    orders = Order.objects.filter(named).select_related("vitrine").order_by("-id")
    found = list(orders[:MOST_MEANT])
    return [Orphan(event, tuple(_meant(event, found))) for event in events]


def _meant(event: Event, orders: Sequence[Order]) -> Iterator[Order]:
    """An order of the same vitrine and number, should it come at this moment, adopts the event."""
    for order in orders:
        vitrine = order.vitrine
        number = normalise_number(event.order_number, prefix=vitrine.order_prefix)
        elsewhere = vitrine != event.vitrine and number == order.number
        if elsewhere or order.platform_id == event.order_number != order.number:
            yield order
