"""Processa Inclusão as a pure function: does this order enter the ERP, and why."""

from dataclasses import dataclass

from status_mapping.translation import MappingRow
from vitrines.statuses import OrderStatus


@dataclass(frozen=True)
class InclusionDecision:
    """``outcome`` and ``reason`` are values of vitrines.models.Inclusion and InclusionReason."""

    outcome: str
    reason: str


def inclusion_of(row: MappingRow | None) -> InclusionDecision:
    """Inclusion of an order whose platform status found ``row`` (None: the word is unknown).

    The default rule includes every status but Cancelado; Processa Inclusão forces it.
    """
    if row is None:
        return InclusionDecision("held", "unmapped")
    if not row.active:
        return InclusionDecision("not_included", "inactive")
    if row.status is not OrderStatus.CANCELADO:
        return InclusionDecision("included", "default")
    if row.processa_inclusao:
        return InclusionDecision("included", "forced")
    return InclusionDecision("not_included", "cancelled")
