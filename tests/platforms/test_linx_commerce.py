"""Linx Commerce: UpdateOrder and how it answers."""

from tests.platforms.harness import ScriptedShop, answer, deliver_to, told
from vitrines.statuses import OrderStatus


def send(shop: ScriptedShop, status: OrderStatus = OrderStatus.EMBARCADO, **changes):
    channel = changes.pop("channel", "tracking")
    return deliver_to(shop, "linx_commerce", status=status, channel=channel, **changes)


def test_linx_commerce_success(shop):
    shop.answers({"IsValid": True, "Errors": [], "Warnings": []})
    assert told(send(shop)) == ("accepted", "", 200)
    assert shop.lines == ["POST /v1/Sales/API.svc/web/UpdateOrder"]
    assert shop.bodies == [
        {
            "OrderID": "9f1c-22",
            "WorkflowType": "SHIPPED",
            "Shipment": {
                "TrackingNumber": "QB123456789BR",
                "TrackingUrl": "https://rastreio.example/QB123456789BR",
            },
        }
    ]


def test_linx_commerce_throttled(shop):
    shop.answers(answer(status=429, Retry_After="7"))
    result = send(shop)
    assert (*told(result), result.retry_after) == (
        "throttled",
        "A plataforma pediu para esperar (HTTP 429).",
        429,
        7,
    )
