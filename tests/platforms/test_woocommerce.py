"""WooCommerce: the order's status and fields, the remark, and the extension Shipment Tracking."""

import base64

from tests.platforms.harness import ScriptedShop, answer, deliver_to, platform_at, told
from vitrines.platforms.rules import Answer, find
from vitrines.statuses import OrderStatus

ORDER = "/wp-json/wc/v3/orders/727"
TRACKINGS = "/wp-json/wc-shipment-tracking/v3/orders/727/shipment-trackings"
CODE = "QB123456789BR"
URL = "https://rastreio.example/QB123456789BR"
KEY = "35261100000000000191550010000009871000009876"
STATUS_CHANGED = {"id": 280, "note": "Order status changed from On hold to Processing."}
NOTE = {"id": 281, "note": f"Rastreio Correios: {CODE} {URL}"}


def send(shop: ScriptedShop, status: OrderStatus, channel: str, word: str, **changes):
    changes.setdefault("order", {"platform_id": "727"})
    return deliver_to(shop, "woocommerce", status=status, channel=channel, word=word, **changes)


def deliver(shop: ScriptedShop, word: str = "completed", **changes):
    return send(shop, OrderStatus.ENTREGUE, "url", word, **changes)


def track(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EMBARCADO, "tracking", "processing", **changes)


def track_late(shop: ScriptedShop, **changes):
    return track(shop, kind="tracking", **changes)


def test_woocommerce_success(shop):
    shop.answers({"id": 727, "status": "completed"})
    assert told(deliver(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"PUT {ORDER}"]
    assert shop.bodies == [{"status": "completed"}]
    pair = base64.b64encode(
        b"ck_0123456789abcdef0123456789abcdef01234567:secret-consumer_secret"
    ).decode()
    assert shop.requests[0].headers["Authorization"] == f"Basic {pair}"


def test_woocommerce_refusal(shop):
    refused = {
        "code": "rest_invalid_param",
        "message": "Invalid parameter(s): status",
        "data": {"status": 400},
    }
    shop.answers(answer(refused, 400))
    assert told(deliver(shop, "entregue")) == ("rejected", "Invalid parameter(s): status", 400)


def test_woocommerce_throttled(shop):
    shop.answers(answer("<html>Too many requests</html>", 429, Retry_After="30"))
    result = deliver(shop)
    assert (result.outcome, result.retry_after) == ("throttled", 30)


def test_woocommerce_already_applied(shop):
    shop.answers([STATUS_CHANGED, NOTE])
    assert told(track_late(shop)) == ("already_applied", "", 200)
    assert shop.lines == [f"GET {ORDER}/notes"]


def test_woocommerce_code_that_begins_another_is_told(shop):
    shop.answers([{"id": 281, "note": f"Rastreio Correios: {CODE}0 {URL}0"}], {"id": 282})
    assert told(track_late(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}/notes", f"POST {ORDER}/notes"]


def test_woocommerce_that_keeps_its_own_status(shop):
    shop.answers({"id": 727, "status": "on-hold"})
    message = "A loja ficou com o status “on-hold”; o DE-PARA pede “completed”."
    assert told(deliver(shop)) == ("rejected", message, 200)


def test_woocommerce_key_in_the_address(shop):
    shop.answers({"id": 727, "status": "completed"})
    assert deliver(shop, params={"auth_kind": "query"}).outcome == "accepted"
    key = "consumer_key=ck_0123456789abcdef0123456789abcdef01234567"
    assert shop.lines == [f"PUT {ORDER}?{key}&consumer_secret=secret-consumer_secret"]
    assert "Authorization" not in shop.requests[0].headers


def test_woocommerce_order_without_its_internal_id(shop):
    result = deliver(shop, order={"platform_id": ""})
    message = "O modelo pede “{{ order.platform_id | required }}”, que está vazio neste envio."
    assert told(result) == ("config", message, None)
    assert shop.lines == []


def test_woocommerce_note_in_fields_and_as_a_remark(shop):
    shop.answers({"id": 727, "status": "processing"}, [STATUS_CHANGED], answer({"id": 281}, 201))
    result = send(
        shop,
        OrderStatus.DESPACHADO,
        "xml",
        "processing",
        params={"nfe_key_meta": "_nfe_chave", "nfe_number_meta": "_nfe_numero"},
    )
    assert told(result) == ("accepted", "", 201)
    assert shop.lines == [f"PUT {ORDER}", f"GET {ORDER}/notes", f"POST {ORDER}/notes"]
    assert shop.bodies == [
        {
            "status": "processing",
            "meta_data": [
                {"key": "_nfe_chave", "value": KEY},
                {"key": "_nfe_numero", "value": "987"},
            ],
        },
        None,
        {"note": f"NF-e 987, série 1. Chave de acesso: {KEY}", "customer_note": False},
    ]


def test_woocommerce_note_without_fields(shop):
    shop.answers({"id": 727, "status": "processing"}, [{"id": 1, "note": f"NF-e {KEY}"}])
    result = send(shop, OrderStatus.DESPACHADO, "xml", "processing")
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies == [{"status": "processing"}, None]


def test_woocommerce_tracking_with_field_extension_and_customer_note(shop):
    shop.answers(
        {"id": 727, "status": "processing"},
        [],
        answer({"tracking_id": "7f49", "tracking_number": CODE}, 201),
        [],
        answer({"id": 281}, 201),
    )
    volumes = [{"code": CODE, "url": URL}, {"code": "QB987654321BR", "url": ""}]
    result = track(
        shop,
        params={
            "tracking_meta": "_correios_tracking_code",
            "shipment_tracking": "yes",
            "note_kind": "customer",
        },
        trackings=volumes,
    )
    assert told(result) == ("accepted", "", 201)
    assert shop.lines == [
        f"PUT {ORDER}",
        f"GET {TRACKINGS}",
        f"POST {TRACKINGS}",
        f"GET {ORDER}/notes",
        f"POST {ORDER}/notes",
    ]
    assert shop.bodies == [
        {
            "status": "processing",
            "meta_data": [{"key": "_correios_tracking_code", "value": f"{CODE},QB987654321BR"}],
        },
        None,
        {
            "custom_tracking_provider": "Correios",
            "custom_tracking_link": URL,
            "tracking_number": CODE,
            "date_shipped": "2026-11-22",
        },
        None,
        {"note": f"Rastreio Correios: {CODE} {URL}", "customer_note": True},
    ]


def test_woocommerce_tracking_that_the_extension_has(shop):
    shop.answers({"id": 727, "status": "processing"}, [{"tracking_number": CODE}])
    params = {"shipment_tracking": "yes", "note_kind": "none", "tracking_provider": "Correios"}
    assert told(track(shop, params=params)) == ("accepted", "", 200)
    assert shop.lines == [f"PUT {ORDER}", f"GET {TRACKINGS}"]


def test_woocommerce_late_tracking_leaves_the_status_alone(shop):
    shop.answers({"id": 727, "status": "completed"}, [STATUS_CHANGED], answer({"id": 281}, 201))
    result = track_late(shop, params={"tracking_url_meta": "_rastreio_url"})
    assert told(result) == ("accepted", "", 201)
    assert shop.lines == [f"PUT {ORDER}", f"GET {ORDER}/notes", f"POST {ORDER}/notes"]
    assert shop.bodies[0] == {"meta_data": [{"key": "_rastreio_url", "value": URL}]}


def test_woocommerce_notes_that_cannot_be_read(shop):
    shop.answers({"id": 727, "status": "processing"}, answer({"message": "Não permitido"}, 401))
    assert told(track(shop)) == ("auth_refused", "Não permitido", 401)


def test_woocommerce_statuses_of_the_store(shop):
    listing = platform_at(shop, "woocommerce").list_statuses
    assert listing is not None
    body = '[{"slug":"processing","name":"Processando","total":2}]'
    told_by_store = find(listing.statuses, Answer(200, text=body))
    assert told_by_store == [{"code": "processing", "label": "Processando"}]
