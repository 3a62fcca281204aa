"""Whether what people and engines ask of a full database takes longer than of a small one.

Two databases stand side by side, and each question is put to both in turns, each time about
another order. What counts is the median time in the large one over that in the small one; a figure
is the worst of its questions.
"""

import os
from collections.abc import Callable
from contextlib import closing
from statistics import median
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.bench.databases import database_of_its_own
from integrations.bench.filling import fill
from integrations.bench.profiling import processor_time
from integrations.bench.reporting import note, report
from integrations.bench.run import Run
from integrations.bench.site import Site
from integrations.delivery.dispatcher import due_now
from integrations.delivery.lanes import due_heads
from integrations.explaining.causes import Situation
from integrations.intake.events import receive_event
from integrations.intake.facts import EventFact
from integrations.models import EventKind, UpdateReason, UpdateState
from integrations.redecide import redecide_due
from vitrines.models import Inclusion
from vitrines.orders import find_order
from vitrines.statuses import OrderStatus

SMALL, LARGE = 10_000, 1_000_000
#: In both: what waits for somebody does not grow with the years.
UNFINISHED = 4_000
#: What a filter by vitrine names.
CODE = "BENCH-3"
_WARM_UP, _ASKED = 3, 5
#: Of one question in one database. A slow one is asked less often.
_PATIENCE_SECONDS = 10.0

#: Asks the current database something for the so-manieth time.
Question = Callable[[Site, int], object]


def growth(run: Run) -> None:
    """``growth_…``: fills this database and another one, and puts every question to both."""
    url = os.environ["DATABASE_URL"]
    connection.close()
    with (
        database_of_its_own(url, "large", copy_of=url) as large_url,
        closing(Site(url)) as small,
        closing(Site(large_url)) as large,
        override_settings(STORAGES=_storages()),
    ):
        _fill(small, run.size(SMALL, 500), run)
        _fill(large, run.size(LARGE, 2_000), run)
        _measure(run, small, large)


def _fill(site: Site, orders: int, run: Run) -> None:
    with site.used():
        started = perf_counter()
        fill(orders=orders, unfinished=run.size(UNFINISHED, 100))
        note(f"filled {orders:,} orders in {perf_counter() - started:.0f} s")
    site.open()


def _storages() -> dict[str, Any]:
    """Without a manifest of the static files, which only an installation has."""
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    return settings.STORAGES | {"staticfiles": {"BACKEND": plain}}


def _measure(run: Run, small: Site, large: Site) -> None:
    most = 0.0
    for name, questions in QUESTIONS.items():
        pairs = {asked: _put(question, small, large, run) for asked, question in questions.items()}
        _tell(run, name, pairs)
        most = max(most, *(there.queries / here.queries for here, there in pairs.values()))
    report(run, "growth_queries", most, raw=[], why=lambda: "see the questions' own lines")


def _tell(run: Run, name: str, pairs: "dict[str, tuple[_Side, _Side]]") -> None:
    ratios = {asked: there.time / here.time for asked, (here, there) in pairs.items()}
    worst = max(ratios, key=lambda asked: ratios[asked])
    report(
        run,
        f"growth_{name}",
        ratios[worst],
        raw=[
            f"{asked}: {here.time * 1000:.1f} ms and {there.time * 1000:.1f} ms "
            f"({ratios[asked]:.2f}); {here.queries} and {there.queries} queries"
            for asked, (here, there) in pairs.items()
        ],
        why=lambda: f"{worst}\n\n{pairs[worst][1].profile()}",
    )


def _put(question: Question, small: Site, large: Site, run: Run) -> tuple["_Side", "_Side"]:
    here, there = _Side(small, question), _Side(large, question)
    for side in (here, there):
        side.warm_up(run.size(_WARM_UP, 1))
    for number in range(1, run.size(_ASKED, 1) * run.rounds + 1):
        for side in (here, there):
            side.ask(number)
    return here, there


class _Side:
    """One question in one database."""

    def __init__(self, site: Site, question: Question) -> None:
        self._site = site
        self._question = question
        self._times: list[float] = []
        self.queries = 0

    @property
    def time(self) -> float:
        return median(self._times)

    def warm_up(self, times: int) -> None:
        for _ in range(times):
            self.queries = len(self._asked())

    def ask(self, number: int) -> None:
        if sum(self._times) > _PATIENCE_SECONDS:
            return
        with self._site.used():
            started = perf_counter()
            self._question(self._site, number)
            self._times.append(perf_counter() - started)

    def profile(self) -> str:
        """Its queries, the slowest first, and the processor's time in this process."""
        asked = sorted(self._asked(), key=lambda query: -float(query["time"]))
        told = "\n".join(f"{float(query['time']) * 1000:.0f} ms {query['sql']}" for query in asked)
        with self._site.used():
            return f"{told}\n\n{processor_time(lambda: self._question(self._site, 1))}"

    def _asked(self) -> list[dict[str, str]]:
        with self._site.used(), CaptureQueriesContext(connections["default"]) as asked:
            self._question(self._site, 0)
        return asked.captured_queries


def _search(term: Callable[[Site, int], str]) -> Question:
    return lambda site, n: site.get("search", q=term(site, n))


def _orders(**query: object) -> Question:
    return lambda site, n: site.get("order_list", **query)


def _updates(**query: object) -> Question:
    return lambda site, n: site.get("update_list", **query)


def _order_page(site: Site, n: int) -> object:
    order = site.order(n)
    return site.get("order_detail", order.vitrine.code, order.number)


def _busy_order_page(site: Site, n: int) -> object:
    return site.get("order_detail", site.busy.vitrine.code, site.busy.number)


def _api_order(site: Site, n: int) -> object:
    order = site.order(n)
    return site.get("api:get_order", order.vitrine.code, order.number)


def _intake(site: Site, n: int) -> object:
    """An event, all of whose work is then undone: the next one finds the database as it was."""
    order, now = site.order(n), timezone.now()
    fact = EventFact(
        order_number=order.number, event_id="medida", kind=EventKind.RESERVED, occurred_at=now
    )
    with transaction.atomic():
        answer = receive_event(vitrine=order.vitrine, fact=fact, actor_label="bench", now=now)
        transaction.set_rollback(True)
    return answer


#: What a figure is about, and the questions of which it is the worst.
QUESTIONS: dict[str, dict[str, Question]] = {
    "search": {
        "number": _search(lambda site, n: site.order(n).number),
        "prefixed": _search(lambda site, n: f"VT-{site.order(n).number}"),
        "platform_id": _search(lambda site, n: site.order(n).platform_id),
        "tracking": _search(lambda site, n: site.tracking(n).code),
        "note_key": _search(lambda site, n: site.note(n).chave_nfe),
        "note_number": _search(lambda site, n: str(site.note(n).number)),
        "update": _search(lambda site, n: f"#{site.update(n).pk}"),
        "nothing": _search(lambda site, n: f"nada-{n}"),
    },
    "order_page": {
        "page": _order_page,
        "page_busy": _busy_order_page,
        "api": _api_order,
        "page_of_an_update": lambda site, n: site.get("update_detail", site.update(n).pk),
    },
    "updates": {
        "all": _updates(),
        "vitrine": _updates(vitrine=CODE),
        **{state.value: _updates(state=state.value) for state in UpdateState},
        **{f"reason_{reason.value}": _updates(reason=reason.value) for reason in UpdateReason},
        "vitrine_failed": _updates(vitrine=CODE, state=UpdateState.FAILED.value),
        "vitrine_sent": _updates(vitrine=CODE, state=UpdateState.SENT.value),
        "status": _updates(status=int(OrderStatus.ENTREGUE)),
        "status_rare": _updates(status=int(OrderStatus.PROBLEMAS)),
        "day": lambda site, n: site.get("update_list", since=site.a_day, until=site.a_day),
        "since_vitrine_failed": lambda site, n: site.get(
            "update_list", since=site.a_day, vitrine=CODE, state=UpdateState.FAILED.value
        ),
        "deep": lambda site, n: site.get("update_list", antes=site.place(n)),
        "vitrine_deep": lambda site, n: site.get("update_list", vitrine=CODE, antes=site.place(n)),
    },
    "orders": {
        "all": _orders(),
        "vitrine": _orders(vitrine=CODE),
        "status": _orders(status=int(OrderStatus.ENTREGUE)),
        "status_rare": _orders(status=int(OrderStatus.PROBLEMAS)),
        "vitrine_status_rare": _orders(vitrine=CODE, status=int(OrderStatus.PROBLEMAS)),
        "inclusion_not_included": _orders(inclusion=Inclusion.NOT_INCLUDED.value),
        "inclusion_held": _orders(inclusion=Inclusion.HELD.value),
        "deep": lambda site, n: site.get("order_list", antes=site.order(n).pk),
    },
    "orders_by_situation": {
        **{situation.value: _orders(situation=situation.value) for situation in Situation},
        "outdated_vitrine": _orders(situation=Situation.OUTDATED.value, vitrine=CODE),
    },
    "painel": {
        "painel": lambda site, n: site.get("painel"),
        "vitrines": lambda site, n: site.get("vitrines:list"),
        "vitrine_page": lambda site, n: site.get("vitrines:detail", CODE),
    },
    "engines": {
        "due_vitrines": lambda site, n: due_now(timezone.now()),
        "due_heads": lambda site, n: list(
            due_heads(timezone.now())
            .filter(vitrine=site.order(n).vitrine_id)
            .order_by("due_at", "id")[:100]
        ),
        "redecide_sweep": lambda site, n: redecide_due(now=timezone.now()),
        "intake_event": _intake,
        "find_order": lambda site, n: find_order(site.order(n).vitrine, site.order(n).number),
    },
}
