"""One order of a Vendure: bought there, told about by the ERP here, and told to it from here."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from integrations.delivery.dispatcher import run_once
from integrations.models import DeliveryAttempt, EventKind, StatusUpdate, UpdateState
from integrations.nfe_sample import SampleNfe, sample_nfe
from status_mapping.operations import save_mapping
from status_mapping.proposals import suggested_tables
from status_mapping.queries import latest_revision_number, tables_of
from status_mapping.tables import StatusRow
from tests.factories import make_connection, make_vitrine
from tests.integrations.caller import Caller
from tests.services.vendure_shop import VendureShop, VendureStaff
from vitrines.models import Order
from vitrines.orders import find_order
from vitrines.platforms import get_platform
from vitrines.statuses import OrderStatus

TRACKING_CODE = "SQ458226057BR"


class VendureStory:
    """The vitrine's DE-PARA is what ``vendure.toml`` suggests, saved as it is.

    Every step is a minute after the last one; the first was two hours ago.
    """

    def __init__(self, shop: VendureShop, staff: VendureStaff, api_key: str) -> None:
        self.shop = shop
        self.staff = staff
        self.vitrine = make_vitrine("LOJA-VD", platform="vendure", order_prefix="VD")
        self.connection = make_connection(
            self.vitrine, params={"base_url": shop.base_url}, secrets={"api_key": api_key}
        )
        self.author = User.objects.create(username="mapeamento")
        tables = suggested_tables(tables_of(self.vitrine), get_platform("vendure"))
        self._save(tables)
        self.erp = Caller(self.vitrine)
        self.moment = timezone.now() - timedelta(hours=2)
        self.code = ""
        self.note: SampleNfe

    def arrive(self, payment: str = "pix", code: str = "") -> None:
        """A customer buys and pays; the store hands the order over.

        With a ``code``, an order comes in that Vendure does not have.
        """
        self.code = code or self.shop.place_order(payment)
        stored = None if code else self.stored
        order = {
            "number": self.code,
            "platform_id": stored.id if stored else "",
            "platform_status": stored.state if stored else "PaymentSettled",
            "placed_at": self._next_moment(),
        }
        self._post("orders", order)

    def tell(self, kind: EventKind, **facts: Any) -> None:
        """The ERP tells a fact, and what is due is sent."""
        moment = self._next_moment()
        event = {"order_number": f"VD-{self.code}", "event_id": f"erp-{moment}", "kind": kind.value}
        self._post("events", event | {"occurred_at": moment} | facts)
        self.dispatch()

    def invoice(self) -> None:
        self.note = sample_nfe(
            number=29248,
            order_number=self.code,
            total=self.order.total or 0,
            issued_at=self.moment,
        )
        told = {
            "number": self.note.number,
            "series": self.note.series,
            "key": self.note.key,
            "issued_at": self.note.issued_at.isoformat(),
            "total": str(self.note.total),
            "xml": self.note.xml.decode(),
        }
        self.tell(EventKind.INVOICED, invoice=told)

    def track(self, kind: EventKind, carrier_event: str = "", **facts: str) -> None:
        tracking = {"code": TRACKING_CODE, "carrier": "Correios", "volume": "1"} | facts
        if carrier_event:
            tracking["carrier_event"] = carrier_event
        self.tell(kind, tracking=tracking)

    def map(self, status: OrderStatus, word: str, channel: str = "") -> None:
        """A person writes another word in a row of the DE-PARA and presses Salvar."""
        row = StatusRow(status, platform_status=word, channel=channel)
        self._save(tables_of(self.vitrine).with_row(row))

    def lose_answer(self) -> None:
        """As after a crash: the last update was sent, and nobody knows; so it is sent again."""
        StatusUpdate.objects.filter(pk=self.last.pk).update(
            state=UpdateState.PENDING, reason="", turn=True, due_at=self.moment, finished_at=None
        )
        self.dispatch()

    def use_key(self, api_key: str) -> None:
        self.connection.secrets = {"api_key": api_key}
        self.connection.save()

    def dispatch(self) -> None:
        run_once(worker="teste")

    @property
    def order(self) -> Order:
        order = find_order(self.vitrine, self.code)
        assert order is not None
        return order

    @property
    def stored(self) -> Any:
        """The order as Vendure has it now."""
        return self.staff.order(self.code)

    @property
    def shown(self) -> tuple[str, list[tuple[str, str]]]:
        """The order's state in Vendure; the state and tracking code of each fulfilment."""
        stored = self.stored
        return stored.state, [(f["state"], f["trackingCode"]) for f in stored.fulfillments]

    @property
    def updates(self) -> list[tuple[str, str, str, str]]:
        """What the outbox says, in sequence, without what came from the store itself."""
        return [
            (OrderStatus(row.status).name, row.channel, row.state, row.reason)
            for row in self.order.status_updates.order_by("sequence")
            if row.reason != "echo"
        ]

    @property
    def last(self) -> StatusUpdate:
        return self.order.status_updates.latest("sequence")

    @property
    def attempts(self) -> list[tuple[str, int | None, str]]:
        """How each try of the last update ended: outcome, HTTP status, message."""
        tries = DeliveryAttempt.objects.filter(update=self.last)
        return [(one.outcome, one.http_status, one.message) for one in tries]

    def now(self) -> datetime:
        return timezone.now()

    def _save(self, tables: Any) -> None:
        save_mapping(
            vitrine=self.vitrine,
            base_revision=latest_revision_number(self.vitrine),
            tables=tables,
            author=self.author,
            reason="",
            now=timezone.now(),
        )

    def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = self.erp.post(path, {"vitrine": self.vitrine.code} | body)
        assert answer.status_code == 201, answer.content

    def _next_moment(self) -> str:
        self.moment += timedelta(minutes=1)
        return self.moment.isoformat()
