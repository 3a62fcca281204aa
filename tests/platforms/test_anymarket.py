"""AnyMarket: the order's status with its note or tracking, and the XML byte for byte."""

from tests.platform_samples import INVOICE_XML
from tests.platforms.harness import ScriptedShop, answer, deliver_to, told
from vitrines.statuses import OrderStatus

ORDER = "/v2/orders/259061706"
CODE = "QB123456789BR"
URL = "https://rastreio.example/QB123456789BR"
KEY = "35261100000000000191550010000009871000009876"
AT = "2026-11-23T02:30:00+00:00"


def send(shop: ScriptedShop, status: OrderStatus, channel: str, word: str, **changes):
    changes.setdefault("order", {"platform_id": "259061706"})
    return deliver_to(shop, "anymarket", status=status, channel=channel, word=word, **changes)


def ship(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EMBARCADO, "tracking", "PAID_WAITING_DELIVERY", **changes)


def cancel(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.CANCELADO, "url", "CANCELED", **changes)


def test_anymarket_success(shop):
    shop.answers({"id": 259061706, "status": "PAID_WAITING_DELIVERY"})
    assert told(ship(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"PUT {ORDER}"]
    assert shop.bodies == [
        {
            "status": "PAID_WAITING_DELIVERY",
            "tracking": {
                "number": CODE,
                "carrier": "Correios",
                "url": URL,
                "date": AT,
                "shippedDate": AT,
            },
        }
    ]
    assert shop.requests[0].headers["Gumgatoken"] == "secret-token"


def test_anymarket_refusal(shop):
    message = "Não é permitido alterar o status de CONCLUDED para PAID_WAITING_DELIVERY"
    shop.answers(answer({"code": "422", "message": message}, 422))
    assert told(ship(shop)) == ("rejected", message, 422)


def test_anymarket_throttled(shop):
    shop.answers(answer({"code": "429", "message": "Too many requests"}, 429))
    result = ship(shop)
    assert (*told(result), result.retry_after) == ("throttled", "Too many requests", 429, 60)


def test_anymarket_already_applied(shop):
    shop.answers({"id": 259061706, "status": "CANCELED"})
    assert told(cancel(shop)) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {ORDER}"]


def test_anymarket_status_alone(shop):
    shop.answers({"id": 259061706, "status": "INVOICED"}, {"id": 259061706, "status": "CANCELED"})
    assert told(cancel(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}", f"PUT {ORDER}"]
    assert shop.bodies == [None, {"status": "CANCELED"}]


def test_anymarket_note_with_its_xml(shop):
    shop.answers({"id": 259061706, "status": "INVOICED"}, 200)
    result = send(shop, OrderStatus.DESPACHADO, "xml", "INVOICED")
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [f"PUT {ORDER}", f"PUT {ORDER}/nfe"]
    assert shop.bodies == [
        {
            "status": "INVOICED",
            "invoice": {
                "accessKey": KEY,
                "series": "1",
                "number": "987",
                "date": AT,
                "cfop": "5102",
            },
        },
        INVOICE_XML,
    ]
    assert shop.requests[1].headers["Content-Type"] == "application/xml"


def test_anymarket_delivery(shop):
    shop.answers({"id": 259061706, "status": "CONCLUDED"})
    result = send(shop, OrderStatus.ENTREGUE, "tracking", "CONCLUDED")
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies == [
        {
            "status": "CONCLUDED",
            "tracking": {"number": CODE, "carrier": "Correios", "url": URL, "deliveredDate": AT},
        }
    ]


def test_anymarket_late_tracking_of_a_delivered_order_has_no_date_of_delivery(shop):
    shop.answers({"id": 259061706, "status": "CONCLUDED"})
    result = send(shop, OrderStatus.ENTREGUE, "tracking", "CONCLUDED", kind="tracking")
    assert told(result) == ("accepted", "", 200)
    assert "deliveredDate" not in shop.bodies[0]["tracking"]
    assert shop.bodies[0]["status"] == "CONCLUDED"


def test_anymarket_token_that_is_not_known(shop):
    shop.answers(answer({"message": "Token inválido"}, 401))
    assert told(ship(shop)) == ("auth_refused", "Token inválido", 401)
