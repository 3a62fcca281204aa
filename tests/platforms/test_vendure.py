"""Vendure: answers as recorded from 3.7.3."""

import pytest

from tests.platforms.harness import answer, deliver_to, told
from vitrines.statuses import OrderStatus

CODE = "QB123456789BR"
LINES = [
    {"id": "1", "quantity": 2, "fulfillmentLines": []},
    {"id": "2", "quantity": 1, "fulfillmentLines": []},
]
SENT_LINES = [
    {"id": "1", "quantity": 2, "fulfillmentLines": [{"quantity": 2}]},
    {"id": "2", "quantity": 1, "fulfillmentLines": [{"quantity": 1}]},
]


def found(state="PaymentSettled", lines=LINES, fulfillments=(), notes=(), **more):
    order = {
        "id": "7",
        "state": state,
        "lines": list(lines),
        "fulfillments": list(fulfillments),
        "history": {"items": [{"data": {"note": note}} for note in notes]},
        **more,
    }
    return {"data": {"orders": {"items": [order]}}}


def sent(state, code=CODE):
    """The order with all its lines in one fulfilment."""
    fulfillment = {"id": "3", "state": state, "trackingCode": code}
    return found(lines=SENT_LINES, fulfillments=[fulfillment])


def done(name, **fields):
    return {"data": {"done": {"__typename": name, **fields}}}


CREATED = done("Fulfillment", id="3", state="Pending")
SHIPPED = done("Fulfillment", id="3", state="Shipped")


def refused(name, **fields):
    return done(name, errorCode="…", **fields)


def cannot(before, after):
    return refused(
        "FulfillmentStateTransitionError",
        message="errorResult.FULFILLMENT_STATE_TRANSITION_ERROR",
        transitionError=f'Cannot transition Fulfillment from "{before}" to "{after}"',
        fromState=before,
        toState=after,
    )


def send(shop, status=OrderStatus.EMBARCADO, channel="tracking", word="Shipped", **changes):
    return deliver_to(shop, "vendure", status=status, channel=channel, word=word, **changes)


def asked(shop):
    """Of each request: the operation that it makes, and its variables."""
    names = ("orders", "addFulfillmentToOrder", "transitionFulfillmentToState")
    names += ("addNoteToOrder", "settlePayment", "cancelOrder")
    return [
        (next(n for n in names if f"{n}(" in body["query"]), body["variables"])
        for body in shop.bodies
    ]


LOOKUP = ("orders", {"code": "12345"})
MAKE = (
    "addFulfillmentToOrder",
    {
        "input": {
            "lines": [{"orderLineId": "1", "quantity": 2}, {"orderLineId": "2", "quantity": 1}],
            "handler": {
                "code": "manual-fulfillment",
                "arguments": [
                    {"name": "method", "value": "Correios"},
                    {"name": "trackingCode", "value": CODE},
                ],
            },
        }
    },
)
SHIP = ("transitionFulfillmentToState", {"id": "3", "state": "Shipped"})


def note(text, public=False):
    return ("addNoteToOrder", {"input": {"id": "7", "note": text, "isPublic": public}})


# The four that every platform has


def test_vendure_success(shop):
    shop.answers(found(), CREATED, SHIPPED)
    result = send(shop)
    assert told(result) == ("accepted", "", 200)
    assert set(shop.lines) == {"POST /admin-api"}
    assert asked(shop) == [LOOKUP, MAKE, SHIP]
    headers = shop.requests[0].headers
    assert (headers["Vendure-Api-Key"], headers["Content-Type"]) == (
        "secret-api_key",
        "application/json",
    )


def test_vendure_refusal(shop):
    shop.answers(sent("Delivered"), cannot("Delivered", "Shipped"))
    assert told(send(shop)) == (
        "rejected",
        'Cannot transition Fulfillment from "Delivered" to "Shipped"',
        200,
    )


def test_vendure_throttled(shop):
    shop.answers(answer(status=429, Retry_After="30"))
    result = send(shop)
    assert (*told(result), result.retry_after) == (
        "throttled",
        "A plataforma pediu para esperar (HTTP 429).",
        429,
        30,
    )


def test_vendure_already_applied(shop):
    shop.answers(sent("Shipped"))
    assert told(send(shop)) == ("already_applied", "", 200)
    assert asked(shop) == [LOOKUP]


# Fulfilments


def test_dispatched_by_tracking_makes_the_fulfilment_and_leaves_it_pending(shop):
    shop.answers(found(), CREATED)
    result = send(shop, OrderStatus.DESPACHADO, word="Pending")
    assert told(result) == ("accepted", "", 200)
    assert asked(shop) == [LOOKUP, MAKE]


@pytest.mark.parametrize(
    ("status", "word"), [(OrderStatus.EMBARCADO, "Shipped"), (OrderStatus.ENTREGUE, "Delivered")]
)
def test_fulfilment_that_was_made_before_is_only_moved(shop, status, word):
    shop.answers(sent("Pending"), done("Fulfillment", id="3", state=word))
    assert told(send(shop, status, word=word)) == ("accepted", "", 200)
    assert asked(shop) == [LOOKUP, ("transitionFulfillmentToState", {"id": "3", "state": word})]


def test_without_tracking_by_url(shop):
    shop.answers(found(), CREATED, done("Fulfillment", id="3", state="Delivered"))
    result = send(shop, OrderStatus.ENTREGUE, "url", "Delivered", tracking=None)
    assert told(result) == ("accepted", "", 200)
    [_, (_, made), (_, moved)] = asked(shop)
    assert made["input"]["handler"]["arguments"] == [
        {"name": "method", "value": "Transportadora"},
        {"name": "trackingCode", "value": ""},
    ]
    assert moved == {"id": "3", "state": "Delivered"}


def test_fulfilment_moved_by_somebody_else_meanwhile(shop):
    shop.answers(sent("Pending"), cannot("Shipped", "Shipped"))
    assert told(send(shop)) == ("already_applied", "", 200)


def test_cancelled_fulfilments_do_not_count(shop):
    cancelled = {"id": "2", "state": "Cancelled", "trackingCode": CODE}
    shop.answers(found(fulfillments=[cancelled]), CREATED, SHIPPED)
    assert told(send(shop)) == ("accepted", "", 200)
    assert asked(shop) == [LOOKUP, MAKE, SHIP]


def test_rest_of_an_order_that_the_staff_began_to_fulfil(shop):
    lines = [{"id": "1", "quantity": 2, "fulfillmentLines": [{"quantity": 1}]}, SENT_LINES[1]]
    by_hand = {"id": "2", "state": "Pending", "trackingCode": "X"}
    shop.answers(
        found(lines=lines, fulfillments=[by_hand]),
        CREATED,
        done("Fulfillment", id="2", state="Shipped"),
        SHIPPED,
    )
    assert told(send(shop)) == ("accepted", "", 200)
    [_, (_, made), *moved] = asked(shop)
    assert made["input"]["lines"] == [{"orderLineId": "1", "quantity": 1}]
    assert moved == [("transitionFulfillmentToState", {"id": "2", "state": "Shipped"}), SHIP]


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (
            refused("InsufficientStockOnHandError", message="Cannot create a Fulfillment: stock"),
            "Cannot create a Fulfillment: stock",
        ),
        (
            refused(
                "CreateFulfillmentError",
                message="errorResult.CREATE_FULFILLMENT_ERROR",
                fulfillmentHandlerError="CEP inválido",
            ),
            "CEP inválido",
        ),
    ],
)
def test_fulfilment_that_is_not_made_is_not_moved(shop, refusal, message):
    shop.answers(found(), refusal)
    assert told(send(shop)) == ("rejected", message, 200)
    assert asked(shop) == [LOOKUP, MAKE]


# A code that cannot be put into the fulfilment any more


def test_tracking_after_the_fulfilment_becomes_a_note(shop):
    shop.answers(sent("Shipped", code=""), done("Order", id="7"))
    result = send(shop, kind="tracking", word="Shipped", params={"notes_are_public": "true"})
    assert told(result) == ("accepted", "", 200)
    assert asked(shop) == [LOOKUP, note(f"Rastreio: {CODE}", public=True)]


def test_tracking_that_was_noted_is_not_noted_again(shop):
    noted = found(
        lines=SENT_LINES,
        fulfillments=[{"id": "3", "state": "Shipped", "trackingCode": ""}],
        notes=[f"Rastreio: {CODE}"],
    )
    shop.answers(noted)
    assert told(send(shop, kind="tracking")) == ("already_applied", "", 200)


def test_tracking_before_the_order_is_sent_makes_the_fulfilment(shop):
    """The word of the order's row is then a note's text, and no state."""
    shop.answers(found(), CREATED)
    result = send(shop, OrderStatus.EM_PREPARACAO, word="Em preparação", kind="tracking")
    assert told(result) == ("accepted", "", 200)
    assert asked(shop) == [LOOKUP, MAKE]


# Notes, payment, cancelling


@pytest.mark.parametrize(
    ("status", "facts", "text"),
    [
        (OrderStatus.EM_PREPARACAO, {}, "Aviso"),
        (
            OrderStatus.DESPACHADO,
            {},
            "Aviso: NF-e 987, chave 35261100000000000191550010000009871000009876",
        ),
        (OrderStatus.DESPACHADO, {"invoice": None}, "Aviso"),
        (OrderStatus.PROBLEMAS, {}, "Aviso: Objeto postado"),
        (OrderStatus.PROBLEMAS, {"tracking": None}, "Aviso"),
        (OrderStatus.PROBLEMAS, {"tracking": {"description": ""}}, "Aviso"),
    ],
)
def test_status_without_a_fulfilment_is_noted_once(shop, status, facts, text):
    shop.answers(found(notes=["Aviso: outro"]), done("Order", id="7"), found(notes=[text]))
    assert told(send(shop, status, "url", "Aviso", **facts)) == ("accepted", "", 200)
    assert told(send(shop, status, "url", "Aviso", **facts)) == ("already_applied", "", 200)
    assert asked(shop) == [LOOKUP, note(text), LOOKUP]


def test_authorised_payments_are_settled(shop):
    payments = [{"id": "1", "state": "Declined"}, {"id": "2", "state": "Authorized"}]
    shop.answers(
        found("PaymentAuthorized", payments=payments), done("Payment", id="2", state="Settled")
    )
    result = send(shop, OrderStatus.PAGAMENTO_CONFIRMADO, "url", "PaymentSettled")
    assert told(result) == ("accepted", "", 200)
    assert asked(shop) == [LOOKUP, ("settlePayment", {"id": "2"})]


def test_order_whose_payment_was_not_even_authorised_is_told(shop):
    shop.answers(found("ArrangingPayment", payments=[]))
    assert told(send(shop, OrderStatus.PAGAMENTO_CONFIRMADO, "url", "PaymentSettled")) == (
        "rejected",
        "O pedido está no estado ArrangingPayment na Vendure.",
        200,
    )


def test_cancelled(shop):
    shop.answers(found(), done("Order", id="7", state="Cancelled"), found("Cancelled"))
    assert told(send(shop, OrderStatus.CANCELADO, "url", "Cancelled")) == ("accepted", "", 200)
    assert told(send(shop, OrderStatus.CANCELADO, "url", "Cancelled")) == (
        "already_applied",
        "",
        200,
    )
    reason = {"orderId": "7", "cancelShipping": True, "reason": "Cancelled"}
    assert asked(shop) == [LOOKUP, ("cancelOrder", {"input": reason}), LOOKUP]


# What the lookup may say


def test_unknown_order(shop):
    shop.answers({"data": {"orders": {"items": []}}})
    assert told(send(shop)) == ("rejected", "O pedido não foi encontrado na Vendure.", 200)


def test_cancelled_order_is_not_sent(shop):
    shop.answers(found("Cancelled"))
    assert told(send(shop)) == ("rejected", "O pedido está no estado Cancelled na Vendure.", 200)


@pytest.mark.parametrize(
    ("code", "message", "outcome"),
    [
        ("FORBIDDEN", "You are not currently authorized to perform this action", "auth_refused"),
        ("INTERNAL_SERVER_ERROR", "database is locked", "transient"),
        ("ENTITY_NOT_FOUND", 'No Fulfillment with the id "3" could be found', "rejected"),
    ],
)
def test_errors_that_come_with_http_200(shop, code, message, outcome):
    error = {"message": message, "path": ["done"], "extensions": {"code": code}}
    shop.answers(sent("Pending"), {"errors": [error], "data": None})
    assert told(send(shop)) == (outcome, message, 200)
