"""A fact that arrives late is kept and never takes the store back."""

from integrations.demo.steps import Arrives, Erp, Invoiced, Tracked
from integrations.models import Event, EventKind
from vitrines.statuses import OrderStatus


def test_late_event_is_stored_and_leaves_order_and_store_as_they_are(world):
    world.play(Arrives("paid"), Invoiced(), Erp(EventKind.RESERVED, minutes_ago=30))
    assert world.order().current_status is OrderStatus.DESPACHADO
    late = Event.objects.get(kind=EventKind.RESERVED)
    assert late.outcome == "late"
    assert world.updates() == [
        ("DESPACHADO", "sent", "accepted"),
        ("EM_PREPARACAO", "skipped", "regression"),
    ]
    assert world.requests() == ["applied"]
    assert world.stored()["status"] == "invoiced"


def test_same_event_delivered_twice_is_applied_once(world):
    world.play(Arrives("paid"), Erp(EventKind.RESERVED))
    world.played -= 1
    world.play(Erp(EventKind.RESERVED))
    assert Event.objects.filter(kind=EventKind.RESERVED).count() == 1
    assert world.requests() == ["applied"]


def test_tracking_that_arrives_after_delivery_does_not_reopen_the_order(world):
    world.play(Arrives("paid"), Invoiced(), Tracked("SQ458226057BR", "delivered"))
    world.play(Tracked("SQ458226057BR", "in_transit"))
    assert world.order().current_status is OrderStatus.ENTREGUE
    assert world.stored()["status"] == "delivered"
    assert world.stored()["trackings"][0]["delivered"] is True


def test_note_that_comes_before_its_order_is_told_once_the_order_comes(world):
    world.play(Invoiced())
    assert world.order() is None
    assert Event.objects.get().outcome == "orphan"
    world.play(Arrives("paid"))
    assert world.order().current_status is OrderStatus.DESPACHADO
    assert world.stored()["status"] == "invoiced"
    assert Event.objects.filter(order=None).count() == 0
