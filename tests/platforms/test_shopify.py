"""Shopify: fulfillments, their tracking and events, payment and cancellation, all by GraphQL.

Answers have the shape of the Admin API's reference; a refusal comes with HTTP 200.
"""

import json

import pytest

from integrations.preview.dry_run import preview_send
from tests.platform_samples import sample_context
from tests.platforms.harness import ScriptedShop, answer, deliver_to, told
from vitrines.platforms import get_platform
from vitrines.statuses import OrderStatus

LINE = "POST /admin/api/2026-10/graphql.json"
ORDER = "gid://shopify/Order/450789469"
TO_SEND = "gid://shopify/FulfillmentOrder/1046000778"
ELSEWHERE = "gid://shopify/FulfillmentOrder/1046000779"
SENT = "gid://shopify/Fulfillment/255858046"
CREATED = "gid://shopify/Fulfillment/1069019867"
CODE = "QB123456789BR"
URL = "https://rastreio.example/QB123456789BR"


def order(*, orders=("OPEN",), fulfillments=()):
    """What the question about an order answers."""
    numbers = (TO_SEND, ELSEWHERE)
    nodes = [{"id": id_, "status": s} for id_, s in zip(numbers, orders, strict=False)]
    found = {"fulfillmentOrders": {"nodes": nodes}, "fulfillments": list(fulfillments)}
    return {"data": {"order": found}}


def fulfillment(*, numbers=(), events=(), status="SUCCESS"):
    return {
        "id": SENT,
        "status": status,
        "trackingInfo": [{"number": number} for number in numbers],
        "events": {"nodes": [{"status": event} for event in events]},
    }


def done(mutation: str, **payload):
    return {"data": {mutation: {**payload, "userErrors": []}}}


CREATION = done("fulfillmentCreate", fulfillment={"id": CREATED, "status": "SUCCESS"})
EVENT = done("fulfillmentEventCreate", fulfillmentEvent={"id": "gid://shopify/FulfillmentEvent/1"})
REFUSAL = {
    "data": {
        "fulfillmentCreate": {
            "fulfillment": None,
            "userErrors": [{"field": ["fulfillment"], "message": "Fulfillment order is on hold."}],
        }
    }
}
THROTTLED = {
    "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
    "extensions": {
        "cost": {
            "requestedQueryCost": 752,
            "actualQueryCost": None,
            "throttleStatus": {
                "maximumAvailable": 1000.0,
                "currentlyAvailable": 652,
                "restoreRate": 50.0,
            },
        }
    },
}


def send(shop: ScriptedShop, status: OrderStatus, channel: str, word: str, **changes):
    changes.setdefault("order", {"platform_id": "450789469"})
    changes.setdefault("token", "a1b2c3d4e5")
    return deliver_to(shop, "shopify", status=status, channel=channel, word=word, **changes)


def ship(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.DESPACHADO, "url", "FULFILLED", **changes)


def track(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EMBARCADO, "tracking", "IN_TRANSIT", **changes)


def variables(shop: ScriptedShop):
    return [body["variables"] for body in shop.bodies]


def test_shopify_success(shop):
    shop.answers(order(), CREATION)
    assert told(ship(shop, trackings=[], tracking=None)) == ("accepted", "", 200)
    assert shop.lines == [LINE, LINE]
    assert variables(shop) == [
        {"id": ORDER},
        {
            "fulfillment": {
                "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": TO_SEND}],
                "notifyCustomer": False,
            }
        },
    ]
    assert "fulfillmentCreate(fulfillment: $fulfillment)" in shop.bodies[1]["query"]
    assert shop.requests[1].headers["X-Shopify-Access-Token"] == "a1b2c3d4e5"


def test_shopify_app_made_in_the_store_sends_its_own_token(shop):
    shop.answers(order(), CREATION)
    result = ship(shop, trackings=[], tracking=None, token="", params={"auth_kind": "headers"})
    assert told(result) == ("accepted", "", 200)
    assert shop.requests[1].headers["X-Shopify-Access-Token"] == "secret-access_token"


def test_shopify_app_of_the_dev_dashboard_asks_for_its_token():
    shown = preview_send(
        get_platform("shopify"),
        get_platform("shopify").find_send("status", "url", OrderStatus.DESPACHADO),
        kind="status",
        context=sample_context(),
        params={"shop": "minha-loja", "client_id": "8b2f"},
        secrets={"client_secret": "shpss_1"},
    )
    asked = shown.requests[0].request
    assert (shown.requests[0].role, asked.method) == ("token", "POST")
    assert asked.url == "https://minha-loja.myshopify.com/admin/oauth/access_token"
    assert json.loads(asked.body) == {
        "grant_type": "client_credentials",
        "client_id": "8b2f",
        "client_secret": "shpss_1",
    }


def test_shopify_refusal(shop):
    shop.answers(order(), REFUSAL)
    assert told(ship(shop)) == ("rejected", "Fulfillment order is on hold.", 200)


def test_shopify_throttled(shop):
    shop.answers(THROTTLED)
    result = ship(shop)
    assert (*told(result), result.retry_after) == ("throttled", "Throttled", 200, 2)


def test_shopify_already_applied(shop):
    shop.answers(order(orders=["CLOSED"], fulfillments=[fulfillment()]))
    assert told(ship(shop)) == ("already_applied", "", 200)


def test_shopify_throttled_as_429(shop):
    shop.answers(answer({"errors": "Exceeded 2 calls per second"}, 429, Retry_After="2.0"))
    result = ship(shop)
    assert (*told(result), result.retry_after) == (
        "throttled",
        "Exceeded 2 calls per second",
        429,
        2,
    )


def test_shopify_token_that_is_not_known(shop):
    refused = "[API] Invalid API key or access token (unrecognized login or wrong password)"
    shop.answers(answer({"errors": refused}, 401))
    assert told(ship(shop)) == ("auth_refused", refused, 401)


def test_shopify_scope_that_is_missing(shop):
    denied = {"message": "Access denied for order field.", "extensions": {"code": "ACCESS_DENIED"}}
    shop.answers({"errors": [denied], "data": {"order": None}})
    assert told(ship(shop)) == ("auth_refused", "Access denied for order field.", 200)


def test_shopify_fault_of_its_own(shop):
    fault = {"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    shop.answers({"errors": [fault]})
    assert told(ship(shop)) == ("transient", "Internal error", 200)


def test_shopify_unknown_order(shop):
    shop.answers({"data": {"order": None}})
    assert told(ship(shop)) == ("rejected", "A Shopify não conhece este pedido.", 200)


def test_shopify_order_with_nothing_to_send(shop):
    shop.answers(order(orders=["ON_HOLD"], fulfillments=[fulfillment(status="CANCELLED")]))
    message = "Nada a enviar neste pedido: fulfillment orders ON_HOLD."
    assert told(ship(shop)) == ("rejected", message, 200)


def test_shopify_order_given_as_a_global_id(shop):
    shop.answers(order(orders=["CLOSED"], fulfillments=[fulfillment()]))
    assert ship(shop, order={"platform_id": ORDER}).outcome == "already_applied"
    assert variables(shop) == [{"id": ORDER}]


def test_shopify_one_fulfillment_for_each_location(shop):
    shop.answers(order(orders=["OPEN", "IN_PROGRESS"]), CREATION, CREATION)
    assert told(ship(shop)) == ("accepted", "", 200)
    items = [v["fulfillment"]["lineItemsByFulfillmentOrder"] for v in variables(shop)[1:]]
    assert items == [[{"fulfillmentOrderId": TO_SEND}], [{"fulfillmentOrderId": ELSEWHERE}]]


def test_shopify_tracking_of_what_was_not_sent_yet(shop):
    shop.answers(order(), CREATION, EVENT)
    assert told(track(shop, params={"notify_customer": "yes"})) == ("accepted", "", 200)
    assert variables(shop)[1:] == [
        {
            "fulfillment": {
                "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": TO_SEND}],
                "trackingInfo": {"company": "Correios", "numbers": [CODE], "urls": [URL]},
                "notifyCustomer": True,
            }
        },
        {
            "fulfillmentEvent": {
                "fulfillmentId": CREATED,
                "status": "IN_TRANSIT",
                "happenedAt": "2026-11-23T02:30:00+00:00",
            }
        },
    ]


def test_shopify_tracking_of_what_was_sent_before(shop):
    shop.answers(
        order(orders=["CLOSED"], fulfillments=[fulfillment()]),
        done("fulfillmentTrackingInfoUpdate", fulfillment={"id": SENT}),
        EVENT,
    )
    volumes = [{"code": CODE, "url": URL}, {"code": "QB987654321BR", "url": ""}]
    assert told(track(shop, trackings=volumes)) == ("accepted", "", 200)
    assert variables(shop)[1] == {
        "fulfillmentId": SENT,
        "trackingInfo": {"company": "Correios", "numbers": [CODE, "QB987654321BR"]},
        "notifyCustomer": False,
    }
    assert variables(shop)[2]["fulfillmentEvent"]["fulfillmentId"] == SENT


def test_shopify_tracking_that_it_has(shop):
    known = fulfillment(numbers=[CODE], events=["IN_TRANSIT"])
    shop.answers(order(orders=["CLOSED"], fulfillments=[known]))
    assert told(track(shop)) == ("already_applied", "", 200)


def test_shopify_late_tracking(shop):
    shop.answers(
        order(fulfillments=[fulfillment(events=["DELIVERED"])]),
        done("fulfillmentTrackingInfoUpdate", fulfillment={"id": SENT}),
    )
    assert told(track(shop, kind="tracking")) == ("accepted", "", 200)
    assert len(shop.requests) == 2


def test_shopify_late_tracking_before_anything_was_sent(shop):
    shop.answers(order())
    message = "A Shopify ainda não tem envio deste pedido."
    assert told(track(shop, kind="tracking")) == ("rejected", message, 200)


def test_shopify_delivery(shop):
    shop.answers(order(orders=["CLOSED"], fulfillments=[fulfillment(events=["IN_TRANSIT"])]), EVENT)
    result = send(shop, OrderStatus.ENTREGUE, "url", "DELIVERED")
    assert told(result) == ("accepted", "", 200)
    assert variables(shop)[1]["fulfillmentEvent"]["status"] == "DELIVERED"


def test_shopify_problem_does_not_send_the_rest(shop):
    shop.answers(order(fulfillments=[fulfillment()]), EVENT)
    result = send(shop, OrderStatus.PROBLEMAS, "url", "DELAYED")
    assert told(result) == ("accepted", "", 200)
    assert variables(shop)[1]["fulfillmentEvent"]["fulfillmentId"] == SENT


def test_shopify_event_that_does_not_exist(shop):
    message = "Variable $fulfillmentEvent of type FulfillmentEventInput! was provided invalid value"
    shop.answers(order(orders=["CLOSED"], fulfillments=[fulfillment()]))
    shop.answers({"errors": [{"message": message, "extensions": {"code": "INVALID_VARIABLE"}}]})
    result = send(shop, OrderStatus.ENTREGUE, "url", "ENTREGUE")
    assert told(result) == ("rejected", message, 200)


def test_shopify_preparation(shop):
    progress = done("fulfillmentOrderReportProgress", fulfillmentOrder={"id": TO_SEND})
    shop.answers(order(orders=["OPEN", "IN_PROGRESS"]), progress)
    result = send(shop, OrderStatus.EM_PREPARACAO, "url", "IN_PROGRESS")
    assert told(result) == ("accepted", "", 200)
    assert variables(shop)[1] == {"id": TO_SEND}


def test_shopify_preparation_that_it_has(shop):
    shop.answers(order(orders=["IN_PROGRESS"]))
    result = send(shop, OrderStatus.EM_PREPARACAO, "url", "IN_PROGRESS")
    assert told(result) == ("already_applied", "", 200)


def test_shopify_note(shop):
    shop.answers(done("metafieldsSet", metafields=[{"id": "gid://shopify/Metafield/1"}]))
    params = {"nfe_namespace": "custom", "nfe_key": "chave_nfe"}
    result = send(shop, OrderStatus.DESPACHADO, "xml", "FULFILLED", params=params)
    assert told(result) == ("accepted", "", 200)
    assert variables(shop) == [
        {
            "metafields": [
                {
                    "ownerId": ORDER,
                    "namespace": "custom",
                    "key": "chave_nfe",
                    "type": "single_line_text_field",
                    "value": "35261100000000000191550010000009871000009876",
                }
            ]
        }
    ]


def test_shopify_note_without_a_metafield(shop):
    result = send(shop, OrderStatus.DESPACHADO, "xml", "FULFILLED")
    message = "O modelo pede “{{ params.nfe_namespace | required }}”, que está vazio neste envio."
    assert told(result) == ("config", message, None)
    assert shop.requests == []


def test_shopify_payment(shop):
    shop.answers(
        {"data": {"order": {"displayFinancialStatus": "PENDING"}}},
        done("orderMarkAsPaid", order={"id": ORDER, "displayFinancialStatus": "PAID"}),
    )
    result = send(shop, OrderStatus.PAGAMENTO_CONFIRMADO, "url", "PAID")
    assert told(result) == ("accepted", "", 200)
    assert variables(shop) == [{"id": ORDER}, {"input": {"id": ORDER}}]


def test_shopify_payment_that_it_has(shop):
    shop.answers({"data": {"order": {"displayFinancialStatus": "PAID"}}})
    result = send(shop, OrderStatus.PAGAMENTO_CONFIRMADO, "url", "PAID")
    assert told(result) == ("already_applied", "", 200)


def cancel(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.CANCELADO, "url", "CANCELLED", **changes)


def test_shopify_cancellation(shop):
    job = {"job": {"id": "gid://shopify/Job/1", "done": False}, "orderCancelUserErrors": []}
    shop.answers({"data": {"order": {"cancelledAt": None}}}, {"data": {"orderCancel": job}})
    assert told(cancel(shop, params={"cancel_refund": "yes"})) == ("accepted", "", 200)
    assert variables(shop)[1] == {
        "orderId": ORDER,
        "reason": "OTHER",
        "refundMethod": {"originalPaymentMethodsRefund": True},
        "restock": True,
        "notifyCustomer": False,
    }


def test_shopify_cancellation_that_it_has(shop):
    shop.answers({"data": {"order": {"cancelledAt": "2026-11-20T12:00:00Z"}}})
    assert told(cancel(shop)) == ("already_applied", "", 200)


def test_shopify_cancellation_that_it_refuses(shop):
    errors = [{"field": None, "message": "Cannot cancel a fulfilled order", "code": "INVALID"}]
    refused = {"job": None, "orderCancelUserErrors": errors}
    shop.answers({"data": {"order": {"cancelledAt": None}}}, {"data": {"orderCancel": refused}})
    assert told(cancel(shop)) == ("rejected", "Cannot cancel a fulfilled order", 200)


@pytest.mark.parametrize(
    ("shop", "fits"),
    [
        ("minha-loja", True),
        ("https://minha-loja.myshopify.com", False),
        ("minha-loja/admin", False),
        ("minha loja", False),
        ("minha-loja@outra", False),
    ],
)
def test_shopify_shop_is_a_name_and_no_address(shop, fits):
    error = "Informe só o nome, sem https:// e sem barras: ele faz parte do endereço da loja."
    judged = get_platform("shopify").validate_params(
        {"shop": shop, "client_id": "8b2f"}, {"client_secret": "shpss_1"}
    )
    assert judged == ({} if fits else {"shop": error})


def test_shopify_chosen_app_names_what_it_lacks():
    missing = "A autenticação escolhida precisa deste campo."
    shopify = get_platform("shopify")
    assert shopify.validate_params({"shop": "minha-loja"}, {"access_token": "shpat_1"}) == {
        "client_id": missing,
        "client_secret": missing,
    }
