"""What is recorded is counted in its hour, in the same transaction."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from werkzeug import Response

from integrations.delivery import recording
from integrations.delivery.claiming import claim
from integrations.delivery.lanes import LeaseLost, acquire
from integrations.delivery.parcels import open_desk
from integrations.delivery.rates import Pace
from integrations.models import AttemptClass, Event, Lane, SendingHour, StatusUpdate, UpdateState
from integrations.sending_tally import BUCKETS, COLUMNS
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.integrations.dispatcher.dispatching import DISPATCHED, dispatch, enqueue, result

pytestmark = pytest.mark.django_db
HOUR = NOW.replace(minute=0, second=0, microsecond=0)


def counted(**hour):
    """What is not nothing in the only hour there is, or in the one that is asked for."""
    row = SendingHour.objects.get(**hour)
    return {column: number for column in COLUMNS if (number := getattr(row, column))}


def test_accepted_update_is_counted_with_its_time_from_the_event(vitrine, store, clock):
    enqueue(vitrine)
    clock.pass_by(seconds=3)

    dispatch(clock)

    assert counted(vitrine=vitrine, hour=HOUR) == {
        "accepted": 1,
        "accepted_first_try": 1,
        "took_5": 1,
    }


@pytest.mark.parametrize(
    ("answer", "column"),
    [
        (Response("{}", 422), "refused"),
        (Response("{}", 503), "retried"),
        (Response("{}", 429, {"Retry-After": "60"}), "postponed"),
        (Response("{}", 401), "postponed"),
        (Response("{}", 410), "postponed"),
    ],
)
def test_try_is_counted_by_what_it_came_to(answer, column, vitrine, store, clock):
    enqueue(vitrine)
    store.script(answer)

    dispatch(clock)

    assert counted() == {column: 1}


def test_what_cannot_even_be_sent_is_refused(vitrine, store, clock):
    update = enqueue(vitrine)
    StatusUpdate.objects.filter(pk=update.pk).update(channel="tracking")

    dispatch(clock)

    assert (store.requests, counted()) == ([], {"refused": 1})


def test_update_accepted_after_a_failure_is_not_of_the_first_try(vitrine, store, clock):
    enqueue(vitrine)
    store.script(503, 200)

    dispatch(clock)
    clock.pass_by(seconds=40)
    dispatch(clock)

    assert counted() == {"retried": 1, "accepted": 1, "took_9": 1}


def test_update_accepted_after_being_throttled_is_not_of_the_first_try(vitrine, store, clock):
    update = enqueue(vitrine)
    store.script(429, 200)

    dispatch(clock)
    clock.pass_by(minutes=2)
    dispatch(clock)

    update.refresh_from_db()
    assert (update.attempts_made, counted()) == (
        1,
        {"postponed": 1, "accepted": 1, "took_10": 1},
    )


def test_last_try_that_fails_is_refused_and_not_retried(vitrine, store, clock):
    update = enqueue(vitrine)
    StatusUpdate.objects.filter(pk=update.pk).update(attempts_made=10)
    store.script(503)

    dispatch(clock)

    assert counted() == {"refused": 1}


def test_repeat_is_counted_as_a_sending_and_has_no_time(vitrine, store, clock):
    order = make_order(vitrine)
    told = make_update(order, state=UpdateState.SENT, reason="accepted", finished_at=NOW)
    make_update(order, replay_of=told, place=1)

    dispatch(clock)

    assert counted() == {"accepted": 1, "accepted_first_try": 1}


def test_time_of_an_adopted_orphan_runs_from_when_its_event_was_stored(vitrine, store, clock):
    """Its update was created with its order, an hour later."""
    update = enqueue(vitrine)
    Event.objects.filter(pk=update.event_id).update(received_at=NOW - timedelta(hours=1))

    dispatch(clock)

    assert counted() == {"accepted": 1, "accepted_first_try": 1, "took_15": 1}


def test_update_without_an_event_is_timed_from_its_own_beginning(vitrine, store, clock):
    make_update(make_order(vitrine), event=None)
    clock.pass_by(seconds=3)

    dispatch(clock)

    assert counted() == {"accepted": 1, "accepted_first_try": 1, "took_5": 1}


def test_batches_of_one_hour_are_added_up_and_the_next_hour_begins_anew(vitrine, store, clock):
    for number in range(3):
        enqueue(vitrine, number=f"1{number}")
        dispatch(clock)
    clock.pass_by(hours=1)
    enqueue(vitrine, number="20")
    dispatch(clock)

    accepted = SendingHour.objects.order_by("hour").values_list("hour", "accepted")
    assert list(accepted) == [(HOUR, 3), (HOUR + timedelta(hours=1), 1)]


def test_each_vitrine_has_its_own_hours(vitrine, store, clock):
    SendingHour.objects.create(vitrine=make_vitrine("OUTRA"), hour=HOUR, accepted=7)
    enqueue(vitrine)

    dispatch(clock)

    rows = SendingHour.objects.order_by("vitrine__code").values_list("vitrine__code", "accepted")
    assert list(rows) == [("LOJA-SP", 1), ("OUTRA", 7)]


def test_as_many_are_timed_as_were_accepted(vitrine, store, clock):
    for number in range(40):
        enqueue(vitrine, number=str(number + 1))
    store.script(422, 503, 200)

    dispatch(clock)

    row = SendingHour.objects.get()
    assert (row.refused, row.retried, row.accepted) == (1, 1, 38)
    assert sum(getattr(row, bucket) for bucket in BUCKETS) == 38


def test_batch_costs_one_statement_and_the_first_of_an_hour_one_more(vitrine, store, clock):
    enqueue(vitrine, number="1")
    with CaptureQueriesContext(connection) as first:
        dispatch(clock)
    enqueue(vitrine, number="2")
    with CaptureQueriesContext(connection) as second:
        dispatch(clock)

    asked = [
        [q["sql"].split()[0] for q in each if "integrations_sendinghour" in q["sql"]]
        for each in (first, second)
    ]
    assert asked == [["UPDATE", "INSERT"], ["UPDATE"]]


def test_stale_holder_counts_nothing(vitrine, store, clock):
    update = enqueue(vitrine)
    stale = acquire(vitrine_id=vitrine.pk, owner="paused", now=NOW)
    claim(stale, open_desk(vitrine), room=1, now=NOW)
    Lane.objects.update(owner="other", fencing_token=stale.fencing_token + 1)

    attempts = [recording.Attempt(update.pk, result(AttemptClass.ACCEPTED))]
    with pytest.raises(LeaseLost):
        recording.record(stale, attempts, strict=False, pace=Pace(), worker="paused", now=NOW)

    assert not SendingHour.objects.exists()


def test_hour_is_not_counted_if_its_tries_are_not_recorded(vitrine, store, clock, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError("no connection")

    enqueue(vitrine, DISPATCHED)
    monkeypatch.setattr(recording, "supersede_older", fails)

    with pytest.raises(RuntimeError, match="no connection"):
        dispatch(clock)

    assert not SendingHour.objects.exists()


def test_hour_of_a_vitrine_is_one_row(vitrine):
    SendingHour.objects.create(vitrine=vitrine, hour=HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        SendingHour.objects.create(vitrine=vitrine, hour=HOUR)


def test_more_first_tries_than_accepted_are_refused(vitrine):
    with pytest.raises(IntegrityError), transaction.atomic():
        SendingHour.objects.create(vitrine=vitrine, hour=HOUR, accepted=1, accepted_first_try=2)
