"""A replay in the order's own story: who, why, and that a repeat is no newer status."""

import pytest

from integrations.explain import explain_order, explain_update
from integrations.explaining.causes import Cause, Situation
from integrations.models import UpdateState
from integrations.queries import orders_in_situation
from integrations.replay.runs import cancel
from tests.factories import make_order, make_update
from tests.integrations.dispatcher.dispatching import dispatch, enqueue
from tests.integrations.replay.replaying import (
    PAID,
    PREPARING,
    WHY,
    fresh,
    now_in_queue,
    replay,
)
from vitrines.models import Order
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


def deeds(entries):
    return [(entry.title, entry.text, entry.note) for entry in entries if entry.kind == "deed"]


def kinds(entries):
    return [(entry.kind, entry.update_id) for entry in entries]


def test_story_tells_who_repeated_an_accepted_update_and_why(vitrine, store, clock):
    sent = enqueue(vitrine)
    dispatch(clock)
    clock.pass_by(minutes=5)
    [repeat] = now_in_queue(replay("renderizar", sent, now=clock.now))
    dispatch(clock)

    told = (
        f"Envio #{sent.pk} repetido pelo #{repeat.pk}: renderizar de novo",
        "por operacao",
        f"“{WHY}”",
    )
    timeline = explain_order(fresh(sent).order, now=clock.now).timeline
    assert deeds(timeline) == [told]
    assert kinds(timeline)[-3:] == [
        ("deed", repeat.pk),
        ("decision", repeat.pk),
        ("attempt", repeat.pk),
    ]
    for update in (sent, repeat):
        assert deeds(explain_update(fresh(update), now=clock.now).timeline) == [told]


def test_story_tells_what_was_put_back_and_taken_back(vitrine, clock):
    failed = make_update(make_order(vitrine), state=UpdateState.FAILED, reason="rejected")
    run = replay("decidir", failed)
    cancel(run, actor=None, actor_label="bia", now=clock.now)

    assert deeds(explain_order(failed.order, now=clock.now).timeline) == [
        (
            f"Envio #{failed.pk} reprocessado: decidir de novo",
            "por operacao",
            f"“{WHY}” · cancelado por bia antes do envio",
        )
    ]


def test_what_was_left_out_tells_nothing(vitrine, clock):
    echo = make_update(make_order(vitrine), state=UpdateState.SKIPPED, reason="echo")
    replay("decidir", echo)

    assert deeds(explain_order(echo.order, now=clock.now).timeline) == []


def situations(order, clock):
    """As explained, and as the list finds it."""
    listed = [s for s in Situation if order in orders_in_situation(Order.objects.all(), s)]
    return [explain_order(order, now=clock.now).situation, *listed]


@pytest.mark.parametrize("answer", [200, 422])
def test_repeat_of_an_earlier_status_does_not_explain_the_present_one(
    answer, vitrine, store, clock
):
    """The order is being prepared, which the store is not told; paid, which it was, is repeated."""
    store.script(200, answer)
    row = vitrine.status_mappings.get(status=PREPARING)
    row.active = False
    row.save()
    paid = enqueue(vitrine, PAID)
    enqueue(vitrine, PREPARING)
    dispatch(clock)
    order = fresh(paid).order
    order.status = OrderStatus.EM_PREPARACAO
    order.save()
    before = situations(order, clock)

    replay("renderizar", paid)
    dispatch(clock)

    assert situations(order, clock) == before == [Situation.NOT_SENT] * 2
    assert explain_order(order, now=clock.now).cause is Cause.INACTIVE


def test_repeat_that_was_refused_makes_the_store_outdated(vitrine, store, clock):
    store.script(200, 422)
    paid = enqueue(vitrine, PAID)
    dispatch(clock)
    order = fresh(paid).order
    assert situations(order, clock) == [Situation.UP_TO_DATE] * 2

    [repeat] = now_in_queue(replay("renderizar", paid))
    assert situations(order, clock) == [Situation.WAITING] * 2
    dispatch(clock)

    explained = explain_order(order, now=clock.now)
    assert situations(order, clock) == [Situation.OUTDATED] * 2
    assert (explained.cause, explained.update_id) == (Cause.REJECTED, repeat.pk)


def test_last_accepted_is_what_stands_latest_in_the_story(vitrine, store, clock):
    """Preparing was skipped, paid repeated, then preparing sent behind it."""
    row = vitrine.status_mappings.get(status=PREPARING)
    row.active = False
    row.save()
    paid, skipped = enqueue(vitrine, PAID), enqueue(vitrine, PREPARING)
    dispatch(clock)
    [repeat] = now_in_queue(replay("renderizar", paid))
    dispatch(clock)
    assert explain_order(fresh(paid).order, now=clock.now).accepted.update_id == repeat.pk
    row.active = True
    row.save()

    [behind] = now_in_queue(replay("decidir", skipped, now=clock.now))
    dispatch(clock)

    accepted = explain_order(fresh(paid).order, now=clock.now).accepted
    assert (accepted.platform_status, accepted.update_id) == ("PICKING", behind.pk)
