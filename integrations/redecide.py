"""What waited for a mapping is decided again once the DE-PARA changed.

Saving a mapping calls nothing upward: this sweep finds what was decided under an older revision.
"""

import logging
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from integrations.delivery.outbox import redecide
from integrations.intake.orders import decide_held_order
from integrations.models import StatusUpdate, UpdateState
from status_mapping.models import MappingRevision
from vitrines.models import InclusionReason, Order, Vitrine
from vitrines.platforms import all_platforms

logger = logging.getLogger(__name__)

#: Orders a vitrine in one sweep: a new row may release tens of thousands, and the sweep must
#: leave the dispatcher time to send what it has released.
CHUNK = 200


def redecide_due(*, now: datetime) -> int:
    """Decide again what waits for a mapping in any vitrine, up to ``CHUNK`` orders of each.

    Returns how many orders were decided; 0 means that nothing is left that can be. A vitrine
    whose platform file is gone waits for it, as the Painel says.
    """
    vitrines = _vitrines_behind().filter(platform__in=all_platforms())
    return sum(redecide_vitrine(vitrine=vitrine, now=now) for vitrine in vitrines)


def redecide_vitrine(*, vitrine: Vitrine, now: datetime) -> int:
    """One transaction an order: one that cannot be decided is logged and keeps no other waiting."""
    decided = 0
    for order_id in _orders_behind(vitrine)[:CHUNK]:
        try:
            _redecide_order(order_id, vitrine, now)
        except OperationalError:
            raise  # the database, not the order
        except Exception:
            logger.exception("order %s of %s could not be decided again", order_id, vitrine.code)
        else:
            decided += 1
    return decided


@transaction.atomic
def _redecide_order(order_id: int, vitrine: Vitrine, now: datetime) -> None:
    order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
    order.vitrine = vitrine
    if order.inclusion_reason == InclusionReason.UNMAPPED:
        decide_held_order(order=order, now=now)
    held = order.status_updates.filter(state=UpdateState.HELD).order_by("sequence")
    redecide(updates=held, order=order, now=now)


def _vitrines_behind() -> QuerySet[Vitrine]:
    revision = _latest_revision(OuterRef(OuterRef("pk")))
    updates = _held_updates().filter(vitrine=OuterRef("pk"), checked_revision__lt=revision)
    orders = _held_orders().filter(vitrine=OuterRef("pk"), mapping_revision__lt=revision)
    return Vitrine.objects.filter(Exists(updates) | Exists(orders))


def _orders_behind(vitrine: Vitrine) -> list[int]:
    latest = MappingRevision.objects.filter(vitrine=vitrine).aggregate(n=Max("number"))["n"] or 0
    words = _held_orders().filter(vitrine=vitrine, mapping_revision__lt=latest)
    updates = _held_updates().filter(vitrine=vitrine, checked_revision__lt=latest)
    return sorted(
        {
            *words.values_list("pk", flat=True)[:CHUNK],
            *updates.values_list("order_id", flat=True)[:CHUNK],
        }
    )


def _held_updates() -> QuerySet[StatusUpdate]:
    """All that is held, whatever for: a row that now says URL no longer waits for the XML."""
    return StatusUpdate.objects.filter(state=UpdateState.HELD)


def _held_orders() -> QuerySet[Order]:
    """Those with an unknown word: not yet included, or included before the store used it."""
    return Order.objects.filter(inclusion_reason=InclusionReason.UNMAPPED)


def _latest_revision(vitrine_id: OuterRef) -> Subquery:
    return Subquery(
        MappingRevision.objects.filter(vitrine=vitrine_id).order_by("-number").values("number")[:1]
    )
