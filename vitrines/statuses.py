"""The eight ERP statuses and how an order moves between them.

A leaf module: no Django, no clock. The numbers are Linx's own codes and are *not* in process
order (Embarcado is 7, after Problemas); progress is always read from ``TRANSITIONS``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class OrderStatus(IntEnum):
    AGUARDANDO_PAGAMENTO = 0
    PAGAMENTO_CONFIRMADO = 1
    EM_PREPARACAO = 2
    DESPACHADO = 3
    ENTREGUE = 4
    CANCELADO = 5
    PROBLEMAS = 6
    EMBARCADO = 7

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS: dict[OrderStatus, str] = {
    OrderStatus.AGUARDANDO_PAGAMENTO: "Aguardando pagamento",
    OrderStatus.PAGAMENTO_CONFIRMADO: "Pagamento Confirmado",
    OrderStatus.EM_PREPARACAO: "Em preparação",
    OrderStatus.DESPACHADO: "Despachado",
    OrderStatus.EMBARCADO: "Embarcado",
    OrderStatus.ENTREGUE: "Entregue",
    OrderStatus.CANCELADO: "Cancelado",
    OrderStatus.PROBLEMAS: "Problemas",
}

#: The steps of an order that goes well, first to last.
PROCESS: tuple[OrderStatus, ...] = (
    OrderStatus.AGUARDANDO_PAGAMENTO,
    OrderStatus.PAGAMENTO_CONFIRMADO,
    OrderStatus.EM_PREPARACAO,
    OrderStatus.DESPACHADO,
    OrderStatus.EMBARCADO,
    OrderStatus.ENTREGUE,
)

#: The order in which screens list the eight.
SCREEN_ORDER: tuple[OrderStatus, ...] = (
    *PROCESS,
    OrderStatus.CANCELADO,
    OrderStatus.PROBLEMAS,
)

CHOICES: list[tuple[int, str]] = [(int(s), s.label) for s in SCREEN_ORDER]


def status_as_dict(status: OrderStatus | None) -> dict[str, int | str] | None:
    """A status as the API tells it."""
    return None if status is None else {"code": int(status), "label": status.label}


def _transitions() -> dict[OrderStatus, frozenset[OrderStatus]]:
    table = {}
    for position, step in enumerate(PROCESS):
        later = frozenset(PROCESS[position + 1 :])
        table[step] = later | {OrderStatus.CANCELADO, OrderStatus.PROBLEMAS}
    table[OrderStatus.ENTREGUE] = frozenset()
    table[OrderStatus.CANCELADO] = frozenset()
    table[OrderStatus.PROBLEMAS] = frozenset(PROCESS) | {OrderStatus.CANCELADO}
    return table


#: Where an order may go from each status. Steps may be skipped, never undone; Cancelado ends an
#: order unless it was delivered; Problemas is entered from any step before Entregue and left
#: again for any step.
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = _transitions()


class Verdict(StrEnum):
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    #: The fact is older than what the order already shows, or would undo a step.
    LATE = "late"


@dataclass(frozen=True)
class StatusDecision:
    status: OrderStatus
    verdict: Verdict

    @property
    def changed(self) -> bool:
        return self.verdict is Verdict.CHANGED


def status_after(
    current: OrderStatus | None,
    target: OrderStatus,
    *,
    current_at: datetime | None,
    occurred_at: datetime,
) -> StatusDecision:
    """Which status an order has once a fact that means ``target`` is known.

    Forward steps ignore clocks: a picking event that was stamped late still lets the invoice
    advance the order. Entering or leaving Problemas does not: the transition table alone cannot
    tell a step that solved the problem from one that happened before it, so the older fact
    yields.
    """
    if current is None:
        return StatusDecision(target, Verdict.CHANGED)
    if target == current:
        return StatusDecision(current, Verdict.UNCHANGED)
    if target not in TRANSITIONS[current]:
        return StatusDecision(current, Verdict.LATE)
    crosses_problem = OrderStatus.PROBLEMAS in (current, target)
    ends_order = target is OrderStatus.CANCELADO
    if crosses_problem and not ends_order and current_at is not None and occurred_at < current_at:
        return StatusDecision(current, Verdict.LATE)
    return StatusDecision(target, Verdict.CHANGED)
