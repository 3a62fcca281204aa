"""A test sending of a platform with tokens: the vitrine's own token, renewed once if refused."""

import json
from uuid import uuid4

import pytest
from django.utils import timezone

from integrations.models import Lane, SendTest
from integrations.send_tests import send_test
from tests.factories import NOW, make_order
from tests.integrations.platform_token.story import PREPARING, web_token

pytestmark = pytest.mark.django_db


def send(vitrine):
    order = make_order(vitrine, "7")
    return send_test(
        order=order, status=PREPARING, channel="", key=uuid4(), actor=None, now=NOW
    )  # fmt: skip


def test_a_token_is_obtained_for_a_test(vitrine, shop):
    test = send(vitrine)

    assert (test.outcome, test.sent_by_label) == ("accepted", "sistema")
    assert shop.grants == ["client_credentials"]
    assert shop.calls == [("7", "acc3ss-1-tok", 200)]
    assert "acc3ss" not in json.dumps(test.steps)


def test_a_token_that_is_refused_is_renewed_once_and_the_test_made_again(vitrine, shop):
    web_token(vitrine, timezone.now)
    shop.forget_token()
    test = send(vitrine)

    assert test.outcome == "accepted"
    assert shop.grants == ["client_credentials", "refresh_token"]
    assert shop.calls == [("7", "acc3ss-1-tok", 401), ("7", "acc3ss-2-tok", 200)]
    assert [step["status"] for step in test.steps] == [401, 200]


def test_a_store_that_refuses_every_token_is_asked_twice_and_pauses_no_lane(vitrine, shop):
    shop.refuses_all = True
    test = send(vitrine)

    assert (test.outcome, test.http_status) == ("auth_refused", 401)
    assert [status for _, _, status in shop.calls] == [401, 401]
    assert not Lane.objects.filter(vitrine=vitrine).exists()


def test_a_token_that_is_not_given_is_told_and_nothing_is_sent(vitrine, shop):
    shop.client_secret = "outro"
    test = send(vitrine)

    assert (test.outcome, test.http_status, test.steps) == ("auth_refused", None, [])
    assert test.message == "segredo •••••• inválido"
    assert (shop.calls, SendTest.objects.count()) == ([], 1)
