"""What the engines call: look at the vitrines, then send what is to be told."""

import time

from django.utils import timezone

from integrations.alarms.raising import raise_alarms
from integrations.alarms.sending import send_notices

#: From the beginning of one look to that of the next. Seconds.
EVERY = 30.0
#: How long one call goes on sending before it leaves the rest to the next. What is being sent is
#: waited for, some 15 s (``by_webhook.TIMEOUTS``, ``by_email.TOTAL``): a receiver that does not
#: answer delays no look. Seconds.
BUDGET = 10.0


def look_and_tell() -> None:
    """Any number of engines may at once; each notice is sent by one of them."""
    ends = time.monotonic() + BUDGET
    raise_alarms(now=timezone.now())
    send_notices(enough=lambda: time.monotonic() >= ends)
