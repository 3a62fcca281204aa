"""A store on loopback, a vitrine that tells it, and the ERP's words, for tests of whole paths."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from werkzeug import Response

from integrations.delivery.dispatcher import run_once
from integrations.intake.events import receive_event
from integrations.intake.facts import EventFact, InvoiceFact, OrderIntake, TrackingFact
from integrations.intake.orders import receive_order
from integrations.models import EventKind
from tests.factories import NOW, make_connection, make_mapping, make_vitrine
from vitrines.models import Order
from vitrines.orders import find_order
from vitrines.statuses import OrderStatus

#: NF-e 29.248 of series 3.
CHAVE_NFE = "35261112345678000195550030000292481000123450"
WORDS = {
    OrderStatus.PAGAMENTO_CONFIRMADO: "PAID",
    OrderStatus.EM_PREPARACAO: "PICKING",
    OrderStatus.DESPACHADO: "INVOICED",
    OrderStatus.EMBARCADO: "SHIPPED",
    OrderStatus.ENTREGUE: "DELIVERED",
    OrderStatus.CANCELADO: "CANCELED",
    OrderStatus.PROBLEMAS: "PROBLEM",
}


class Shop:
    """One order, ``100482``, from its intake on. Time stands still until ``wait``."""

    def __init__(self, httpserver, **vitrine):
        self.now = NOW
        self.vitrine = make_vitrine(**vitrine)
        address = httpserver.url_for("").rstrip("/")
        make_connection(self.vitrine, params={"base_url": address})
        self.rows = {status: make_mapping(self.vitrine, status, w) for status, w in WORDS.items()}
        self.row(OrderStatus.DESPACHADO, channel="url")
        self.answers = [Response("{}", 200)]
        httpserver.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    def _answer(self, _request):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def answer(self, *answers):
        """What the store answers, in turn and then the last for ever."""
        self.answers = [a if isinstance(a, Response) else Response("{}", a) for a in answers]

    def row(self, status, **changes):
        row = self.rows[status]
        for name, value in changes.items():
            setattr(row, name, value)
        row.save()

    def unmap(self, status):
        self.rows[status].delete()

    def wait(self, **span):
        self.now += timedelta(**span)

    @property
    def order(self) -> Order:
        order = find_order(self.vitrine, "100482")
        assert order is not None
        return order

    @property
    def last(self):
        return self.order.status_updates.latest("sequence")

    def receive(self, word="PAID", number="100482"):
        intake = OrderIntake(
            number=number, platform_status=word, placed_at=self.now, platform_id=f"8f2c-{number}"
        )
        return receive_order(
            vitrine=self.vitrine, intake=intake, actor_label="loja", now=self.now
        ).order

    def tell(self, kind: EventKind, *, occurred_at: datetime | None = None, **facts):
        fact = EventFact(
            order_number="VT-100482",
            event_id=f"{kind}-{self.vitrine.events.count()}",
            kind=kind,
            occurred_at=occurred_at or self.now,
            **facts,
        )
        answer = receive_event(
            vitrine=self.vitrine, fact=fact, actor_label="token erp-prod", now=self.now
        )
        return answer.updates

    def invoice(self, **facts):
        note = InvoiceFact(
            key=CHAVE_NFE,
            number=29248,
            series=3,
            issued_at=self.now,
            total=Decimal("199.90"),
            **facts,
        )
        return self.tell(EventKind.INVOICED, invoice=note)

    def track(self, carrier_event="posted", code="SQ458226057BR"):
        tracking = TrackingFact(code=code, carrier="Correios", carrier_event=carrier_event)
        return self.tell(EventKind.TRACKING, tracking=tracking)

    def dispatch(self):
        return run_once(worker="w", clock=lambda: self.now)
