"""A platform that is unwell is left alone; one that only says "not now" about an order is not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug import Response

from integrations.delivery.lane_health import note_result
from integrations.delivery.settlement import settle
from integrations.models import AttemptClass, Lane, UpdateReason, UpdateState
from tests.factories import NOW, make_connection, make_mapping, make_vitrine
from tests.integrations.dispatcher.dispatching import PREPARING, dispatch, enqueue, result, state

pytestmark = pytest.mark.django_db

#: Answers 409 to an order that it does not take yet.
PATIENT = """
name = "patient"
label = "Paciente"

[[params]]
name = "base_url"
label = "Endereço"
kind = "url"

[answers]
transient = "status == `409` && body.error == 'window'"

[[send]]
channel = "url"

[[send.steps]]
url = "{{ params.base_url }}/orders/{{ order.number }}"
json = '''{ "status": "{{ mapping.platform_status }}" }'''
"""


def test_five_failures_open_the_breaker_and_one_success_closes_it(vitrine, store, clock):
    store.script(500, 500, 500, 500, 500, 200)
    for number in range(1, 6):
        enqueue(vitrine, number=str(number))
        dispatch(clock)
    lane = Lane.objects.get(vitrine=vitrine)
    assert lane.breaker_open_until == NOW + timedelta(seconds=30)
    healthy = enqueue(vitrine, number="6")

    assert dispatch(clock) == 0
    clock.pass_by(seconds=30)
    assert dispatch(clock) == 6

    lane.refresh_from_db()
    assert state(healthy) == (UpdateState.SENT, UpdateReason.ACCEPTED)
    assert (lane.breaker_open_until, lane.transient_failures) == (None, 0)


def test_not_now_about_single_orders_leaves_the_breaker_closed(tmp_path, settings, store, clock):
    (tmp_path / "patient.toml").write_text(PATIENT)
    settings.PLATFORMS_DIR = str(tmp_path)
    vitrine = make_vitrine("PACIENTE", platform="patient")
    make_mapping(vitrine, PREPARING, "PICKING")
    make_connection(vitrine, params={"base_url": store.url})
    updates = [enqueue(vitrine, number=str(number)) for number in range(6)]
    store.script(Response('{"error": "window"}', 409))

    dispatch(clock)

    assert [state(update) for update in updates] == [(UpdateState.PENDING, "")] * 6
    assert {update.attempts.get().outcome for update in updates} == {"transient"}
    lane = Lane.objects.get(vitrine=vitrine)
    assert (lane.transient_failures, lane.breaker_open_until) == (0, None)


def test_half_open_breaker_risks_one_update_and_opens_longer(vitrine, store, clock):
    store.script(500)
    for number in range(1, 9):
        enqueue(vitrine, number=str(number))
        if number <= 5:
            dispatch(clock)
    clock.pass_by(seconds=30)

    assert dispatch(clock) == 1

    lane = Lane.objects.get(vitrine=vitrine)
    assert lane.breaker_open_until == clock.now + timedelta(seconds=60)
    assert lane.breaker_opened_at == NOW


def test_failure_of_before_the_breaker_opened_does_not_open_it_further_however_late(vitrine):
    lane = Lane(vitrine=vitrine)
    failed = settle(AttemptClass.TRANSIENT, attempts_made=0, retry_after=None, jitter=0)
    for _ in range(5):
        note_result(lane, result("transient", 503), failed, NOW)
    half_open = NOW + timedelta(seconds=60)

    note_result(lane, result("transient", None), failed, half_open)
    assert (lane.breaker_openings, lane.breaker_open_until) == (1, NOW + timedelta(seconds=30))

    probe = replace(result("transient", 503), started_at=half_open)
    note_result(lane, probe, failed, half_open)
    assert (lane.breaker_openings, lane.breaker_open_until) == (2, half_open + timedelta(minutes=1))
