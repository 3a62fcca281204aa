"""POST orders, POST orders/batch, GET orders/{vitrine}/{number}."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from ninja.responses import Status

from integrations.api.auth import BearerToken, Reach
from integrations.api.batches import Answer, answer_batch
from integrations.api.bodies import read_json
from integrations.api.errors import ApiError
from integrations.api.openapi import ERRORS, json_body
from integrations.api.schemas import BatchOut, ExplanationOut, OrderIn, OrderOut
from integrations.explain import explain_order
from integrations.intake.orders import OrderAnswer, receive_order
from integrations.models import TokenScope
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
    return Status(*take_order(read_json(request), Reach(request)))


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
    return answer_batch(request, lambda item: take_order(item, reach))


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


def take_order(payload: Any, reach: Reach) -> Answer:
    order = OrderIn.model_validate(payload)
    answer = receive_order(
        vitrine=reach.vitrine(order.vitrine),
        intake=order.as_intake(),
        actor_label=reach.actor_label,
        now=timezone.now(),
    )
    return (201 if answer.created else 200), as_dict(answer)


def as_dict(answer: OrderAnswer) -> dict[str, Any]:
    return {
        "number": answer.order.number,
        "inclusion": answer.order.inclusion,
        "status": status_as_dict(answer.status),
        "reason": answer.order.inclusion_reason,
        "duplicate": answer.duplicate,
    }
