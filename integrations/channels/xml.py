"""By XML: the authorised NF-e goes along."""

from integrations.channels.base import Channel

XML = Channel(name="xml", needs=("invoice.xml",))
