"""What one holder of a lane does with its token, beside what whole runs show."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.delivery.context import AccessToken
from integrations.delivery.lanes import LEASE, LeaseLost, acquire
from integrations.delivery.parcels import open_desk
from integrations.delivery.platform_tokens import keeping
from integrations.delivery.platform_tokens import lane as lane_token
from integrations.delivery.platform_tokens.lane import LaneToken
from integrations.delivery.recording import Attempt
from integrations.delivery.sending import SendResult
from integrations.models import DeliveryAttempt, PlatformToken
from tests.factories import NOW
from tests.integrations.platform_token.story import begin, enqueue, lane

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease(vitrine):
    return acquire(vitrine_id=vitrine.pk, owner="w", now=NOW)


@pytest.fixture
def held(lease, clock):
    """The token of the lane's holder."""
    with ThreadPoolExecutor(1) as pool:
        yield LaneToken(lease, clock, pool)


def attempt(update, outcome, token):
    result = SendResult(outcome, "não", 401, [], {}, None, 1, NOW)
    return Attempt(update.pk, result, token)


def outcomes(attempts):
    return [(one.result.outcome, one.excused) for one in attempts]


def test_lease_is_kept_while_the_platform_thinks(vitrine, shop, clock, held, monkeypatch):
    monkeypatch.setattr(lane_token, "RENEW_EVERY", timedelta(milliseconds=10))
    shop.thinks = 0.1
    clock.pass_by(seconds=20)

    assert held.obtain(open_desk(vitrine))

    assert lane(vitrine).lease_until == NOW + timedelta(seconds=20) + LEASE


def test_token_is_kept_though_the_lane_was_lost_meanwhile(vitrine, shop, clock, held, monkeypatch):
    """The platform counts its refresh token as given, whoever holds the lane."""
    monkeypatch.setattr(lane_token, "RENEW_EVERY", timedelta(milliseconds=10))
    shop.thinks = 0.1
    held.lease = replace(held.lease, fencing_token=0)

    with pytest.raises(LeaseLost):
        held.obtain(open_desk(vitrine))

    kept = PlatformToken.objects.get()
    assert (kept.number, kept.contents["access"], kept.renewing_by) == (1, "acc3ss-1-tok", "")


def test_failure_of_a_lane_that_was_lost_stops_no_other_holder(vitrine, shop, clock, held):
    shop.client_secret = "outro"
    held.lease = replace(held.lease, fencing_token=0)

    with pytest.raises(LeaseLost):
        held.obtain(open_desk(vitrine))

    assert lane(vitrine).paused_at is None


def test_refusal_of_an_older_token_says_nothing_of_the_newest(vitrine, shop, clock, held):
    enqueue(vitrine, 1, 2)
    old, new = vitrine.status_updates.order_by("id")
    PlatformToken.objects.create(
        vitrine=vitrine, number=1, refused_at=NOW, obtained_at=NOW, expires_at=NOW
    )
    held.obtain(open_desk(vitrine))
    assert held.kept.on_trial

    judged = held.judged(
        [
            attempt(old, "auth_refused", AccessToken("velho", number=1)),
            attempt(new, "accepted", held.token),
        ]
    )

    assert outcomes(judged) == [("auth_refused", True), ("accepted", False)]
    token = PlatformToken.objects.get()
    assert (token.number, token.refused_at, token.on_trial) == (2, None, False)
    assert held.fits(open_desk(vitrine))


def test_refusal_of_a_token_that_another_replaced_leaves_the_new_one(vitrine, shop, clock, held):
    """A person's test renewed it while the lane was sending with the one before."""
    enqueue(vitrine, 1)
    held.obtain(open_desk(vitrine))
    PlatformToken.objects.update(number=2)

    judged = held.judged([attempt(vitrine.status_updates.get(), "auth_refused", held.token)])

    assert outcomes(judged) == [("auth_refused", True)]
    assert PlatformToken.objects.get().refused_at is None
    assert not held.fits(open_desk(vitrine))
    assert held.obtain(open_desk(vitrine))
    assert (held.token.number, len(shop.grants)) == (2, 1)


def test_update_refused_twice_in_a_row_is_not_excused_though_the_token_is_good(
    vitrine, shop, clock, held
):
    enqueue(vitrine, 1, 2)
    before, first = vitrine.status_updates.order_by("id")
    DeliveryAttempt.objects.create(
        update=before,
        number=1,
        started_at=NOW,
        duration_ms=1,
        outcome="auth_refused",
        worker="w",
    )
    held.obtain(open_desk(vitrine))
    assert not held.kept.on_trial

    judged = held.judged([attempt(one, "auth_refused", held.token) for one in (before, first)])

    assert outcomes(judged) == [("auth_refused", False), ("auth_refused", True)]


def test_refusal_that_comes_while_another_renews_is_excused(
    vitrine, shop, clock, held, monkeypatch
):
    monkeypatch.setattr(keeping, "PATIENCE", 0.05)
    enqueue(vitrine, 1)
    held.obtain(open_desk(vitrine))
    used = held.token
    clock.pass_by(hours=2)
    begin(vitrine, clock=clock)

    assert not held.obtain(open_desk(vitrine))
    judged = held.judged([attempt(vitrine.status_updates.get(), "auth_refused", used)])
    assert outcomes(judged) == [("auth_refused", True)]


def test_platform_without_tokens_excuses_nothing(vitrine, clock, lease):
    enqueue(vitrine, 1)
    vitrine.platform = "generic"
    with ThreadPoolExecutor(1) as pool:
        held = LaneToken(lease, clock, pool)
        assert held.fits(open_desk(vitrine))
        refused = attempt(vitrine.status_updates.get(), "auth_refused", None)
        assert held.judged([refused]) == [refused]
