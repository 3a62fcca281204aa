"""Lets the pages of the vitrines app show how the sending stands, of which it knows nothing."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils import timezone

from integrations.connections import unfit_parameters
from integrations.standing import Standing, standing_detail, standings_of, why_it_waits
from vitrines.models import Vitrine

register = template.Library()


@register.simple_tag(name="standings_of")
def standings(vitrines: Iterable[Vitrine]) -> dict[int, Standing]:
    return standings_of(vitrines, now=timezone.now())


@register.filter
def standing_for(standings: dict[int, Standing], vitrine: Vitrine) -> Standing:
    return standings[vitrine.pk]


@register.filter
def queue_stopped(vitrine: Vitrine) -> str:
    return why_it_waits(vitrine, now=timezone.now())


@register.inclusion_tag("integrations/_vitrine_standing.html", takes_context=True)
def vitrine_standing(context: template.Context, vitrine: Vitrine) -> dict[str, Any]:
    detail = standing_detail(vitrine, now=timezone.now())
    return {
        "vitrine": vitrine,
        "detail": detail,
        "unfit": unfit_parameters(vitrine),
        "perms": context["perms"],
        "csrf_token": context.get("csrf_token"),
    }
