"""Two volumes, two codes: none overwrites the other, and Entregue waits for both."""

from integrations.demo.steps import Arrives, Invoiced, Tracked
from vitrines.statuses import OrderStatus

FIRST, SECOND = "PT120826359BR", "OF767272177BR"


def track(code, event, volume):
    return Tracked(code, event, volume=volume, volumes=2)


def told(world):
    return [(t["volume"], t["code"], t["delivered"]) for t in world.stored()["trackings"]]


def test_second_code_is_told_without_a_change_of_status(world):
    world.play(Arrives("paid"), Invoiced())
    world.play(track(FIRST, "posted", "1"), track(SECOND, "posted", "2"))
    assert told(world) == [("1", FIRST, False), ("2", SECOND, False)]
    assert [row[0] for row in world.updates()] == ["DESPACHADO", "EMBARCADO", "EMBARCADO"]
    assert world.order().status_updates.filter(kind="tracking", state="sent").count() == 1


def test_order_is_delivered_only_when_both_volumes_are(world):
    world.play(Arrives("paid"), Invoiced())
    world.play(track(FIRST, "posted", "1"), track(SECOND, "posted", "2"))
    world.play(track(FIRST, "delivered", "1"))
    assert world.order().current_status is OrderStatus.EMBARCADO
    assert world.stored()["status"] == "shipped"
    world.play(track(SECOND, "delivered", "2"))
    assert world.order().current_status is OrderStatus.ENTREGUE
    assert world.stored()["status"] == "delivered"
    assert told(world) == [("1", FIRST, True), ("2", SECOND, True)]


def test_announced_second_volume_that_was_never_seen_keeps_the_order_open(world):
    world.play(Arrives("paid"), Invoiced(), track(FIRST, "delivered", "1"))
    assert world.order().current_status is OrderStatus.DESPACHADO
    assert world.stored()["status"] == "invoiced"
    assert told(world) == [("1", FIRST, True)]
