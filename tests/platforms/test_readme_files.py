"""The three whole files of the reference page, sent to a store that answers as they say."""

import re
import tomllib
from datetime import UTC, datetime
from xmlrpc.client import loads

import pytest

from integrations.delivery.context import AccessToken
from integrations.delivery.sending import Parcel, deliver
from integrations.preview.sample import sample_secrets
from tests.platform_samples import previewed_context
from tests.platforms.harness import ScriptedShop, answer, told
from vitrines.platforms import SHIPPED, Platform
from vitrines.platforms.shared_steps import with_shared_steps
from vitrines.statuses import OrderStatus

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
README = (SHIPPED / "README.md").read_text()
FILES = {
    re.search(r'^name = "(\w+)"', text, re.MULTILINE)[1]: text
    for text in re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
}


def send(
    shop: ScriptedShop,
    name: str,
    channel: str,
    status: OrderStatus,
    kind: str = "status",
    **captured,
):
    text = re.sub(r"https://[^/\"]*\.lojagraphql\.example", shop.address, FILES[name])
    platform = Platform.model_validate(with_shared_steps(tomllib.loads(text))[0])
    context = previewed_context(platform, status, "in_transit")
    params = {param.name: param.example for param in platform.params if param.required}
    parcel = Parcel(
        update_id=1,
        idempotency_key="u",
        platform=platform,
        send=platform.find_send(kind, channel, status),
        context={**context, "captured": captured},
        params={**params, "address": shop.address},
        secrets=sample_secrets(platform),
        allow_private=True,
        keep_accepted_bodies=True,
        token=AccessToken("session-1"),
    )
    return deliver(parcel, sessions=shop.sessions, now=lambda: NOW)


# REST


def rest(shop, **captured):
    return send(shop, "loja_rest", "tracking", OrderStatus.EMBARCADO, **captured)


ORDERS = "/v3/orders/9001"


def test_rest_looks_up_asks_and_makes_what_is_not_there(shop):
    shop.answers(
        {"items": [{"id": 9001}]},
        {"items": [{"tracking": {"code": "SQ458226057BR"}}]},
        {"items": [{"tracking": {"code": "SQ458226057BR"}}]},
        201,
        200,
    )
    result = rest(shop)
    assert (told(result), result.captured) == (("accepted", "", 200), {"order_id": 9001})
    assert shop.lines == [
        "GET /v3/orders?number=100482",
        f"GET {ORDERS}/shipments",
        f"GET {ORDERS}/shipments",
        f"POST {ORDERS}/shipments",
        f"PATCH {ORDERS}",
    ]
    assert shop.bodies[3:] == [
        {
            "tracking": {
                "code": "SQ458226065BR",
                "url": "https://rastreio.exemplo.com.br/SQ458226065BR",
            },
            "carrier": "CORREIOS",
        },
        {"status": "in_transit"},
    ]
    assert {asked.headers["Authorization"] for asked in shop.requests} == {"Bearer session-1"}


@pytest.mark.parametrize("status", list(OrderStatus))
def test_rest_volume_that_comes_late_changes_no_status(shop, status):
    shop.answers({"items": [{"tracking": {"code": "SQ458226057BR"}}]}, {"items": []}, 201)
    result = send(shop, "loja_rest", "tracking", status, kind="tracking", order_id=9001)
    assert (result.outcome, shop.lines) == (
        "accepted",
        [f"GET {ORDERS}/shipments", f"GET {ORDERS}/shipments", f"POST {ORDERS}/shipments"],
    )


def test_rest_status_that_nothing_tells_is_suggested_as_not_sent():
    platform = Platform.model_validate(with_shared_steps(tomllib.loads(FILES["loja_rest"]))[0])
    untold = {status for status in OrderStatus if not platform.channels_for(status)}
    suggested = platform.mapping.suggestions
    assert {status for status in suggested if not suggested[status].active} == untold


def test_rest_order_that_the_store_does_not_have_is_rejected(shop):
    shop.answers({"items": []})
    assert told(rest(shop))[0] == "rejected"
    assert len(shop.requests) == 1


def test_rest_waits_as_many_milliseconds_as_it_is_told(shop):
    said = {"error": {"code": "RATE_LIMIT", "message": "Calma"}}
    shop.answers(answer(said, 400, X_RateLimit_Reset="2500"))
    result = rest(shop, order_id=9001)
    assert (told(result), result.retry_after) == (("throttled", "Calma", 400), 2.5)


def test_rest_note_that_is_there_is_already_applied(shop):
    shop.answers(answer({"error": {"code": "INVOICE_EXISTS"}}, 409))
    result = send(shop, "loja_rest", "xml", OrderStatus.DESPACHADO, order_id=9001)
    assert told(result) == ("already_applied", "", 409)
    [body] = shop.bodies
    assert (body["total_cents"], body["lines"][0]["quantity"]) == (19990, 1.0)


# XML-RPC


def rpc(content):
    return answer(f'<?xml version="1.0"?><methodResponse>{content}</methodResponse>')


def fault(code, words, current=""):
    members = {"faultCode": code, "faultString": words, "current": current}
    return rpc(
        "<fault><value><struct>"
        + "".join(
            f"<member><name>{name}</name><value><string>{value}</string></value></member>"
            for name, value in members.items()
        )
        + "</struct></value></fault>"
    )


YES = rpc("<params><param><value><boolean>1</boolean></value></param></params>")


@pytest.mark.parametrize(
    ("said", "outcome", "message"),
    [
        (YES, "accepted", ""),
        (fault(101, "Pedido não existe"), "rejected", "Pedido não existe"),
        (fault(5, "Sessão expirada"), "auth_refused", "Sessão expirada"),
        (fault(1, "Erro interno"), "transient", "Erro interno"),
        (fault(103, "Igual", "in_transit"), "already_applied", ""),
        (fault(103, "Outro", "canceled"), "rejected", "Outro"),
        (answer("<html>"), "rejected", "<html>"),
    ],
)
def test_xmlrpc_answers_are_read_from_the_document(shop, said, outcome, message):
    shop.answers(said)
    result = send(shop, "loja_xmlrpc", "url", OrderStatus.EMBARCADO)
    assert told(result) == (outcome, message, 200)
    assert loads(shop.bodies[0]) == (("session-1", "100482", "in_transit"), "order.setStatus")
    assert "session-1" not in result.steps[0]["request_body"]


def test_xmlrpc_volumes_are_one_list(shop):
    shop.answers(YES)
    assert told(send(shop, "loja_xmlrpc", "tracking", OrderStatus.EMBARCADO))[0] == "accepted"
    volumes = [
        {"code": "SQ458226057BR", "carrier": "Correios"},
        {"code": "SQ458226065BR", "carrier": "Correios"},
    ]
    assert loads(shop.bodies[0]) == (("session-1", "100482", volumes), "order.addVolumes")


# GraphQL


def graphql(shop):
    return send(shop, "loja_graphql", "url", OrderStatus.EMBARCADO)


def moved(*problems, **more):
    return {"data": {"moveOrder": {"order": {"id": "o1"}, "problems": list(problems)}}, **more}


@pytest.mark.parametrize(
    ("said", "outcome", "message"),
    [
        (moved(), "accepted", ""),
        (moved({"code": "SAME_STAGE", "message": "Já está"}), "already_applied", ""),
        (moved({"code": "LOCKED", "message": "Pedido fechado"}), "rejected", "Pedido fechado"),
        ({"errors": [{"code": "SYNTAX", "message": "Campo x"}]}, "rejected", "Campo x"),
    ],
)
def test_graphql_refusal_comes_with_status_200(shop, said, outcome, message):
    shop.answers(said)
    result = graphql(shop)
    assert told(result) == (outcome, message, 200)
    assert shop.bodies[0]["variables"] == {"number": "100482", "stage": "in_transit"}


def test_graphql_wait_is_calculated_from_the_cost(shop):
    cost = {"requested": 400, "available": 150}
    shop.answers({"errors": [{"code": "THROTTLED", "message": "Espere"}], "cost": cost})
    result = graphql(shop)
    assert (told(result), result.retry_after) == (("throttled", "Espere", 200), 5.0)
