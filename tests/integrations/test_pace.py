"""A lane keeps to the rates and the concurrency of its platform's file."""

import re
import threading
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from integrations.delivery.claiming import claim
from integrations.delivery.dispatcher import run_once
from integrations.delivery.lanes import acquire
from integrations.delivery.parcels import open_desk
from integrations.delivery.recording import give_back
from integrations.explain import explain_order
from integrations.models import Lane, UpdateState
from integrations.operations import resume_lane
from tests.clock import Clock
from tests.factories import (
    NOW,
    enqueue_status,
    make_connection,
    make_event,
    make_mapping,
    make_order,
    make_user,
    make_vitrine,
)
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PREPARING = OrderStatus.EM_PREPARACAO
FILE = """
name = "paced"
label = "Compassada"

[[params]]
name = "base_url"
label = "Endereço"
kind = "url"
required = true

[limits]
{limits}

[[send]]
channel = "url"

[[send.steps]]
method = "PUT"
url = "{{{{ params.base_url }}}}/orders/{{{{ order.number }}}}"
"""


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_shop(tmp_path, settings, httpserver):
    """A vitrine whose platform has these limits, with so many orders to tell."""

    def make(limits, *, orders):
        (tmp_path / "paced.toml").write_text(FILE.format(limits=limits))
        settings.PLATFORMS_DIR = str(tmp_path)
        vitrine = make_vitrine(platform="paced")
        make_connection(vitrine, params={"base_url": httpserver.url_for("").rstrip("/")})
        make_mapping(vitrine, PREPARING, "PICKING")
        for number in range(orders):
            order = make_order(vitrine, str(number), status=PREPARING)
            enqueue_status(order=order, event=make_event(order), status=PREPARING, now=NOW)
        httpserver.expect_request(re.compile(".*")).respond_with_data("{}")
        return vitrine

    return make


def sent(vitrine):
    return vitrine.status_updates.filter(state=UpdateState.SENT).count()


def test_updates_beyond_the_rate_wait_for_their_time(make_shop, clock):
    vitrine = make_shop("rates = [{ requests = 2, per = 60, burst = 2 }]", orders=3)

    assert run_once(worker="w", clock=clock) == 2
    lane = Lane.objects.get(vitrine=vitrine)
    assert (sent(vitrine), lane.paced_until) == (2, NOW + timedelta(seconds=30))

    clock.pass_by(seconds=29)
    assert run_once(worker="w", clock=clock) == 0
    clock.pass_by(seconds=1)
    assert run_once(worker="w", clock=clock) == 1
    assert sent(vitrine) == 3


def test_waiting_for_the_pace_costs_no_attempt_and_says_why(make_shop, clock):
    vitrine = make_shop("rates = [{ requests = 1, per = 3600, burst = 1 }]", orders=2)
    run_once(worker="w", clock=clock)

    waiting = vitrine.status_updates.get(state=UpdateState.PENDING)
    answer = explain_order(waiting.order, now=NOW)
    assert (waiting.attempts_made, waiting.attempts.count()) == (0, 0)
    assert answer.cause == "throttled"
    assert answer.sentence == (
        "O limite de chamadas da plataforma foi atingido até 23/11 às 12:00; "
        f"o envio #{waiting.pk} sai depois disso."
    )


def test_what_was_claimed_and_given_back_takes_no_room(make_shop, clock):
    vitrine = make_shop("rates = [{ requests = 5, per = 60, burst = 5 }]", orders=5)
    lease, desk = acquire(vitrine_id=vitrine.pk, owner="w", now=NOW), open_desk(vitrine)
    claimed = [u.pk for u in claim(lease, desk, room=5, now=NOW).updates]
    assert Lane.objects.get().paced_until == NOW + timedelta(seconds=12)

    give_back(lease, claimed[2:], begun=claimed[:2], pace=desk.pace, now=NOW)
    give_back(lease, claimed, pace=desk.pace, now=NOW)  # nothing of it is in flight any more

    assert Lane.objects.get().paced_until is None
    again = claim(lease, desk, room=5, now=NOW)
    assert [update.pk for update in again.updates] == claimed[:3]


def test_clock_that_is_set_back_makes_no_lane_wait_longer_than_its_pace(make_shop, clock):
    vitrine = make_shop("rates = [{ requests = 2, per = 60, burst = 2 }]", orders=6)
    vitrine.status_updates.update(due_at=NOW - timedelta(hours=2))
    assert run_once(worker="w", clock=clock) == 2

    clock.pass_by(hours=-1)
    assert run_once(worker="w", clock=clock) == 0
    lane = Lane.objects.get(vitrine=vitrine)
    assert lane.paced_until == clock.now + timedelta(seconds=30)

    clock.pass_by(seconds=29)
    assert run_once(worker="w", clock=clock) == 0
    clock.pass_by(seconds=1)
    assert run_once(worker="w", clock=clock) == 1
    assert sent(vitrine) == 3


def test_clock_that_is_set_back_while_a_request_is_in_flight(make_shop, clock):
    """The answer is recorded by the new clock: what it waits is counted from there."""
    vitrine = make_shop("rates = [{ requests = 1, per = 60, burst = 1 }]", orders=2)
    vitrine.status_updates.update(due_at=NOW - timedelta(hours=2))
    lease, desk = acquire(vitrine_id=vitrine.pk, owner="w", now=NOW), open_desk(vitrine)
    (update,) = claim(lease, desk, room=5, now=NOW).updates
    clock.pass_by(hours=-1)

    give_back(lease, [], begun=[update.pk], pace=desk.pace, now=clock.now)

    assert Lane.objects.get().paced_until == clock.now + timedelta(seconds=60)


def test_pace_outlives_the_worker(make_shop, clock):
    vitrine = make_shop("rates = [{ requests = 1, per = 60, burst = 1 }]", orders=2)

    assert run_once(worker="first", clock=clock) == 1
    assert run_once(worker="second", clock=clock) == 0
    assert sent(vitrine) == 1


def test_resuming_the_lane_does_not_break_the_pace(make_shop, clock):
    vitrine = make_shop("rates = [{ requests = 1, per = 60, burst = 1 }]", orders=2)
    run_once(worker="w", clock=clock)

    resume_lane(vitrine=vitrine, actor=make_user(), now=NOW)

    assert run_once(worker="w", clock=clock) == 0


def test_requests_in_flight_never_exceed_the_concurrency(make_shop, clock):
    lock, in_flight, most = threading.Lock(), [0], [0]
    both_are_here = threading.Barrier(2, timeout=5)

    def answer(_request):
        with lock:
            in_flight[0] += 1
            most[0] = max(most[0], in_flight[0])
        both_are_here.wait()
        with lock:
            in_flight[0] -= 1
        return Response("{}")

    with HTTPServer(threaded=True) as server:
        vitrine = make_shop("concurrency = 2", orders=6)
        server.expect_request(re.compile(".*")).respond_with_handler(answer)
        base_url = {"base_url": server.url_for("").rstrip("/")}
        vitrine.connection.params = base_url
        vitrine.connection.save()

        assert run_once(worker="w", clock=clock) == 6
    assert (sent(vitrine), most) == (6, [2])


def test_probe_of_a_half_open_breaker_keeps_to_the_pace(make_shop, clock):
    vitrine = make_shop("rates = [{ requests = 1, per = 60, burst = 1 }]", orders=2)
    assert run_once(worker="w", clock=clock) == 1
    Lane.objects.filter(vitrine=vitrine).update(breaker_open_until=NOW, breaker_openings=1)
    lease, desk = acquire(vitrine_id=vitrine.pk, owner="w", now=NOW), open_desk(vitrine)

    assert claim(lease, desk, room=5, now=NOW).updates == []
    later = NOW + timedelta(seconds=60)
    assert len(claim(lease, desk, room=5, now=later).updates) == 1
