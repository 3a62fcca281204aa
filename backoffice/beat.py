"""What ``celery -A backoffice beat`` runs by."""

from time import monotonic
from typing import Any

from celery.beat import Scheduler

from integrations.delivery.broker import Broker, BrokerDown

#: When an entry is tried again that was not sent. Seconds.
AGAIN = 1.0


class SteadyScheduler(Scheduler):
    """Sends each entry of ``CELERY_BEAT_SCHEDULE`` every so many seconds.

    It goes by a clock that nobody sets, so that a corrected wall clock neither stops the sweeps nor
    repeats them; it keeps no file; and none is added where as many wait as there are entries, so
    that a broker does not fill up while no worker runs. Two of them at a time do no harm.
    """

    #: Celery's own is made by connecting, for as long as that takes.
    producer = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schedule = self.app.conf.beat_schedule.values()
        self._every: dict[str, float] = {entry["task"]: entry["schedule"] for entry in schedule}
        self._due_at = dict.fromkeys(self._every, monotonic())
        self._broker = Broker()

    def tick(self, **_: Any) -> float:
        """Send what is due; answers the seconds until the next entry is."""
        now = monotonic()
        for task, every in self._every.items():
            if now >= self._due_at[task]:
                self._due_at[task] = now + (every if self._sent(task) else min(every, AGAIN))
        return max(0.0, min(self._due_at.values()) - monotonic())

    def _sent(self, task: str) -> bool:
        try:
            return self._broker.send(task, unless_waiting=len(self._every))
        except BrokerDown:
            return False

    def close(self) -> None:
        self._broker.close()
