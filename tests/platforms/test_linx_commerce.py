"""Linx Commerce: UpdateOrder, and the order's GUID where only its number is known."""

import json

import pytest

from integrations.delivery.context import RenderContext
from integrations.delivery.render import render
from tests.platform_samples import INVOICE_XML
from tests.platforms.harness import ScriptedShop, answer, deliver_to, filled, platform_at, told
from vitrines.platforms.rules import Answer, find
from vitrines.statuses import OrderStatus

LAYER = "POST /v1/Sales/API.svc/web"
GUID = "6f0f7c1e-2a6b-4c50-9d0e-0a4b6d2f9c11"
DONE = {"IsValid": True, "Errors": [], "Warnings": []}
SHIPPED = {
    "OrderID": "9f1c-22",
    "WorkflowType": "SHIPPED",
    "Shipment": {
        "TrackingNumber": "QB123456789BR",
        "TrackingUrl": "https://rastreio.example/QB123456789BR",
    },
}


def send(shop: ScriptedShop, status=OrderStatus.EMBARCADO, channel="tracking", **changes):
    return deliver_to(shop, "linx_commerce", status=status, channel=channel, **changes)


# The four that every platform has


def test_linx_commerce_success(shop):
    shop.answers(DONE)
    assert told(send(shop)) == ("accepted", "", 200)
    [asked] = shop.requests
    assert (asked.line, asked.body) == (f"{LAYER}/UpdateOrder", SHIPPED)
    # integracao:secret-password
    assert asked.headers["Authorization"] == "Basic aW50ZWdyYWNhbzpzZWNyZXQtcGFzc3dvcmQ="


def test_linx_commerce_refusal(shop):
    errors = [{"ErrorMessage": "Transição inválida", "ErrorCode": None}, {"ErrorMessage": "Nota"}]
    shop.answers({"IsValid": False, "Errors": errors, "Warnings": []})
    assert told(send(shop)) == ("rejected", "Transição inválida; Nota", 200)


def test_linx_commerce_throttled(shop):
    shop.answers(answer(status=429, Retry_After="7"))
    result = send(shop)
    assert (*told(result), result.retry_after) == (
        "throttled",
        "A plataforma pediu para esperar (HTTP 429).",
        429,
        7,
    )


def test_linx_commerce_already_applied(shop):
    """How it says so was not found: values that are set again are accepted again."""
    shop.answers(DONE, DONE)
    assert [told(send(shop)), told(send(shop))] == [("accepted", "", 200)] * 2
    assert shop.bodies == [SHIPPED, SHIPPED]


# What else it may answer


@pytest.mark.parametrize("body", [None, True, "ok"])
def test_plain_200_is_taken(shop, body):
    shop.answers(answer(json.dumps(body), Content_Type="application/json"))
    assert send(shop).outcome == "accepted"


def test_login_page_is_no_answer(shop):
    shop.answers(answer("<html>Login</html>", Content_Type="text/html; charset=utf-8"))
    assert told(send(shop)) == (
        "rejected",
        "A plataforma respondeu com uma página em vez de uma resposta (HTTP 200).",
        200,
    )


# The other channels


def test_note_with_its_xml(shop):
    shop.answers(DONE)
    send(shop, OrderStatus.DESPACHADO, "xml")
    assert shop.bodies == [
        {
            "OrderID": "9f1c-22",
            "WorkflowType": "SHIPPED",
            "Invoice": {"Code": "987", "Series": "1", "IsIssued": True, "XML": INVOICE_XML},
        }
    ]


def test_status_alone_with_the_ids_under_the_names_that_were_filled_in(shop):
    shop.answers(DONE)
    names = {"ez_core_status_field": "OrderStatusID", "ez_core_flow_field": "WorkflowID"}
    ids = {"ez_core_status_id": "7", "ez_core_flow_id": "9"}
    send(shop, OrderStatus.CANCELADO, "url", params=names, mapping=ids)
    assert shop.bodies == [
        {
            "OrderID": "9f1c-22",
            "WorkflowType": "SHIPPED",
            "OrderStatusID": "7",
            "WorkflowID": "9",
        }
    ]


def test_late_tracking_of_an_order_without_a_word(shop):
    shop.answers(DONE)
    send(shop, OrderStatus.EM_PREPARACAO, word="", kind="tracking")
    assert shop.bodies == [{"OrderID": "9f1c-22", "Shipment": SHIPPED["Shipment"]}]


# The order's GUID


@pytest.mark.parametrize(
    ("number", "asked"), [("12345", 12345), ("000100482", 100482), ("ML-77", "ML-77")]
)
def test_guid_is_looked_up_by_the_number(shop, number, asked):
    shop.answers({"OrderID": GUID, "OrderNumber": number}, DONE)
    result = send(shop, order={"platform_id": "", "number": number})
    assert (told(result), result.captured) == (("accepted", "", 200), {"order_id": GUID})
    assert shop.lines == [f"{LAYER}/GetOrderByNumber", f"{LAYER}/UpdateOrder"]
    assert shop.bodies == [asked, {**SHIPPED, "OrderID": GUID}]
    keys = [request.headers.get("Idempotency-Key") for request in shop.requests]
    assert keys == [None, "0b5f-2"]


def test_guid_that_was_looked_up_is_kept(shop):
    shop.answers(DONE)
    send(shop, order={"platform_id": ""}, captured={"order_id": GUID})
    assert shop.bodies == [{**SHIPPED, "OrderID": GUID}]


@pytest.mark.parametrize("found", [None, {"OrderID": "00000000-0000-0000-0000-000000000000"}])
def test_unknown_order(shop, found):
    shop.answers(answer(json.dumps(found), Content_Type="application/json"))
    assert told(send(shop, order={"platform_id": ""})) == (
        "rejected",
        "O pedido não foi encontrado na loja.",
        200,
    )
    assert shop.lines == [f"{LAYER}/GetOrderByNumber"]


# Its own statuses


def test_list_of_statuses(shop):
    platform = platform_at(shop, "linx_commerce")
    listing = platform.list_statuses
    given = RenderContext(
        platform,
        {"params": platform.fill(filled(platform, shop, {})), "vitrine": {}},
        platform.fill_secrets({"password": "x"}),
        platform.names.list_statuses,
    )
    request = render(listing, given)
    assert (request.method, request.url) == (
        "POST",
        f"{shop.address}/v1/Sales/API.svc/web/SearchOrderStatus",
    )
    assert json.loads(request.body) == {
        "Page": {"PageIndex": 0, "PageSize": 0},
        "Where": "",
        "WhereMetadata": "",
        "OrderBy": "OrderStatusID",
    }
    said = {
        "Result": [
            {"OrderStatusID": 1, "Status": "Novo", "Color": "#fff", "IsDefault": True},
            {"OrderStatusID": 9, "Status": None},
            {"OrderStatusID": 12, "Status": "Enviado", "IntegrationID": "ENV"},
        ]
    }
    assert find(listing.statuses, Answer(200, {}, json.dumps(said))) == [
        {"code": 1, "label": "Novo"},
        {"code": 12, "label": "Enviado"},
    ]
