"""Celery's tasks called as functions, with a broker in this process's memory."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations import tasks
from integrations.delivery import lanes
from integrations.delivery.wakeups import DRAIN_LANE
from integrations.models import Event, Lane, StatusUpdate
from status_mapping.models import MappingRevision
from tests.factories import make_event, make_mapping, make_order, make_update, make_vitrine
from tests.integrations.alarms.world import pause, want
from tests.memory_broker import memory_queue
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue(settings):
    with memory_queue("lanes", settings) as queue:
        yield queue


@pytest.fixture
def steady(monkeypatch):
    """The clock by which leases are watched; the test sets it."""
    now = [1000.0]
    monkeypatch.setattr(lanes.WATCH, "clock", lambda: now[0])
    return now


def test_vitrine_that_was_deleted_is_not_drained():
    assert tasks.drain_lane(7) is None
    assert Lane.objects.count() == 0


def test_sweep_wakes_what_is_due(queue):
    due, paused, later = (make_vitrine(code) for code in ("DUE", "PAUSED", "LATER"))
    for vitrine in (due, paused):
        make_update(make_order(vitrine))
    make_update(make_order(later), due_at=timezone.now() + timedelta(hours=1))
    Lane.objects.create(vitrine=paused, paused_at=timezone.now(), pause_reason="manual")
    tasks.sweep()
    assert queue.take(1) == [(DRAIN_LANE, [due.pk])]


def test_sweep_leaves_a_lane_alone_while_its_holder_may_live(queue, steady):
    held, free = make_vitrine("HELD"), make_vitrine("FREE")
    for vitrine in (held, free):
        make_update(make_order(vitrine))
    now = timezone.now()
    Lane.objects.create(vitrine=held, owner="dead", lease_until=now, fencing_token=3)
    tasks.sweep()
    assert queue.take(1) == [(DRAIN_LANE, [free.pk])]
    steady[0] += lanes.LEASE.total_seconds() - 0.1
    tasks.sweep()
    assert queue.take(1) == [(DRAIN_LANE, [free.pk])]


def test_sweep_frees_the_lane_of_a_holder_that_died_for_whoever_is_woken(queue, steady):
    vitrine = make_vitrine()
    update = make_update(make_order(vitrine), state="sending", turn=True)
    now = timezone.now()
    Lane.objects.create(vitrine=vitrine, owner="dead", lease_until=now, fencing_token=3)
    tasks.sweep()
    steady[0] += lanes.LEASE.total_seconds()
    tasks.sweep()

    assert queue.take(1) == [(DRAIN_LANE, [vitrine.pk])]
    assert list(Lane.objects.values_list("owner", "lease_until", "fencing_token")) == [
        ("", None, 4)
    ]
    update.refresh_from_db()
    assert (update.state, update.fencing_token) == ("pending", 1)


def test_sweep_decides_again_what_waited_for_a_mapping(queue):
    vitrine = make_vitrine()
    make_update(make_order(vitrine), state="held", reason="unmapped", platform_status="")
    make_mapping(vitrine, OrderStatus.EM_PREPARACAO, "PICKING")
    MappingRevision.objects.create(
        vitrine=vitrine, number=1, created_at=timezone.now(), before={}, after={}
    )
    tasks.sweep()
    assert queue.take(1) == [(DRAIN_LANE, [vitrine.pk])]
    assert list(StatusUpdate.objects.values_list("state", "platform_status")) == [
        ("pending", "PICKING")
    ]


def test_alarms_are_raised_and_told(mailoutbox):
    vitrine = make_vitrine()
    want(vitrine, auth_refused=True)
    pause(vitrine)
    tasks.alarms()
    tasks.alarms()
    assert [sent.subject for sent in mailoutbox] == ["[LOJA-SP] Credencial recusada"]


def test_prune_removes_what_was_kept_long_enough():
    order = make_order(make_vitrine())
    now = timezone.now()
    for days, number in ((1, "new"), (10_000, "old")):
        event = make_event(order, external_id=number, received_at=now - timedelta(days=days))
        Event.objects.filter(pk=event.pk).update(order=None, outcome="orphan")
    tasks.prune()
    assert list(Event.objects.values_list("external_id", flat=True)) == ["new"]
