"""Tray: the token, the note with its XML, status and tracking; the body holds the true code."""

from datetime import timedelta

import pytest

from integrations.delivery.platform_tokens.exchange import (
    Credential,
    NotObtained,
    Obtained,
    obtain_token,
)
from tests.platform_samples import INVOICE_XML
from tests.platforms.harness import NOW, ScriptedShop, answer, deliver_to, platform_at, told
from vitrines.platforms.rules import Answer, find
from vitrines.statuses import OrderStatus

API = "/web_api"
ORDER = f"{API}/orders/123"
TOKEN = "?access_token=APP_ID-1-STORE_ID-2"
CODE = "QB123456789BR"
URL = "https://rastreio.example/QB123456789BR"
KEY = "35261100000000000191550010000009871000009876"
SAVED = {"message": "Saved", "id": "123", "code": 200}
NOTE = {
    "issue_date": "2026-11-22",
    "number": "987",
    "serie": "1",
    "value": "150.90",
    "key": KEY,
    "xml_danfe": INVOICE_XML,
}


def send(shop: ScriptedShop, status: OrderStatus, channel: str, **changes):
    changes.setdefault("order", {"platform_id": "123"})
    changes.setdefault("word", "16")
    changes.setdefault("token", "APP_ID-1-STORE_ID-2")
    return deliver_to(shop, "tray", status=status, channel=channel, **changes)


def prepare(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EM_PREPARACAO, "url", **changes)


def invoice(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.DESPACHADO, "xml", **changes)


def test_tray_success(shop):
    shop.answers(SAVED)
    assert told(prepare(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"PUT {ORDER}{TOKEN}"]
    assert shop.bodies == [{"Order": {"status_id": "16"}}]


def test_tray_refusal(shop):
    refused = {"code": 400, "message": "Bad Request", "causes": ["Status inexistente."]}
    shop.answers(answer(refused, 400))
    assert told(prepare(shop)) == ("rejected", "Status inexistente.", 400)


def test_tray_throttled(shop):
    shop.answers(answer({"code": 429, "message": "Too Many Requests"}, 429))
    result = prepare(shop)
    assert (*told(result), result.retry_after) == ("throttled", "Too Many Requests", 429, 60)


def test_tray_already_applied(shop):
    """The note is not sent twice; a status may be written again and says nothing new."""
    shop.answers({"OrderInvoices": [{"OrderInvoice": {"id": "9", "key": KEY}}]}, SAVED)
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}/invoices{TOKEN}", f"PUT {ORDER}{TOKEN}"]


def test_tray_refusal_with_http_200(shop):
    shop.answers({"code": 400, "message": "Pedido não encontrado", "causes": []})
    assert told(prepare(shop)) == ("rejected", "Pedido não encontrado", 200)


def test_tray_note(shop):
    created = {"message": "Created", "id": "9", "code": 201}
    shop.answers({"OrderInvoices": []}, answer(created, 201), SAVED)
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.lines == [
        f"GET {ORDER}/invoices{TOKEN}",
        f"POST {ORDER}/invoices{TOKEN}",
        f"PUT {ORDER}{TOKEN}",
    ]
    assert shop.bodies == [None, NOTE, {"Order": {"status_id": "16"}}]


def test_tray_note_of_an_order_that_had_none(shop):
    shop.answers(
        answer({"code": 404, "message": "Not Found"}, 404), answer({"code": 201}, 201), SAVED
    )
    assert told(invoice(shop)) == ("accepted", "", 200)


def test_tray_tracking(shop):
    shop.answers(SAVED)
    volumes = [{"code": CODE}, {"code": "QB987654321BR"}]
    result = send(shop, OrderStatus.EMBARCADO, "tracking", trackings=volumes)
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies == [
        {
            "Order": {
                "status_id": "16",
                "sending_code": f"{CODE}, QB987654321BR",
                "sending_date": "2026-11-22",
                "tracking_url": URL,
            }
        }
    ]


def test_tray_late_tracking_leaves_the_status_alone(shop):
    shop.answers(SAVED)
    result = send(shop, OrderStatus.EMBARCADO, "tracking", kind="tracking")
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies == [
        {"Order": {"sending_code": CODE, "sending_date": "2026-11-22", "tracking_url": URL}}
    ]


def test_tray_cancellation(shop):
    shop.answers(SAVED)
    assert told(send(shop, OrderStatus.CANCELADO, "url")) == ("accepted", "", 200)
    assert shop.lines == [f"PUT {API}/orders/cancel/123{TOKEN}"]
    assert shop.bodies == [None]


def test_tray_token_that_has_run_out(shop):
    refused = {"code": 401, "message": "Unauthorized", "causes": ["Token expired or invalid"]}
    shop.answers(answer(refused | {"error_code": 1099}, 401))
    assert told(prepare(shop)) == ("auth_refused", "Token expired or invalid", 401)


def test_tray_statuses_of_the_store(shop):
    listing = platform_at(shop, "tray").list_statuses
    assert listing is not None
    body = '{"OrderStatuses":[{"OrderStatus":{"status":"ENVIADO","id":"16"}}]}'
    assert find(listing.statuses, Answer(200, text=body)) == [{"code": "16", "label": "ENVIADO"}]


# The token


@pytest.fixture
def credential(shop):
    return Credential(
        platform=platform_at(shop, "tray"),
        vitrine={},
        params={"api_address": shop.address + API, "consumer_key": "0123456789abcdef"},
        secrets={"consumer_secret": "s3cr3t", "code": "c0d3"},
        allow_private=True,
    )


def obtain(shop, credential, refresh=""):
    return obtain_token(credential, refresh=refresh, sessions=shop.sessions, now=NOW)


def test_tray_token_by_the_code_of_the_authorization(shop, credential):
    tokens = {"code": 201, "access_token": "APP-1", "refresh_token": "REF-1"}
    shop.answers(answer(tokens, 201))
    assert obtain(shop, credential) == Obtained("APP-1", "REF-1", timedelta(hours=3))
    assert shop.lines == [f"POST {API}/auth"]
    assert shop.bodies == [
        {"consumer_key": "0123456789abcdef", "consumer_secret": "s3cr3t", "code": "c0d3"}
    ]


def test_tray_token_renewed(shop, credential):
    shop.answers({"code": 200, "access_token": "APP-2", "refresh_token": "REF-2"})
    assert obtain(shop, credential, "REF-1") == Obtained("APP-2", "REF-2", timedelta(hours=3))
    assert shop.lines == [f"GET {API}/auth?refresh_token=REF-1"]


def test_tray_code_that_was_used_before(shop, credential):
    shop.answers(answer({"code": 401, "message": "Unauthorized", "causes": ["Invalid code"]}, 401))
    refused = obtain(shop, credential)
    assert isinstance(refused, NotObtained)
    assert (refused.outcome, refused.message) == ("auth_refused", "Invalid code")
