"""The turn is handed on while a lane claims, on PostgreSQL, where both go on side by side: two
updates of one order are never in flight, and nobody waits for somebody who waits for them."""

import threading
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction

from integrations.delivery.claiming import claim
from integrations.delivery.lanes import WATCH, acquire
from integrations.delivery.outbox import give_turns
from integrations.delivery.parcels import open_desk
from integrations.models import Lane, StatusUpdate, UpdateState
from tests.factories import make_order, make_update
from tests.integrations.caller import mapped_vitrine
from tests.services.engine_processes import wait_until
from vitrines.models import Order

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("database_url")]
AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@contextmanager
def meanwhile(act):
    """``act`` in a thread with a connection of its own; what it failed by is raised at the end."""
    failed = []

    def run():
        try:
            act()
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()
    for error in failed:
        raise error


def hand_on(orders):
    """As whoever changed what is open of them: the intake, a replay, a person."""
    with transaction.atomic():
        list(Order.objects.filter(pk__in=orders).order_by("pk").select_for_update())
        give_turns(orders, strict=False)


def somebody_waits():
    """For a lock that this connection holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return cursor.fetchone()[0]


@pytest.fixture
def vitrine():
    return mapped_vitrine()


@pytest.fixture
def order(vitrine):
    """The turn is with the second update, as when the first one was held until now."""
    order = make_order(vitrine, "1")
    make_update(order, turn=False, due_at=AT)
    make_update(order, turn=True, due_at=AT)
    return order


@pytest.fixture
def take(vitrine):
    """Claims what is due, as the lane's holder; the places in their orders of what was taken."""
    lease = acquire(vitrine_id=vitrine.pk, owner="w", now=AT)
    desk = open_desk(vitrine)

    def claims():
        return [update.sequence for update in claim(lease, desk, room=500, now=AT).updates]

    return claims


def on_their_way(order):
    return list(order.status_updates.order_by("sequence").values_list("sequence", "state", "turn"))


def test_claim_between_the_look_at_the_turns_and_handing_them_on_finds_nothing(order, take):
    """Nothing, and does not wait: the lane comes again. Then it is the first one's turn."""
    claimed = []

    def claim_before_it_is_written(execute, sql, *told):
        if sql.startswith("UPDATE") and not claimed:
            with meanwhile(lambda: claimed.append(take())):
                pass
        return execute(sql, *told)

    with connection.execute_wrapper(claim_before_it_is_written):
        hand_on([order.pk])

    assert claimed == [[]]
    assert on_their_way(order) == [(1, "pending", True), (2, "pending", False)]
    assert take() == [1]


def test_turn_of_what_is_being_claimed_is_left_with_it(order, take):
    """The claim is not committed when the turns are looked at: that is waited for."""
    with ExitStack() as afterwards, transaction.atomic():
        assert take() == [2]
        afterwards.enter_context(meanwhile(lambda: hand_on([order.pk])))
        wait_until(somebody_waits, what="the turn to be wanted")

    assert on_their_way(order) == [(1, "pending", False), (2, "sending", True)]


def hand_on_all(vitrine):
    hand_on(list(vitrine.orders.values_list("pk", flat=True)))


def take_over(vitrine):
    WATCH.note_ended(vitrine.pk, 1)
    assert acquire(vitrine_id=vitrine.pk, owner="next", now=AT) is not None


@pytest.mark.parametrize("act", [hand_on_all, take_over])
def test_updates_of_several_orders_are_locked_by_their_keys(vitrine, act):
    """Whoever waits for the first of them has none of the others, though they come first in the
    table: so of two that want them all neither waits for the other for ever."""
    Lane.objects.create(vitrine=vitrine, owner="dead", fencing_token=1, lease_until=AT)
    first, *others = [
        make_update(make_order(vitrine, number), state=UpdateState.SENDING, due_at=AT)
        for number in "123"
    ]
    StatusUpdate.objects.filter(pk=first.pk).update(attempts_made=1)  # written behind the others

    with ExitStack() as afterwards, transaction.atomic():
        StatusUpdate.objects.select_for_update(of=("self",)).get(pk=first.pk)
        afterwards.enter_context(meanwhile(lambda: act(vitrine)))
        wait_until(somebody_waits, what="the first of them to be wanted")
        free = StatusUpdate.objects.select_for_update(of=("self",), skip_locked=True)
        assert set(free.filter(vitrine=vitrine)) == {first, *others}
