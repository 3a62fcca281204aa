"""A row with Ativo unticked: the status is not sent, and says so."""

from integrations.demo.steps import Arrives, Erp, Invoiced
from integrations.models import DeliveryAttempt, EventKind

RIO = {"vitrine": "LOJA-RJ", "number": "55012"}


def test_inactive_status_makes_no_request_and_leaves_a_record(world):
    world.play(Arrives("PAID"), Erp(EventKind.RESERVED), **RIO)
    assert world.updates(**RIO) == [("EM_PREPARACAO", "skipped", "inactive")]
    assert world.requests(**RIO) == []
    assert DeliveryAttempt.objects.count() == 0
    assert world.stored(**RIO)["status"] == "PAID"


def test_next_active_status_is_sent_all_the_same(world):
    world.play(Arrives("PAID"), Erp(EventKind.RESERVED), Invoiced(), **RIO)
    assert world.updates(**RIO) == [
        ("EM_PREPARACAO", "skipped", "inactive"),
        ("DESPACHADO", "sent", "accepted"),
    ]
    assert world.stored(**RIO)["status"] == "INVOICED"


def test_order_arriving_with_an_inactive_word_is_not_included(world):
    world.play(Arrives("PICKING"), **RIO)
    order = world.order(**RIO)
    assert (order.inclusion, order.inclusion_reason) == ("not_included", "inactive")
    assert world.requests(**RIO) == []
