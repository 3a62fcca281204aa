"""Sending one update to a real server: what is asked, what is kept, what it comes to."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from werkzeug import Response

from integrations.delivery.http import Sessions, Timeouts
from integrations.delivery.masking import BODY_LENGTH
from integrations.delivery.sending import NoLongerPermitted, Parcel, deliver
from tests.platform_samples import INVOICE_XML, ONE_SEND, platform_from, sample_context
from vitrines.platforms import get_platform
from vitrines.secrets import MASK
from vitrines.statuses import OrderStatus

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
SECRET = "s3cr&t/ção"


@pytest.fixture
def sessions():
    opened = Sessions(pool_size=2, timeouts=Timeouts(connect=1, read=1, total=2))
    yield opened
    opened.close()


@pytest.fixture
def send(sessions, httpserver):
    """Deliver an order's update to the test server."""

    def deliver_it(
        platform="generic",
        channel="url",
        *,
        params=None,
        secrets=None,
        permitted=lambda: True,
        **changes,
    ):
        if isinstance(platform, str):
            platform = get_platform(platform)
        parcel = {
            "update_id": 1,
            "idempotency_key": "0b5f",
            "platform": platform,
            "send": platform.find_send("status", channel, OrderStatus.DESPACHADO),
            "context": sample_context(),
            "params": {"base_url": httpserver.url_for("").rstrip("/"), **(params or {})},
            "secrets": secrets or {},
            "allow_private": True,
            "keep_accepted_bodies": True,
            **changes,
        }
        problem = platform.params_problem(parcel["params"], parcel["secrets"])
        parcel = Parcel(**parcel, params_problem=problem)
        return deliver(parcel, sessions=sessions, now=lambda: NOW, permitted=permitted)

    return deliver_it


LINX = {"params": {"username": "integra"}, "secrets": {"password": SECRET}}


def linx_answers(httpserver, body, status=200, content_type="application/json"):
    httpserver.expect_request("/v1/Sales/API.svc/web/UpdateOrder").respond_with_data(
        body, status, content_type=content_type
    )


def test_accepted_update(send, httpserver):
    httpserver.expect_request("/pedidos/9f1c-22/status", method="PUT").respond_with_json(
        {"ok": True}
    )
    result = send()
    assert (result.outcome, result.message, result.http_status) == ("accepted", "", 200)
    assert (result.captured, result.retry_after, result.started_at) == ({}, None, NOW)
    [step] = result.steps
    assert set(step) == {
        *("method", "url", "request_headers", "request_body"),
        *("status", "response_headers", "response_body", "ms", "error", "step", "digest"),
    }
    assert step["request_headers"]["Idempotency-Key"] == "0b5f"
    assert json.loads(step["response_body"]) == {"ok": True}
    assert (step["status"], step["error"]) == (200, "")
    assert 0 <= step["ms"] <= result.duration_ms


def test_contents_of_accepted_attempts_are_dropped_where_only_errors_are_kept(send, httpserver):
    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_json({"ok": True})
    [step] = send(keep_accepted_bodies=False).steps
    assert step == {
        "method": "PUT",
        "url": httpserver.url_for("/pedidos/9f1c-22/status"),
        "status": 200,
        "ms": step["ms"],
        "error": "",
        "step": "1",
        "digest": step["digest"],
        "request_headers": {},
        "request_body": None,
        "response_headers": {},
        "response_body": None,
    }


def test_contents_of_refused_attempts_are_always_kept(send, httpserver):
    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_json({}, 422)
    [step] = send(keep_accepted_bodies=False).steps
    assert (step["request_body"][:20], step["response_body"]) == ('{"pedido": "12345", ', "{}")


@pytest.mark.parametrize(
    ("body", "status", "content_type", "outcome", "message"),
    [
        ('{"IsValid": true, "Errors": []}', 200, "application/json", "accepted", ""),
        ("", 200, "application/json", "accepted", ""),
        (
            '{"IsValid": false, "Errors": [{"ErrorMessage": "Pedido não encontrado"}]}',
            200,
            "application/json",
            "rejected",
            "Pedido não encontrado",
        ),
        (
            "<html>Login</html>",
            200,
            "text/html; charset=utf-8",
            "rejected",
            "A plataforma respondeu com uma página em vez de uma resposta (HTTP 200).",
        ),
        (
            "",
            401,
            "text/plain",
            "auth_refused",
            "A plataforma recusou a credencial (HTTP 401).",
        ),
        ("", 500, "text/plain", "transient", "A plataforma está com problemas (HTTP 500)."),
    ],
)
def test_linx_answers(send, httpserver, body, status, content_type, outcome, message):
    linx_answers(httpserver, body, status, content_type)
    result = send("linx_commerce", **LINX)
    assert (result.outcome, result.message, result.http_status) == (outcome, message, status)


def test_throttled_answer_tells_how_long(send, httpserver):
    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_data(
        "", 429, headers={"Retry-After": "17"}
    )
    result = send()
    assert (result.outcome, result.retry_after) == ("throttled", 17)


def test_success_rule_from_a_parameter(send, httpserver):
    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_json(
        {"ok": False, "mensagem": "Pedido cancelado na loja"}
    )
    result = send(params={"success_rule": "body.ok"})
    assert (result.outcome, result.message) == ("rejected", "Pedido cancelado na loja")


# Secrets


@pytest.mark.parametrize("kind", ["basic", "bearer", "headers", "query"])
def test_no_secret_is_kept_even_if_the_platform_echoes_it(send, httpserver, kind):
    def echo(request):
        seen = {"url": request.url, "headers": dict(request.headers), "secret": SECRET}
        text = json.dumps(seen, ensure_ascii=False) + SECRET
        return Response(text, 422, headers={"X-Echo": quote(SECRET), "Set-Cookie": "sid=1"})

    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_handler(echo)
    params = {"auth_kind": kind, "auth_username": "eu"}
    result = send(params=params, secrets={"auth_secret": SECRET})
    kept = json.dumps([result.message, result.steps], ensure_ascii=False)
    for form in (
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"eu:{SECRET}".encode()).decode(),
        SECRET.encode().decode("latin-1"),
        "sid=1",
    ):
        assert form not in kept
    assert MASK in kept


def test_invoice_xml_is_sent_whole_and_not_kept_again(send, httpserver):
    httpserver.expect_request("/pedidos/9f1c-22/nota-fiscal", data=INVOICE_XML).respond_with_data()
    result = send(channel="xml")
    assert result.outcome == "accepted"
    assert result.steps[0]["request_body"] == f"[XML da NF-e, {len(INVOICE_XML)} caracteres]"


# What goes wrong before anything is sent


def test_missing_parameter_sends_nothing(send, httpserver):
    result = send(params={"base_url": ""})
    assert (result.outcome, result.message, result.steps) == (
        "config",
        "Parâmetro “Endereço da loja”: Preencha este campo.",
        [],
    )


def test_missing_fact_sends_nothing_and_names_the_placeholder(send, httpserver):
    result = send(channel="tracking", context=sample_context(tracking=None))
    assert (result.outcome, result.message, result.steps) == (
        "config",
        "O modelo pede “{{ tracking.volume }}”, que está vazio neste envio.",
        [],
    )
    assert httpserver.log == []


def test_private_destination_is_refused(send, httpserver):
    result = send(allow_private=False)
    assert (result.outcome, result.http_status) == ("refused_destination", None)
    assert result.steps[0]["error"] == result.message
    assert httpserver.log == []


def test_unexpected_error_is_a_result_without_secrets(send, httpserver, caplog):
    class Exploding(dict):
        def __contains__(self, name):
            raise RuntimeError(f"boom {SECRET}")

    context = sample_context(order=Exploding())
    result = send(context=context, secrets={"auth_secret": SECRET})
    assert (result.outcome, result.message) == (
        "config",
        f"Erro inesperado: RuntimeError: boom {MASK}",
    )
    assert SECRET not in caplog.text
    assert httpserver.log == []


def test_connection_failure_is_transient(send, httpserver):
    result = send(params={"base_url": "http://127.0.0.1:1"})
    assert (result.outcome, result.message, result.http_status) == (
        "transient",
        "127.0.0.1 recusou a conexão.",
        None,
    )
    assert result.steps[0]["error"] == "127.0.0.1 recusou a conexão."


# What a hostile platform says


def test_answer_is_kept_capped_and_without_control_characters(send, httpserver):
    body = "\x00\x1b[31m" + "x" * (3 * BODY_LENGTH)
    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_data(
        body, 422, content_type="text/plain"
    )
    result = send()
    kept = result.steps[0]["response_body"]
    assert kept.startswith("\ufffd\ufffd[31mxxx")
    assert kept.endswith(f"x… [cortado; {len(body)} caracteres ao todo]")
    assert len(result.message) == 500
    assert "\x00" not in json.dumps(result.steps)


# Several steps

TWO_STEPS = f"""{ONE_SEND}
when = "not captured.receipt"
method = "PUT"
json = '{{"n": "{{{{ order.number }}}}"}}'
capture = {{ receipt = "body.receipt" }}
already_applied = "status == `409`"

[[send.steps]]
url = "{{{{ params.base_url }}}}/receipts/{{{{ captured.receipt }}}}"
method = "POST"
already_applied = "status == `409`"
"""


@pytest.fixture
def two_steps(tmp_path):
    return platform_from(TWO_STEPS, tmp_path)


def test_steps_are_made_in_order_and_lend_what_they_captured(send, httpserver, two_steps):
    httpserver.expect_ordered_request("/orders/12345").respond_with_json({"receipt": "r/1\x00"})
    httpserver.expect_ordered_request("/receipts/r/1\ufffd").respond_with_json({})
    result = send(two_steps)
    assert (result.outcome, result.captured) == ("accepted", {"receipt": "r/1\ufffd"})
    assert [step["status"] for step in result.steps] == [200, 200]
    keys = [step["request_headers"]["Idempotency-Key"] for step in result.steps]
    assert keys == ["0b5f", "0b5f-2"]
    assert result.steps[1]["url"].endswith("/receipts/r%2F1%EF%BF%BD")


def test_failed_step_stops_the_later_ones(send, httpserver, two_steps):
    httpserver.expect_request("/orders/12345").respond_with_json({}, 503)
    result = send(two_steps)
    assert (result.outcome, len(result.steps), len(httpserver.log)) == ("transient", 1, 1)


def test_what_an_earlier_step_captured_survives_a_later_failure(send, httpserver, two_steps):
    httpserver.expect_request("/orders/12345").respond_with_json({"receipt": "r1"})
    httpserver.expect_request("/receipts/r1").respond_with_json({}, 500)
    result = send(two_steps)
    assert (result.outcome, result.captured) == ("transient", {"receipt": "r1"})


def test_step_that_is_no_longer_permitted_is_not_made_and_ends_the_sending(
    send, httpserver, two_steps
):
    httpserver.expect_request("/orders/12345").respond_with_json({"receipt": "r1"})
    with pytest.raises(NoLongerPermitted):
        send(two_steps, permitted=lambda: not httpserver.log)
    assert [request.path for request, _ in httpserver.log] == ["/orders/12345"]


def test_retry_skips_the_step_that_was_done(send, httpserver, two_steps):
    httpserver.expect_request("/receipts/r1").respond_with_json({})
    result = send(two_steps, context=sample_context(captured={"receipt": "r1"}))
    assert (result.outcome, len(result.steps)) == ("accepted", 1)


def test_all_steps_already_applied(send, httpserver, two_steps):
    httpserver.expect_request("/receipts/r1").respond_with_json({}, 409)
    result = send(two_steps, context=sample_context(captured={"receipt": "r1"}))
    assert (result.outcome, result.http_status) == ("already_applied", 409)


def test_value_that_was_not_captured_is_a_configuration_error(send, httpserver, two_steps):
    httpserver.expect_request("/orders/12345").respond_with_json({"other": 1})
    result = send(two_steps)
    assert (result.outcome, result.message, len(result.steps)) == (
        "config",
        "O modelo pede “{{ captured.receipt }}”, que está vazio neste envio.",
        1,
    )


def test_no_step_that_applies_is_told(send, httpserver, tmp_path):
    platform = platform_from(f'{ONE_SEND}when = "order.status == 99"\n', tmp_path)
    result = send(platform)
    assert (result.outcome, result.message) == (
        "config",
        "Nenhum passo do arquivo da plataforma se aplica a este envio.",
    )
    assert httpserver.log == []


def test_secret_at_the_end_of_what_is_kept_of_a_message_is_masked(send, httpserver):
    told = "x" * 495 + SECRET
    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_json({"message": told}, 422)
    result = send(params={"auth_kind": "bearer"}, secrets={"auth_secret": SECRET})
    assert result.message == "x" * 495 + MASK[:5]
