"""Until when what is in the queue of a vitrine does not leave, in words."""

from datetime import datetime

from integrations.delivery.lane_health import breaker_open, throttled
from integrations.models import Lane
from integrations.standing import LONG_PAUSE
from vitrines.models import Vitrine


def until_it_sends(vitrine: Vitrine, *, usable: bool, now: datetime) -> str:
    """``quando o envio for retomado``; empty where what is let go leaves at once.

    What a person has to do comes before what passes by itself.
    """
    lane = Lane.objects.filter(vitrine=vitrine).first() or Lane(vitrine=vitrine)
    by_a_person = _by_a_person(lane, published=vitrine.published, usable=usable)
    if by_a_person:
        return f"quando {' e '.join(by_a_person)}"
    if breaker_open(lane, now):
        return "quando a plataforma voltar a responder"
    slow = lane.paced_until is not None and lane.paced_until > now + LONG_PAUSE
    if throttled(lane, now) or slow:
        return "quando o limite da plataforma permitir"
    return ""


def _by_a_person(lane: Lane, *, published: bool, usable: bool) -> list[str]:
    """Without a usable connection the lane pauses at the first try."""
    conditions = [] if published else ["a vitrine for publicada"]
    if not usable:
        conditions.append("o envio for corrigido e retomado")
    elif lane.paused_at is not None:
        conditions.append("o envio for retomado")
    return conditions
