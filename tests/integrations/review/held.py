"""Held updates as a review reads them."""

from itertools import count

from integrations.channels.base import Facts
from integrations.mapping_review.fates import HeldUpdate
from integrations.models import UpdateKind

_keys = count(1)


def held_update(status, reason, *, xml=True, tracking=True, kind=UpdateKind.STATUS):
    """Of an order that has all that a sending can carry, unless said otherwise."""
    key = next(_keys)
    return HeldUpdate(
        pk=key,
        order_id=key,
        sequence=1,
        kind=kind,
        status=status,
        reason=reason,
        facts=Facts(has_invoice=xml, has_invoice_xml=xml, has_tracking=tracking),
    )
