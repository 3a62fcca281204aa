"""A cancelled order enters the ERP only where Processa Inclusão says so."""

from integrations.demo.steps import Arrives, Erp
from integrations.models import EventKind
from vitrines.statuses import OrderStatus


def test_cancelled_order_is_not_included_by_default_and_nothing_is_sent(world):
    world.play(Arrives("canceled"))
    order = world.order()
    assert (order.inclusion, order.inclusion_reason) == ("not_included", "cancelled")
    assert order.status is None
    assert world.updates() == []
    assert world.requests() == []


def test_cancelled_order_is_included_where_processa_inclusao_forces_it(world):
    rio = {"vitrine": "LOJA-RJ", "number": "55011"}
    world.play(Arrives("CANCELED"), **rio)
    order = world.order(**rio)
    assert (order.inclusion, order.inclusion_reason) == ("included", "forced")
    assert order.current_status is OrderStatus.CANCELADO
    assert world.requests(**rio) == []


def test_order_cancelled_by_the_erp_is_told_to_the_store(world):
    world.play(Arrives("paid"), Erp(EventKind.CANCELLED))
    assert world.stored()["status"] == "canceled"
    assert world.updates() == [("CANCELADO", "sent", "accepted")]


def test_order_not_included_is_included_once_the_store_says_it_was_paid(world):
    world.play(Arrives("canceled"), Arrives("paid"))
    order = world.order()
    assert (order.inclusion, order.current_status) == (
        "included",
        OrderStatus.PAGAMENTO_CONFIRMADO,
    )
