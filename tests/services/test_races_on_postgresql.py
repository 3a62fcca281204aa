"""Many at once on PostgreSQL, where writers do not queue: constraints and locks have to hold."""

import threading
import uuid
from collections import Counter
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connections
from django.utils import timezone

from integrations.corrections import TypedTracking, correct_tracking
from integrations.delivery.dispatcher import drain_lane
from integrations.delivery.lanes import acquire
from integrations.intake.events import receive_event
from integrations.intake.facts import EventFact, OrderIntake
from integrations.intake.orders import receive_order
from integrations.models import Event, EventKind, Lane, StatusUpdate
from integrations.redecide import redecide_due
from status_mapping.models import MappingRevision
from tests.factories import (
    enqueue_status,
    make_event,
    make_mapping,
    make_order,
    make_user,
    make_vitrine,
)
from tests.integrations.caller import mapped_vitrine
from tests.services.engine_story import decide_updates, make_shop, open_store, states
from vitrines.models import AuditEntry, Order, Tracking
from vitrines.statuses import OrderStatus

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("database_url")]
THREADS = 8
AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def at_once(*acts):
    """What each said, in the order of the acts; all begin together, each in a thread of its own."""
    start = threading.Barrier(len(acts))
    said = [None] * len(acts)

    def run(place, act):
        start.wait()
        try:
            said[place] = act()
        except Exception as error:
            said[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=numbered) for numbered in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def post_order(vitrine, number="1"):
    intake = OrderIntake(number=number, platform_status="payment-approved", placed_at=AT)
    return receive_order(vitrine=vitrine, intake=intake, actor_label="loja", now=AT)


def post_event(vitrine, number="1", event_id="e", kind=EventKind.RESERVED, at=AT):
    fact = EventFact(order_number=number, event_id=event_id + number, kind=kind, occurred_at=at)
    return receive_event(vitrine=vitrine, fact=fact, actor_label="erp", now=at)


def test_same_order_posted_at_once_is_created_once():
    vitrine = mapped_vitrine()
    answers = at_once(*[partial(post_order, vitrine)] * THREADS)
    assert Counter(answer.created for answer in answers) == {True: 1, False: THREADS - 1}
    assert Order.objects.count() == 1


def test_same_correction_pressed_at_once_is_stored_once():
    vitrine = mapped_vitrine()
    order = post_order(vitrine).order
    maria, key = make_user("maria"), uuid.uuid4()
    press = partial(
        correct_tracking,
        order=order,
        typed=TypedTracking("SQ458226057BR", "Correios"),
        corrects=None,
        seen=None,
        key=key,
        actor=maria,
        now=AT,
    )
    answers = at_once(*[press] * THREADS)
    assert Counter(answer.repeated for answer in answers) == {False: 1, True: THREADS - 1}
    assert (Event.objects.filter(source="screen").count(), Tracking.objects.count()) == (1, 1)
    assert AuditEntry.objects.count() == 1


def test_same_event_posted_at_once_is_applied_once():
    vitrine = mapped_vitrine()
    post_order(vitrine)
    answers = at_once(*[partial(post_event, vitrine)] * THREADS)
    assert Counter(answer.duplicate for answer in answers) == {False: 1, True: THREADS - 1}
    assert len({answer.event.pk for answer in answers}) == 1
    assert list(
        StatusUpdate.objects.order_by("sequence").values_list("sequence", "status", "state", "turn")
    ) == [
        (1, OrderStatus.PAGAMENTO_CONFIRMADO, "skipped", False),
        (2, OrderStatus.EM_PREPARACAO, "pending", True),
    ]


def test_event_and_its_order_posted_at_once_are_both_applied():
    vitrine = mapped_vitrine()
    for number in "123456789":
        order, event = partial(post_order, vitrine, number), partial(post_event, vitrine, number)
        at_once(order, event, order, event)
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.EM_PREPARACAO}
    assert Event.objects.filter(kind=EventKind.RESERVED).count() == 9
    assert StatusUpdate.objects.filter(state="pending", turn=True).count() == 9


def test_different_events_of_one_order_at_once_keep_one_sequence_and_one_turn():
    vitrine = mapped_vitrine()
    post_order(vitrine)
    kinds = [EventKind.RESERVED, EventKind.PROBLEM] * (THREADS // 2)
    answers = at_once(
        *[
            partial(post_event, vitrine, "1", f"e{hour}", kind, AT.replace(hour=hour))
            for hour, kind in enumerate(kinds, start=15)
        ]
    )
    assert [answer.duplicate for answer in answers] == [False] * THREADS
    updates = list(StatusUpdate.objects.order_by("sequence"))
    assert [update.sequence for update in updates] == list(range(1, len(updates) + 1))
    waiting = [update.turn for update in updates if update.state == "pending"]
    assert waiting == [True] + [False] * (len(waiting) - 1)


def test_lane_wanted_by_many_at_once_has_one_holder():
    vitrine = mapped_vitrine()

    take = partial(acquire, vitrine_id=vitrine.pk, now=timezone.now())
    leases = at_once(*[partial(take, owner=f"worker-{number}") for number in range(THREADS)])
    (lease,) = [lease for lease in leases if lease is not None]
    assert list(Lane.objects.values_list("owner", "fencing_token")) == [
        (lease.owner, lease.fencing_token)
    ]


def test_lane_drained_by_many_at_once_tells_each_thing_once():
    with open_store() as store:
        vitrine = make_shop(store)
        decide_updates(vitrine, 20)

        drain = partial(drain_lane, vitrine)
        tried = at_once(*[partial(drain, worker=f"worker-{number}") for number in range(4)])
        while states() != {"sent": 40}:  # who came first may have left before the last one let go
            tried.append(drain_lane(vitrine, worker="late"))
    assert sum(tried) == 40
    assert set(store.tellings().values()) == {1}


def test_held_updates_swept_at_once_are_each_decided_once():
    vitrine = make_vitrine()
    for number in "123456789":
        order = make_order(vitrine, number)
        enqueue_status(
            order=order, event=make_event(order), status=OrderStatus.EM_PREPARACAO, now=AT
        )
    assert states() == {"held": 9}
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    MappingRevision.objects.create(vitrine=vitrine, number=1, created_at=AT, before={}, after={})

    decided = at_once(*[partial(redecide_due, now=AT)] * 4)

    assert sum(decided) == 9
    assert states() == {"pending": 9}
    assert {len(update.earlier_decisions) for update in StatusUpdate.objects.all()} == {1}
