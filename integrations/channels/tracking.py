"""By tracking: a code or an address where the parcel can be followed."""

from integrations.channels.base import Channel

TRACKING = Channel(name="tracking", needs=("tracking",))
