"""A sender of the HTTP API for tests: a token, a client, and captured payloads."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nfelib
from django.test import Client

from integrations.models import Event, StatusUpdate, TokenScope
from integrations.tokens import issue_token
from tests.factories import make_mapping, make_vitrine
from vitrines.models import Invoice, Order, Tracking, Vitrine
from vitrines.statuses import OrderStatus

PAYLOADS = Path(__file__).parent.parent / "payloads" / "in"
SAMPLES = Path(nfelib.__file__).parent / "nfe/samples/v4_0"
#: An authorised and signed note of nfelib; event_invoiced.json tells the same key.
SAMPLE_NFE = SAMPLES / "leiauteNFe/26180875335849000115550010000016871192213331-nfe.xml"
SAMPLE_KEY = "26180875335849000115550010000016871192213331"
#: Another valid key, of note 47428, series 1.
VALID_KEY = "35180834128745000152550010000474281920007498"

WORDS = {
    OrderStatus.AGUARDANDO_PAGAMENTO: "payment-pending",
    OrderStatus.PAGAMENTO_CONFIRMADO: "payment-approved",
    OrderStatus.EM_PREPARACAO: "handling",
    OrderStatus.DESPACHADO: "invoiced",
    OrderStatus.EMBARCADO: "shipped",
    OrderStatus.ENTREGUE: "delivered",
    OrderStatus.CANCELADO: "canceled",
    OrderStatus.PROBLEMAS: "delivery-problem",
}


def payload(name: str, **changes: Any) -> dict[str, Any]:
    return json.loads((PAYLOADS / f"{name}.json").read_text()) | changes


def sample_nfe() -> bytes:
    return SAMPLE_NFE.read_bytes()


def mapped_vitrine(code: str = "LOJA-SP", **fields: Any) -> Vitrine:
    """A vitrine whose eight statuses are all mapped and sent by URL or tracking."""
    vitrine = make_vitrine(code, **fields)
    for status, word in WORDS.items():
        make_mapping(vitrine, status, word)
    return vitrine


class Caller:
    """Posts with one token. ``raw`` sends any body as it is."""

    def __init__(self, *vitrines: Vitrine, scopes: tuple[str, ...] = tuple(TokenScope)) -> None:
        self.token, self.key = issue_token(
            name="ERP", vitrines=vitrines, scopes=scopes, actor=None, now=datetime.now(UTC)
        )
        self.client = Client(headers={"Authorization": f"Bearer {self.key}"})

    def post(self, path: str, body: Any) -> Any:
        return self.raw(path, json.dumps(body))

    def raw(
        self, path: str, body: bytes | str, content_type: str = "application/json", **extra: Any
    ) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type=content_type, **extra)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}")

    def invoice(self, data: bytes, query: str = "vitrine=LOJA-SP") -> Any:
        return self.raw(f"invoices?{query}", data, "application/xml")


def status(member: OrderStatus) -> dict[str, Any]:
    """A status as the API tells it."""
    return {"code": int(member), "label": member.label}


def assert_refused(response: Any, http: int, code: str, message: str, fields: Any) -> None:
    """The whole body of a refusal, and nothing stored."""
    assert (response.status_code, response.json()) == (
        http,
        {"code": code, "message": message, "fields": fields},
    )
    assert response["Content-Type"] == "application/json"
    for model in (Order, Event, Invoice, Tracking, StatusUpdate):
        assert model.objects.count() == 0
