"""What there are alarms for. A leaf: the models take their choices from here."""

from enum import StrEnum


class Kind(StrEnum):
    LANE_PAUSED = "lane_paused"
    AUTH_REFUSED = "auth_refused"
    BREAKER_OPEN = "breaker_open"
    HELD_OR_FAILED = "held_or_failed"
    SILENT = "silent"
    LATE_ORDERS = "late_orders"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def critical(self) -> bool:
        return self in CRITICAL


LABELS: dict[Kind, str] = {
    Kind.LANE_PAUSED: "Envio pausado",
    Kind.AUTH_REFUSED: "Credencial recusada",
    Kind.BREAKER_OPEN: "Loja fora do ar",
    Kind.HELD_OR_FAILED: "Retidas ou com falha",
    Kind.SILENT: "Nada enviado",
    Kind.LATE_ORDERS: "Pedidos fora do prazo",
}
#: The store is told nothing at all until it is mended.
CRITICAL = frozenset({Kind.LANE_PAUSED, Kind.AUTH_REFUSED, Kind.BREAKER_OPEN})
CHOICES = [(kind.value, kind.label) for kind in Kind]
