"""Work on a lane is done in batches: claimed ahead, recorded together, given back when it stops."""

import re

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from integrations.delivery.dispatcher import drain_lane
from integrations.delivery.lanes import WATCH
from integrations.delivery.parcels import open_desk
from integrations.models import (
    DeliveryAttempt,
    Lane,
    PauseReason,
    StatusUpdate,
    UpdateReason,
    UpdateState,
)
from tests.factories import NOW, make_order, make_update
from tests.integrations.dispatcher.dispatching import PREPARING, dispatch, enqueue, state
from vitrines.models import Vitrine

pytestmark = pytest.mark.django_db


def sent_within_one_second(vitrine, clock, number):
    for one in range(number):
        enqueue(vitrine, number=f"{number}{one:03}")
    with CaptureQueriesContext(connection) as queries:
        assert dispatch(clock) == number
    return queries


def test_recording_costs_a_fixed_number_of_queries_a_batch(vitrine, store, clock):
    """No statement of a drain is made once an update: of each there are as many as batches."""
    enqueue(vitrine, number="1")
    dispatch(clock)

    queries = sent_within_one_second(vitrine, clock, 60)

    inserts = [q for q in queries if q["sql"].startswith('INSERT INTO "integrations_deliveryatt')]
    shapes: dict[str, int] = {}
    for query in queries:
        shape = re.sub(r"'[^']*'|\d+", "?", re.sub(r"\(\d+(, \d+)*\)", "(…)", query["sql"]))
        shapes[shape[:160]] = shapes.get(shape[:160], 0) + 1
    assert DeliveryAttempt.objects.count() == 61
    assert len(inserts) < 20
    assert {shape: n for shape, n in shapes.items() if n > 4 * len(inserts) + 20} == {}


def test_refused_credential_gives_back_what_was_claimed_ahead(vitrine, store, clock):
    """The lane stops at the first answer; what waits behind it is as it was, never tried."""
    for number in range(60):
        enqueue(vitrine, number=str(number + 1))
    dispatch(clock)
    updates = [enqueue(vitrine, number=str(number + 1)) for number in range(100, 160)]
    store.requests.clear()
    store.script(401)

    dispatch(clock)

    assert Lane.objects.get(vitrine=vitrine).pause_reason == PauseReason.AUTH_REFUSED
    assert {state(update) for update in updates} == {(UpdateState.PENDING, "")}
    assert {(u.turn, u.due_at, u.attempts_made) for u in updates} == {(True, NOW, 0)}
    assert len(store.requests) < 60
    assert not StatusUpdate.objects.filter(state=UpdateState.SENDING).exists()


def test_stopping_worker_records_what_is_in_flight_and_gives_back_the_rest(vitrine, store, clock):
    for number in range(100):
        enqueue(vitrine, number=str(number + 1))
    drain_lane(vitrine, worker="w", clock=clock, stopping=DeliveryAttempt.objects.exists)

    told = len(store.requests)
    assert 0 < told < 100
    assert StatusUpdate.objects.filter(state=UpdateState.SENT).count() == told
    assert StatusUpdate.objects.filter(state=UpdateState.PENDING, turn=True).count() == 100 - told
    assert Lane.objects.get(vitrine=vitrine).owner == ""


@pytest.fixture
def sleeping(monkeypatch):
    """Lets this process be stopped for a while: its steady clock goes on without it."""
    honest, slept = WATCH.clock, [0.0]
    monkeypatch.setattr(WATCH, "clock", lambda: honest() + slept[0])

    def sleep():
        slept[0] += 2 * WATCH.length

    return sleep


def test_holder_stopped_past_its_lease_goes_on_if_nobody_took_the_lane(
    vitrine, store, clock, sleeping
):
    updates = [enqueue(vitrine, number=str(number + 1)) for number in range(40)]
    store.asked = lambda: len(store.requests) == 5 and sleeping()

    dispatch(clock)

    assert {state(update)[0] for update in updates} == {UpdateState.SENT}
    assert len(store.requests) == 40


def test_holder_stopped_past_its_lease_sends_nothing_of_what_another_took(
    vitrine, store, clock, sleeping
):
    updates = [enqueue(vitrine, number=str(number + 1)) for number in range(40)]
    overtaken = []

    def stopped_and_overtaken():
        if len(store.requests) >= 5 and not overtaken:
            sleeping()
            overtaken.append(len(store.requests))
            Lane.objects.update(fencing_token=F("fencing_token") + 1, owner="other")
        return False

    drain_lane(vitrine, worker="w", clock=clock, stopping=stopped_and_overtaken)

    window = open_desk(vitrine).window
    assert len(store.requests) <= overtaken[0] + window
    sent = sum(state(update)[0] == UpdateState.SENT for update in updates)
    assert sent <= overtaken[0]
    assert Lane.objects.get(vitrine=vitrine).owner == "other"


def test_update_claimed_by_a_lane_that_died_is_sent_under_its_own_key(vitrine, store, clock):
    update = make_update(make_order(vitrine, "77"), PREPARING, UpdateState.SENDING, turn=True)
    Lane.objects.create(vitrine=vitrine, owner="dead", fencing_token=1, lease_until=NOW)
    WATCH.note_ended(vitrine.pk, 1)

    assert dispatch(clock) == 1

    assert state(update)[0] == UpdateState.SENT
    assert store.requests[0].headers["Idempotency-Key"] == str(update.uuid)


def test_answers_that_came_before_something_went_wrong_are_recorded(vitrine, store, clock):
    """The database fails once at the next claim: what the store has taken is not told again."""
    for number in range(4):
        enqueue(vitrine, number=str(number + 1))
    claims = []

    def fail_at_the_second_claim(execute, sql, params, *told):
        if sql.startswith("SELECT") and '"due_at" <=' in sql and "LIMIT" in sql:
            claims.append(sql)
            if len(claims) == 2:
                raise OperationalError("database is locked")
        return execute(sql, params, *told)

    with connection.execute_wrapper(fail_at_the_second_claim), pytest.raises(OperationalError):
        drain_lane(vitrine, worker="w", clock=clock)

    told = len(store.requests)
    assert 0 < told <= 4
    assert StatusUpdate.objects.filter(state=UpdateState.SENT).count() == told
    assert not StatusUpdate.objects.filter(state=UpdateState.SENDING).exists()


def test_vitrine_that_changes_its_platform_while_its_lane_is_held_fails_nothing(
    vitrine, store, clock
):
    """What is decided for the new one is not judged by the desk of the one before."""
    enqueue(vitrine, number="1")
    decided = []

    def move_before_the_record(execute, sql, params, *told):
        if "INSERT INTO" in sql and "integrations_deliveryattempt" in sql and not decided:
            Vitrine.objects.filter(pk=vitrine.pk).update(platform="linx_commerce")
            order = make_order(vitrine, "2")
            decided.append(make_update(order, platform="linx_commerce", channel="url"))
        return execute(sql, params, *told)

    with connection.execute_wrapper(move_before_the_record):
        drain_lane(vitrine, worker="w", clock=clock)

    assert len(store.requests) == 1
    assert [state(update) for update in decided] == [(UpdateState.FAILED, UpdateReason.CONFIG)]
    assert "exportador" not in decided[0].detail
