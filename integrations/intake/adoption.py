"""The facts that came before their order did, applied once it is there."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from integrations.intake.application import apply_fact
from integrations.intake.dossiers import Dossier, Ledger, open_dossiers
from integrations.intake.facts import EventFact, fact_from_payload
from integrations.models import Event, EventKind
from vitrines.models import Order, Vitrine

Orphans = dict[str, list[tuple[Event, EventFact]]]


def load_orphans(vitrine: Vitrine, numbers: Collection[str]) -> Orphans:
    """By the number of their order, in the order in which they happened."""
    orphans: Orphans = defaultdict(list)
    found = Event.objects.filter(vitrine=vitrine, order=None, order_number__in=numbers)
    for event in found.order_by("occurred_at", "id"):
        orphans[event.order_number].append((event, _fact(event)))
    return orphans


def facts_of(orphans: Orphans) -> list[EventFact]:
    return [fact for events in orphans.values() for _, fact in events]


def adopt(dossier: Dossier, orphans: Orphans, *, now: datetime) -> list[Event]:
    """Apply to an order what came before it."""
    dossier.notes.adopt(dossier.order)
    events = orphans.get(dossier.order.number, [])
    for event, fact in events:
        apply_fact(dossier=dossier, event=event, fact=fact, now=now)
    return [event for event, _ in events]


def adopt_orphans(*, vitrine: Vitrine, orders: Sequence[Order], now: datetime) -> list[Event]:
    """Apply to locked orders what came before them. Returns the events that are no longer
    orphans."""
    ledger = Ledger(vitrine)
    numbers = {order.number for order in orders}
    orphans = load_orphans(vitrine, numbers)
    dossiers = open_dossiers(ledger, orders, facts_of(orphans), orphans_of=numbers)
    adopted = [adopt(dossier, orphans, now=now) for dossier in dossiers.values()]
    ledger.write()
    return [event for events in adopted for event in events]


def _fact(event: Event) -> EventFact:
    return fact_from_payload(
        event.payload,
        order_number=event.order_number,
        event_id=event.external_id,
        kind=EventKind(event.kind),
        occurred_at=event.occurred_at,
    )
