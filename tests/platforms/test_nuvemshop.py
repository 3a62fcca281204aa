"""Nuvemshop: what is sent of an order, its tracking and events, its notes, the cancellation.

Answers have the shape of the vendor's pages (fulfillment-order, order), cut to what is read.
"""

import json

from tests.platforms.harness import ScriptedShop, answer, deliver_to, told
from vitrines.secrets import MASK
from vitrines.statuses import OrderStatus

BASE = "/2025-03/1234567"
FULFILLMENTS = f"{BASE}/orders/871254203/fulfillment-orders"
FIRST = f"{FULFILLMENTS}/01FHZXHK8PTP9FVK99Z66GXKKK"
SECOND = f"{FULFILLMENTS}/01ARZ3NDEKTSV4RRFFQ69G5FAV"
METAFIELD = (
    f"{BASE}/metafields/orders?per_page=1&owner_id=871254203&namespace=nfe&key=list&fields=id,value"
)
CODE = "QB123456789BR"
URL = "https://rastreio.example/QB123456789BR"
KEY = "35261100000000000191550010000009871000009876"


def fulfillment(status: str, number: str = "01FHZXHK8PTP9FVK99Z66GXKKK", **changes):
    return {
        "id": number,
        "status": status,
        "shipping": {"type": "ship"},
        "tracking_info": {"url": None, "code": None},
        "tracking_events": [],
        **changes,
    }


def send(shop: ScriptedShop, status: OrderStatus, channel: str, word: str, **changes):
    changes.setdefault("order", {"platform_id": "871254203"})
    return deliver_to(shop, "nuvemshop", status=status, channel=channel, word=word, **changes)


def pack(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EM_PREPARACAO, "url", "PACKED", **changes)


def test_nuvemshop_success(shop):
    shop.answers([fulfillment("UNPACKED")], fulfillment("PACKED"))
    assert told(pack(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {FULFILLMENTS}", f"PATCH {FIRST}"]
    assert shop.bodies == [None, {"status": "PACKED"}]
    asked = shop.requests[1].headers
    assert asked["Authentication"] == "bearer secret-access_token"
    assert asked["User-Agent"] == "Integrador ERP (ti@empresa.com.br)"
    assert "Authorization" not in asked


def test_nuvemshop_name_of_the_app_is_no_secret(shop):
    shop.answers([fulfillment("PACKED")])
    [step] = pack(shop).steps
    assert step["request_headers"]["User-Agent"] == "Integrador ERP (ti@empresa.com.br)"
    assert step["request_headers"]["Authentication"] == MASK


def test_nuvemshop_refusal(shop):
    refused = {"description": "Bad Request", "message": "Invalid status transition"}
    shop.answers([fulfillment("UNPACKED")], answer(refused, 400))
    assert told(pack(shop)) == ("rejected", "Invalid status transition", 400)


def test_nuvemshop_throttled(shop):
    shop.answers(answer({"message": "Too Many Requests"}, 429, x_rate_limit_reset="1500"))
    result = pack(shop)
    assert (*told(result), result.retry_after) == ("throttled", "Too Many Requests", 429, 1.5)


def test_nuvemshop_already_applied(shop):
    shop.answers([fulfillment("PACKED"), fulfillment("DISPATCHED", "01ARZ3NDEKTSV4RRFFQ69G5FAV")])
    assert told(pack(shop)) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {FULFILLMENTS}"]


def test_nuvemshop_only_what_is_behind_is_moved(shop):
    digital = fulfillment("UNPACKED", "01DIGITAL", shipping={"type": "non-shippable"})
    behind = fulfillment("UNPACKED", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    shop.answers([fulfillment("DELIVERED"), behind, digital], fulfillment("DISPATCHED"))
    result = send(shop, OrderStatus.DESPACHADO, "url", "DISPATCHED")
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [f"GET {FULFILLMENTS}", f"PATCH {SECOND}"]


def test_nuvemshop_order_without_fulfillments(shop):
    shop.answers([])
    assert told(pack(shop)) == ("rejected", "A Nuvemshop não tem envios neste pedido.", 200)


def test_nuvemshop_event_of_what_was_not_sent_yet(shop):
    shop.answers([fulfillment("PACKED")], fulfillment("DISPATCHED"), answer({"id": "01FJ"}, 201))
    result = send(shop, OrderStatus.EMBARCADO, "tracking", "in_transit")
    assert told(result) == ("accepted", "", 201)
    assert shop.lines == [f"GET {FULFILLMENTS}", f"PATCH {FIRST}", f"POST {FIRST}/tracking-events"]
    assert shop.bodies == [
        None,
        {
            "status": "DISPATCHED",
            "tracking_info": {"code": CODE, "url": URL, "notify_customer": False},
        },
        {
            "status": "in_transit",
            "description": "Objeto postado",
            "address": None,
            "geolocation": None,
            "happened_at": "2026-11-23T02:30:00+00:00",
            "estimated_delivery_at": None,
        },
    ]


def test_nuvemshop_tracking_of_what_was_sent_before_keeps_its_status(shop):
    sent = fulfillment("DISPATCHED", tracking_events=[{"status": "in_transit"}])
    shop.answers([sent], fulfillment("DISPATCHED"))
    volumes = [{"code": CODE}, {"code": "QB987654321BR"}]
    result = send(shop, OrderStatus.EMBARCADO, "tracking", "in_transit", trackings=volumes)
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies[1] == {
        "tracking_info": {"code": f"{CODE}, QB987654321BR", "url": URL, "notify_customer": False}
    }


def test_nuvemshop_event_that_it_has(shop):
    same = "The tracking event must not be identical to an existing tracking event"
    shop.answers([fulfillment("DISPATCHED")], answer({"message": same}, 400))
    result = send(shop, OrderStatus.ENTREGUE, "url", "delivered")
    assert told(result) == ("already_applied", "", 400)
    assert shop.bodies[1]["description"] == "Entregue"


def test_nuvemshop_late_tracking(shop):
    shop.answers([fulfillment("DELIVERED")], fulfillment("DELIVERED"))
    result = send(
        shop,
        OrderStatus.ENTREGUE,
        "tracking",
        "delivered",
        kind="tracking",
        params={"notify_customer": "yes"},
    )
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies[1] == {"tracking_info": {"code": CODE, "url": URL, "notify_customer": True}}


def test_nuvemshop_late_tracking_that_it_has(shop):
    shop.answers([fulfillment("DISPATCHED", tracking_info={"url": URL, "code": CODE})])
    result = send(shop, OrderStatus.EMBARCADO, "tracking", "in_transit", kind="tracking")
    assert told(result) == ("already_applied", "", 200)


def test_nuvemshop_problem_before_anything_was_sent(shop):
    shop.answers([fulfillment("PACKED")])
    result = send(shop, OrderStatus.PROBLEMAS, "url", "delayed")
    message = (
        "A Nuvemshop só recebe ocorrências de envios que já saíram; nenhum envio deste pedido saiu."
    )
    assert told(result) == ("rejected", message, 200)


def test_nuvemshop_problem_of_what_was_sent(shop):
    packed = fulfillment("PACKED", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    shop.answers([fulfillment("DISPATCHED"), packed], answer({"id": "01FJ"}, 201))
    result = send(shop, OrderStatus.PROBLEMAS, "url", "delayed")
    assert told(result) == ("accepted", "", 201)
    assert shop.lines[1:] == [f"POST {FIRST}/tracking-events"]


# The list of notes


def invoice(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.DESPACHADO, "xml", "DISPATCHED", **changes)


def test_nuvemshop_first_note(shop):
    shop.answers([], answer({"id": 12345}, 201), [fulfillment("PACKED")], fulfillment("DISPATCHED"))
    result = invoice(shop, params={"nfe_link": "https://notas.empresa.com.br/nfe/"})
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [
        f"GET {METAFIELD}",
        f"POST {BASE}/metafields",
        f"GET {FULFILLMENTS}",
        f"PATCH {FIRST}",
    ]
    written = shop.bodies[1]
    assert json.loads(written.pop("value")) == [
        {"key": KEY, "link": f"https://notas.empresa.com.br/nfe/{KEY}"}
    ]
    assert written == {
        "namespace": "nfe",
        "key": "list",
        "description": "Lista de NFes",
        "owner_resource": "Order",
        "owner_id": 871254203,
    }


def test_nuvemshop_further_note_keeps_the_others(shop):
    other = {"key": "4" * 44, "link": "https://notas.example/1", "fulfillment_order_id": "01FH"}
    shop.answers(
        [{"id": 12345, "value": json.dumps([other])}],
        {"id": 12345},
        [fulfillment("DISPATCHED")],
    )
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.lines[1] == f"PUT {BASE}/metafields/12345"
    assert json.loads(shop.bodies[1]["value"]) == [other, {"key": KEY, "link": ""}]


def test_nuvemshop_note_into_an_empty_list(shop):
    shop.answers([{"id": 12345, "value": "[]"}], {"id": 12345}, [fulfillment("DISPATCHED")])
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert json.loads(shop.bodies[1]["value"]) == [{"key": KEY, "link": ""}]


def test_nuvemshop_note_that_it_has(shop):
    noted = {"id": 12345, "value": json.dumps([{"key": KEY, "link": ""}])}
    shop.answers([noted], [fulfillment("DISPATCHED")])
    assert told(invoice(shop)) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {METAFIELD}", f"GET {FULFILLMENTS}"]


# The cancellation


def test_nuvemshop_cancellation(shop):
    shop.answers({"id": 871254203, "status": "open"}, {"id": 871254203, "status": "cancelled"})
    result = send(shop, OrderStatus.CANCELADO, "url", "cancelled")
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [
        f"GET {BASE}/orders/871254203?fields=id,status",
        f"POST {BASE}/orders/871254203/cancel",
    ]
    assert shop.bodies[1] == {"reason": "other", "email": False, "restock": True}


def test_nuvemshop_cancellation_that_it_has(shop):
    shop.answers({"id": 871254203, "status": "cancelled"})
    result = send(shop, OrderStatus.CANCELADO, "url", "cancelled")
    assert told(result) == ("already_applied", "", 200)


def test_nuvemshop_unknown_order(shop):
    shop.answers(answer({"code": 404, "message": "Not Found"}, 404))
    assert told(pack(shop)) == ("rejected", "Not Found", 404)
