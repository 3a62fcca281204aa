"""When an order has been in a status for longer than its store may take to show it. Pure.

It is late if the ERP has had it in its present status for the limit or longer, and the update that
tells this status (``causes.decisive_update``) is still to be accepted: open, held or failed. So it
is not late where the store has accepted that status or a later one, told it itself (echo), where
nothing is to be sent (the row is inactive, the platform offers no such sending, the store would go
back), or where a person settled it outside. A status that is being told *again* (a replay) was
accepted once, and that counts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from integrations.explaining.causes import UpdateFacts, decisive_update
from vitrines.statuses import OrderStatus

#: States of what is still to be accepted.
UNTOLD = ("pending", "sending", "held", "failed")
#: As in "despachado há 2 h".
PARTICIPLES: dict[OrderStatus, str] = {
    OrderStatus.AGUARDANDO_PAGAMENTO: "aguardando pagamento",
    OrderStatus.PAGAMENTO_CONFIRMADO: "pago",
    OrderStatus.EM_PREPARACAO: "em preparação",
    OrderStatus.DESPACHADO: "despachado",
    OrderStatus.EMBARCADO: "embarcado",
    OrderStatus.ENTREGUE: "entregue",
    OrderStatus.CANCELADO: "cancelado",
    OrderStatus.PROBLEMAS: "com problemas",
}


def is_late(
    status: OrderStatus,
    status_at: datetime,
    limit: timedelta,
    updates: Sequence[UpdateFacts],
    now: datetime,
) -> bool:
    """``updates``: all of the order. ``deadlines.late_updates`` says the same in SQL."""
    update = decisive_update(status, updates)
    if update is None or update.state not in UNTOLD or now - status_at < limit:
        return False
    return not any(_accepted_there(other, update) for other in updates)


def _accepted_there(other: UpdateFacts, update: UpdateFacts) -> bool:
    """The store took it at this update's place in the story, or at a later one."""
    accepted = other.state == "sent" and not other.tracking
    return accepted and other.in_story[0] >= update.in_story[0]


def sentence(status: OrderStatus, status_at: datetime, shown: str, now: datetime) -> str:
    """``despachado há 2 h e a loja ainda mostra PICKING (Em preparação)``."""
    store = f"ainda mostra {shown}" if shown else "ainda não recebeu nenhum status"
    return f"{PARTICIPLES[status]} há {span(now - status_at)} e a loja {store}"


def span(length: timedelta) -> str:
    """``45 min``, ``2 h``, ``2 h 30 min``, ``3 dias``: what matters of it, rounded down."""
    minutes = max(0, int(length.total_seconds() // 60))
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} dias"
    if hours >= 3 or (hours and not minutes):
        return f"{hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def span_of_minutes(minutes: int | None) -> str:
    return "sem prazo" if minutes is None else span(timedelta(minutes=minutes))
