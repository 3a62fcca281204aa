"""Mercado Livre: dispatch, tracking, delivery and problems, told in Mercado Envios 1 only."""

import pytest

from tests.platforms.harness import ScriptedShop, answer, told
from tests.platforms.mercado_livre import FOUND, ORDER, SHIPMENT, send, shipment
from vitrines.statuses import OrderStatus

NOTIFY = "POST /v2/shipments/43729529445/seller_notifications"
CODE = "QB123456789BR"
URL = f"https://rastreio.example/{CODE}"
AT = "2026-11-23T02:30:00Z"
OK = {"status": "OK"}
PAIR = {"tracking_number": CODE, "tracking_url": URL}


def ship(shop: ScriptedShop, word: str = "shipped", **changes):
    return send(shop, OrderStatus.EMBARCADO, "tracking", word, **changes)


def deliver(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.ENTREGUE, "url", "delivered", **changes)


def problem(shop: ScriptedShop, word: str = "receiver_absent", **changes):
    return send(shop, OrderStatus.PROBLEMAS, "url", word, **changes)


def notification(status: str, substatus: str | None = None, **changes):
    return {
        "payload": {"service_id": 11, "comment": "Objeto postado", "date": AT},
        "status": status,
        "substatus": substatus,
        **changes,
    }


# Dispatch and tracking


def test_dispatch_in_me1(shop):
    shop.answers(FOUND, shipment(), OK)
    assert told(ship(shop)) == ("accepted", "", 200)
    assert shop.lines == [ORDER, SHIPMENT, NOTIFY]
    assert shop.bodies == [None, None, notification("shipped", **PAIR)]


@pytest.mark.parametrize("logistic", ["drop_off", "self_service", "fulfillment"])
def test_dispatch_in_me2_is_the_platforms_own(shop, logistic):
    shop.answers(FOUND, shipment("ready_to_ship", logistic=logistic))
    assert told(ship(shop)) == ("already_applied", "", 200)
    assert shop.lines == [ORDER, SHIPMENT]


@pytest.mark.parametrize("status", ["shipped", "delivered", "not_delivered"])
def test_dispatch_that_it_knows(shop, status):
    shop.answers(FOUND, shipment(status, tracking_number=CODE))
    assert told(ship(shop)) == ("already_applied", "", 200)


def test_dispatch_that_it_knows_without_the_tracking(shop):
    shop.answers(FOUND, shipment("shipped"), OK)
    assert told(ship(shop)) == ("accepted", "", 200)
    assert shop.bodies[2] == notification("shipped", **PAIR)


@pytest.mark.parametrize(
    ("tracking", "params", "pair"),
    [
        ({"url": ""}, {}, {}),
        ({"code": ""}, {}, {}),
        (
            {"url": ""},
            {"tracking_link": "https://t.example/?c="},
            {"tracking_number": CODE, "tracking_url": f"https://t.example/?c={CODE}"},
        ),
    ],
)
def test_tracking_goes_as_a_pair_or_not_at_all(shop, tracking, params, pair):
    shop.answers(FOUND, shipment(), OK)
    assert told(ship(shop, tracking=tracking, params=params)) == ("accepted", "", 200)
    assert shop.bodies[2] == notification("shipped", **pair)


def test_event_on_the_way_comes_after_the_dispatch(shop):
    shop.answers(FOUND, shipment(), OK, OK)
    assert told(ship(shop, "out_for_delivery")) == ("accepted", "", 200)
    assert shop.lines == [ORDER, SHIPMENT, NOTIFY, NOTIFY]
    assert shop.bodies[2:] == [
        notification("shipped", **PAIR),
        notification("shipped", "out_for_delivery"),
    ]


def test_event_on_the_way_that_it_knows(shop):
    shop.answers(FOUND, shipment("shipped", "out_for_delivery", tracking_number=CODE))
    assert told(ship(shop, "out_for_delivery")) == ("already_applied", "", 200)


def test_dispatch_without_a_tracking(shop):
    shop.answers(FOUND, shipment(), OK)
    result = send(
        shop, OrderStatus.EMBARCADO, "url", "shipped", tracking=None, params={"service_id": "12"}
    )
    assert told(result) == ("accepted", "", 200)
    payload = {"service_id": 12, "comment": "Embarcado", "date": AT}
    assert shop.bodies[2] == {"payload": payload, "status": "shipped", "substatus": None}


def test_dispatch_that_is_arranged_with_the_buyer(shop):
    shop.answers(FOUND, shipment() | {"logistic": {"mode": "custom", "type": "custom"}})
    message = "O andamento de envios “custom” não é avisado por aqui: informe-o na página da venda."
    assert told(ship(shop)) == ("rejected", message, 200)


def test_status_that_it_does_not_take_does_not_stop_the_vitrine(shop):
    body = {"status_code": 403, "error_code": "bad_request", "message": "Status-substatus …"}
    shop.answers(FOUND, shipment(), answer(body, 403))
    assert told(ship(shop)) == ("rejected", "Status-substatus …", 403)


def test_late_tracking(shop):
    shop.answers(FOUND, shipment("shipped", tracking_number="QB000000000BR"), OK)
    assert told(ship(shop, kind="tracking")) == ("accepted", "", 200)
    assert shop.bodies[2] == notification("shipped", **PAIR)


@pytest.mark.parametrize(
    "found",
    [
        shipment("pending"),
        shipment("shipped", tracking_number=CODE),
        shipment("delivered"),
        shipment("shipped", logistic="drop_off"),
    ],
)
def test_late_tracking_that_is_not_to_be_told(shop, found):
    shop.answers(FOUND, found)
    assert told(ship(shop, kind="tracking")) == ("already_applied", "", 200)
    assert shop.lines == [ORDER, SHIPMENT]


# Delivery and problems


def test_delivery(shop):
    shop.answers(FOUND, shipment("shipped"), OK)
    assert told(deliver(shop)) == ("accepted", "", 200)
    payload = {"service_id": 11, "comment": "Entregue", "date": AT}
    assert shop.bodies[2] == {
        "payload": payload,
        **PAIR,
        "status": "delivered",
        "substatus": None,
    }


def test_delivery_of_what_nobody_said_was_dispatched(shop):
    shop.answers(FOUND, shipment("ready_to_ship"), OK, OK)
    assert told(deliver(shop, tracking=None)) == ("accepted", "", 200)
    assert shop.lines == [ORDER, SHIPMENT, NOTIFY, NOTIFY]
    assert [body["status"] for body in shop.bodies[2:]] == ["shipped", "delivered"]


@pytest.mark.parametrize(
    "found", [shipment("delivered"), shipment("not_delivered", logistic="drop_off")]
)
def test_delivery_that_it_knows(shop, found):
    shop.answers(FOUND, found)
    assert told(deliver(shop)) == ("already_applied", "", 200)


def test_delivery_of_what_came_back(shop):
    shop.answers(FOUND, shipment("not_delivered", "returned"))
    message = "O Mercado Livre já encerrou este envio como não entregue."
    assert told(deliver(shop)) == ("rejected", message, 200)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("receiver_absent", "shipped"),
        ("fiscalization_issue", "shipped"),
        ("refused_delivery", "not_delivered"),
        ("returned", "not_delivered"),
    ],
)
def test_problem(shop, word, status):
    shop.answers(FOUND, shipment("shipped"), OK)
    assert told(problem(shop, word)) == ("accepted", "", 200)
    assert shop.bodies[2] == notification(status, word)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("receiver_absent", shipment("shipped", "receiver_absent")),
        ("returned", shipment("not_delivered", "returned")),
        ("receiver_absent", shipment("shipped", logistic="drop_off")),
    ],
)
def test_problem_that_it_knows(shop, word, found):
    shop.answers(FOUND, found)
    assert told(problem(shop, word)) == ("already_applied", "", 200)


PENDING = "O Mercado Livre só recebe ocorrências de envios a caminho; este está “pending”."
DELIVERED = "O Mercado Livre só recebe ocorrências de envios a caminho; este está “delivered”."
CANCELLED = "O envio foi cancelado no Mercado Livre."
ENDED = "O Mercado Livre já encerrou este envio como não entregue."


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("pending", PENDING),
        ("delivered", DELIVERED),
        ("cancelled", CANCELLED),
        ("not_delivered", ENDED),
    ],
)
def test_problem_of_what_is_not_on_the_way(shop, status, message):
    shop.answers(FOUND, shipment(status))
    assert told(problem(shop)) == ("rejected", message, 200)


def test_problem_without_its_word(shop):
    shop.answers(FOUND, shipment("shipped"))
    result = problem(shop, "")
    assert result.outcome == "config"
    assert result.message.endswith("lookup: “” não está na tabela.")
    assert shop.lines == [ORDER, SHIPMENT]
