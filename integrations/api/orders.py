"""POST orders, POST orders/batch, GET orders/{vitrine}/{number}."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from ninja.responses import Status

from integrations.api.auth import BearerToken, Reach
from integrations.api.batches import Answer, Taken, answer_batch, take_together
from integrations.api.bodies import read_json
from integrations.api.errors import ApiError
from integrations.api.openapi import ERRORS, json_body
from integrations.api.schemas import BatchOut, ExplanationOut, OrderIn, OrderOut
from integrations.explain import explain_order
from integrations.intake.facts import OrderIntake
from integrations.intake.orders import OrderAnswer, receive_orders
from integrations.intake.together import only
from integrations.models import TokenScope
from vitrines.models import Vitrine
from vitrines.orders import find_order
from vitrines.statuses import status_as_dict

router = Router(tags=["Pedidos"])


@router.post(
    "",
    auth=BearerToken(TokenScope.ORDERS),
    response={200: OrderOut, 201: OrderOut, **ERRORS},
    openapi_extra=json_body("OrderIn"),
    summary="Recebe um pedido da loja",
)
def post_order(request: HttpRequest) -> Status[dict[str, Any]]:
    """201 na primeira vez; 200 quando o pedido já existia (duplicate = nada era novo)."""
    return Status(*only(take_orders([read_json(request)], Reach(request))))


@router.post(
    "/batch",
    auth=BearerToken(TokenScope.ORDERS),
    response={200: BatchOut, **ERRORS},
    openapi_extra=json_body("OrderBatchIn"),
    summary="Recebe até 500 pedidos",
)
def post_orders(request: HttpRequest) -> dict[str, Any]:
    """Uma resposta por item, na ordem; um item ruim não atrapalha os outros."""
    reach = Reach(request)
    return answer_batch(request, lambda items: take_orders(items, reach))


@router.get(
    "/{vitrine}/{path:number}",
    auth=BearerToken(TokenScope.READ),
    response={200: ExplanationOut, **ERRORS},
    summary="Explica o status de um pedido",
)
def get_order(request: HttpRequest, vitrine: str, number: str) -> dict[str, Any]:
    """O status esperado, o último aceito pela loja, a causa, a próxima ação e a linha do tempo."""
    found = Reach(request).vitrine(vitrine) if vitrine.isprintable() else None
    order = find_order(found, number) if found and number.isprintable() else None
    if order is None:
        raise ApiError(
            404,
            "order_unknown",
            f"Não há pedido {number[:60]} na vitrine {vitrine}.",
            {"number": "Confira o número; o prefixo da vitrine e zeros à esquerda não importam."},
        )
    explanation = explain_order(order, now=timezone.now())
    return {"vitrine": vitrine, "number": order.number, **explanation.as_dict()}


def take_orders(payloads: Sequence[Any], reach: Reach) -> Taken:
    """One order is taken as a batch of one."""
    now = timezone.now()

    def read(payload: Any) -> tuple[Vitrine, OrderIntake]:
        order = OrderIn.model_validate(payload)
        return reach.vitrine(order.vitrine), order.as_intake()

    def receive(vitrine: Vitrine, intakes: list[OrderIntake]) -> Sequence[OrderAnswer | Exception]:
        return receive_orders(
            vitrine=vitrine, intakes=intakes, actor_label=reach.actor_label, now=now
        )

    return take_together(payloads, read=read, receive=receive, answer=_answer)


def _answer(answer: OrderAnswer) -> Answer:
    return (201 if answer.created else 200), as_dict(answer)


def as_dict(answer: OrderAnswer) -> dict[str, Any]:
    return {
        "number": answer.order.number,
        "inclusion": answer.order.inclusion,
        "status": status_as_dict(answer.status),
        "reason": answer.order.inclusion_reason,
        "duplicate": answer.duplicate,
    }
