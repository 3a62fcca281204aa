"""Mercado Livre: the note's XML of every sale; tracking and delivery in Mercado Envios 1 only."""

from datetime import timedelta

import pytest

from integrations.delivery.token_exchange import Credential, NotObtained, Obtained, obtain_token
from tests.platform_samples import INVOICE_XML
from tests.platforms.harness import NOW, ScriptedShop, answer, deliver_to, platform_at, told
from vitrines.statuses import OrderStatus

LOOKUP = "GET /orders/2339711980/shipments"
SHIPMENT = "/shipments/28264263908"
INVOICE = f"{SHIPMENT}/invoice_data?siteId=MLB"
CODE = "QB123456789BR"
URL = "https://rastreio.example/QB123456789BR"
KEY = "35261100000000000191550010000009871000009876"
AT = "2026-11-23T02:30:00+00:00"
OK = {"status": "OK"}


def shipment(**changes):
    return {
        "id": 28264263908,
        "mode": "me1",
        "order_id": 2339711980,
        "status": "pending",
        "substatus": None,
        **changes,
    }


def send(shop: ScriptedShop, status: OrderStatus, channel: str, word: str, **changes):
    changes.setdefault("order", {"platform_id": "2339711980"})
    changes.setdefault("token", "APP_USR-1")
    return deliver_to(shop, "mercado_livre", status=status, channel=channel, word=word, **changes)


def invoice(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.DESPACHADO, "xml", "handling", **changes)


def track(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.EMBARCADO, "tracking", "shipped", **changes)


def test_mercado_livre_success(shop):
    shop.answers(shipment(), answer({"message": "not found"}, 404), answer({"id": 42}, 201))
    assert told(invoice(shop)) == ("accepted", "", 201)
    assert shop.lines == [LOOKUP, f"GET {INVOICE}", f"POST {INVOICE}"]
    assert shop.bodies == [None, None, INVOICE_XML]
    sent = shop.requests[2].headers
    assert sent["Content-Type"] == "application/xml"
    assert sent["Authorization"] == "Bearer APP_USR-1"


def test_mercado_livre_refusal(shop):
    refused = {"message": "Invalid invoice: receiver does not match", "error": "bad_request"}
    shop.answers(shipment(), answer({"message": "not found"}, 404), answer(refused, 400))
    assert told(invoice(shop)) == ("rejected", "Invalid invoice: receiver does not match", 400)


def test_mercado_livre_throttled(shop):
    shop.answers(answer({"message": "Too many requests", "error": "too_many_requests"}, 429))
    result = invoice(shop)
    assert (*told(result), result.retry_after) == ("throttled", "Too many requests", 429, 60)


def test_mercado_livre_already_applied(shop):
    shop.answers(shipment(), {"id": 429348053945853, "status": "approved", "key": KEY})
    assert told(invoice(shop)) == ("already_applied", "", 200)
    assert shop.lines == [LOOKUP, f"GET {INVOICE}"]


def test_mercado_livre_other_note_is_replaced(shop):
    shop.answers(shipment(), {"id": 42, "status": "approved", "key": "4" * 44}, {"id": 43})
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.lines[2] == f"PUT {INVOICE}"
    assert shop.bodies[2] == INVOICE_XML


def test_mercado_livre_order_of_another_seller(shop):
    shop.answers(answer({"message": "Order do not exists", "error": "not_found"}, 404))
    assert told(invoice(shop)) == ("rejected", "Order do not exists", 404)


def test_mercado_livre_tracking_of_me1(shop):
    shop.answers(shipment(), OK)
    assert told(track(shop, params={"service_id": "154"})) == ("accepted", "", 200)
    assert shop.lines == [LOOKUP, f"POST {SHIPMENT}/seller_notifications"]
    assert shop.bodies[1] == {
        "payload": {"service_id": 154, "comment": "Objeto postado", "date": AT},
        "tracking_number": CODE,
        "tracking_url": URL,
        "status": "shipped",
        "substatus": "null",
    }


def test_mercado_livre_tracking_of_other_modes_is_the_platforms_own(shop):
    shop.answers(shipment(mode="me2"))
    assert told(track(shop)) == ("already_applied", "", 200)
    assert shop.lines == [LOOKUP]


def test_mercado_livre_status_that_it_has(shop):
    shop.answers(shipment(status="shipped"))
    assert told(track(shop)) == ("already_applied", "", 200)


def test_mercado_livre_substatus(shop):
    shop.answers(shipment(status="shipped"), OK)
    result = send(shop, OrderStatus.PROBLEMAS, "url", "shipped/receiver_absent")
    assert told(result) == ("accepted", "", 200)
    told_status = (shop.bodies[1]["status"], shop.bodies[1]["substatus"])
    assert told_status == ("shipped", "receiver_absent")


def test_mercado_livre_substatus_that_it_has(shop):
    shop.answers(shipment(status="shipped", substatus="receiver_absent"))
    result = send(shop, OrderStatus.PROBLEMAS, "url", "shipped/receiver_absent")
    assert told(result) == ("already_applied", "", 200)


def test_mercado_livre_not_delivered(shop):
    shop.answers(shipment(status="shipped"), OK)
    result = send(shop, OrderStatus.PROBLEMAS, "url", "not_delivered")
    assert told(result) == ("accepted", "", 200)
    told_status = (shop.bodies[1]["status"], shop.bodies[1]["substatus"])
    assert told_status == ("not_delivered", "returning_to_sender")


def test_mercado_livre_delivery_without_a_tracking(shop):
    shop.answers(shipment(status="shipped"), OK)
    result = send(shop, OrderStatus.ENTREGUE, "url", "delivered", tracking=None, trackings=[])
    assert told(result) == ("accepted", "", 200)
    assert shop.bodies[1] == {
        "payload": {"comment": "Entregue", "date": AT},
        "status": "delivered",
        "substatus": "null",
    }


def test_mercado_livre_status_that_does_not_exist(shop):
    shop.answers(shipment())
    result = send(shop, OrderStatus.ENTREGUE, "url", "entregue")
    assert result.outcome == "config"
    assert result.message.endswith("lookup: «entregue» não está na tabela.")
    assert shop.lines == [LOOKUP]


def test_mercado_livre_notification_that_is_not_ok(shop):
    shop.answers(shipment(), {"status": "ERROR", "message": "Shipment is not ME1"})
    assert told(track(shop)) == ("rejected", "Shipment is not ME1", 200)


def test_mercado_livre_late_tracking(shop):
    shop.answers(shipment(status="shipped"), {"tracking_number": CODE})
    assert told(track(shop, kind="tracking")) == ("accepted", "", 200)
    assert shop.lines == [LOOKUP, f"PUT {SHIPMENT}"]
    assert shop.bodies[1] == {"tracking_number": CODE}


def test_mercado_livre_late_tracking_that_it_has(shop):
    shop.answers(shipment(status="shipped", tracking_number=CODE))
    assert told(track(shop, kind="tracking")) == ("already_applied", "", 200)


# The token


@pytest.fixture
def credential(shop):
    return Credential(
        platform=platform_at(shop, "mercado_livre"),
        vitrine={},
        params={"client_id": "1234567890123456"},
        secrets={"client_secret": "s3cr3t", "refresh_token": "TG-0"},
        allow_private=True,
    )


def obtain(shop, credential, refresh=""):
    return obtain_token(credential, refresh=refresh, sessions=shop.sessions, now=NOW)


def granted(number: int):
    return {
        "access_token": f"APP_USR-{number}",
        "token_type": "Bearer",
        "expires_in": 21600,
        "user_id": 8035443,
        "refresh_token": f"TG-{number}",
    }


@pytest.mark.parametrize(("known", "sent"), [("", "TG-0"), ("TG-1", "TG-1")])
def test_mercado_livre_token_by_a_refresh_token_that_rotates(shop, credential, known, sent):
    shop.answers(granted(2))
    assert obtain(shop, credential, known) == Obtained("APP_USR-2", "TG-2", timedelta(hours=6))
    assert shop.lines == ["POST /oauth/token"]
    assert shop.bodies == [
        "grant_type=refresh_token&client_id=1234567890123456&client_secret=s3cr3t"
        f"&refresh_token={sent}"
    ]


def test_mercado_livre_refresh_token_that_was_used_before(shop, credential):
    message = "Your authorization code or refresh token may be expired or it was already used"
    shop.answers(answer({"message": message, "error": "invalid_grant"}, 400))
    refused = obtain(shop, credential)
    assert isinstance(refused, NotObtained)
    assert (refused.outcome, refused.message) == ("auth_refused", message)
