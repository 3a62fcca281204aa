"""Tells the DE-PARA page what waits for it, which the status_mapping app cannot see."""

from django import template
from django.db.models import Count

from integrations.models import StatusUpdate, UpdateReason, UpdateState
from vitrines.models import Vitrine
from vitrines.statuses import OrderStatus

register = template.Library()


@register.simple_tag
def updates_without_mapping(vitrine: Vitrine) -> dict[int, int]:
    """How many updates wait for the row of each ERP status."""
    held = StatusUpdate.objects.filter(
        vitrine=vitrine, state=UpdateState.HELD, reason=UpdateReason.UNMAPPED
    )
    return dict(held.order_by().values_list("status").annotate(Count("pk")))


@register.filter
def waiting_in(waiting: dict[int, int], status: OrderStatus) -> int:
    return waiting.get(int(status), 0)
