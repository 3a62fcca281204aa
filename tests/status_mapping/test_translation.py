import pytest

from status_mapping.translation import MappingRow, Outbound, fold_word, inbound, outbound
from vitrines.statuses import OrderStatus

PAID = MappingRow(OrderStatus.PAGAMENTO_CONFIRMADO, "PAID")


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("PAID", "paid"),
        ("  Paid ", "paid"),
        ("in   transit", "in transit"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("EM PREPARAÇÃO", "em preparação"),
    ],
)
def test_fold_word_ignores_case_and_spaces(word, folded):
    assert fold_word(word) == folded


@pytest.mark.parametrize(
    ("row", "code_required", "expected"),
    [
        (None, True, Outbound.UNMAPPED),
        (None, False, Outbound.UNMAPPED),
        (PAID, True, Outbound.SEND),
        (MappingRow(OrderStatus.PROBLEMAS, active=False), True, Outbound.INACTIVE),
        (MappingRow(OrderStatus.PROBLEMAS, "X", active=False), True, Outbound.INACTIVE),
        (MappingRow(OrderStatus.PROBLEMAS), True, Outbound.UNMAPPED),
        (MappingRow(OrderStatus.PROBLEMAS), False, Outbound.SEND),
    ],
)
def test_outbound_of_every_kind_of_row(row, code_required, expected):
    assert outbound(row, code_required=code_required) is expected


def test_inbound_finds_a_word_however_it_is_written():
    assert inbound(" paid ", {"paid": PAID}) is PAID


def test_inbound_of_an_unknown_word_is_none():
    assert inbound("refunded", {"paid": PAID}) is None
