"""The outbox's guarantees are the database's: each is broken here on purpose."""

import pytest
from django.db import IntegrityError, transaction

from integrations.models import DeliveryAttempt, StatusUpdate, UpdateReason, UpdateState
from tests.factories import NOW, make_order, make_replay_run, make_update, make_vitrine

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return make_order(make_vitrine())


def refused(constraint: str):
    return pytest.raises(IntegrityError, match=f"{constraint}|UNIQUE constraint failed")


def test_second_turn_in_one_order_is_refused(order):
    make_update(order)

    with refused("update_one_turn_per_order"), transaction.atomic():
        make_update(order, turn=True)
    assert make_update(order, turn=False).turn is False


def test_turn_of_a_closed_update_is_refused(order):
    with refused("update_turn_only_while_open"), transaction.atomic():
        make_update(order, state=UpdateState.SENT, reason=UpdateReason.ACCEPTED, turn=True)


@pytest.mark.parametrize(
    "state",
    [s for s in UpdateState if s not in (UpdateState.PENDING, UpdateState.SENDING)],
)
def test_update_not_sent_without_a_reason_is_refused(order, state):
    with refused("update_closed_has_a_reason"), transaction.atomic():
        make_update(order, state=state)


def test_pending_update_that_no_sweep_would_find_is_refused(order):
    with refused("update_pending_has_due_time"), transaction.atomic():
        make_update(order, due_at=None)


def test_sending_without_a_lease_is_refused(order):
    with refused("update_sending_names_its_lease"), transaction.atomic():
        make_update(order, state=UpdateState.SENDING, fencing_token=None)


def test_sending_without_the_turn_is_refused(order):
    with refused("update_sending_has_the_turn"), transaction.atomic():
        make_update(order, state=UpdateState.SENDING, turn=False)


def test_two_of_one_order_in_flight_are_refused(order):
    make_update(order, state=UpdateState.SENDING)

    with refused("update_one_turn_per_order"), transaction.atomic():
        make_update(order, state=UpdateState.SENDING)


def test_repeat_without_the_place_of_what_it_repeats_is_refused(order):
    told = make_update(order, state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)

    with refused("update_repeat_has_its_place"), transaction.atomic():
        make_update(order, replay_of=told, place=None)


@pytest.mark.parametrize("state", [UpdateState.PENDING, UpdateState.SENDING])
def test_second_repeat_while_one_is_open_is_refused(order, state):
    told = make_update(order, state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)
    repeat = make_update(order, state=state, replay_of=told, place=1)

    with refused("update_one_open_repeat"), transaction.atomic():
        make_update(order, turn=False, replay_of=told, place=1)
    StatusUpdate.objects.filter(pk=repeat.pk).update(state="sent", reason="accepted", turn=False)
    make_update(order, replay_of=told, place=1)


def test_second_part_of_one_vitrine_in_a_run_is_refused(order):
    run = make_replay_run(order.vitrine)

    with refused("replay_part_per_vitrine"), transaction.atomic():
        run.parts.create(vitrine=order.vitrine, selected=1, paced_until=NOW)


def test_two_updates_in_one_place_of_an_order_are_refused(order):
    make_update(order, sequence=1)

    with refused("update_sequence_per_order"), transaction.atomic():
        make_update(order, sequence=1, turn=False)


def test_one_try_recorded_twice_is_refused(order):
    update = make_update(order)
    attempt = {
        "update": update,
        "number": 1,
        "started_at": NOW,
        "duration_ms": 5,
        "outcome": "accepted",
        "worker": "w",
    }
    DeliveryAttempt.objects.create(**attempt)

    with refused("attempt_number_once"), transaction.atomic():
        DeliveryAttempt.objects.create(**attempt)
    assert StatusUpdate.objects.get().attempts.count() == 1
