"""AnyMarket: the note with its XML, the tracking, and a status that never goes back.

Answers have the shape of the vendor's SDK (Order, ErrorDTO), cut to what is read.
"""

import pytest

from tests.platform_samples import INVOICE_XML
from tests.platforms.harness import ScriptedShop, answer, deliver_to, told
from vitrines.statuses import OrderStatus

ORDER = "/v2/orders/259061706"
CODE = "QB123456789BR"
URL = f"https://rastreio.example/{CODE}"
KEY = "35261100000000000191550010000009871000009876"
AT = "2026-11-23T02:30:00Z"
NOTE = {"accessKey": KEY, "series": "1", "number": "987", "date": AT, "cfop": "5102"}
TRACKING = {"number": CODE, "url": URL, "carrier": "Correios", "date": AT}


def order(status: str, **changes):
    return {"id": 259061706, "marketPlaceId": "2000009047722568", "status": status, **changes}


def send(shop: ScriptedShop, status: OrderStatus, channel: str, word: str, **changes):
    changes.setdefault("order", {"platform_id": "259061706"})
    return deliver_to(shop, "anymarket", status=status, channel=channel, word=word, **changes)


def invoice(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.DESPACHADO, "xml", "INVOICED", **changes)


def ship(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EMBARCADO, "tracking", "PAID_WAITING_DELIVERY", **changes)


def conclude(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.ENTREGUE, "url", "CONCLUDED", **changes)


def cancel(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.CANCELADO, "url", "CANCELED", **changes)


def test_anymarket_success(shop):
    shop.answers(order("INVOICED"), order("PAID_WAITING_DELIVERY"))
    assert told(ship(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}", f"PUT {ORDER}"]
    tracking = {**TRACKING, "shippedDate": AT}
    assert shop.bodies == [None, {"status": "PAID_WAITING_DELIVERY", "tracking": tracking}]
    assert [asked.headers["Gumgatoken"] for asked in shop.requests] == ["secret-token"] * 2


def test_anymarket_refusal(shop):
    message = "O campo informado esta fora das especificações."
    shop.answers(order("INVOICED"), answer({"code": "422", "message": message}, 422))
    assert told(ship(shop)) == ("rejected", message, 422)


def test_anymarket_throttled(shop):
    limited = {"code": "429", "message": "Too many requests"}
    shop.answers(answer(limited, 429, RateLimit_Reset="12"))
    result = ship(shop)
    assert (*told(result), result.retry_after) == ("throttled", "Too many requests", 429, 12)


def test_anymarket_already_applied(shop):
    shop.answers(order("PAID_WAITING_DELIVERY", tracking={"number": CODE}))
    assert told(ship(shop)) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {ORDER}"]


@pytest.mark.parametrize(
    ("headers", "wait"), [({}, 60), ({"Retry_After": "7"}, 7), ({"RateLimit_Reset": "0"}, 1)]
)
def test_wait_that_is_told_otherwise_or_not_at_all(shop, headers, wait):
    shop.answers(answer({"message": "Too many requests"}, 429, **headers))
    assert ship(shop).retry_after == wait


def test_token_that_is_not_known(shop):
    shop.answers(answer({"message": "Token inválido"}, 401))
    assert told(ship(shop)) == ("auth_refused", "Token inválido", 401)


# The note


@pytest.mark.parametrize("status", ["PENDING", "PAID_WAITING_SHIP"])
def test_xml_before_the_status(shop, status):
    shop.answers(order(status), 200, order("INVOICED"))
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}", f"PUT {ORDER}/nfe", f"PUT {ORDER}"]
    assert shop.bodies == [None, INVOICE_XML, {"status": "INVOICED", "invoice": NOTE}]
    assert shop.requests[1].headers["Content-Type"] == "application/xml"


@pytest.mark.parametrize("status", ["INVOICED", "PAID_WAITING_DELIVERY", "CONCLUDED"])
def test_note_of_an_order_that_went_further_keeps_its_status(shop, status):
    shop.answers(order(status, invoice={"accessKey": "3" * 44}), 200, order(status))
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.bodies == [None, INVOICE_XML, {"invoice": NOTE}]


@pytest.mark.parametrize("key", [KEY, " ".join(KEY[i : i + 4] for i in range(0, 44, 4))])
def test_note_that_it_has(shop, key):
    shop.answers(order("INVOICED", invoice={"accessKey": key}))
    assert told(invoice(shop)) == ("already_applied", "", 200)


def test_note_that_it_has_is_sent_again_until_the_order_is_invoiced(shop):
    shop.answers(order("PAID_WAITING_SHIP", invoice={"accessKey": KEY}), 200, order("INVOICED"))
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.bodies[2]["status"] == "INVOICED"


def test_xml_that_is_refused_leaves_the_status_alone(shop):
    shop.answers(order("PAID_WAITING_SHIP"), answer({"message": "XML inválido"}, 422))
    assert told(invoice(shop)) == ("rejected", "XML inválido", 422)
    assert shop.lines == [f"GET {ORDER}", f"PUT {ORDER}/nfe"]


def test_order_that_was_cancelled(shop):
    shop.answers(order("CANCELED"))
    message = "O pedido está cancelado no AnyMarket."
    assert told(invoice(shop)) == ("rejected", message, 200)


# The order


FOUND = "GET /v2/orders?marketplaceId=12345&limit=5&offset=0"


def test_order_without_an_id_is_found_by_its_number(shop):
    shop.answers({"content": [order("INVOICED")], "page": {}}, order("CONCLUDED"))
    result = conclude(shop, order={"platform_id": ""})
    assert (told(result), result.captured) == (
        ("already_applied", "", 200),
        {"order_id": 259061706, "state": "CONCLUDED", "invoice_key": "", "tracked": ""},
    )
    assert shop.lines == [FOUND, f"GET {ORDER}"]


def test_order_that_was_found_before(shop):
    shop.answers(order("CONCLUDED"))
    result = conclude(shop, order={"platform_id": ""}, captured={"order_id": 259061706})
    assert told(result) == ("already_applied", "", 200)


def test_order_is_found_by_the_number_of_the_erp(shop):
    shop.answers({"content": [order("CONCLUDED")]}, order("CONCLUDED"))
    conclude(shop, order={"platform_id": ""}, params={"number_is": "partnerId"})
    assert shop.lines[0] == "GET /v2/orders?partnerId=12345&limit=5&offset=0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "O AnyMarket não tem pedido com este número."),
        ([order("PENDING")] * 2, "O AnyMarket tem mais de um pedido com este número."),
    ],
)
def test_order_that_is_not_one(shop, content, message):
    shop.answers({"content": content})
    assert told(cancel(shop, order={"platform_id": ""})) == ("rejected", message, 200)
    assert shop.lines == [FOUND]


# Tracking


def test_tracking_that_changed_of_an_order_that_went_further(shop):
    shop.answers(order("CONCLUDED", tracking={"number": "QB000000000BR"}), order("CONCLUDED"))
    assert told(ship(shop)) == ("accepted", "", 200)
    assert shop.bodies[1] == {"tracking": {**TRACKING, "shippedDate": AT}}


def test_tracking_without_a_code(shop):
    shop.answers(order("PAID_WAITING_SHIP"), order("PAID_WAITING_DELIVERY"))
    ship(shop, tracking={"code": "", "carrier": "", "occurred_at": None})
    assert shop.bodies[1]["tracking"] == {"url": URL, "date": AT, "shippedDate": AT}


def test_late_tracking_leaves_the_status_alone(shop):
    shop.answers(order("INVOICED"), order("INVOICED"))
    assert told(ship(shop, kind="tracking")) == ("accepted", "", 200)
    assert shop.bodies[1] == {"tracking": TRACKING}


def test_late_tracking_that_it_has(shop):
    shop.answers(order("CONCLUDED", tracking={"number": CODE}))
    assert told(ship(shop, kind="tracking")) == ("already_applied", "", 200)


# The status alone


def test_delivery(shop):
    shop.answers(order("PAID_WAITING_DELIVERY"), order("CONCLUDED"))
    assert told(conclude(shop)) == ("accepted", "", 200)
    tracking = {"number": CODE, "url": URL, "carrier": "Correios", "deliveredDate": AT}
    assert shop.bodies[1] == {"status": "CONCLUDED", "tracking": tracking}


def test_delivery_without_a_tracking(shop):
    shop.answers(order("INVOICED"), order("CONCLUDED"))
    assert told(conclude(shop, tracking=None, trackings=[])) == ("accepted", "", 200)
    assert shop.bodies[1] == {"status": "CONCLUDED", "tracking": {"deliveredDate": AT}}


@pytest.mark.parametrize(
    ("status", "word", "now"),
    [
        (OrderStatus.PAGAMENTO_CONFIRMADO, "PAID_WAITING_SHIP", "PENDING"),
        (OrderStatus.DESPACHADO, "INVOICED", "PAID_WAITING_SHIP"),
        (OrderStatus.EMBARCADO, "PAID_WAITING_DELIVERY", "DELIVERY_ISSUE"),
        (OrderStatus.PROBLEMAS, "DELIVERY_ISSUE", "PAID_WAITING_DELIVERY"),
    ],
)
def test_status_that_is_ahead(shop, status, word, now):
    shop.answers(order(now), order(word))
    assert told(send(shop, status, "url", word)) == ("accepted", "", 200)
    assert shop.bodies[1] == {"status": word}


@pytest.mark.parametrize(
    ("status", "word", "now"),
    [
        (OrderStatus.PAGAMENTO_CONFIRMADO, "PAID_WAITING_SHIP", "INVOICED"),
        (OrderStatus.EMBARCADO, "PAID_WAITING_DELIVERY", "CONCLUDED"),
        (OrderStatus.PROBLEMAS, "DELIVERY_ISSUE", "DELIVERY_ISSUE"),
    ],
)
def test_status_that_it_has_passed(shop, status, word, now):
    shop.answers(order(now))
    assert told(send(shop, status, "url", word)) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {ORDER}"]


@pytest.mark.parametrize("status", ["PENDING", "INVOICED", "CONCLUDED"])
def test_cancellation(shop, status):
    shop.answers(order(status), order("CANCELED"))
    assert told(cancel(shop)) == ("accepted", "", 200)
    assert shop.bodies == [None, {"status": "CANCELED"}]


def test_cancellation_that_it_has(shop):
    shop.answers(order("CANCELED"))
    assert told(cancel(shop)) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {ORDER}"]
