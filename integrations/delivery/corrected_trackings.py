"""What becomes of the updates about a tracking that a person has put right.

A sending is made from the facts of its moment (``parcels``), so a status that goes by tracking
tells the right code by itself, if it is still to be told. An update of the tracking alone has
nothing else to tell: the one that tells the right code closes it. Both run in the transaction of
the correction, with the order locked.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from integrations.delivery.outbox import give_turns
from integrations.delivery.wakeups import wake
from integrations.models import StatusUpdate, UpdateKind, UpdateReason, UpdateState
from status_mapping.models import Channel
from vitrines.models import Order
from vitrines.platforms import get_platform

#: Failures that a fact which was put right may end, as opposed to a fault of the configuration.
REFUSED = (UpdateReason.REJECTED, UpdateReason.EXHAUSTED)
_UNTOLD = Q(state__in=(UpdateState.PENDING, UpdateState.HELD))


def refused_status(order: Order, channel: Channel) -> StatusUpdate | None:
    """The telling of the order's present status by a channel, if it failed."""
    failed = _status_updates(order, channel).filter(state=UpdateState.FAILED, reason__in=REFUSED)
    return failed.order_by("-sequence").first()


def statuses_to_carry(
    order: Order, tracking_ids: Collection[int], *, latest: bool
) -> QuerySet[StatusUpdate]:
    """What still has to tell the order's present status and takes one of these trackings along;
    ``latest``: of the order, so that what was decided with no tracking takes it, too.

    What failed is sent again by whoever put right what it carries.
    """
    failed = Q(state=UpdateState.FAILED, reason__in=REFUSED)
    carrying = Q(tracking__in=tracking_ids)
    if latest:
        carrying |= Q(tracking=None)
    updates = _status_updates(order, Channel.TRACKING).filter(_UNTOLD | failed, carrying)
    return updates.order_by("-sequence")


def supersede_trackings(
    *, order: Order, tracking_ids: Collection[int], by: StatusUpdate, now: datetime
) -> None:
    """Close what was to tell these trackings alone: ``by`` tells what is right of them."""
    overtaken = StatusUpdate.objects.filter(
        _UNTOLD | Q(state=UpdateState.FAILED),
        order=order,
        kind=UpdateKind.TRACKING,
        tracking__in=tracking_ids,
    ).exclude(pk=by.pk)
    closed = overtaken.update(
        state=UpdateState.SUPERSEDED,
        reason=UpdateReason.SUPERSEDED,
        superseded_by=by,
        turn=False,
        finished_at=now,
    )
    if closed:
        give_turns([order.pk], strict=get_platform(order.vitrine.platform).strict)
        wake(order.vitrine_id)


def _status_updates(order: Order, channel: Channel) -> QuerySet[StatusUpdate]:
    """Of the order's present status, by one channel."""
    if order.status is None:
        return StatusUpdate.objects.none()
    return StatusUpdate.objects.filter(
        order=order, kind=UpdateKind.STATUS, channel=channel, status=order.status
    )
