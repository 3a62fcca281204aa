"""What the engines call: look at the vitrines, then send what is to be told."""

import time

from django.utils import timezone

from integrations.alarms.raising import raise_alarms
from integrations.alarms.sending import send_notices

#: Between two looks. Seconds.
EVERY = 30.0
#: How long one call goes on sending before it leaves the rest to the next; the notice that is being
#: sent is waited for. Seconds.
BUDGET = 10.0


def look_and_tell() -> None:
    """Any number of engines may at once; each notice is sent by one of them."""
    ends = time.monotonic() + BUDGET
    raise_alarms(now=timezone.now())
    send_notices(enough=lambda: time.monotonic() >= ends)
