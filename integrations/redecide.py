"""What waited for a mapping is decided again once the DE-PARA changed.

Saving a mapping calls nothing upward: this sweep finds what was decided under an older revision.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

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
#: Orders that cannot be decided are tried again after this, or once the DE-PARA changes.
REST = timedelta(minutes=5)

Enough = Callable[[], bool]


@dataclass
class _Round:
    """How far this process has gone through the orders of a vitrine that wait for a revision."""

    revision: int
    #: The last order that was looked at; they are taken by id.
    reached: int = 0
    #: Something in it was decided, or left to another engine.
    moved: bool = False
    rests_until: datetime | None = None


#: By the vitrine's integration id. A process that starts anew begins anew.
_rounds: dict[uuid.UUID, _Round] = {}


def _never() -> bool:
    return False


def redecide_due(*, now: datetime, enough: Enough = _never) -> int:
    """Decide again what waits for a mapping in any vitrine, up to ``CHUNK`` orders of each.

    ``enough`` is asked now and then: once true, what is left waits for the next sweep.

    Returns how many orders were decided; 0 means that nothing is left that can be. A vitrine
    whose platform file is gone waits for it, as the Painel says. Several engines may sweep at once.
    """
    decided = 0
    for vitrine in _vitrines_behind().filter(platform__in=all_platforms()):
        decided += redecide_vitrine(vitrine=vitrine, now=now, enough=enough)
        if enough():
            break
    return decided


def redecide_vitrine(*, vitrine: Vitrine, now: datetime, enough: Enough = _never) -> int:
    """Decide the next orders of the vitrine, in turn; how many could be.

    One transaction an order: one that cannot be decided is logged. However many there are of
    these, they keep no other waiting: all others come first before one of them is tried again.
    """
    latest = _latest_number(vitrine)
    this = _rounds.get(vitrine.integration_id)
    if this is None or this.revision != latest:
        this = _Round(latest)
    elif this.rests_until is not None and now < this.rests_until:
        return 0
    # What is left of this round; then a whole one, after which nothing is left that can be decided.
    for _ in range(2):
        _rounds[vitrine.integration_id] = this
        while (decided := _redecide_next(vitrine, this, now)) is not None:
            if decided or enough():
                return decided
        rests_until = None if this.moved else now + REST
        this = _rounds[vitrine.integration_id] = _Round(latest, rests_until=rests_until)
        if rests_until:
            break
    return 0


def _redecide_next(vitrine: Vitrine, this: _Round, now: datetime) -> int | None:
    """The next ``CHUNK`` orders of a round; None at its end."""
    order_ids = _orders_behind(vitrine, this)
    if not order_ids:
        return None
    decided = 0
    for order_id in order_ids:
        try:
            decided += _redecide_order(order_id, vitrine, this.revision, now)
        except OperationalError:
            raise  # the database, not the order
        except Exception:
            logger.exception("order %s of %s could not be decided again", order_id, vitrine.code)
        else:
            this.moved = True
        this.reached = order_id
    return decided


@transaction.atomic
def _redecide_order(order_id: int, vitrine: Vitrine, latest: int, now: datetime) -> bool:
    """False where another engine is at it, or was there first."""
    behind = Order.objects.filter(pk=order_id).select_for_update(of=("self",), skip_locked=True)
    order = behind.first()
    if order is None:
        return False
    order.vitrine = vitrine
    word_is_behind = order.inclusion_reason == InclusionReason.UNMAPPED and (
        order.mapping_revision < latest
    )
    if word_is_behind:
        decide_held_order(order=order, now=now)
    held = order.status_updates.filter(state=UpdateState.HELD).order_by("sequence")
    if not word_is_behind and not held.filter(checked_revision__lt=latest).exists():
        return False
    redecide(updates=held, order=order, now=now)
    return True


def _vitrines_behind() -> QuerySet[Vitrine]:
    revision = _latest_revision(OuterRef(OuterRef("pk")))
    updates = _held_updates().filter(vitrine=OuterRef("pk"), checked_revision__lt=revision)
    orders = _held_orders().filter(vitrine=OuterRef("pk"), mapping_revision__lt=revision)
    return Vitrine.objects.filter(Exists(updates) | Exists(orders))


def _latest_number(vitrine: Vitrine) -> int:
    return MappingRevision.objects.filter(vitrine=vitrine).aggregate(n=Max("number"))["n"] or 0


def _orders_behind(vitrine: Vitrine, this: _Round) -> list[int]:
    """The next ones by id, at most ``CHUNK``."""
    words = _held_orders().filter(
        vitrine=vitrine, mapping_revision__lt=this.revision, pk__gt=this.reached
    )
    updates = _held_updates().filter(
        vitrine=vitrine, checked_revision__lt=this.revision, order__gt=this.reached
    )
    of_words = words.order_by("pk").values_list("pk", flat=True)[:CHUNK]
    of_updates = updates.order_by("order_id").values_list("order_id", flat=True).distinct()[:CHUNK]
    return sorted({*of_words, *of_updates})[:CHUNK]


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
