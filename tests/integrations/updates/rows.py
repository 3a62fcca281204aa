"""Updates that stand still, of an order each."""

from itertools import count

from integrations.models import UpdateReason, UpdateState
from tests.factories import make_order, make_update
from vitrines.statuses import OrderStatus

_numbers = count(1)


def refused(vitrine, message="não", *, reason=UpdateReason.REJECTED, **fields):
    order = make_order(vitrine, f"9{next(_numbers):05}")
    values = {"status": OrderStatus.DESPACHADO} | fields
    return make_update(order, state=UpdateState.FAILED, reason=reason, detail=message, **values)


def held(vitrine, reason=UpdateReason.UNMAPPED, **fields):
    order = make_order(vitrine, f"9{next(_numbers):05}")
    return make_update(order, state=UpdateState.HELD, reason=reason, **fields)
