"""By URL: the platform's word for the status is all it needs."""

from integrations.channels.base import Channel

URL = Channel(name="url", needs=())
