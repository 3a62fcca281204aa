"""What the holder of a lane does between its transactions."""

import threading

import pytest
from django.db import connection, connections

from integrations.delivery.dispatcher import drain_lane
from tests.integrations.dispatcher.dispatching import dispatch, enqueue, state

pytestmark = pytest.mark.django_db(transaction=True)


def test_request_is_made_with_no_transaction_open(vitrine, store, clock):
    """Neither by the lane's thread, which waits, nor by the sender's, which has no connection."""
    lanes_connection = connections["default"]
    in_transaction, in_senders = [], []
    store.asked = lambda: in_transaction.append(lanes_connection.in_atomic_block)

    def in_a_sender():
        if threading.current_thread().name.startswith("send-"):
            in_senders.append(connections["default"].connection)
        return clock()

    enqueue(vitrine)
    assert dispatch(in_a_sender) == 1

    assert in_transaction == [False]
    assert set(in_senders) == {None}


def test_update_committed_between_the_last_look_and_the_release_is_sent(vitrine, store, clock):
    """Its own wake-up found the lane held, and did nothing: its holder looks once more."""
    late = []

    def enqueue_before_the_release(execute, sql, params, *told):
        if '"owner" = %s, "lease_until" = NULL' in sql and not late:
            late.append(enqueue(vitrine, number="2"))
        return execute(sql, params, *told)

    enqueue(vitrine, number="1")
    with connection.execute_wrapper(enqueue_before_the_release):
        assert drain_lane(vitrine, worker="w", clock=clock) == 2

    assert [state(update) for update in late] == [("sent", "accepted")]


def test_update_committed_before_the_release_of_a_holder_that_found_nothing_is_sent(
    vitrine, store, clock
):
    late = []

    def enqueue_before_the_release(execute, sql, params, *told):
        if '"owner" = %s, "lease_until" = NULL' in sql and not late:
            late.append(enqueue(vitrine))
        return execute(sql, params, *told)

    with connection.execute_wrapper(enqueue_before_the_release):
        assert drain_lane(vitrine, worker="w", clock=clock) == 1

    assert [state(update) for update in late] == [("sent", "accepted")]
