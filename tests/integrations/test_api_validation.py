"""Fields that are wrong: 422 naming each, why, and how to fix it; nothing stored."""

from typing import get_args

import pytest

from integrations.api.schemas import CarrierEvent, Kind
from integrations.explaining.event_words import CARRIER_EVENTS
from integrations.intake.decisions import STATUS_OF_CARRIER_EVENT, STATUS_OF_KIND
from tests.integrations.caller import Caller, assert_refused, mapped_vitrine, payload

pytestmark = pytest.mark.django_db
INVALID = "Há campos inválidos; nada foi gravado."


@pytest.fixture
def caller():
    return Caller(mapped_vitrine())


WHEN = "Deve ter data, hora e fuso, como 2025-11-23T14:02:00-03:00."
CONTROL = "Contém caractere de controle; envie só texto."
KINDS = (
    "payment_confirmed, reserved, invoiced, boarded, tracking, delivered, cancelled, problem, "
    "invoice_cancelled"
)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kind": "shipped"}, {"kind": f"Valor desconhecido. Aceitos: {KINDS}."}),
        ({"kind": "order_received"}, {"kind": f"Valor desconhecido. Aceitos: {KINDS}."}),
        ({"extra": 1}, {"extra": "Campo desconhecido; confira o nome na documentação."}),
        ({"occurred_at": "2025-11-23T14:02:00"}, {"occurred_at": WHEN}),
        ({"occurred_at": "2025-11-23"}, {"occurred_at": WHEN}),
        ({"occurred_at": 1763917320}, {"occurred_at": WHEN}),
        ({"occurred_at": "1763917320"}, {"occurred_at": WHEN}),
        ({"occurred_at": "2025-02-30T00:00:00Z"}, {"occurred_at": WHEN}),
        ({"occurred_at": None}, {"occurred_at": WHEN}),
        (
            {"occurred_at": "2999-01-01T00:00:00-03:00"},
            {
                "occurred_at": "A data e hora estão no futuro. Confira o relógio e o fuso de quem "
                "envia; são tolerados 5 minutos."
            },
        ),
        (
            {"occurred_at": "0001-01-01T00:00:00+14:00"},
            {"occurred_at": "O ano 1 não é possível. Confira a data."},
        ),
        ({"event_id": ""}, {"event_id": "Não pode ficar vazio."}),
        ({"event_id": "x" * 121}, {"event_id": "Deve ter no máximo 120 caracteres."}),
        ({"event_id": "a\x00b"}, {"event_id": CONTROL}),
        ({"event_id": 12}, {"event_id": "Deve ser um texto."}),
        (
            {"event_id": "nfe:1"},
            {"event_id": "O começo nfe: é reservado; use outro event_id."},
        ),
        (
            {"event_id": "Tela:1"},
            {"event_id": "O começo tela: é reservado; use outro event_id."},
        ),
        ({"order_number": "12\x1b[31m"}, {"order_number": CONTROL}),
        ({"order_number": "VT-"}, {"order_number": "Informe o número do pedido, além do prefixo."}),
        (
            {"tracking": {}},
            {"tracking": "Um evento reserved não traz rastreio; use kind = tracking."},
        ),
        ({"tracking": []}, {"tracking": "Deve ser um objeto JSON."}),
        (
            {"invoice": {"key": "1"}},
            {"invoice": "Um evento reserved não traz nota; use kind = invoiced."},
        ),
        ({"kind": "invoiced"}, {"invoice": "Um evento invoiced traz a nota: informe invoice."}),
        (
            {"kind": "tracking"},
            {"tracking": "Um evento tracking traz o rastreio: informe tracking."},
        ),
    ],
)
def test_invalid_event_gets_422_naming_the_field(caller, changes, fields):
    response = caller.post("events", payload("event_reserved") | changes)
    assert_refused(response, 422, "invalid", INVALID, fields)


def test_every_missing_field_is_named(caller):
    required = dict.fromkeys(
        ["vitrine", "order_number", "event_id", "kind", "occurred_at"], "Campo obrigatório."
    )
    assert_refused(caller.post("events", {}), 422, "invalid", INVALID, required)


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_body_that_is_no_object_gets_422(caller, body):
    response = caller.post("orders", body)
    assert_refused(response, 422, "invalid", INVALID, {"body": "Deve ser um objeto JSON."})


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"code": "", "url": ""}, {"code": "Informe o código de rastreio ou o endereço (url)."}),
        ({"url": "ftp://x/y"}, {"url": "Deve ser um endereço http:// ou https:// completo."}),
        (
            {"url": "javascript:alert(1)"},
            {"url": "Deve ser um endereço http:// ou https:// completo."},
        ),
        ({"url": "https://"}, {"url": "Deve ser um endereço http:// ou https:// completo."}),
        ({"url": "http://[::1"}, {"url": "Deve ser um endereço http:// ou https:// completo."}),
        ({"code": "A\nB"}, {"code": CONTROL}),
        ({"volumes": 0}, {"volumes": "Deve ser maior ou igual a 1."}),
        ({"volumes": True}, {"volumes": "Deve ser um número, não verdadeiro ou falso."}),
        ({"volumes": 1.5}, {"volumes": "Deve ser um número inteiro."}),
        (
            {"carrier_event": "lost"},
            {
                "carrier_event": "Valor desconhecido. Aceitos: posted, in_transit, "
                "out_for_delivery, delivered, exception, returned, attempt_failed, "
                "available_for_pickup."
            },
        ),
    ],
)
def test_invalid_tracking_gets_422_naming_the_field(caller, changes, fields):
    event = payload("event_tracking")
    event["tracking"] |= changes
    named = {f"tracking.{name}": reason for name, reason in fields.items()}
    assert_refused(caller.post("events", event), 422, "invalid", INVALID, named)


def test_carrier_event_against_its_kind_gets_422(caller):
    event = payload("event_delivered")
    event["tracking"]["carrier_event"] = "exception"
    reason = "Não combina com kind = delivered. Aceitos: delivered."
    response = caller.post("events", event)
    assert_refused(response, 422, "invalid", INVALID, {"tracking.carrier_event": reason})


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"number": 1688}, {"number": "Difere da chave de acesso, que diz 1687."}),
        ({"series": 2}, {"series": "Difere da chave de acesso, que diz 1."}),
        ({"total": "-1"}, {"total": "Deve ser maior ou igual a 0."}),
        ({"total": "1.234"}, {"total": "Deve ter no máximo 2 casas decimais."}),
        ({"total": True}, {"total": "Deve ser um número, não verdadeiro ou falso."}),
        ({"total": "caro"}, {"total": "Deve ser um valor como 199.90."}),
        ({"issued_at": None}, {"issued_at": "Campo obrigatório em um evento invoiced."}),
        ({"number": "muitos"}, {"number": "Deve ser um número inteiro."}),
        ({"xml": 3}, {"xml": "Deve ser um texto."}),
        (
            {"key": "26180875335849000115550010000016871192213332"},
            {
                "key": "O dígito verificador da chave de acesso não confere: é 2, deveria ser 1. "
                "Confira a chave digitada."
            },
        ),
    ],
)
def test_invalid_invoice_gets_422_naming_the_field(caller, changes, fields):
    event = payload("event_invoiced")
    event["invoice"] |= changes
    named = {f"invoice.{name}": reason for name, reason in fields.items()}
    assert_refused(caller.post("events", event), 422, "invalid", INVALID, named)


def test_every_kind_and_carrier_event_taken_has_its_meaning_and_its_words():
    assert set(get_args(Kind)) == {*STATUS_OF_KIND, "tracking"}
    assert set(get_args(CarrierEvent)) == set(STATUS_OF_CARRIER_EVENT) == set(CARRIER_EVENTS)
