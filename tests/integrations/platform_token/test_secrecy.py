"""A token is as secret as the credential that it stands for."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from integrations.models import DeliveryAttempt, Lane, PlatformToken
from tests.integrations.platform_token.shop import CLIENT_SECRET
from tests.integrations.platform_token.story import dispatch, enqueue
from tests.people import make_superuser, signed_in
from vitrines.secrets import MASK

pytestmark = pytest.mark.django_db


def test_token_is_shown_and_stored_nowhere_in_the_open(vitrine, shop, clock, caplog):
    """The store repeats it in every answer, and the file puts it in a body too."""
    caplog.set_level("DEBUG")
    enqueue(vitrine, 1)
    dispatch(clock)
    shop.forget_token()
    enqueue(vitrine, 2)
    dispatch(clock)
    shop.refuses_all = True
    enqueue(vitrine, 3)
    dispatch(clock)
    dispatch(clock)

    steps = [step for attempt in DeliveryAttempt.objects.all() for step in attempt.steps]
    assert json.loads(steps[0]["request_body"]) == {"status": "PICKING", "session": MASK}
    assert steps[0]["request_headers"]["Authorization"] == MASK
    assert json.loads(steps[0]["response_body"]) == {"seen": MASK, "of": MASK}
    seen = [
        json.dumps(steps),
        caplog.text,
        str(list(DeliveryAttempt.objects.values())),
        str(list(vitrine.status_updates.values())),
        str(list(Lane.objects.values())),
        *_raw_rows("integrations_platformtoken"),
    ]
    client = signed_in(make_superuser())
    update = vitrine.status_updates.latest("id")
    for address in (
        reverse("update_detail", args=[update.pk]),
        reverse("order_detail", args=[vitrine.code, "3"]),
        reverse("vitrines:detail", args=[vitrine.code]),
        reverse("admin:integrations_platformtoken_changelist"),
        reverse("admin:integrations_platformtoken_change", args=[PlatformToken.objects.get().pk]),
        reverse("admin:integrations_deliveryattempt_change", args=[update.attempts.first().pk]),
    ):
        response = client.get(address)
        assert response.status_code == 200, address
        seen.append(response.content.decode())
    kept = PlatformToken.objects.get().contents
    hidden = [kept["access"], kept["refresh"], "acc3ss", "r3fresh", CLIENT_SECRET]
    assert [text for page in seen for text in hidden if text in page] == []


def _raw_rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
        return [str(row) for row in cursor.fetchall()]
