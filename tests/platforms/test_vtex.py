"""VTEX: answers of the shapes in the vendor's OpenAPI document."""

import pytest

from tests.platform_samples import INVOICE_XML
from tests.platforms.harness import answer, deliver_to, told
from vitrines.statuses import OrderStatus

ID = "1172452900788-01"
ORDER = f"/api/oms/pvt/orders/{ID}"
CODE = "QB123456789BR"
RECEIPT = {"date": "2026-11-23T02:30:00Z", "orderId": ID, "receipt": "527b1ae251264ef1b7a9b597cd8f"}
NOT_READY = {
    "error": {
        "code": "OMS003",
        "message": "Order status should be ready-for-handling to perform this action",
        "exception": None,
    }
}


def order(status, *, packages=None, **more):
    return {
        "orderId": ID,
        "sequence": "502556",
        "status": status,
        "value": 16090,
        "items": [
            {"id": "31", "price": 8000, "sellingPrice": 7545, "quantity": 2, "refId": "CAM-01"},
            {"id": "32", "price": 1000, "sellingPrice": None, "quantity": 1, "refId": "BON-07"},
        ],
        "packageAttachment": None if packages is None else {"packages": packages},
        **more,
    }


def package(number="987", **more):
    return {"invoiceNumber": number, "courierStatus": None, **more}


def send(shop, status, channel, **changes):
    changes = {"order": {"platform_id": ID}, **changes}
    return deliver_to(shop, "vtex", status=status, channel=channel, **changes)


def handle(shop, **changes):
    return send(shop, OrderStatus.EM_PREPARACAO, "url", **changes)


def invoice(shop, **changes):
    return send(shop, OrderStatus.DESPACHADO, "xml", **changes)


def cancel(shop, **changes):
    return send(shop, OrderStatus.CANCELADO, "url", **changes)


# The four that every platform has


def test_vtex_success(shop):
    shop.answers(204)
    assert told(handle(shop)) == ("accepted", "", 204)
    [asked] = shop.requests
    assert (asked.line, asked.body) == (f"POST {ORDER}/start-handling", None)
    names = ("Accept", "Content-Type", "X-Vtex-Api-Appkey", "X-Vtex-Api-Apptoken")
    assert [asked.headers[name] for name in names] == [
        "application/json",
        "application/json",
        "vtexappkey-minhaloja-ABCDEF",
        "secret-app_token",
    ]


def test_vtex_refusal(shop):
    shop.answers(answer(NOT_READY, 409), order("canceled"))
    assert told(handle(shop)) == (
        "rejected",
        "O pedido está com o status “canceled” na VTEX.",
        200,
    )


def test_vtex_throttled(shop):
    """The document has neither a body nor a header that says how long."""
    shop.answers(429)
    result = handle(shop)
    assert (*told(result), result.retry_after) == (
        "throttled",
        "A plataforma pediu para esperar (HTTP 429).",
        429,
        60,
    )


def test_vtex_already_applied(shop):
    shop.answers(answer(NOT_READY, 409), order("handling"))
    assert told(handle(shop)) == ("already_applied", "", 200)
    assert shop.lines == [f"POST {ORDER}/start-handling", f"GET {ORDER}"]


# Start of handling


def test_handling_before_the_cancellation_window_closed_is_tried_again(shop):
    shop.answers(answer(NOT_READY, 409), order("window-to-cancel"))
    assert told(handle(shop)) == (
        "transient",
        "O pedido está com o status “window-to-cancel” na VTEX.",
        200,
    )


def test_any_other_success_than_204_is_no_success(shop):
    shop.answers(answer("", 200))
    assert handle(shop).outcome == "rejected"


@pytest.mark.parametrize(
    ("status", "outcome"), [(401, "auth_refused"), (403, "auth_refused"), (500, "transient")]
)
def test_what_else_start_handling_may_answer(shop, status, outcome):
    error = {"error": {"code": "1", "message": "Acesso não autorizado", "exception": None}}
    shop.answers(answer(error, status))
    assert told(handle(shop)) == (outcome, "Acesso não autorizado", status)


def test_order_known_by_its_sequence_number_is_looked_up(shop):
    shop.answers(order("ready-for-handling"), 204)
    result = handle(shop, order={"platform_id": "", "number": "502556"})
    assert (told(result), result.captured["order_id"]) == (("accepted", "", 204), ID)
    assert shop.lines == ["GET /api/oms/pvt/orders/502556", f"POST {ORDER}/start-handling"]


def test_looked_up_id_is_kept_for_later(shop):
    shop.answers(204)
    unknown = {"platform_id": "", "number": "502556"}
    result = handle(shop, order=unknown, captured={"order_id": ID})
    assert (result.outcome, shop.lines) == ("accepted", [f"POST {ORDER}/start-handling"])


def test_unknown_order(shop):
    shop.answers(404)
    result = handle(shop, order={"platform_id": "", "number": "502556"})
    assert told(result) == (
        "rejected",
        "A plataforma recusou o envio (HTTP 404) sem dizer por quê.",
        404,
    )


# The invoice

INVOICE = {
    "type": "Output",
    "invoiceNumber": "987",
    "invoiceKey": "35261100000000000191550010000009871000009876",
    "invoiceValue": "16090",
    "issuanceDate": "2026-11-23T02:30:00+00:00",
    "embeddedInvoice": INVOICE_XML,
    "items": [
        {"id": "31", "price": 7545, "quantity": 2},
        {"id": "32", "price": 1000, "quantity": 1},
    ],
}


def test_invoice(shop):
    shop.answers(order("handling"), RECEIPT)
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}", f"POST {ORDER}/invoice"]
    assert shop.bodies == [None, INVOICE]


def test_invoice_with_its_own_total(shop):
    shop.answers(order("handling"), RECEIPT)
    invoice(shop, params={"invoice_value": "invoice"})
    assert shop.bodies[1] == {**INVOICE, "invoiceValue": "15090"}


def test_invoice_of_an_order_whose_handling_nobody_told(shop):
    shop.answers(order("ready-for-handling"), 204, RECEIPT)
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}", f"POST {ORDER}/start-handling", f"POST {ORDER}/invoice"]


@pytest.mark.parametrize("status", ["invoice", "invoiced", "handling"])
def test_invoice_that_vtex_has_is_not_sent_again(shop, status):
    shop.answers(order(status, packages=[package("986"), package()]))
    assert told(invoice(shop)) == ("already_applied", "", 200)


@pytest.mark.parametrize("status", ["invoiced", "canceled", "cancellation-requested"])
def test_invoice_is_not_added_to_an_order_that_is_closed(shop, status):
    shop.answers(order(status, packages=[package("986")]))
    assert told(invoice(shop)) == (
        "rejected",
        f"O pedido está com o status “{status}” na VTEX.",
        200,
    )


def test_invoice_during_the_cancellation_window_is_tried_again(shop):
    shop.answers(order("window-to-cancel"))
    assert invoice(shop).outcome == "transient"


# Tracking, delivery, problems

PATCHED = {
    "trackingNumber": CODE,
    "trackingUrl": f"https://rastreio.example/{CODE}",
    "courier": "Correios",
    "dispatchedDate": "2026-11-23T02:30:00+00:00",
}


@pytest.mark.parametrize("kind", ["status", "tracking"])
def test_tracking(shop, kind):
    shop.answers(RECEIPT)
    result = send(shop, OrderStatus.EMBARCADO, "tracking", kind=kind)
    assert (told(result), result.captured) == (("accepted", "", 200), {"tracked": f"987 {CODE}"})
    assert (shop.lines, shop.bodies) == ([f"PATCH {ORDER}/invoice/987"], [PATCHED])


def test_tracking_of_which_little_is_known(shop):
    shop.answers(RECEIPT)
    nothing = {"url": "", "carrier": "", "occurred_at": None}
    send(shop, OrderStatus.EMBARCADO, "tracking", tracking=nothing)
    unknown = dict.fromkeys(["trackingUrl", "courier", "dispatchedDate"])
    assert shop.bodies == [{"trackingNumber": CODE, **unknown}]


def test_late_tracking_of_a_delivered_order_does_not_deliver_it_again(shop):
    shop.answers(RECEIPT)
    send(shop, OrderStatus.ENTREGUE, "tracking", kind="tracking")
    assert shop.lines == [f"PATCH {ORDER}/invoice/987"]


EVENT = {"city": "", "state": "", "description": "Objeto postado", "date": "2026-11-22"}


def test_delivered(shop):
    shop.answers(order("invoiced", packages=[package()]), RECEIPT)
    result = send(shop, OrderStatus.ENTREGUE, "tracking", captured={"tracked": f"987 {CODE}"})
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}", f"PUT {ORDER}/invoice/987/tracking"]
    assert shop.bodies[1] == {
        "isDelivered": True,
        "deliveredDate": "2026-11-22 23:30",
        "events": [EVENT],
    }


@pytest.mark.parametrize("tracked", ["987 QB000000000BR", f"986 {CODE}"])
def test_delivered_registers_a_tracking_that_the_note_does_not_have(shop, tracked):
    shop.answers(order("invoiced", packages=[package()]), RECEIPT, RECEIPT)
    result = send(shop, OrderStatus.ENTREGUE, "tracking", captured={"tracked": tracked})
    assert told(result) == ("accepted", "", 200)
    assert shop.lines[1:] == [
        f"PATCH {ORDER}/invoice/987",
        f"PUT {ORDER}/invoice/987/tracking",
    ]
    assert shop.bodies[1] == {**PATCHED, "dispatchedDate": None}


def test_delivered_before(shop):
    shop.answers(order("invoiced", packages=[package(courierStatus={"finished": True})]))
    assert told(send(shop, OrderStatus.ENTREGUE, "tracking")) == ("already_applied", "", 200)


def test_problem_on_the_way(shop):
    shop.answers(RECEIPT)
    result = send(shop, OrderStatus.PROBLEMAS, "tracking", captured={"tracked": f"987 {CODE}"})
    assert told(result) == ("accepted", "", 200)
    assert shop.lines == [f"PUT {ORDER}/invoice/987/tracking"]
    assert shop.bodies == [{"isDelivered": False, "deliveredDate": None, "events": [EVENT]}]


@pytest.mark.parametrize(
    ("facts", "message"), [({}, "Problemas: Objeto postado"), ({"tracking": None}, "Problemas")]
)
def test_problem_is_written_down(shop, facts, message):
    shop.answers(answer("", 200))
    assert told(send(shop, OrderStatus.PROBLEMAS, "url", **facts)) == ("accepted", "", 200)
    assert shop.lines == [f"POST {ORDER}/interactions"]
    assert shop.bodies == [{"source": "ERP", "message": message}]


# Payment


def test_payment_is_notified(shop):
    transactions = [
        {"isActive": False, "payments": [{"id": "A0"}]},
        {"isActive": True, "payments": [{"id": "A1"}, {"id": "A2"}]},
    ]
    paid = {"paymentData": {"transactions": transactions}}
    shop.answers(order("payment-pending", **paid), answer("", 200), answer("", 200))
    assert told(send(shop, OrderStatus.PAGAMENTO_CONFIRMADO, "url")) == ("accepted", "", 200)
    assert shop.lines == [
        f"GET {ORDER}",
        f"POST {ORDER}/payments/A1/payment-notification",
        f"POST {ORDER}/payments/A2/payment-notification",
    ]
    assert shop.bodies == [None, None, None]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("payment-approved", "already_applied"),
        ("handling", "already_applied"),
        ("waiting-for-authorization", "transient"),
        ("canceled", "rejected"),
    ],
)
def test_payment_that_is_not_pending(shop, status, outcome):
    shop.answers(order(status, paymentData={"transactions": []}))
    assert send(shop, OrderStatus.PAGAMENTO_CONFIRMADO, "url").outcome == outcome


# Cancelling

REASON = {"reason": "Pedido cancelado pela loja"}


def test_cancelled_before_handling(shop):
    shop.answers(order("payment-pending"), {**RECEIPT, "receipt": None})
    assert told(cancel(shop)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}", f"POST {ORDER}/cancel"]
    assert shop.bodies == [None, REASON]


@pytest.mark.parametrize(
    ("after", "confirmed"), [("cancellation-requested", True), ("canceling", False)]
)
def test_cancelling_an_order_in_handling_is_confirmed(shop, after, confirmed):
    shop.answers(order("handling"), RECEIPT, order(after), *([RECEIPT] if confirmed else []))
    assert told(cancel(shop)) == ("accepted", "", 200)
    asked = [f"GET {ORDER}", f"POST {ORDER}/cancel", f"GET {ORDER}", f"POST {ORDER}/cancel"]
    assert shop.lines == (asked if confirmed else asked[:3])


def test_cancellation_that_was_requested_is_confirmed_by_one_call(shop):
    shop.answers(order("cancellation-requested"), RECEIPT)
    old = {"state": "handling", "state_after": "cancellation-requested"}
    assert told(cancel(shop, captured=old)) == ("accepted", "", 200)
    assert shop.lines == [f"GET {ORDER}", f"POST {ORDER}/cancel"]


@pytest.mark.parametrize("status", ["canceling", "canceled"])
def test_cancelled_before(shop, status):
    shop.answers(order(status))
    assert told(cancel(shop)) == ("already_applied", "", 200)


@pytest.mark.parametrize("found", [order("invoiced"), order("handling", packages=[package()])])
def test_invoiced_order_is_not_cancelled(shop, found):
    shop.answers(found)
    assert told(cancel(shop)) == (
        "rejected",
        "O pedido já tem nota na VTEX, que não o cancela mais. "
        "Trate a devolução no painel da VTEX.",
        200,
    )
