"""What the intake knows of the orders that one transaction is about.

It is loaded in a fixed number of queries, changed in memory by one fact after another
(``application``, ``orders``) and written in a fixed number of statements, however many orders and
facts there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import inf

from integrations.channels.base import Facts
from integrations.delivery.outbox import Outbox, Rules, load_outboxes, offered, write_outboxes
from integrations.intake.facts import EventFact
from integrations.models import Event, EventKind, StatusUpdate
from vitrines.facts import Notes, Volumes, load_notes, load_volumes
from vitrines.models import Order, OrderStatusChange, Tracking, Vitrine
from vitrines.staging import Staged

#: What a fact asks of an order, besides its number.
ASKED = ("status", "status_at", "volume_count")
#: What applying an event sets, though it was stored before as an orphan.
APPLIED = ("order", "outcome", "status_after", "status_change")


class Ledger:
    """What one transaction writes for a vitrine. Ids are given in the sequence of the decisions."""

    def __init__(self, vitrine: Vitrine) -> None:
        self.vitrine = vitrine
        self.rules = Rules(vitrine)
        self.orders = Staged(Order)
        self.changes = Staged(OrderStatusChange)
        self.trackings = Staged(Tracking)
        self.notes = Notes(vitrine)
        self.events = Staged(Event)
        self.updates = Staged(StatusUpdate)
        self.outboxes: Collection[Outbox] = ()

    def change_order(self, order: Order, *fields: str) -> None:
        self.orders.change(order, *fields, "updated_at")

    def put_event(self, event: Event) -> None:
        """An event that is new, or one that was an orphan until now."""
        if event._state.adding:
            self.events.add(event)
        else:
            self.events.change(event, *APPLIED)

    def write(self) -> None:
        """Each table after those that its rows point to."""
        self.orders.write()
        self.changes.write()
        self.trackings.write()
        self.notes.write()
        self.events.write()
        write_outboxes(self.outboxes, self.rules, self.updates)


@dataclass(frozen=True)
class Dossier:
    """One locked order with its facts and its outbox."""

    order: Order
    ledger: Ledger
    volumes: Volumes
    outbox: Outbox
    #: The events that told of a cancelled note.
    cancellations: list[Event]
    #: The statuses that it has come to, where they are asked for.
    reached: set[int]

    @property
    def notes(self) -> Notes:
        return self.ledger.notes

    def facts(self) -> Facts:
        """What there is by now for a sending to carry."""
        return offered(self.order, self.notes, self.volumes)

    def cancellation_of(self, chave_nfe: str) -> Event | None:
        """The first event that told that the note is cancelled."""
        told = [event for event in self.cancellations if _key(event) == chave_nfe]
        return min(told, key=lambda event: event.pk or inf, default=None)


def open_dossiers(
    ledger: Ledger,
    orders: Iterable[Order],
    facts: Collection[EventFact],
    *,
    orphans_of: Collection[str] = (),
    with_steps: bool = False,
) -> dict[int, Dossier]:
    """The dossier of each locked order, by the order's key, with all that ``facts`` are about to
    need, the notes that came before the orders of the numbers ``orphans_of`` did, and the steps
    that the orders have taken if they are needed."""
    of_key = {order.pk: order for order in orders}
    orders = of_key.values()
    keys = {fact.invoice.key for fact in facts if fact.invoice}
    notes_come = any(fact.kind is EventKind.INVOICED for fact in facts)
    waiting = notes_come or any(fact.tracking for fact in facts)
    ledger.notes = load_notes(ledger.vitrine, orders, keys=keys, orphans_of=orphans_of)
    volumes = load_volumes(orders, ledger.trackings)
    outboxes = load_outboxes(orders, ledger.rules, ledger.updates, waiting=waiting)
    ledger.outboxes = outboxes.values()
    cancellations = _load_cancellations(of_key) if notes_come else {}
    reached = _load_reached(of_key) if with_steps else {}
    return {
        pk: Dossier(
            order=order,
            ledger=ledger,
            volumes=volumes[pk],
            outbox=outboxes[pk],
            cancellations=cancellations.get(pk, []),
            reached=reached.get(pk, set()),
        )
        for pk, order in of_key.items()
    }


def _load_cancellations(order_ids: Collection[int]) -> dict[int | None, list[Event]]:
    of_order = defaultdict(list)
    for event in Event.objects.filter(order__in=order_ids, kind=EventKind.INVOICE_CANCELLED):
        of_order[event.order_id].append(event)
    return of_order


def _load_reached(order_ids: Collection[int]) -> dict[int, set[int]]:
    of_order = defaultdict(set)
    steps = OrderStatusChange.objects.filter(order__in=order_ids).order_by()
    for order_id, status in steps.values_list("order_id", "to_status"):
        of_order[order_id].add(status)
    return of_order


def _key(event: Event) -> str | None:
    """The key of the note that an event speaks of."""
    told = event.payload.get("invoice")
    return told["key"] if told else None
