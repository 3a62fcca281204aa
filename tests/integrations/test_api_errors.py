"""What bad input gets: each refusal's body, exactly, and nothing stored."""

import logging

import pytest
from django.test import Client

from integrations.api import events as events_api
from integrations.tokens import revoke_token
from tests.factories import NOW, make_vitrine
from tests.integrations.caller import Caller, assert_refused, mapped_vitrine, payload

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024
INVALID = "Há campos inválidos; nada foi gravado."


@pytest.fixture
def caller():
    return Caller(mapped_vitrine())


BEARER = {"Authorization": "Envie o cabeçalho Authorization: Bearer <token>."}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "x"}])
def test_request_without_a_token_gets_401(headers):
    response = Client(headers=headers).post(
        "/api/v1/events", payload("event_reserved"), content_type="application/json"
    )
    assert_refused(response, 401, "token_missing", "Falta o token de acesso.", BEARER)
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_unknown_token_gets_401():
    client = Client(headers={"Authorization": "Bearer vit_nunca-emitido"})
    response = client.post("/api/v1/orders", payload("order"), content_type="application/json")
    message = "O token não existe ou foi revogado."
    assert_refused(response, 401, "token_invalid", message, BEARER)
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_revoked_token_gets_401(caller):
    revoke_token(token=caller.token, actor=None, now=NOW)
    message = "O token não existe ou foi revogado."
    response = caller.post("orders", payload("order"))
    assert_refused(response, 401, "token_invalid", message, BEARER)


def test_session_of_a_logged_in_user_is_no_token(admin_client):
    response = admin_client.post(
        "/api/v1/events", payload("event_reserved"), content_type="application/json"
    )
    assert_refused(response, 401, "token_missing", "Falta o token de acesso.", BEARER)


@pytest.mark.parametrize(
    ("scope", "path", "missing", "label"),
    [
        ("read", "orders", "orders", "receber pedidos da loja"),
        ("orders", "events", "events", "receber eventos e notas do ERP"),
        ("read", "events/batch", "events", "receber eventos e notas do ERP"),
        ("orders", "invoices", "events", "receber eventos e notas do ERP"),
    ],
)
def test_token_without_the_scope_gets_403(scope, path, missing, label):
    response = Caller(mapped_vitrine(), scopes=(scope,)).post(path, {})
    assert_refused(
        response,
        403,
        "scope_missing",
        f"O token não tem a permissão “{missing}” ({label}).",
        {"Authorization": "Use um token com esta permissão."},
    )


def test_vitrine_outside_the_token_gets_403(caller):
    make_vitrine("LOJA-RJ")
    response = caller.post("events", payload("event_reserved", vitrine="LOJA-RJ"))
    assert_refused(
        response,
        403,
        "vitrine_forbidden",
        "O token não alcança a vitrine LOJA-RJ.",
        {"vitrine": "Use um token emitido para esta vitrine."},
    )


def test_unknown_vitrine_gets_404(caller):
    response = caller.post("orders", payload("order", vitrine="LOJA-XX"))
    assert_refused(
        response,
        404,
        "vitrine_unknown",
        "Não há vitrine de código LOJA-XX.",
        {"vitrine": "Confira o código em Produtos e Serviços › Vitrine › Vitrines."},
    )


@pytest.mark.parametrize("number", ["100482", "VT-1", "1/2", "a%00b"])
def test_unknown_order_gets_404(caller, number):
    response = caller.get(f"orders/LOJA-SP/{number}")
    assert response.status_code == 404
    assert response.json()["code"] == "order_unknown"


@pytest.mark.parametrize("path", ["", "pedidos", "orders/", "events/batch/x", "docs/x"])
def test_unknown_address_gets_404_as_json(path):
    response = Client().post(f"/api/v1/{path}")
    assert_refused(response, 404, "not_found", "Este endereço não existe na API.", {})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "orders", "POST"),
        ("put", "events", "POST"),
        ("delete", "invoices", "POST"),
        ("post", "orders/LOJA-SP/1", "GET"),
    ],
)
def test_other_method_gets_405(caller, method, path, allowed):
    response = getattr(caller.client, method)(f"/api/v1/{path}")
    assert_refused(response, 405, "method_not_allowed", f"Este endereço aceita {allowed}.", {})
    assert response["Allow"] == allowed


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        (" ", 1, 1),
        ('{"vitrine": ', 1, 12),
        ('{"vitrine":\n "LOJA-SP",\n}', 3, 1),
        ('{"total": NaN}', 1, 11),
        (b"\xff\xfe", 1, 1),
        (b'{"a": "\xff"}', 1, 8),
        ('{"a": "\\ud800"}', 1, 14),
        ("[" * 5000, 1, 202),
        ("1" * 5000, 1, 4302),
    ],
)
def test_malformed_json_gets_400_and_its_place(caller, body, line, column):
    response = caller.raw("events", body)
    where = {"body": f"Problema na linha {line}, coluna {column}."}
    assert_refused(response, 400, "malformed_json", "O corpo não é um JSON válido.", where)


@pytest.mark.parametrize("body", [b" ", b"<nfeProc", b"{}"])
def test_malformed_xml_gets_400(caller, body):
    message = "O XML está malformado (linha 1). Envie o arquivo da nota sem alterações."
    assert_refused(caller.invoice(body), 400, "malformed_xml", message, {"xml": message})


def test_doctype_gets_400(caller):
    message = "O XML traz um DOCTYPE, que não é aceito. A NF-e não usa DOCTYPE."
    body = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16")
    assert_refused(caller.invoice(body), 400, "malformed_xml", message, {"xml": message})


@pytest.mark.parametrize(
    ("path", "content_type", "accepted"),
    [
        ("events", "text/plain", "application/json"),
        ("events/batch", "application/x-www-form-urlencoded", "application/json"),
        ("invoices?vitrine=LOJA-SP", "application/json", "application/xml ou text/xml"),
    ],
)
def test_other_content_type_gets_415(caller, path, content_type, accepted):
    response = caller.raw(path, "x", content_type)
    assert_refused(
        response,
        415,
        "unsupported_media_type",
        f"Envie o corpo como {accepted}.",
        {"Content-Type": f"Veio {content_type}."},
    )


TOO_LARGE = {"body": "Divida em envios menores."}


@pytest.mark.parametrize(
    ("path", "content_type", "mib"),
    [
        ("events", "application/json", 1),
        ("orders", "application/json", 1),
        ("invoices?vitrine=LOJA-SP", "application/xml", 1),
        ("events/batch", "application/json", 10),
        ("orders/batch", "application/json", 10),
    ],
)
def test_body_over_the_cap_gets_413(caller, path, content_type, mib):
    response = caller.raw(path, b" " * (mib * MIB + 1), content_type)
    message = f"O corpo passa do limite de {mib} MiB; nada foi gravado."
    assert_refused(response, 413, "body_too_large", message, TOO_LARGE)


def test_body_of_exactly_the_cap_is_read(caller):
    response = caller.raw("events", b" " * MIB)
    assert response.json()["code"] == "malformed_json"


class Chunks:
    """A chunked body as a server hands it over: its end is marked, its length is not told."""

    def __init__(self, size):
        self.left = size

    readline = None

    def read(self, size):
        assert size <= MIB + 1
        taken = min(size, self.left)
        self.left -= taken
        return b" " * taken


def test_chunked_body_over_the_cap_gets_413_unread_beyond_it(caller):
    chunks = Chunks(50 * MIB)
    response = caller.raw(
        "events",
        b" ",
        **{
            "HTTP_TRANSFER_ENCODING": "chunked",
            "CONTENT_LENGTH": "",
            "wsgi.input": chunks,
            "wsgi.input_terminated": True,
        },
    )
    message = "O corpo passa do limite de 1 MiB; nada foi gravado."
    assert_refused(response, 413, "body_too_large", message, TOO_LARGE)
    assert chunks.left == 50 * MIB - (MIB + 1)


def test_chunked_body_whose_end_is_not_marked_gets_411(caller):
    response = caller.raw("events", b"{}", HTTP_TRANSFER_ENCODING="chunked")
    message = "Informe o tamanho do corpo (Content-Length)."
    assert_refused(response, 411, "length_required", message, {})


def test_unforeseen_error_gets_500_without_a_trace_and_is_logged(caller, monkeypatch, caplog):
    def broken(**_):
        raise ZeroDivisionError("segredo interno")

    monkeypatch.setattr(events_api, "receive_events", broken)
    with caplog.at_level(logging.ERROR, logger="integrations.api.errors"):
        response = caller.post("events", payload("event_reserved"))
    message = (
        "Erro interno; nada foi gravado. O problema ficou registrado; envie de novo mais tarde."
    )
    assert_refused(response, 500, "internal_error", message, {})
    assert "segredo interno" in caplog.text


def test_answers_are_never_stored_by_a_cache(caller):
    assert caller.get("orders/LOJA-SP/1")["Cache-Control"] == "no-store"
