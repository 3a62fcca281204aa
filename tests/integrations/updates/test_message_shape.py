"""What messages of one cause have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.message_shape import LONGEST, shape_of, told_shape


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        ("", "(sem mensagem)"),
        ("OrderInvoice.Code is required", "OrderInvoice.Code is required"),
        ("Order 100482 not found", "Order … not found"),
        ("Pedido VT-12 não existe", "Pedido VT-… não existe"),
        ("Pedido loja-100482 não existe", "Pedido … não existe"),
        ("SQ458226057BR repetido", "… repetido"),
        ("ids 1, 2, 3,  4", "ids …"),
        ("R$ 1.199,90 difere de R$ 1.199,91", "R$ … difere de R$ …"),
        ("em 2026-11-23T14:00:00Z por a@b.com", "em … por …"),
        ("9d8f7a66-1111-2222-3333-444455556666 sumiu", "… sumiu"),
        ("chave deadbeef12 em uso", "chave … em uso"),
        ("10.0.0.1:8080 recusou", "… recusou"),
        ("linha\n  partida", "linha partida"),
        # What tells causes apart stays.
        ("OMS003: já faturado", "OMS003: já faturado"),
        ("OMS007: já faturado", "OMS007: já faturado"),
        ("HTTP 422: campo 3", "HTTP 422: campo …"),
        ("A plataforma respondeu HTTP 500.", "A plataforma respondeu HTTP 500."),
    ],
)
def test_shape_leaves_out_what_differs_from_order_to_order(message, shape):
    assert shape_of(message) == shape


def test_shape_is_no_longer_than_a_row_can_show():
    shape = shape_of("palavra " * 60)

    assert (len(shape) <= LONGEST, shape[-1]) == (True, "…")


@given(st.text(max_size=300))
def test_shape_of_a_shape_is_itself(message):
    shape = shape_of(message)

    assert shape_of(shape) == shape


@pytest.mark.parametrize(
    ("message", "told"), [("Order 7 not found", "“Order … not found”"), (" ", "(sem mensagem)")]
)
def test_shape_is_told_as_a_quotation_but_not_that_nothing_was_said(message, told):
    assert told_shape(shape_of(message)) == told
