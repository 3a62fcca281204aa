import pytest

from status_mapping.effects import outbound_in_words
from status_mapping.tables import StatusRow
from vitrines.statuses import OrderStatus

PROBLEM = OrderStatus.PROBLEMAS


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (None, "aguarda (sem mapeamento)"),
        (StatusRow(PROBLEM), "aguarda (sem mapeamento)"),
        (StatusRow(PROBLEM, active=False), "não envia (inativo)"),
        (StatusRow(PROBLEM, "X", active=False), "não envia (inativo)"),
        (StatusRow(PROBLEM, "X"), "envia"),
    ],
)
def test_what_a_row_does_in_words(row, words):
    assert outbound_in_words(row, code_required=True, offered=True) == words


def test_a_row_sends_nothing_where_the_platform_has_no_channel():
    row = StatusRow(PROBLEM, "X")
    assert outbound_in_words(row, code_required=True, offered=False) == "não envia (sem envio)"
