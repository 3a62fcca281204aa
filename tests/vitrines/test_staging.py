"""Rows that are written together come out as if each had been saved."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from tests.factories import NOW, make_invoice, make_order, make_vitrine
from vitrines.models import Invoice, Order, OrderStatusChange
from vitrines.staging import Staged, update_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders():
    vitrine = make_vitrine()
    return [make_order(vitrine, str(number)) for number in range(3)]


def read(*fields):
    return list(Order.objects.order_by("number").values_list(*fields))


def test_changed_rows_take_one_statement_and_change_in_those_fields_only(
    orders, django_assert_num_queries
):
    staged = Staged(Order)
    for place, order in enumerate(orders[:2]):
        order.status, order.status_at = 5 + place, NOW + timedelta(hours=place)
        order.platform_id = "not told to be written"
        staged.change(order, "status", "status_at", "updated_at")
    with django_assert_num_queries(1):
        staged.write()
    assert read("status", "status_at", "platform_id") == [
        (5, NOW, "loja-0"),
        (6, NOW + timedelta(hours=1), "loja-1"),
        (1, NOW, "loja-2"),
    ]
    after = Order.objects.get(number="0")
    assert after.updated_at > after.created_at


def test_values_of_every_kind_are_written_even_if_all_are_null(orders):
    for order in orders:
        order.total, order.status, order.status_at, order.payment_type = None, None, None, ""
    update_rows(Order, orders, ["total", "status", "status_at", "payment_type"])
    assert read("total", "status", "status_at", "payment_type") == [(None, None, None, "")] * 3
    orders[1].total, orders[1].payment_type = Decimal("0.10"), "O'Higgins; 50%"
    update_rows(Order, orders, ["total", "payment_type"])
    assert read("total", "payment_type")[1] == (Decimal("0.10"), "O'Higgins; 50%")


def test_bytes_are_written_and_what_was_not_loaded_is_left_alone(orders):
    make_invoice(orders[0], "1" * 44, xml=b"<a/>")
    make_invoice(orders[0], "2" * 44, xml=b"<b/>")
    notes = list(Invoice.objects.defer("xml").order_by("chave_nfe"))
    staged = Staged(Invoice)
    notes[0].cancelled_at, notes[1].xml = NOW, bytes(range(256))
    staged.change(notes[0], "cancelled_at")
    staged.change(notes[1], "xml")
    staged.write()
    written = Invoice.objects.order_by("chave_nfe").values_list("cancelled_at", "xml")
    assert [(at, bytes(xml)) for at, xml in written] == [
        (NOW, b"<a/>"),
        (None, bytes(range(256))),
    ]


def test_row_that_points_to_one_that_was_added_meanwhile_gets_its_key(orders):
    told = make_invoice(orders[0])
    told.order = Order(vitrine=orders[0].vitrine, number="9", placed_at=NOW)
    staged = Staged(Invoice)
    staged.change(told, "order")
    told.order.save()
    staged.write()
    assert Invoice.objects.get().order.number == "9"


def test_row_that_is_still_to_be_added_is_added_as_it_then_is(orders):
    staged = Staged(OrderStatusChange)
    change = staged.add(
        OrderStatusChange(order=orders[0], to_status=2, occurred_at=NOW, recorded_at=NOW, cause="a")
    )
    change.cause = "b"
    staged.change(change, "cause")
    staged.write()
    assert OrderStatusChange.objects.get().cause == "b"
    staged.write()
    assert OrderStatusChange.objects.count() == 1


def test_row_that_is_gone_stays_gone(orders):
    Order.objects.filter(pk=orders[1].pk).delete()
    for order in orders:
        order.payment_type = "pix"
    update_rows(Order, orders, ["payment_type"])
    assert read("number", "payment_type") == [("0", "pix"), ("2", "pix")]


def test_constraint_refuses_what_it_would_refuse_of_one(orders):
    for order in orders:
        order.status_at = None
    with pytest.raises(IntegrityError, match="order_status_has_its_time"):
        update_rows(Order, orders, ["status_at"])


def test_more_rows_than_a_statement_holds_are_all_written(orders, monkeypatch):
    monkeypatch.setattr(connection.features, "max_query_params", 4)
    for order in orders:
        order.payment_type = f"pix {order.number}"
    update_rows(Order, orders, ["payment_type"])
    assert read("payment_type") == [("pix 0",), ("pix 1",), ("pix 2",)]
