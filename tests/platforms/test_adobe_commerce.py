"""Adobe Commerce: answers of the shapes in Adobe's REST document."""

from datetime import timedelta

import pytest

from integrations.delivery.outcomes import Outcome
from integrations.delivery.platform_tokens.exchange import (
    Credential,
    NotObtained,
    Obtained,
    obtain_token,
)
from tests.platforms.harness import NOW, answer, deliver_to, platform_at, told
from vitrines.statuses import OrderStatus

V1 = "/rest/default/V1"
CODE = "QB123456789BR"
KNOWN = {"entity_id": 42}
SEARCH = "searchCriteria[filterGroups][0][filters][0]"


def get(path):
    """As it travels: the brackets are encoded."""
    return f"GET {V1}/{path}".replace("[", "%5B").replace("]", "%5D")


def search(where, field, value, fields):
    return get(
        f"{where}?{SEARCH}[field]={field}&{SEARCH}[value]={value}"
        f"&{SEARCH}[conditionType]=eq&fields={fields}"
    )


FIND = search("orders", "increment_id", "12345", "items[entity_id]")
LOOK = get("orders/42?fields=state,status,status_histories[comment]")
SHIPMENTS = search("shipments", "order_id", "42", "items[entity_id,tracks[track_number]]")
COMMENT = f"POST {V1}/orders/42/comments"
VERIFY = get("orders/42/statuses")


def order(state="processing", status=None, comments=(), **more):
    histories = [{"comment": comment} for comment in comments]
    return {"state": state, "status": status or state, "status_histories": histories, **more}


def shipment(*codes):
    tracks = [{"track_number": code} for code in codes]
    return {"items": [{"entity_id": 6, "tracks": []}, {"entity_id": 7, "tracks": tracks}]}


NONE_SHIPPED = {"items": []}


def send(shop, status, channel="url", word="processing", **changes):
    changes["params"] = {"auth_kind": "bearer", **changes.get("params", {})}
    changes = {"captured": KNOWN, **changes}
    return deliver_to(shop, "adobe_commerce", status=status, channel=channel, word=word, **changes)


def prepare(shop, **changes):
    return send(shop, OrderStatus.EM_PREPARACAO, **changes)


def ship(shop, channel="tracking", word="complete", **changes):
    return send(shop, OrderStatus.EMBARCADO, channel, word, **changes)


def history(comment, status, notified=0, visible=1):
    return {
        "statusHistory": {
            "parent_id": 42,
            "status": status,
            "comment": comment,
            "is_customer_notified": notified,
            "is_visible_on_front": visible,
        }
    }


# The four that every platform has


def test_adobe_commerce_success(shop):
    shop.answers({"items": [{"entity_id": 42}]}, order("new", "pending"), True, "processing")
    result = prepare(shop, captured={})
    assert (told(result), result.captured["entity_id"]) == (("accepted", "", 200), 42)
    assert shop.lines == [FIND, LOOK, COMMENT, VERIFY]
    assert shop.bodies[2] == history("Em preparação", "processing")
    assert {asked.headers["Authorization"] for asked in shop.requests} == {
        "Bearer secret-access_token"
    }


def test_adobe_commerce_refusal(shop):
    shop.answers(
        order(state="holded"),
        NONE_SHIPPED,
        answer(
            {
                "message": "Shipment Document Validation Error(s):\n"
                "A shipment cannot be created when an order has a status of %1",
                "parameters": ["holded"],
            },
            400,
        ),
    )
    assert told(ship(shop)) == (
        "rejected",
        "Shipment Document Validation Error(s): "
        "A shipment cannot be created when an order has a status of %1 (holded)",
        400,
    )


def test_adobe_commerce_throttled(shop):
    shop.answers(answer({"message": "Too Many Requests", "trace": None}, 429, Retry_After="9"))
    result = prepare(shop)
    assert (*told(result), result.retry_after) == ("throttled", "Too Many Requests", 429, 9)


def test_adobe_commerce_already_applied(shop):
    shop.answers(order(comments=["Em preparação"]))
    assert told(prepare(shop)) == ("already_applied", "", 200)
    assert shop.lines == [LOOK]


# Comments


def test_status_that_was_told_in_other_words_is_told_again(shop):
    shop.answers(order(comments=[None, "Pagamento Confirmado"]), True, "processing")
    assert told(prepare(shop)) == ("accepted", "", 200)


def test_status_that_the_shop_did_not_take_is_told(shop):
    shop.answers(order(), True, "processing")
    assert told(prepare(shop, word="picking")) == (
        "rejected",
        "A loja guardou o comentário, mas manteve o status “processing”. "
        "Confira se o status do DE-PARA está ligado ao estado do pedido.",
        200,
    )


def test_customer_is_told_where_the_shop_wants_it(shop):
    shop.answers(order(), True, "processing")
    prepare(shop, params={"notify": "true", "visible": "false"})
    assert shop.bodies[1] == history("Em preparação", "processing", notified=1, visible=0)


NOTE = "NF-e 987, série 1, chave 35261100000000000191550010000009871000009876"


@pytest.mark.parametrize(("facts", "text"), [({}, NOTE), ({"invoice": None}, "Despachado")])
def test_invoice_goes_into_a_comment_once(shop, facts, text):
    shop.answers(order(), True, "processing", order(comments=[text]))
    assert told(send(shop, OrderStatus.DESPACHADO, **facts)) == ("accepted", "", 200)
    assert shop.bodies[1] == history(text, "processing")
    assert told(send(shop, OrderStatus.DESPACHADO, **facts)) == ("already_applied", "", 200)


def test_delivered(shop):
    shop.answers(order("complete"), True, "delivered")
    assert told(send(shop, OrderStatus.ENTREGUE, word="delivered")) == ("accepted", "", 200)
    assert shop.bodies[1] == history("Entregue", "delivered")


def test_unknown_order(shop):
    shop.answers({"items": []})
    assert told(prepare(shop, captured={})) == (
        "rejected",
        "O pedido não foi encontrado na loja.",
        200,
    )


@pytest.mark.parametrize(
    ("parameters", "told_behind"),
    [([], ""), ({}, ""), ({"fieldName": "status"}, " (status)"), (["a", 2], " (a, 2)")],
)
def test_parameters_of_a_message_are_told_behind_it(shop, parameters, told_behind):
    error = {"message": '"%fieldName" is required.', "parameters": parameters}
    shop.answers(order(), answer(error, 400))
    assert told(prepare(shop)) == ("rejected", f'"%fieldName" is required.{told_behind}', 400)


# Shipments


def test_shipped_with_its_tracking(shop):
    shop.answers(order(), NONE_SHIPPED, answer("7"))
    result = ship(shop)
    assert told(result) == ("accepted", "", 200)
    assert shop.lines[1:] == [SHIPMENTS, f"POST {V1}/order/42/ship"]
    assert shop.bodies[2] == {
        "notify": False,
        "tracks": [{"track_number": CODE, "title": "Correios", "carrier_code": "custom"}],
    }


def test_shipped_without_tracking(shop):
    shop.answers(order(), NONE_SHIPPED, answer("7"))
    params = {"source_code": "sp", "notify": "true"}
    result = ship(shop, "url", tracking=None, trackings=[], params=params)
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies[2] == {
        "notify": True,
        "tracks": [],
        "arguments": {"extension_attributes": {"source_code": "sp"}},
    }


def test_shipped_before(shop):
    shop.answers(order("complete"), shipment(CODE))
    assert told(ship(shop)) == ("already_applied", "", 200)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("status", OrderStatus.EMBARCADO),
        ("tracking", OrderStatus.EMBARCADO),
        ("tracking", OrderStatus.PROBLEMAS),
    ],
)
def test_tracking_that_the_shipment_does_not_have(shop, kind, status):
    shop.answers(order("complete"), shipment("QB000000000BR"), {"entity_id": 1})
    result = send(shop, status, "tracking", "complete", kind=kind)
    assert told(result) == ("accepted", "", 200)
    assert shop.lines[2] == f"POST {V1}/shipment/track"
    assert shop.bodies[2] == {
        "entity": {
            "order_id": 42,
            "parent_id": 7,
            "track_number": CODE,
            "title": "Correios",
            "carrier_code": "custom",
            "description": "Objeto postado",
            "qty": 1,
            "weight": 0,
        }
    }


def test_tracking_before_there_is_a_shipment_is_noted(shop):
    shop.answers(order(), NONE_SHIPPED, True)
    result = send(shop, OrderStatus.EM_PREPARACAO, "tracking", "picking", kind="tracking")
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [LOOK, SHIPMENTS, COMMENT]
    assert shop.bodies[2] == history(f"Rastreio: {CODE}", "processing")


def test_tracking_that_was_noted(shop):
    shop.answers(order(comments=[f"Rastreio: {CODE}"]), NONE_SHIPPED)
    result = send(shop, OrderStatus.EM_PREPARACAO, "tracking", "picking", kind="tracking")
    assert told(result) == ("already_applied", "", 200)


def test_status_of_the_shops_own_is_set_after_shipping(shop):
    shop.answers(order(), NONE_SHIPPED, answer("7"), True, "enviado")
    assert told(ship(shop, word="enviado")) == ("accepted", "", 200)
    assert shop.lines[3:] == [COMMENT, VERIFY]
    assert shop.bodies[3] == history("Embarcado", "enviado")


# Payment, cancelling, problems


@pytest.mark.parametrize("invoiced", [None, 0, 50.5])
def test_payment_makes_the_invoice(shop, invoiced):
    shop.answers(order("new", "pending", grand_total=150.9, total_invoiced=invoiced), answer("9"))
    result = send(shop, OrderStatus.PAGAMENTO_CONFIRMADO, params={"capture": "false"})
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [
        get("orders/42?fields=state,status,grand_total,total_invoiced"),
        f"POST {V1}/order/42/invoice",
    ]
    assert shop.bodies[1] == {"capture": False, "notify": False}


def test_invoiced_before(shop):
    shop.answers(order(grand_total=150.9, total_invoiced=150.9))
    assert told(send(shop, OrderStatus.PAGAMENTO_CONFIRMADO)) == ("already_applied", "", 200)


def test_cancelled_order_is_not_invoiced(shop):
    shop.answers(order("canceled", grand_total=150.9))
    assert told(send(shop, OrderStatus.PAGAMENTO_CONFIRMADO)) == (
        "rejected",
        "O pedido está com o status “canceled” na loja.",
        200,
    )


def test_cancelled(shop):
    shop.answers(order("new", "pending"), True, order("canceled"))
    assert told(send(shop, OrderStatus.CANCELADO)) == ("accepted", "", 200)
    assert told(send(shop, OrderStatus.CANCELADO)) == ("already_applied", "", 200)
    look = get("orders/42?fields=state,status")
    assert shop.lines == [look, f"POST {V1}/orders/42/cancel", look]
    assert shop.bodies == [None, None, None]


def test_false_with_http_200_is_a_refusal(shop):
    shop.answers(order("complete"), False)
    assert told(send(shop, OrderStatus.CANCELADO)) == (
        "rejected",
        "A loja respondeu que este pedido não pode mais ser cancelado "
        "(já faturado, enviado ou suspenso).",
        200,
    )


PROBLEM = "Problemas: Objeto postado"


def test_problem_puts_the_order_on_hold(shop):
    shop.answers(order(), True, True)
    result = send(shop, OrderStatus.PROBLEMAS, word="holded")
    assert (told(result), result.captured["held"]) == (("accepted", "", 200), True)
    assert shop.lines == [LOOK, f"POST {V1}/orders/42/hold", COMMENT]
    assert shop.bodies[2] == history(PROBLEM, "holded")


def test_problem_of_an_order_on_its_way_keeps_its_status(shop):
    shop.answers(order("complete", "enviado"), True)
    assert told(send(shop, OrderStatus.PROBLEMAS, word="holded")) == ("accepted", "", 200)
    assert shop.lines == [LOOK, COMMENT]
    assert shop.bodies[1] == history(PROBLEM, "enviado")


def test_problem_as_a_status(shop):
    shop.answers(order("complete"), True, "problema")
    result = send(shop, OrderStatus.PROBLEMAS, word="problema", tracking=None)
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies[1] == history("Problemas", "problema")


def test_what_we_put_on_hold_is_let_go(shop):
    shop.answers(order("holded"), True, NONE_SHIPPED, answer("7"))
    result = ship(shop, captured={**KNOWN, "held": True})
    assert (told(result), result.captured["held"]) == (("accepted", "", 200), False)
    assert shop.lines[1] == f"POST {V1}/orders/42/unhold"


# Proving who sends


def test_integration_signs_by_oauth(shop):
    shop.answers(order(comments=["Em preparação"]))
    prepare(shop, params={"auth_kind": "oauth1", "consumer_key": "k3y"})
    header = shop.requests[0].headers["Authorization"]
    assert header.startswith("OAuth ")
    for part in (
        'oauth_consumer_key="k3y"',
        'oauth_token="secret-access_token"',
        'oauth_signature_method="HMAC-SHA256"',
    ):
        assert part in header


def test_administrators_token_that_was_obtained(shop):
    shop.answers(order(comments=["Em preparação"]))
    prepare(shop, params={"auth_kind": "token_exchange", "username": "eu"}, token="t0k3n")
    assert shop.requests[0].headers["Authorization"] == "Bearer t0k3n"


def obtain(shop):
    credential = Credential(
        platform=platform_at(shop, "adobe_commerce"),
        vitrine={},
        params={"base_url": shop.address, "auth_kind": "token_exchange", "username": "eu"},
        secrets={"password": "s3nha"},
        allow_private=True,
    )
    return obtain_token(credential, refresh="", sessions=shop.sessions, now=NOW)


def test_administrators_token_is_obtained_for_four_hours(shop):
    shop.answers(answer('"t0k3n"', Content_Type="application/json"))
    assert obtain(shop) == Obtained("t0k3n", "", timedelta(hours=4))
    assert shop.lines == [f"POST {V1}/integration/admin/token"]
    assert shop.bodies == [{"username": "eu", "password": "s3nha"}]


def test_administrator_who_may_not_have_a_token(shop):
    refused = {"message": "The account %1 sign-in was incorrect.", "parameters": ["eu"]}
    shop.answers(answer(refused, 401))
    assert obtain(shop) == NotObtained(
        Outcome.AUTH_REFUSED, "The account %1 sign-in was incorrect. (eu)"
    )
