"""What has no mapping waits, in both directions, and goes on by itself once it is mapped."""

from integrations.demo.steps import Arrives, Erp, Maps
from integrations.models import EventKind
from vitrines.statuses import OrderStatus


def test_update_without_mapping_is_held_and_sent_once_the_row_is_saved(world):
    world.play(Arrives("paid"), Erp(EventKind.PROBLEM))
    assert world.updates() == [("PROBLEMAS", "held", "unmapped")]
    assert world.requests() == []
    world.play(Maps(OrderStatus.PROBLEMAS, "on_hold"))
    assert world.updates() == [("PROBLEMAS", "sent", "accepted")]
    assert world.stored()["status"] == "on_hold"
    update = world.order().status_updates.get(state="sent")
    assert (update.mapping_revision, update.platform_status) == (2, "on_hold")


def test_held_update_stays_held_when_another_status_is_mapped(world):
    world.play(Arrives("paid"), Erp(EventKind.PROBLEM))
    world.play(Maps(OrderStatus.ENTREGUE, "received"))
    assert world.updates() == [("PROBLEMAS", "held", "unmapped")]
    assert world.requests() == []


def test_order_with_unknown_word_is_held_and_included_once_a_row_receives_it(world):
    world.play(Arrives("in_review"))
    order = world.order()
    assert (order.inclusion, order.inclusion_reason) == ("held", "unmapped")
    assert order.status is None
    world.play(Maps(OrderStatus.AGUARDANDO_PAGAMENTO, "pending", ("in_review",)))
    order = world.order()
    assert (order.inclusion, order.inclusion_reason) == ("included", "default")
    assert order.current_status is OrderStatus.AGUARDANDO_PAGAMENTO
    assert world.stored()["status"] == "in_review"
    assert world.requests() == []


def test_statuses_before_an_unmapped_one_are_sent_and_later_ones_do_not_wait_for_it(world):
    world.play(Arrives("paid"), Erp(EventKind.RESERVED), Erp(EventKind.PROBLEM))
    world.play(Erp(EventKind.CANCELLED))
    assert world.updates() == [
        ("EM_PREPARACAO", "sent", "accepted"),
        ("PROBLEMAS", "superseded", "superseded"),
        ("CANCELADO", "sent", "accepted"),
    ]
    world.play(Maps(OrderStatus.PROBLEMAS, "on_hold"))
    assert world.stored()["status"] == "canceled"
