"""The three channels by name."""

from integrations.channels.base import Channel
from integrations.channels.tracking import TRACKING
from integrations.channels.url import URL
from integrations.channels.xml import XML

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (XML, TRACKING, URL)}
