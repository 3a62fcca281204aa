"""What a row of *Status de Pedidos* does, in words: when the order reaches its status, and when an
order comes in by its word. Pure."""

from status_mapping.inclusion import inclusion_of
from status_mapping.tables import StatusRow
from status_mapping.translation import MappingRow, Outbound, outbound

SENDS = "envia"
INACTIVE = "não envia (inativo)"
WAITS = "aguarda (sem mapeamento)"
NOT_OFFERED = "não envia (sem envio)"


def outbound_in_words(row: StatusRow | None, *, code_required: bool, offered: bool) -> str:
    """``offered`` is False when the platform has no channel at all for the status."""
    match outbound(row, code_required=code_required):
        case Outbound.UNMAPPED:
            return WAITS
        case Outbound.INACTIVE:
            return INACTIVE
        case Outbound.SEND:
            return SENDS if offered else NOT_OFFERED


def inclusion_in_words(row: MappingRow | None) -> str:
    """What the screen says beside Processa Inclusão."""
    decision = inclusion_of(row)
    return {
        "unmapped": "—",
        "inactive": "Inclui o pedido: não (inativo)",
        "cancelled": "Inclui o pedido: não (padrão)",
        "forced": "Inclui o pedido: sim (forçado)",
        "default": "Inclui o pedido: sim (padrão)",
    }[decision.reason]
