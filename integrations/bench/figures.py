"""Every figure that ``make bench`` takes, by the name that ``--only`` knows it by."""

from collections.abc import Callable

from integrations.bench.backlog import backlog
from integrations.bench.dispatching import against_requests
from integrations.bench.growth import growth
from integrations.bench.latency import event_to_told
from integrations.bench.memory import memory_growth
from integrations.bench.peer_bench import against_django_webhook2
from integrations.bench.run import Run
from integrations.bench.sickness import sick_vitrine
from integrations.bench.taking_in import against_bulk_create
from integrations.bench.workers import two_against_one

#: One may print several lines of ``goals.GOALS``.
FIGURES: dict[str, Callable[[Run], None]] = {
    "dispatch_vs_requests": against_requests,
    "backlog": backlog,
    "dispatch_vs_django_webhook2": against_django_webhook2,
    "intake_vs_bulk_create": against_bulk_create,
    "two_workers_vs_one": two_against_one,
    "latency": event_to_told,
    "sick_vitrine": sick_vitrine,
    "memory_growth_mb": memory_growth,
    "growth": growth,
}
