import pytest

from status_mapping.effects import inclusion_in_words
from status_mapping.inclusion import InclusionDecision, inclusion_of
from status_mapping.translation import MappingRow
from vitrines.models import Inclusion, InclusionReason
from vitrines.statuses import OrderStatus


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.CANCELADO])
@pytest.mark.parametrize("ticked", [True, False])
def test_every_status_but_cancelled_includes_by_default(status, ticked):
    row = MappingRow(status, "X", processa_inclusao=ticked)
    assert inclusion_of(row) == InclusionDecision("included", "default")
    assert inclusion_in_words(row) == "Inclui o pedido: sim (padrão)"


@pytest.mark.parametrize(
    ("row", "decision", "words"),
    [
        (None, ("held", "unmapped"), "—"),
        (
            MappingRow(OrderStatus.CANCELADO, "X"),
            ("not_included", "cancelled"),
            "Inclui o pedido: não (padrão)",
        ),
        (
            MappingRow(OrderStatus.CANCELADO, "X", processa_inclusao=True),
            ("included", "forced"),
            "Inclui o pedido: sim (forçado)",
        ),
        (
            MappingRow(OrderStatus.CANCELADO, "X", active=False, processa_inclusao=True),
            ("not_included", "inactive"),
            "Inclui o pedido: não (inativo)",
        ),
    ],
)
def test_inclusion_of_the_other_rows(row, decision, words):
    assert inclusion_of(row) == InclusionDecision(*decision)
    assert inclusion_in_words(row) == words


def test_decisions_are_values_of_the_order():
    for row in (None, MappingRow(OrderStatus.CANCELADO), MappingRow(OrderStatus.ENTREGUE)):
        decision = inclusion_of(row)
        assert decision.outcome in Inclusion.values
        assert decision.reason in InclusionReason.values
