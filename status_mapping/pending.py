"""Words that orders brought and the DE-PARA does not know yet. Bounded: the latest orders only."""

from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

from status_mapping.cells import DELIVERY_TYPES, PAYMENT_TYPES
from status_mapping.inbound import inbound_words
from status_mapping.tables import MappingTables, PaymentType
from status_mapping.translation import fold_word
from vitrines.models import Inclusion, Order, Vitrine

#: How far back, so that a vitrine with a million orders opens as fast as a new one.
LATEST_ORDERS = 5_000
#: How many words of each kind the page shows.
SHOWN = 12


@dataclass(frozen=True)
class PendingWord:
    word: str
    orders: int


#: The words of each table of types that orders brought and nobody mapped.
PendingTypes = dict[str, list[PendingWord]]


def held_words(vitrine: Vitrine, tables: MappingTables) -> list[PendingWord]:
    """Status words by which orders are held, most orders first.

    A word that was mapped a moment ago is left out: its orders are being decided again.
    """
    held = Order.objects.filter(vitrine=vitrine, inclusion=Inclusion.HELD)
    return _pending(held, "platform_status", set(inbound_words(tables.statuses)))


def pending_types(vitrine: Vitrine, tables: MappingTables) -> PendingTypes:
    orders = Order.objects.filter(vitrine=vitrine)
    return {
        PAYMENT_TYPES: _pending(orders, "payment_type", _known(tables.payment_types)),
        DELIVERY_TYPES: _pending(orders, "delivery_type", _known(tables.delivery_types)),
    }


def _known(types: tuple[PaymentType, ...]) -> set[str]:
    return {fold_word(row.word) for row in types}


def _pending(orders: QuerySet[Order], field: str, known: set[str]) -> list[PendingWord]:
    latest = orders.order_by("-id").values("pk")[:LATEST_ORDERS]
    found = (
        Order.objects.filter(pk__in=latest)
        .exclude(**{field: ""})
        .values_list(field)
        .annotate(orders=Count("pk"), last=Max("pk"))
        .order_by("-orders", "-last")[: len(known) + 200]
    )
    words: dict[str, PendingWord] = {}
    for word, orders_count, _ in found:
        folded = fold_word(word)
        if folded and folded not in known:
            seen = words.get(folded, PendingWord(word.strip(), 0))
            words[folded] = PendingWord(seen.word, seen.orders + orders_count)
    return list(words.values())[:SHOWN]
