"""The three channels by name, and which one a status takes when the DE-PARA row does not say."""

from integrations.channels.base import Channel
from integrations.channels.tracking import TRACKING
from integrations.channels.url import URL
from integrations.channels.xml import XML
from vitrines.statuses import OrderStatus

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (XML, TRACKING, URL)}

_USUAL: dict[OrderStatus, Channel] = {
    OrderStatus.DESPACHADO: XML,
    OrderStatus.EMBARCADO: TRACKING,
    OrderStatus.ENTREGUE: TRACKING,
}


class UnknownChannel(LookupError):
    """There are three channels, and this is none of them."""


def get_channel(name: str) -> Channel:
    try:
        return CHANNELS[name]
    except KeyError:
        raise UnknownChannel(name) from None


def default_channel(status: OrderStatus, offered: tuple[str, ...]) -> str | None:
    """The usual channel of a status, else the first that the platform offers; None if it has none.

    XML for Despachado, tracking for Embarcado and Entregue, URL for the rest.
    """
    usual = _USUAL.get(status, URL).name
    if usual in offered:
        return usual
    return offered[0] if offered else None
