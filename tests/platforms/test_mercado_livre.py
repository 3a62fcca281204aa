"""Mercado Livre: the note of a shipment, the shipment of an order, and the token."""

from datetime import timedelta

import pytest

from integrations.delivery.platform_tokens.exchange import (
    Credential,
    NotObtained,
    Obtained,
    obtain_token,
)
from tests.platform_samples import INVOICE_XML
from tests.platforms.harness import NOW, ScriptedShop, answer, platform_at, told
from tests.platforms.mercado_livre import FOUND, ORDER, SHIPMENT, send, shipment
from vitrines.statuses import OrderStatus

PACK = "GET /packs/2000009047722568"
NOTE = "GET /shipments/43729529445/invoice_data?siteId=MLB"
SEND_NOTE = "POST /shipments/43729529445/invoice_data/?siteId=MLB"
KEY = "35261100000000000191550010000009871000009876"
WAITING = shipment("ready_to_ship", "invoice_pending", "drop_off")
NO_NOTE = answer(
    {
        "message": "Not found shipment invoice with shipmentId: 43729529445",
        "error": "not_found_shipment_invoice",
        "status": 404,
    },
    404,
)


def note(key: str = KEY):
    return {"id": 429348053945853, "fiscal_key": key, "status": "approved"}


def refused(error: str, message: str):
    return answer({"message": message, "error": error, "status": 400}, 400)


def invoice(shop: ScriptedShop, **changes):
    return send(shop, OrderStatus.DESPACHADO, "xml", **changes)


# The note


def test_mercado_livre_success(shop):
    shop.answers(FOUND, WAITING, NO_NOTE, answer(note(), 201))
    assert told(invoice(shop)) == ("accepted", "", 201)
    assert shop.lines == [ORDER, SHIPMENT, NOTE, SEND_NOTE]
    assert shop.bodies == [None, None, None, INVOICE_XML]
    assert shop.requests[1].headers["X-Format-New"] == "true"
    asked = shop.requests[3].headers
    assert asked["Content-Type"] == "application/xml"
    assert asked["Authorization"] == "Bearer APP_USR-1"


def test_mercado_livre_refusal(shop):
    message = "The NFe value does not equal the purchase value."
    shop.answers(FOUND, WAITING, NO_NOTE, refused("nfe_order_value_divergence", message))
    assert told(invoice(shop)) == (
        "rejected",
        "O valor da nota não é o da venda no Mercado Livre.",
        400,
    )


def test_mercado_livre_throttled(shop):
    shop.answers(answer({"message": "Too many requests", "error": "local_rate_limited"}, 429))
    result = invoice(shop)
    assert (*told(result), result.retry_after) == ("throttled", "Too many requests", 429, 60)


@pytest.mark.parametrize(
    "state", [("ready_to_ship", "invoice_pending"), ("ready_to_ship", "printed"), ("shipped", None)]
)
def test_mercado_livre_already_applied(shop, state):
    shop.answers(FOUND, shipment(*state, logistic="cross_docking"), note())
    assert told(invoice(shop)) == ("already_applied", "", 200)
    assert shop.lines == [ORDER, SHIPMENT, NOTE]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            "wrong_receiver_cpf",
            "O destinatário da nota não é o comprador da venda no Mercado Livre "
            "(wrong_receiver_cpf).",
        ),
        (
            "invalid_sender_ie",
            "O emitente da nota não confere com o cadastro da loja no Mercado Livre "
            "(invalid_sender_ie).",
        ),
        ("duplicated_fiscal_key", "Esta nota já está em outro envio do Mercado Livre."),
        ("wrong_invoice_type", "Its own words. (wrong_invoice_type)"),
    ],
)
def test_note_that_is_refused_says_why(shop, error, message):
    shop.answers(FOUND, WAITING, NO_NOTE, refused(error, "Its own words."))
    assert told(invoice(shop)) == ("rejected", message, 400)


def test_note_of_which_the_answer_was_lost(shop):
    saved = refused("shipment_invoice_already_saved", "shipment invoice already saved")
    shop.answers(FOUND, WAITING, NO_NOTE, saved)
    assert told(invoice(shop)) == ("already_applied", "", 400)


def test_note_that_is_being_processed_is_tried_again(shop):
    busy = refused("shipment_already_being_processed", "We're already processing a request")
    shop.answers(FOUND, WAITING, NO_NOTE, busy)
    assert invoice(shop).outcome == "transient"


def test_note_that_was_issued_again_replaces_the_other(shop):
    shop.answers(FOUND, WAITING, note("3" * 44), note())
    assert told(invoice(shop)) == ("accepted", "", 200)
    assert shop.lines[3] == "PUT /shipment_invoice/429348053945853/?siteId=MLB"
    assert shop.bodies[3] == INVOICE_XML


def test_note_that_is_not_replaced(shop):
    printed = shipment("ready_to_ship", "printed", "drop_off")
    shop.answers(FOUND, printed, note("3" * 44), refused("invalid_shipment", "Wrong status"))
    assert told(invoice(shop)) == (
        "rejected",
        f"O Mercado Livre tem outra nota neste envio ({'3' * 44}) e não a trocou: Wrong status",
        400,
    )


@pytest.mark.parametrize("state", [("pending", "buffered"), ("handling", None)])
def test_note_before_it_is_waited_for_is_tried_again(shop, state):
    shop.answers(FOUND, shipment(*state, logistic="xd_drop_off"), NO_NOTE)
    message = "O Mercado Livre ainda não pede a nota deste envio."
    assert told(invoice(shop)) == ("transient", message, 404)


def test_note_that_is_there_before_it_is_waited_for(shop):
    shop.answers(FOUND, shipment("handling", logistic="cross_docking"), note())
    assert told(invoice(shop)) == ("already_applied", "", 200)


def test_note_that_is_not_waited_for_any_more(shop):
    shop.answers(FOUND, shipment("ready_to_ship", "printed", "drop_off"), NO_NOTE)
    assert told(invoice(shop)) == (
        "rejected",
        "O Mercado Livre não pede mais a nota deste envio (ready_to_ship, printed) "
        "e não tem nenhuma.",
        404,
    )


@pytest.mark.parametrize(
    ("logistic", "message"),
    [
        (
            "self_service",
            "O Mercado Livre não importa a nota deste envio (me2, self_service): "
            "anexe-a à venda no painel.",
        ),
        (
            "default",
            "O Mercado Livre não importa a nota deste envio (me1, default): "
            "anexe-a à venda no painel.",
        ),
    ],
)
def test_note_of_a_logistic_that_takes_none(shop, logistic, message):
    shop.answers(FOUND, shipment("ready_to_ship", logistic=logistic))
    assert told(invoice(shop)) == ("rejected", message, 200)


def test_note_of_a_logistic_that_takes_none_may_be_left_out(shop):
    shop.answers(FOUND, shipment("ready_to_ship", logistic="fulfillment"))
    result = invoice(shop, params={"invoice_elsewhere": "skip"})
    assert told(result) == ("already_applied", "", 200)
    assert shop.lines == [ORDER, SHIPMENT]


@pytest.mark.parametrize("logistic", ["drop_off", "default"])
def test_note_of_a_shipment_that_was_cancelled(shop, logistic):
    shop.answers(FOUND, shipment("cancelled", logistic=logistic))
    message = "O envio foi cancelado no Mercado Livre."
    assert told(invoice(shop)) == ("rejected", message, 200)


# The shipment of an order


NOT_FOUND = answer({"message": "Order do not exists", "error": "not_found", "status": 404}, 404)


def test_number_of_a_pack(shop):
    pack = {"id": 2000009047722568, "shipment": {"id": 43729529445}, "orders": []}
    shop.answers(NOT_FOUND, pack, WAITING, note())
    assert told(invoice(shop)) == ("already_applied", "", 200)
    assert shop.lines == [ORDER, PACK, SHIPMENT, NOTE]


def test_pack_without_a_shipment_yet_is_tried_again(shop):
    shop.answers(NOT_FOUND, {"id": 2000009047722568, "shipment": None})
    message = "O Mercado Livre ainda não criou o envio deste pedido."
    assert told(invoice(shop)) == ("transient", message, 200)


def test_number_that_is_not_known(shop):
    shop.answers(NOT_FOUND, NOT_FOUND)
    assert told(invoice(shop)) == (
        "rejected",
        "O Mercado Livre não encontrou o envio deste pedido, "
        "nem pelo número do pedido nem pelo do pacote.",
        404,
    )


def test_order_without_an_id_is_looked_up_by_its_number(shop):
    shop.answers(FOUND, WAITING, note())
    assert invoice(shop, order={"platform_id": ""}).outcome == "already_applied"
    assert shop.lines[0] == "GET /orders/12345/shipments"


def test_order_of_another_seller_does_not_stop_the_vitrine(shop):
    message = "The user has not access to the order"
    shop.answers(answer({"message": message, "error": "forbidden", "status": 403}, 403))
    assert told(invoice(shop)) == ("rejected", message, 403)


def test_application_that_lost_its_permission_does(shop):
    shop.answers(answer({"message": "forbidden", "error": "forbidden", "status": 403}, 403))
    assert told(invoice(shop)) == ("auth_refused", "forbidden", 403)


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


@pytest.mark.parametrize(("known", "sent"), [("", "TG-0"), ("TG-1", "TG-1")])
def test_token_by_a_refresh_token_that_rotates(shop, credential, known, sent):
    granted = {
        "access_token": "APP_USR-2",
        "token_type": "bearer",
        "expires_in": 21600,
        "scope": "offline_access read write",
        "user_id": 8035443,
        "refresh_token": "TG-2",
    }
    shop.answers(granted)
    assert obtain(shop, credential, known) == Obtained("APP_USR-2", "TG-2", timedelta(hours=6))
    assert shop.lines == ["POST /oauth/token"]
    assert shop.requests[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert shop.bodies == [
        "grant_type=refresh_token&client_id=1234567890123456&client_secret=s3cr3t"
        f"&refresh_token={sent}"
    ]


def test_refresh_token_that_was_used_before(shop, credential):
    message = "Error validating grant. It may be expired or it was already used"
    shop.answers(
        answer({"error_description": message, "error": "invalid_grant", "status": 400}, 400)
    )
    assert obtain(shop, credential) == NotObtained("auth_refused", message)
