"""What a replay never does: take the store back, overtake, double. As counted, so done."""

import pytest

from integrations.delivery import outbox
from integrations.models import LeftOut, ReplayMode, StatusUpdate, UpdateReason, UpdateState
from integrations.replay.guards import left_out_of, with_left_out
from tests.factories import enqueue_status, make_event, make_order, make_update
from tests.integrations.dispatcher.dispatching import dispatch, enqueue
from tests.integrations.replay.replaying import (
    DISPATCHED,
    PAID,
    PREPARING,
    fresh,
    items,
    now_in_queue,
    outcome,
    replay,
    state,
)

pytestmark = pytest.mark.django_db

SENT, FAILED, HELD = UpdateState.SENT, UpdateState.FAILED, UpdateState.HELD
SKIPPED, PENDING = UpdateState.SKIPPED, UpdateState.PENDING
ANY_MODE = pytest.mark.parametrize("mode", ReplayMode.values)


@pytest.fixture
def order(vitrine):
    return make_order(vitrine)


def left_out(update, mode="renderizar"):
    rows = with_left_out(StatusUpdate.objects.filter(pk=update.pk), ReplayMode(mode))
    return left_out_of(rows.get())


# What is never replayed, whatever the mode


@ANY_MODE
@pytest.mark.parametrize(
    ("state", "reason", "why"),
    [
        ("pending", "", LeftOut.IN_QUEUE),
        ("sending", "", LeftOut.IN_QUEUE),
        ("cancelled", "cancelled", LeftOut.SETTLED),
        ("skipped", "echo", LeftOut.ECHO),
        ("skipped", "regression", LeftOut.REGRESSION),
        ("superseded", "superseded", LeftOut.REGRESSION),
    ],
)
def test_state_that_no_mode_replays(mode, state, reason, why, order):
    assert left_out(make_update(order, state=UpdateState(state), reason=reason), mode) is why


@pytest.mark.parametrize(
    ("state", "reason"),
    [("held", "unmapped"), ("skipped", "inactive"), ("skipped", "not_offered")],
)
def test_what_was_not_decided_to_be_sent_can_only_be_decided_again(state, reason, order):
    update = make_update(order, state=UpdateState(state), reason=reason)

    assert [left_out(update, mode) for mode in ReplayMode.values] == [
        LeftOut.NOTHING_TO_SEND,
        LeftOut.NOTHING_TO_SEND,
        None,
    ]


# Never back


@ANY_MODE
@pytest.mark.parametrize("before", [SENT, FAILED])
@pytest.mark.parametrize(
    ("later", "reason"), [("sent", "accepted"), ("skipped", "echo"), ("cancelled", "cancelled")]
)
def test_status_that_the_store_has_left_behind_is_left_out(mode, before, later, reason, order):
    update = make_update(order, PREPARING, before, reason="accepted")
    make_update(order, DISPATCHED, UpdateState(later), reason=reason)

    assert left_out(update, mode) is LeftOut.REGRESSION


@pytest.mark.parametrize("later", ["pending", "sending", "held", "failed"])
def test_accepted_status_is_left_out_while_a_later_one_waits(later, order):
    sent = make_update(order, PAID, SENT, reason="accepted")
    make_update(order, PREPARING, UpdateState(later), reason="" if "ing" in later else "unmapped")

    assert left_out(sent) is LeftOut.LATER_WAITS


@pytest.mark.parametrize(
    ("later", "reason"),
    [("skipped", "inactive"), ("skipped", "regression"), ("superseded", "superseded")],
)
def test_accepted_status_is_told_again_where_the_later_ones_were_never_told(later, reason, order):
    sent = make_update(order, PAID, SENT, reason="accepted")
    make_update(order, PREPARING, UpdateState(later), reason=reason)

    assert left_out(sent) is None


def test_later_status_of_another_order_keeps_nothing_out(order, vitrine):
    sent = make_update(order, PAID, SENT, reason="accepted")
    make_update(make_order(vitrine, "77"), PREPARING, SENT, reason="accepted")

    assert left_out(sent) is None


def test_tracking_that_was_told_is_left_out_once_a_later_status_was(order):
    told = make_update(order, PREPARING, SENT, reason="accepted", kind="tracking")
    never_told = make_update(order, PREPARING, FAILED, reason="rejected", kind="tracking")
    make_update(order, DISPATCHED, SENT, reason="accepted")

    assert [left_out(told), left_out(never_told)] == [LeftOut.REGRESSION, None]


def test_selected_whole_order_repeats_only_what_the_store_shows(vitrine, store, clock):
    paid, preparing = enqueue(vitrine, PAID), enqueue(vitrine, PREPARING)
    dispatch(clock)

    run = replay("reenviar", state="sent", vitrine="LOJA-SP")
    dispatch(clock)

    assert items(run) == [(paid.pk, "left_out", "regression"), (preparing.pk, "queued", "")]
    assert store.told == ["PAID", "PICKING", "PICKING"]


def test_failed_status_goes_before_the_later_one_that_waits(vitrine, store, clock):
    failed = enqueue(vitrine, PAID)
    StatusUpdate.objects.update(state=FAILED, reason="rejected", turn=False)
    waiting = enqueue(vitrine, PREPARING)

    replay("renderizar", failed)

    assert [state(update)[2] for update in (failed, waiting)] == [True, False]
    dispatch(clock)
    assert store.told == ["PAID", "PICKING"]


def test_failed_status_does_not_go_after_a_later_one_that_is_on_its_way(vitrine, order, clock):
    failed = make_update(order, PAID, FAILED, reason="rejected")
    going = make_update(order, PREPARING, UpdateState.SENDING, turn=True)

    replay("renderizar", failed)
    assert [state(update)[2] for update in (failed, going)] == [False, True]
    going.state, going.reason, going.turn, going.fencing_token = SENT, "accepted", False, None
    going.save()
    outbox.supersede_older([going], now=clock.now)

    assert state(failed) == (UpdateState.SUPERSEDED, UpdateReason.SUPERSEDED, False)


# Never twice


def test_update_that_was_repeated_is_left_out_whatever_became_of_the_repeat(vitrine, clock, store):
    sent = enqueue(vitrine)
    dispatch(clock)
    [repeat] = now_in_queue(replay("renderizar", sent))

    assert [left_out(sent), left_out(repeat)] == [LeftOut.REPEATED, LeftOut.IN_QUEUE]
    dispatch(clock)
    assert [left_out(sent), left_out(repeat)] == [LeftOut.REPEATED, None]
    run = replay("renderizar", sent, repeat, now=clock.now)
    assert items(run) == [(sent.pk, "left_out", "repeated"), (repeat.pk, "queued", "")]
    [again] = now_in_queue(run)
    assert (again.replay_of, again.place, again.sequence) == (repeat, 1, 3)


# A repeat stands where it stood


def test_status_that_was_skipped_before_a_repeat_goes_behind_it(vitrine, store, clock):
    """Paid was told, preparing was inactive; paid was repeated, then preparing made active."""
    row = vitrine.status_mappings.get(status=PREPARING)
    row.active = False
    row.save()
    paid, skipped = enqueue(vitrine, PAID), enqueue(vitrine, PREPARING)
    dispatch(clock)
    [repeat] = now_in_queue(replay("renderizar", paid))
    row.active = True
    row.save()

    [behind] = now_in_queue(replay("decidir", skipped, now=clock.now))
    dispatch(clock)

    assert store.told == ["PAID", "PAID", "PICKING"]
    assert state(skipped) == (SKIPPED, UpdateReason.INACTIVE, False)
    assert (behind.replay_of, behind.place, behind.sequence) == (skipped, 2, 4)
    assert left_out(repeat) is LeftOut.REGRESSION
    assert left_out(behind) is None


def test_status_that_was_skipped_goes_behind_what_the_same_run_repeats(vitrine, store, clock):
    row = vitrine.status_mappings.get(status=PREPARING)
    row.active = False
    row.save()
    paid, skipped = enqueue(vitrine, PAID), enqueue(vitrine, PREPARING)
    dispatch(clock)
    row.active = True
    row.save()

    run = replay("decidir", paid, skipped, now=clock.now)
    dispatch(clock)

    assert store.told == ["PAID", "PAID", "PICKING"]
    assert {(u.place, u.sequence) for u in now_in_queue(run)} == {(1, 3), (2, 4)}
    assert state(skipped) == (SKIPPED, UpdateReason.INACTIVE, False)


def test_status_told_after_a_repeat_supersedes_it(vitrine, store, clock):
    store.script(200, 422, 200)
    paid = enqueue(vitrine, PAID)
    dispatch(clock)
    [repeat] = now_in_queue(replay("renderizar", paid))
    dispatch(clock)
    assert state(repeat) == (FAILED, UpdateReason.REJECTED, False)

    enqueue(vitrine, PREPARING)
    dispatch(clock)

    assert state(repeat) == (UpdateState.SUPERSEDED, UpdateReason.SUPERSEDED, False)
    assert outcome(replay("renderizar", repeat)) == ("left_out", "regression")


def test_event_that_comes_after_a_repeat_waits_behind_it(vitrine, store, clock):
    paid = enqueue(vitrine, PAID)
    dispatch(clock)
    [repeat] = now_in_queue(replay("renderizar", paid))
    order = fresh(paid).order

    later = enqueue_status(order=order, event=make_event(order), status=PREPARING, now=clock.now)

    assert [state(update)[2] for update in (repeat, later)] == [True, False]
    dispatch(clock)
    assert store.told == ["PAID", "PAID", "PICKING"]
