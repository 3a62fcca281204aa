"""What a row of *Status de Pedidos* does when the order reaches its status, in words. Pure."""

from status_mapping.tables import StatusRow
from status_mapping.translation import Outbound, outbound

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
