"""POST events, POST events/batch."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from ninja.responses import Status

from integrations.api.auth import BearerToken, Reach
from integrations.api.batches import Answer, Taken, answer_batch, take_together
from integrations.api.bodies import read_json
from integrations.api.openapi import ERRORS, json_body
from integrations.api.schemas import BatchOut, EventIn, EventOut
from integrations.intake.events import EventAnswer, receive_events
from integrations.intake.facts import EventFact
from integrations.intake.together import only
from integrations.models import TokenScope
from vitrines.models import Vitrine
from vitrines.statuses import status_as_dict

router = Router(tags=["Eventos"])


@router.post(
    "",
    auth=BearerToken(TokenScope.EVENTS),
    response={200: EventOut, 201: EventOut, **ERRORS},
    openapi_extra=json_body("EventIn"),
    summary="Recebe um evento do ERP",
)
def post_event(request: HttpRequest) -> Status[dict[str, Any]]:
    """201 na primeira vez; o mesmo event_id de novo responde 200 com o primeiro resultado."""
    return Status(*only(take_events([read_json(request)], Reach(request))))


@router.post(
    "/batch",
    auth=BearerToken(TokenScope.EVENTS),
    response={200: BatchOut, **ERRORS},
    openapi_extra=json_body("EventBatchIn"),
    summary="Recebe até 500 eventos",
)
def post_events(request: HttpRequest) -> dict[str, Any]:
    """Uma resposta por item, na ordem; um item ruim não atrapalha os outros."""
    reach = Reach(request)
    return answer_batch(request, lambda items: take_events(items, reach))


def take_events(payloads: Sequence[Any], reach: Reach) -> Taken:
    """One event is taken as a batch of one."""
    now = timezone.now()

    def read(payload: Any) -> tuple[Vitrine, EventFact]:
        event = EventIn.model_validate(payload)
        return reach.vitrine(event.vitrine), event.as_fact()

    def receive(vitrine: Vitrine, facts: list[EventFact]) -> Sequence[EventAnswer | Exception]:
        return receive_events(vitrine=vitrine, facts=facts, actor_label=reach.actor_label, now=now)

    return take_together(payloads, read=read, receive=receive, answer=_answer)


def _answer(answer: EventAnswer) -> Answer:
    return (200 if answer.duplicate else 201), as_dict(answer)


def as_dict(answer: EventAnswer) -> dict[str, Any]:
    return {
        "event_id": answer.event.external_id,
        "outcome": answer.event.outcome,
        "status": status_as_dict(answer.status),
        "duplicate": answer.duplicate,
        "updates": [
            {
                "id": update.pk,
                "channel": update.channel or None,
                "state": update.state,
                "reason": update.reason or None,
            }
            for update in answer.updates
        ],
    }
