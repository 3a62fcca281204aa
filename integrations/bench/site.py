"""One filled database of two, with somebody signed in there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import urlencode

import environ
from django.contrib.auth.models import User
from django.db import connections
from django.db.models import Max, Min, Model, QuerySet
from django.db.utils import load_backend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.listing import told_place
from integrations.models import (
    AttemptClass,
    DeliveryAttempt,
    StatusUpdate,
    TokenScope,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from integrations.queries import BY_TIME
from integrations.tokens import issue_token
from status_mapping.models import Channel
from vitrines.models import Inclusion, InclusionReason, Invoice, Order, Tracking, Vitrine
from vitrines.statuses import OrderStatus

Row = TypeVar("Row", bound=Model)
#: Rows that questions are about, far from one another.
_SAMPLE = 25
_BUSY_UPDATES, _BUSY_ATTEMPTS = 60, 8


class Site:
    def __init__(self, url: str) -> None:
        named = environ.Env.db_url_config(url)
        values = connections.settings["default"] | named
        backend = load_backend(values["ENGINE"])
        self._connection = backend.DatabaseWrapper(values, "default")

    @contextmanager
    def used(self) -> Iterator[None]:
        """Every query goes to this database."""
        before = connections["default"]
        connections["default"] = self._connection
        try:
            yield
        finally:
            connections["default"] = before

    def close(self) -> None:
        self._connection.close()

    def open(self) -> None:
        """Sign in, and pick the rows that will be asked for."""
        with self.used():
            self._client = Client(SERVER_NAME="127.0.0.1")
            user, _ = User.objects.get_or_create(username="bench", is_superuser=True)
            self._client.force_login(user)
            _, self._key = issue_token(
                name="bench",
                vitrines=list(Vitrine.objects.all()),
                scopes=[TokenScope.READ],
                actor=None,
                now=timezone.now(),
            )
            self._orders = _spread(Order.objects.select_related("vitrine"))
            self._notes = _spread(Invoice.objects.exclude(order=None).defer("xml"))
            self._trackings = _spread(Tracking.objects.all())
            self._updates = _spread(StatusUpdate.objects.all())
            self.busy = _busy_order(self.order(0).vitrine)

    def order(self, n: int) -> Order:
        return self._orders[n % len(self._orders)]

    def note(self, n: int) -> Invoice:
        return self._notes[n % len(self._notes)]

    def tracking(self, n: int) -> Tracking:
        return self._trackings[n % len(self._trackings)]

    def update(self, n: int) -> StatusUpdate:
        return self._updates[n % len(self._updates)]

    def place(self, n: int) -> str:
        """Where a page of Atualizações may begin."""
        return told_place(self.update(n), BY_TIME)

    @property
    def a_day(self) -> date:
        """One in the middle of what was filled."""
        return timezone.localdate() - timedelta(days=180)

    def get(self, name: str, *args: object, **query: object) -> object:
        address = reverse(name, args=args) + (f"?{urlencode(query)}" if query else "")
        api = name.startswith("api:")
        headers = {"Authorization": f"Bearer {self._key}"} if api else {}
        response = self._client.get(address, headers=headers)
        if response.status_code not in (200, 302):
            raise RuntimeError(f"{address} answered {response.status_code}")
        return response


def _spread(rows: QuerySet[Row]) -> list[Row]:
    """Some rows at even distances, the newest left out."""
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    step = (ends["last"] - ends["first"]) // (_SAMPLE + 1)
    wanted = [ends["first"] + step * place for place in range(1, _SAMPLE + 1)]
    found = [rows.filter(pk__gte=pk).order_by("pk").first() for pk in wanted]
    return [row for row in found if row is not None]


def _busy_order(vitrine: Vitrine) -> Order:
    """An order with many updates, of many tries each."""
    now = timezone.now()
    order, new = Order.objects.select_related("vitrine").get_or_create(
        vitrine=vitrine,
        number="MUITO-ENVIADO",
        defaults={
            "placed_at": now,
            "status": OrderStatus.PROBLEMAS,
            "status_at": now,
            "inclusion": Inclusion.INCLUDED,
            "inclusion_reason": InclusionReason.DEFAULT,
        },
    )
    if not new:
        return order
    updates = StatusUpdate.objects.bulk_create(
        StatusUpdate(
            vitrine=vitrine,
            order=order,
            sequence=place,
            kind=UpdateKind.STATUS,
            status=OrderStatus.PROBLEMAS,
            channel=Channel.URL,
            platform=vitrine.platform,
            state=UpdateState.SENT,
            reason=UpdateReason.ACCEPTED,
            attempts_made=_BUSY_ATTEMPTS,
            decided_at=now,
            created_at=now,
            finished_at=now,
        )
        for place in range(1, _BUSY_UPDATES + 1)
    )
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            update=update,
            number=number,
            started_at=now,
            duration_ms=20,
            outcome=AttemptClass.ACCEPTED,
            worker="bench",
        )
        for update in updates
        for number in range(1, _BUSY_ATTEMPTS + 1)
    )
    return order
