"""What a sending remembers of its requests, and that other bytes are not sent in their place."""

from datetime import UTC, datetime

import pytest

from integrations.delivery.context import AccessToken, RenderContext
from integrations.delivery.http import Sessions, Timeouts
from integrations.delivery.render import render
from integrations.delivery.sending import NOT_THE_SAME, Parcel, deliver
from tests.platform_samples import ONE_SEND, platform_from, sample_context
from vitrines.platforms import get_platform
from vitrines.statuses import OrderStatus

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
LENT = f"""{ONE_SEND}
method = "POST"
json = '{{"n": "{{{{ order.number }}}}", "session": "{{{{ auth.session }}}}"}}'

[auth]
kind = "bearer"
token = "{{{{ secrets.token }}}}"
lend = {{ session = "{{{{ secrets.token }}}}" }}
"""
TWO_STEPS = f"""{ONE_SEND}
method = "PUT"
json = '{{"n": "{{{{ order.number }}}}"}}'
capture = {{ receipt = "body.receipt" }}

[[send.steps]]
url = "{{{{ params.base_url }}}}/receipts/{{{{ captured.receipt }}}}"
method = "POST"
"""


def digest(platform, *, number="12345", secrets=None, base="https://loja.example", key="u-1"):
    context = sample_context()
    context["order"]["number"] = number
    given = RenderContext.of(
        platform,
        context=context,
        params={"base_url": base},
        secrets=secrets or {},
        captured={},
        token=AccessToken("t"),
    )
    send = platform.find_send("status", "url", OrderStatus.DESPACHADO)
    return render(send.steps[0], given, idempotency_key=key).digest


def test_digest_knows_the_facts_the_address_and_nothing_of_secrets_and_keys(tmp_path):
    lending = platform_from(LENT, tmp_path)
    told = digest(lending, secrets={"token": "antigo"})

    assert digest(lending, secrets={"token": "renovado"}, key="u-2") == told
    assert digest(lending, secrets={"token": "antigo"}, number="12346") != told
    assert digest(lending, secrets={"token": "antigo"}, base="https://outra.example") != told


@pytest.fixture
def send(httpserver):
    """Deliver an order's update to the test server, once or again with the same bytes."""
    sessions = Sessions(pool_size=2, timeouts=Timeouts(connect=1, read=1, total=2))

    def deliver_it(platform, *, resends=None, context=None):
        parcel = Parcel(
            update_id=1,
            idempotency_key="0b5f",
            platform=platform,
            send=platform.find_send("status", "url", OrderStatus.DESPACHADO),
            context=context or sample_context(),
            params={"base_url": httpserver.url_for("").rstrip("/")},
            secrets={"token": "segredo"},
            allow_private=True,
            keep_accepted_bodies=False,
            resends=resends,
        )
        return deliver(parcel, sessions=sessions, now=lambda: NOW)

    yield deliver_it
    sessions.close()


def digests(result):
    return {step["step"]: step["digest"] for step in result.steps}


def test_same_facts_are_sent_again_under_the_digest_of_the_first_time(send, httpserver):
    httpserver.expect_request("/pedidos/9f1c-22/status").respond_with_json({})
    first = send(get_platform("generic"))

    again = send(get_platform("generic"), resends=digests(first))

    assert (again.outcome, digests(again)) == ("accepted", digests(first))
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("resends", [{}, {"1": "0" * 64}])
def test_other_bytes_are_not_sent_in_their_place(send, httpserver, resends):
    result = send(get_platform("generic"), resends=resends)

    assert (result.outcome, result.message, result.steps) == ("config", NOT_THE_SAME, [])
    assert httpserver.log == []


def test_later_step_that_would_differ_is_not_made(send, httpserver, tmp_path):
    platform = platform_from(TWO_STEPS, tmp_path)
    httpserver.expect_ordered_request("/orders/12345").respond_with_json({"receipt": "r1"})
    httpserver.expect_ordered_request("/receipts/r1").respond_with_json({})
    httpserver.expect_ordered_request("/orders/12345").respond_with_json({"receipt": "r2"})
    first = send(platform)
    assert sorted(digests(first)) == ["1", "2"]

    again = send(platform, resends=digests(first))

    assert (again.outcome, again.message, sorted(digests(again))) == ("config", NOT_THE_SAME, ["1"])
    assert [request.path for request, _ in httpserver.log] == [
        "/orders/12345",
        "/receipts/r1",
        "/orders/12345",
    ]
