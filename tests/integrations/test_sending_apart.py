"""What sendings remember to be quick is never another vitrine's, nor what it was before."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from werkzeug import Response

from integrations.delivery.http import CallFailed, Sessions, Timeouts
from integrations.delivery.render import RenderedRequest
from integrations.delivery.sending import Parcel, deliver
from tests.integrations.raw_server import answer, raw_server, says
from tests.platform_samples import ONE_SEND, platform_from, sample_context
from vitrines.platforms import get_platform
from vitrines.secrets import MASK
from vitrines.statuses import OrderStatus

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
SECRETS = {code: f"{code}-secret-0123456789" for code in "abcd"}


@pytest.fixture
def sessions():
    opened = Sessions(pool_size=8, timeouts=Timeouts(connect=5, read=5, total=9))
    yield opened
    opened.close()


@pytest.fixture
def echo(httpserver):
    """Refuses everything, and says what it was told."""

    def say_back(request):
        told = {"headers": dict(request.headers), "body": request.get_data(as_text=True)}
        return Response(json.dumps({"message": "no", **told}), 422, content_type="application/json")

    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_handler(say_back)
    httpserver.expect_request("/orders/12345").respond_with_handler(say_back)
    return httpserver


def parcel(server, platform=None, *, secrets=None, context=None, **params):
    platform = platform or get_platform("generic")
    return Parcel(
        update_id=1,
        idempotency_key="0b5f",
        platform=platform,
        send=platform.find_send("status", "url", OrderStatus.DESPACHADO),
        context=context or sample_context(),
        params={"base_url": server.url_for("").rstrip("/"), **params},
        secrets=secrets or {},
        allow_private=True,
        keep_accepted_bodies=True,
    )


def test_secrets_of_one_vitrine_are_never_used_or_masked_as_those_of_another(sessions, echo):
    """Many threads, many vitrines, one platform file."""

    def send(code):
        sent = parcel(
            echo,
            secrets={"auth_secret": SECRETS[code]},
            auth_kind="bearer",
            url_body=json.dumps({"of": code, "number": "{{ order.number }}"}),
        )
        return code, deliver(sent, sessions=sessions, now=lambda: NOW)

    with ThreadPoolExecutor(max_workers=8) as pool:
        results = list(pool.map(send, "abcd" * 20))
    assert len(echo.log) == 80
    for request, _ in echo.log:
        code = json.loads(request.get_data())["of"]
        assert request.headers["Authorization"] == f"Bearer {SECRETS[code]}"
    for code, result in results:
        [step] = result.steps
        assert json.loads(step["request_body"]) == {"of": code, "number": "12345"}
        assert json.loads(step["response_body"])["headers"]["Authorization"] == MASK
        assert not any(secret in json.dumps(result.steps) for secret in SECRETS.values())


def test_secret_of_another_vitrine_is_no_secret_of_this_one(sessions, echo):
    said = sample_context()
    said["order"] = {**said["order"], "number": SECRETS["b"]}
    secrets = {"auth_secret": SECRETS["a"]}
    deliver(parcel(echo, secrets={"auth_secret": SECRETS["b"]}), sessions=sessions, now=lambda: NOW)
    sent = parcel(echo, secrets=secrets, context=said, auth_kind="bearer")
    [step] = deliver(sent, sessions=sessions, now=lambda: NOW).steps
    assert json.loads(step["request_body"])["pedido"] == SECRETS["b"]


def test_secret_that_was_changed_is_used_and_masked_from_the_next_desk_on(sessions, echo):
    for secret in ("before-0123456789", "after-0123456789"):
        sent = parcel(echo, secrets={"auth_secret": secret}, auth_kind="headers")
        [step] = deliver(sent, sessions=sessions, now=lambda: NOW).steps
        assert echo.log[-1][0].headers["X-Api-Key"] == secret
        assert secret not in json.dumps(step)


def test_parameters_that_were_changed_are_used_from_the_next_desk_on(sessions, echo):
    first = {"url_body": '{"a": "{{ order.number }}"}', "url_method": "PUT"}
    second = {"url_body": "b={{ order.number }}", "url_method": "POST", "url_body_kind": "form"}
    for params in (first, second, first):
        deliver(parcel(echo, **params), sessions=sessions, now=lambda: NOW)
    seen = [(r.method, r.content_type, r.get_data(as_text=True)) for r, _ in echo.log]
    assert seen == [
        ("PUT", "application/json", '{"a": "12345"}'),
        ("POST", "application/x-www-form-urlencoded", "b=12345"),
        ("PUT", "application/json", '{"a": "12345"}'),
    ]


def test_success_rule_that_was_changed_is_used_from_the_next_desk_on(sessions, echo):
    for rule, outcome in (("status == `422`", "accepted"), ("", "rejected")):
        sent = parcel(echo, success_rule=rule)
        assert deliver(sent, sessions=sessions, now=lambda: NOW).outcome == outcome


def test_platform_file_that_was_changed_is_used_whatever_else_is_the_same(sessions, echo, tmp_path):
    """Of the same name, with the same parameters, its steps in the same places."""
    told = 'method = "POST"\nraw = "{}"\nheaders = {{ X-A = "{}" }}\nsuccess = "status == `{}`"\n'
    files = [told.format("one", "1", 422), told.format("two", "2", 200)]
    outcomes = []
    for file in files:
        platform = platform_from(ONE_SEND + file, tmp_path)
        result = deliver(parcel(echo, platform), sessions=sessions, now=lambda: NOW)
        outcomes.append(result.outcome)
    seen = [(r.get_data(as_text=True), r.headers["X-A"]) for r, _ in echo.log]
    assert (seen, outcomes) == ([("one", "1"), ("two", "2")], ["accepted", "rejected"])


def test_destination_that_one_vitrine_may_send_to_is_refused_to_one_that_may_not(sessions):
    with raw_server(says(answer(b"ok"))) as server:
        asked = RenderedRequest("GET", server.url, {}, None)
        for _ in range(2):
            assert sessions.exchange(asked, allow_private=True).status == 200
            with pytest.raises(CallFailed, match="precisa ser https"):
                sessions.exchange(asked, allow_private=False)
    assert len(server.requests) == 2
