"""Asking a real server for a token: what is sent, what is read, and what a failure comes to."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from werkzeug import Response

from integrations.delivery.context import AccessToken
from integrations.delivery.http import Sessions, Timeouts
from integrations.delivery.outcomes import Outcome
from integrations.delivery.platform_tokens.exchange import (
    LONGEST_LIFE,
    LONGEST_TOKEN,
    SHORTEST_LIFE,
    NotObtained,
    Obtained,
    obtain_token,
)
from tests.integrations.platform_token.shop import CLIENT_SECRET, PLATFORM
from vitrines.secrets import MASK

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def obtain(httpserver):
    """Ask with the answers given, in turn; what was asked is in ``httpserver.log``."""

    def ask(credential, *answers, refresh=""):
        left = [answer if isinstance(answer, Response) else _json(answer) for answer in answers]
        if answers:
            httpserver.expect_request("/oauth/token").respond_with_handler(lambda _: left.pop(0))
        sessions = Sessions(pool_size=1, timeouts=Timeouts(connect=1, read=1, total=2))
        try:
            return obtain_token(credential, refresh=refresh, sessions=sessions, now=NOW)
        finally:
            sessions.close()

    return ask


def _json(body, status=200):
    return Response(json.dumps(body), status, content_type="application/json")


def asked(httpserver):
    return [dict(parse_qsl(request.get_data(as_text=True))) for request, _ in httpserver.log]


def test_exchange_gives_the_token_its_refresh_token_and_its_life(credential, obtain, httpserver):
    result = obtain(
        credential(), {"access_token": "acc", "refresh_token": "ref", "expires_in": 7200}
    )
    assert result == Obtained("acc", "ref", 2 * HOUR)
    assert asked(httpserver) == [
        {"grant_type": "client_credentials", "client_id": "app-1", "client_secret": CLIENT_SECRET}
    ]
    [(request, _)] = httpserver.log
    assert (request.method, request.headers["Content-Type"]) == (
        "POST",
        "application/x-www-form-urlencoded",
    )
    assert "Authorization" not in request.headers
    assert "Idempotency-Key" not in request.headers


def test_renewal_is_made_while_a_refresh_token_is_known(credential, obtain, httpserver):
    result = obtain(credential(), {"access_token": "acc", "refresh_token": "new"}, refresh="old")
    assert result == Obtained("acc", "new", HOUR)
    assert asked(httpserver) == [
        {"grant_type": "refresh_token", "client_id": "app-1", "refresh_token": "old"}
    ]


def test_refresh_token_that_a_renewal_does_not_replace_stays(credential, obtain):
    assert obtain(credential(), {"access_token": "acc"}, refresh="old").refresh == "old"


@pytest.mark.parametrize(
    "refusal",
    [
        Response('{"error": "invalid_grant"}', 400, content_type="application/json"),
        Response("", 401),
        Response("", 403),
        Response('{"error": "expired"}', 200, content_type="application/json"),
    ],
)
def test_refused_renewal_falls_back_to_the_exchange_once(credential, obtain, httpserver, refusal):
    result = obtain(credential(), refusal, {"access_token": "acc"}, refresh="old")
    assert result == Obtained("acc", "", HOUR)
    assert [form["grant_type"] for form in asked(httpserver)] == [
        "refresh_token",
        "client_credentials",
    ]


def test_renewal_and_exchange_refused_is_told_in_the_words_of_the_exchange(
    credential, obtain, httpserver
):
    result = obtain(
        credential(),
        _json({"error_description": "refresh vencido"}, 400),
        _json({"error_description": "aplicativo desconhecido"}, 400),
        refresh="old",
    )
    assert result == NotObtained(Outcome.AUTH_REFUSED, "aplicativo desconhecido")
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("status", [500, 503, 408])
def test_renewal_that_fails_for_now_is_not_followed_by_an_exchange(
    credential, obtain, httpserver, status
):
    result = obtain(credential(), Response("", status), refresh="old")
    assert (result.outcome, len(httpserver.log)) == (Outcome.TRANSIENT, 1)


def test_platform_without_a_renewal_exchanges_again(credential, obtain, httpserver):
    toml = PLATFORM[: PLATFORM.index("[auth.renewal]")] + PLATFORM[PLATFORM.index("[[send]]") :]
    obtain(credential(toml), {"access_token": "acc"}, refresh="old")
    assert [form["grant_type"] for form in asked(httpserver)] == ["client_credentials"]


@pytest.mark.parametrize(
    ("answer", "outcome", "message"),
    [
        (Response("", 401), "auth_refused", "A plataforma recusou a credencial (HTTP 401)."),
        (
            Response('{"error_description": "cliente inválido"}', 400),
            "auth_refused",
            "cliente inválido",
        ),
        (
            Response("", 404),
            "auth_refused",
            "A plataforma recusou o envio (HTTP 404) sem dizer por quê.",
        ),
        (Response("", 502), "transient", "A plataforma está com problemas (HTTP 502)."),
        (
            Response("", 410),
            "gone",
            "A plataforma diz que este endereço não existe mais (HTTP 410).",
        ),
        (
            Response('{"token": "outro nome"}', 200, content_type="application/json"),
            "auth_refused",
            "A resposta da plataforma não traz um token (HTTP 200).",
        ),
        (
            Response("<html>Voltamos já</html>", 200, content_type="text/html"),
            "transient",
            "A plataforma respondeu com uma página em vez de um token (HTTP 200).",
        ),
        (
            Response('{"access_token": "a\\nb"}', 200, content_type="application/json"),
            "config",
            "A plataforma deu um token que não serve como token.",
        ),
    ],
)
def test_failure_has_a_kind_and_a_sentence(credential, obtain, answer, outcome, message):
    assert obtain(credential(), answer) == NotObtained(Outcome(outcome), message)


def test_throttled_answer_tells_how_long(credential, obtain):
    result = obtain(credential(), Response("", 429, {"Retry-After": "17"}))
    assert (result.outcome, result.retry_after) == (Outcome.THROTTLED, 17)


def test_silent_server_is_transient(credential, obtain):
    result = obtain(credential(params={"base_url": "http://127.0.0.1:9"}))
    assert result == NotObtained(Outcome.TRANSIENT, "127.0.0.1 recusou a conexão.")


def test_destination_that_is_not_allowed_is_a_configuration_error(credential, obtain, httpserver):
    result = obtain(credential(allow_private=False))
    assert result.outcome is Outcome.CONFIG
    assert httpserver.log == []


def test_missing_parameter_is_named_and_nothing_is_asked(credential, obtain, httpserver):
    result = obtain(credential(secrets={"client_secret": ""}))
    assert result == NotObtained(
        Outcome.CONFIG, "Parâmetro “Segredo do aplicativo”: Preencha este campo."
    )
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("told", "access"),
    [
        (" acc ", "acc"),
        (12345, "12345"),
        ("x" * LONGEST_TOKEN, "x" * LONGEST_TOKEN),
        ("x" * (LONGEST_TOKEN + 1), None),
        (True, None),
        (["acc"], None),
        ("tokén", None),
        ("a\r\nX-Injected: 1", None),
        ("a\x00b", None),
    ],
)
def test_token_is_what_may_stand_in_a_header(credential, obtain, told, access):
    result = obtain(credential(), {"access_token": told})
    expected = Obtained(access, "", HOUR) if access else None
    assert (result if isinstance(result, Obtained) else None) == expected


@pytest.mark.parametrize(
    ("told", "lifetime"),
    [
        (10800, 3 * HOUR),
        ("10800", 3 * HOUR),
        (0.5, SHORTEST_LIFE),
        (0, HOUR),
        (-1, HOUR),
        (None, HOUR),
        ("amanhã", HOUR),
        ("nan", HOUR),
        (1e300, LONGEST_LIFE),
        (10**400, HOUR),
        ([1], HOUR),
    ],
)
def test_life_of_a_token_is_a_sane_number_of_seconds(credential, obtain, told, lifetime):
    answer = {"access_token": "acc", "expires_in": told}
    assert obtain(credential(), answer).lifetime == lifetime


# The forms that platforms of ours want


def of_auth(auth):
    """The sample platform with another ``[auth]``."""
    head, tail = PLATFORM.index("[auth]"), PLATFORM.index("[[send]]")
    send = PLATFORM[tail:].replace(', "session": "{{ auth.session }}"', "")
    return PLATFORM[:head] + auth + send


def test_token_that_is_the_whole_answer(credential, obtain, httpserver):
    """As Adobe Commerce's admin token: JSON in, a JSON string out."""
    auth = """[auth]
kind = "token_exchange"
headers = { Authorization = "Bearer {{ token.access }}" }

[auth.exchange]
path = "/oauth/token"
json = '''{ "username": "{{ params.client_id }}", "password": "{{ secrets.client_secret }}" }'''
access_token = "body"
lifetime = 14400

"""
    result = obtain(credential(of_auth(auth)), "4dm1n")
    assert result == Obtained("4dm1n", "", 4 * HOUR)
    [(request, _)] = httpserver.log
    assert json.loads(request.get_data()) == {"username": "app-1", "password": CLIENT_SECRET}


def test_renewal_in_an_address(credential, obtain, httpserver):
    """As Tray's: GET, with the refresh token in the query."""
    auth = """[auth]
kind = "token_exchange"
query = { access_token = "{{ token.access }}" }

[auth.exchange]
path = "/oauth/token"
form = "code={{ secrets.client_secret }}"
access_token = "body.access_token"
refresh_token = "body.refresh_token"

[auth.renewal]
method = "GET"
path = "/oauth/token?refresh_token={{ token.refresh }}"
access_token = "body.access_token"
refresh_token = "body.refresh_token"

"""
    renewed = {"access_token": "acc", "refresh_token": "new"}
    result = obtain(credential(of_auth(auth)), renewed, refresh="r/1+&x=")
    assert result == Obtained("acc", "new", HOUR)
    [(request, _)] = httpserver.log
    assert (request.method, request.query_string, request.get_data()) == (
        "GET",
        b"refresh_token=r%2F1%2B%26x%3D",
        b"",
    )


def test_token_in_an_xml_answer(credential, obtain):
    auth = """[auth]
kind = "token_exchange"
headers = { X-Session = "{{ token.access }}" }

[auth.exchange]
path = "/oauth/token"
form = "key={{ secrets.client_secret }}"
access_token = { xpath = "//s:session", namespaces = { s = "urn:shop" } }
expires_in = { xpath = "number(//s:seconds)", namespaces = { s = "urn:shop" } }

"""
    answer = Response(
        '<r xmlns="urn:shop"><session>s3ss</session><seconds>1800</seconds></r>',
        content_type="text/xml",
    )
    result = obtain(credential(of_auth(auth)), answer)
    assert result == Obtained("s3ss", "", timedelta(minutes=30))


# What is said of a failure


def test_failure_never_tells_a_secret_or_a_token(credential, obtain):
    toml = PLATFORM.replace('error_message = "body.error_description"\n', "").replace(
        "[auth.exchange]", '[auth.exchange]\nsuccess = "body.ok"'
    )
    echoed = {"access_token": "acc3ss", "refresh_token": "r3fresh", "of": CLIENT_SECRET}
    result = obtain(credential(toml), echoed)
    assert result == NotObtained(
        Outcome.AUTH_REFUSED,
        f'{{"access_token": "{MASK}", "refresh_token": "{MASK}", "of": "{MASK}"}}',
    )


def test_unexpected_error_is_a_failure_without_secrets(credential, obtain, monkeypatch, caplog):
    def explode(*_, **__):
        raise ZeroDivisionError(f"at {CLIENT_SECRET}")

    monkeypatch.setattr(Sessions, "exchange", explode)
    result = obtain(credential())
    assert result == NotObtained(Outcome.CONFIG, f"Erro inesperado: ZeroDivisionError: at {MASK}")
    assert CLIENT_SECRET not in caplog.text


def test_no_token_shows_in_what_a_log_would_print(credential):
    printed = repr(
        [Obtained("acc3ss", "r3fresh", HOUR), AccessToken("acc3ss", "r3fresh"), credential()]
    )
    assert [text for text in ("acc3ss", "r3fresh", CLIENT_SECRET) if text in printed] == []
