"""Every line that ``make bench`` prints: what it means, and what it is held to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    bound: float
    #: For the table in README.
    meaning: str
    #: Off: the bound is not to be exceeded.
    at_least: bool = True

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:.2f}"


def _at_most(bound: float, meaning: str) -> Goal:
    return Goal(bound, meaning, at_least=False)


GOALS = {
    "dispatch_vs_requests": Goal(
        0.90,
        "updates claimed, sent and recorded a second, to a bare `requests` loop; store of 20 ms",
    ),
    "dispatch_vs_requests_0ms": Goal(0.90, "the same, with a store that answers at once"),
    "dispatch_1m_waiting": Goal(0.90, "sent a second with 1,000,000 waiting, to 10,000 waiting"),
    "dispatch_100k_blocked": Goal(
        0.90, "sent a second beside 100,000 blocked behind failing heads, to beside none"
    ),
    "dispatch_vs_django_webhook2": Goal(
        15.0, "sent a second, to django-webhook2 set up as its documentation says"
    ),
    "dispatch_vs_django_webhook2_tuned": Goal(
        15.0, "the same, with its database connections kept open"
    ),
    "intake_vs_bulk_create": Goal(
        0.40, "events taken in a second through the API, 500 a call, to a bare `bulk_create`"
    ),
    "two_workers_vs_one": Goal(
        1.8, "sent a second by two Celery workers, to one; eight vitrines, stores of 100 ms"
    ),
    "latency_embedded": _at_most(
        500.0, "ms from event accepted to store told, p95 at 50 events/s, with `manage.py dispatch`"
    ),
    "latency_celery": _at_most(100.0, "the same, with Celery"),
    "sick_vitrine_embedded": _at_most(
        1.2,
        "p95 of eight healthy vitrines beside a silent one and one of errors, to beside two more",
    ),
    "sick_vitrine_celery": _at_most(1.2, "the same, with Celery"),
    "memory_growth_mb": _at_most(
        20.0, "MB by which a dispatcher grew over 200,000 updates, after its warm-up"
    ),
    "growth_search": _at_most(
        1.5, "order search by any of eight names: time at 1,000,000 orders, to 10,000"
    ),
    "growth_order_page": _at_most(1.5, "an order's page, an update's page, the API's answer"),
    "growth_updates": _at_most(1.5, "Atualizações, by each filter, far back too"),
    "growth_orders": _at_most(1.5, "Pedidos, by vitrine, status and inclusion, far back too"),
    "growth_orders_by_situation": _at_most(1.5, "Pedidos, by situation"),
    "growth_painel": _at_most(1.5, "Painel, the vitrines, a vitrine's page"),
    "growth_engines": _at_most(1.5, "an event taken in, due lanes and updates, the sweep"),
    "growth_queries": _at_most(1.0, "of all these, queries at 1,000,000 orders, to 10,000"),
}
