"""The channel of a status whose row chooses none. Pure.

XML tells the invoice, so it goes with Despachado; tracking tells where the parcel is; the rest
is told by URL. A platform that does not offer the usual channel gets its first one.
"""

from vitrines.statuses import OrderStatus

USUAL: dict[OrderStatus, str] = {
    OrderStatus.DESPACHADO: "xml",
    OrderStatus.EMBARCADO: "tracking",
    OrderStatus.ENTREGUE: "tracking",
}


def usual_channel(status: OrderStatus, offered: tuple[str, ...]) -> str | None:
    """None when the platform offers no channel for the status."""
    usual = USUAL.get(status, "url")
    if usual in offered:
        return usual
    return offered[0] if offered else None
