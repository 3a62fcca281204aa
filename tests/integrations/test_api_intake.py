"""The API's answers to good input, and its conflicts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import Event, StatusUpdate
from tests.factories import make_vitrine
from tests.integrations.caller import (
    SAMPLE_KEY,
    Caller,
    mapped_vitrine,
    payload,
    sample_nfe,
    status,
)
from vitrines.models import Invoice, Order, Tracking
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
S = OrderStatus
INVALID = "Há campos inválidos; nada foi gravado."


@pytest.fixture
def caller():
    return Caller(mapped_vitrine())


def test_order_gets_201_then_200(caller):
    answer = {
        "number": "100482",
        "inclusion": "included",
        "status": status(S.PAGAMENTO_CONFIRMADO),
        "reason": "default",
        "duplicate": False,
    }
    first = caller.post("orders", payload("order"))
    assert (first.status_code, first.json()) == (201, answer)
    again = caller.post("orders", payload("order"))
    assert (again.status_code, again.json()) == (200, answer | {"duplicate": True})


def test_held_order_answers_without_a_status(caller):
    response = caller.post("orders", payload("order", platform_status="antifraude"))
    assert (response.status_code, response.json()) == (
        201,
        {
            "number": "100482",
            "inclusion": "held",
            "status": None,
            "reason": "unmapped",
            "duplicate": False,
        },
    )


def test_order_with_only_what_is_required_is_taken(caller):
    body = payload("order")
    for name in ("platform_id", "total", "payment_type", "delivery_type"):
        body[name] = None
    assert caller.post("orders", body).status_code == 201
    order = Order.objects.get()
    assert (order.platform_id, order.total, order.payment_type) == ("", None, "")


def test_event_gets_201_then_200_with_the_first_outcome(caller):
    caller.post("orders", payload("order"))
    first = caller.post("events", payload("event_reserved"))
    update = StatusUpdate.objects.get(status=S.EM_PREPARACAO)
    answer = {
        "event_id": "mill-81002",
        "outcome": "status_changed",
        "status": status(S.EM_PREPARACAO),
        "duplicate": False,
        "updates": [{"id": update.pk, "channel": "url", "state": "pending", "reason": None}],
    }
    assert (first.status_code, first.json()) == (201, answer)
    again = caller.post("events", payload("event_reserved"))
    assert (again.status_code, again.json()) == (200, answer | {"duplicate": True})


def test_event_of_an_unknown_order_gets_201_as_an_orphan(caller):
    response = caller.post("events", payload("event_reserved"))
    assert (response.status_code, response.json()) == (
        201,
        {
            "event_id": "mill-81002",
            "outcome": "orphan",
            "status": None,
            "duplicate": False,
            "updates": [],
        },
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"order_number": "VT-7"},
            "O event_id mill-81002 já foi usado em reserved do pedido 100482.",
        ),
        (
            {"kind": "cancelled"},
            "O event_id mill-81002 já foi usado em reserved do pedido 100482.",
        ),
    ],
)
def test_event_id_of_another_fact_gets_409(caller, change, message):
    caller.post("events", payload("event_reserved"))
    response = caller.post("events", payload("event_reserved") | change)
    assert (response.status_code, response.json()) == (
        409,
        {
            "code": "event_id_reused",
            "message": message,
            "fields": {
                "event_id": "Use um event_id novo para cada fato; o mesmo só ao repetir o mesmo "
                "fato."
            },
        },
    )
    assert Event.objects.count() == 1


def test_note_of_another_order_gets_409(caller):
    caller.post("events", payload("event_invoiced"))
    other = payload("event_invoiced", event_id="outro", order_number="VT-7")
    response = caller.post("events", other)
    assert (response.status_code, response.json()) == (
        409,
        {
            "code": "invoice_of_another_order",
            "message": f"A nota {SAMPLE_KEY} já pertence ao pedido 100482.",
            "fields": {"invoice.key": "Confira a chave e o número do pedido."},
        },
    )
    assert (Event.objects.count(), Invoice.objects.count()) == (1, 1)


def test_main_story_of_captured_payloads_ends_delivered(caller):
    caller.post("orders", payload("order"))
    story = ["payment_confirmed", "reserved", "invoiced", "boarded", "tracking", "delivered"]
    answers = [caller.post("events", payload(f"event_{kind}")).json() for kind in story]
    assert [(answer["outcome"], answer["status"]["code"]) for answer in answers] == [
        ("status_unchanged", S.PAGAMENTO_CONFIRMADO),
        ("status_changed", S.EM_PREPARACAO),
        ("status_changed", S.DESPACHADO),
        ("status_changed", S.EMBARCADO),
        ("status_unchanged", S.EMBARCADO),
        ("status_changed", S.ENTREGUE),
    ]
    tracking = Tracking.objects.get()
    assert (tracking.volume, tracking.code) == ("1", "SQ458226057BR")
    assert (tracking.carrier_event, tracking.description) == ("delivered", "")


@pytest.mark.parametrize(
    ("kind", "member"),
    [("cancelled", S.CANCELADO), ("problem", S.PROBLEMAS), ("invoice_cancelled", S.PROBLEMAS)],
)
def test_unhappy_payloads_reach_their_status(caller, kind, member):
    caller.post("orders", payload("order"))
    caller.post("events", payload("event_invoiced"))
    answer = caller.post("events", payload(f"event_{kind}"))
    assert (answer.status_code, answer.json()["status"]) == (201, status(member))


def test_clock_up_to_five_minutes_ahead_is_tolerated(caller):
    soon = (timezone.now() + timedelta(minutes=4)).isoformat()
    late = (timezone.now() + timedelta(minutes=6)).isoformat()
    response = caller.post("events", payload("event_reserved", occurred_at=soon))
    assert response.status_code == 201
    response = caller.post("events", payload("event_reserved", occurred_at=late, event_id="b"))
    assert (response.status_code, list(response.json()["fields"])) == (422, ["occurred_at"])


def test_invoice_xml_gets_201_then_200(caller):
    caller.post("orders", payload("order"))
    first = caller.invoice(sample_nfe(), "vitrine=LOJA-SP&order=VT-00100482")
    assert first.status_code == 201
    assert first.json() | {"updates": []} == {
        "event_id": f"nfe:{SAMPLE_KEY}",
        "outcome": "status_changed",
        "status": status(S.DESPACHADO),
        "duplicate": False,
        "updates": [],
    }
    assert bytes(Invoice.objects.get().xml) == sample_nfe()
    again = caller.invoice(sample_nfe(), "vitrine=LOJA-SP&order=100482")
    assert (again.status_code, again.json()["duplicate"]) == (200, True)


def test_invoice_xml_is_linked_by_its_xped(caller):
    caller.post("orders", payload("order"))
    hint = b"<compra><xPed>VT-100482</xPed></compra><infAdic>"
    response = caller.invoice(sample_nfe().replace(b"<infAdic>", hint, 1))
    assert (response.status_code, response.json()["outcome"]) == (201, "status_changed")
    assert Invoice.objects.get().order.number == "100482"


def test_invoice_xml_of_an_unknown_order_is_an_orphan(caller):
    response = caller.invoice(sample_nfe(), "vitrine=LOJA-SP&order=VT-7")
    assert (response.status_code, response.json()["outcome"]) == (201, "orphan")
    assert Invoice.objects.get().order_number == "7"


@pytest.mark.parametrize(
    ("data", "query", "code", "fields"),
    [
        (
            sample_nfe().replace(b"<cStat>100", b"<cStat>110"),
            "vitrine=LOJA-SP&order=7",
            "invoice_refused",
            {
                "protNFe.infProt.cStat": "A nota não está autorizada: cStat 110 (Autorizado o uso "
                "da NF-e). São aceitos 100 e 150."
            },
        ),
        (
            sample_nfe(),
            "vitrine=LOJA-SP",
            "invalid",
            {"order": "A nota não traz o pedido (compra/xPed). Informe-o no endereço: ?order=."},
        ),
        (sample_nfe(), "order=7", "invalid", {"vitrine": "Campo obrigatório."}),
        (
            sample_nfe(),
            "vitrine=LOJA-SP&order=7%00",
            "invalid",
            {"order": "Contém caractere de controle; envie só texto."},
        ),
    ],
)
def test_invoice_that_cannot_be_stored_gets_422(caller, data, query, code, fields):
    response = caller.invoice(data, query)
    assert response.status_code == 422
    assert (response.json()["code"], response.json()["fields"]) == (code, fields)
    assert (Invoice.objects.count(), Event.objects.count()) == (0, 0)


def test_order_is_explained(caller):
    caller.post("orders", payload("order"))
    caller.post("events", payload("event_reserved"))
    response = caller.get("orders/LOJA-SP/VT-000100482")
    answer = response.json()
    assert response.status_code == 200
    assert (answer["vitrine"], answer["number"]) == ("LOJA-SP", "100482")
    assert answer["expected"] == status(S.EM_PREPARACAO)
    assert answer["accepted"]["platform_status"] == "payment-approved"
    assert set(answer) >= {"cause", "sentence", "action", "timeline"}


def test_order_of_a_vitrine_outside_the_token_is_not_explained(caller):
    make_vitrine("LOJA-RJ")
    assert caller.get("orders/LOJA-RJ/1").json()["code"] == "vitrine_forbidden"
    assert Caller(mapped_vitrine("B"), scopes=("orders",)).get("orders/B/1").status_code == 403
