"""A store, the vitrines that tell it, and an ERP that posts facts to the running installation."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from integrations.models import StatusUpdate, TokenScope, UpdateState
from integrations.tokens import issue_token
from tests.factories import make_connection, make_event, make_mapping, make_order, make_vitrine
from tests.services.engine_processes import WAIT_SECONDS, wait_until
from vitrines.models import Vitrine
from vitrines.statuses import OrderStatus

#: What each order goes through, and what the store calls it.
WORDS = {OrderStatus.EM_PREPARACAO: "PICKING", OrderStatus.EMBARCADO: "SHIPPED"}


@dataclass
class Store:
    """Says yes to everything, ``slowness`` seconds after it was asked."""

    url: str
    slowness: float = 0.0
    #: ``(vitrine, order, status, Idempotency-Key)`` in order of arrival.
    told: list[tuple[str, str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._hurry = threading.Event()

    def answer(self, request: Request) -> Response:
        body = json.loads(request.get_data())
        key = request.headers["Idempotency-Key"]
        with self._lock:
            self.told.append((request.path.split("/")[1], body["pedido"], body["status"], key))
        self._hurry.wait(self.slowness)
        return Response("{}", 200)

    def hurry(self) -> None:
        """From now on it answers at once."""
        self._hurry.set()

    def wait_for(self, count: int, *, seconds: float = WAIT_SECONDS) -> None:
        wait_until(lambda: len(self.told) >= count, what=f"{count} tellings", seconds=seconds)

    def tellings(self) -> Counter[tuple[str, str, str]]:
        """How often each thing was told."""
        return Counter(telling[:3] for telling in self.told)


@contextmanager
def open_store() -> Iterator[Store]:
    with HTTPServer(port=0, threaded=True) as server:
        store = Store(server.url_for("").rstrip("/"))
        server.expect_request(re.compile(".*")).respond_with_handler(store.answer)
        yield store


def make_shop(store: Store, code: str = "LOJA-SP") -> Vitrine:
    vitrine = make_vitrine(code, order_prefix="")
    make_connection(vitrine, params={"base_url": f"{store.url}/{code}"})
    for status, word in WORDS.items():
        make_mapping(vitrine, status, word, channel="url")
    return vitrine


def decide_updates(vitrine: Vitrine, orders: int) -> None:
    """Two updates due for each of so many orders, as intake leaves them, with nobody woken."""
    now = datetime.now(UTC)
    for number in range(1, orders + 1):
        order = make_order(vitrine, str(number))
        for place, (status, word) in enumerate(WORDS.items(), start=1):
            StatusUpdate.objects.create(
                vitrine=vitrine,
                order=order,
                event=make_event(order, external_id=f"{vitrine.code}-{number}-{place}"),
                sequence=place,
                kind="status",
                status=status,
                channel="url",
                platform=vitrine.platform,
                platform_status=word,
                state=UpdateState.PENDING,
                turn=place == 1,
                due_at=now,
                created_at=now,
                decided_at=now,
            )


def states() -> dict[str, int]:
    return dict(Counter(StatusUpdate.objects.values_list("state", flat=True)))


class Erp:
    """Posts orders and facts over HTTP."""

    def __init__(self, vitrine: Vitrine, port: int) -> None:
        self.code = vitrine.code
        self.url = f"http://127.0.0.1:{port}/api/v1"
        now = datetime.now(UTC)
        _, key = issue_token(
            name="ERP", vitrines=[vitrine], scopes=tuple(TokenScope), actor=None, now=now
        )
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"
        # The server ends a connection that was idle for two seconds, maybe just when it is used.
        self.session.headers["Connection"] = "close"

    def tell(self, number: str, kind: str) -> requests.Response:
        """A fact about an order."""
        return self._post(
            "events",
            {"order_number": number, "event_id": f"{kind}-{number}", "kind": kind},
            "occurred_at",
        )

    def order(self, number: str) -> requests.Response:
        return self._post("orders", {"number": number, "platform_status": "new"}, "placed_at")

    def _post(self, path: str, body: dict[str, str], moment: str) -> requests.Response:
        body |= {"vitrine": self.code, moment: datetime.now(UTC).isoformat()}
        return self.session.post(f"{self.url}/{path}", json=body, timeout=30)
