"""Batches: one answer per item, and a bad item spoils no other."""

import pytest

from integrations.intake import orders as intake_orders
from integrations.models import Event
from tests.factories import make_vitrine
from tests.integrations.caller import Caller, mapped_vitrine, payload
from vitrines.models import Order

pytestmark = pytest.mark.django_db
INVALID = "Há campos inválidos; nada foi gravado."


@pytest.fixture
def caller():
    return Caller(mapped_vitrine())


def test_batch_with_a_bad_item_stores_the_others(caller):
    make_vitrine("LOJA-RJ")
    items = [
        payload("event_reserved"),
        payload("event_reserved", event_id="2", kind="enviado"),
        payload("event_reserved", event_id="3", vitrine="LOJA-RJ"),
        "nem um objeto",
        payload("event_reserved"),
        payload("event_reserved", event_id="6", vitrine="LOJA-XX"),
        payload("event_cancelled"),
    ]
    response = caller.post("events/batch", {"items": items})
    assert response.status_code == 200
    answers = response.json()["items"]
    assert [(answer["index"], answer["status_code"]) for answer in answers] == [
        (0, 201),
        (1, 422),
        (2, 403),
        (3, 422),
        (4, 200),
        (5, 404),
        (6, 201),
    ]
    assert answers[1]["code"] == "invalid"
    assert list(answers[1]["fields"]) == ["kind"]
    assert answers[3] == {
        "index": 3,
        "status_code": 422,
        "code": "invalid",
        "message": INVALID,
        "fields": {"body": "Deve ser um objeto JSON."},
    }
    assert answers[4] == {
        "index": 4,
        "status_code": 200,
        "event_id": "mill-81002",
        "outcome": "orphan",
        "status": None,
        "duplicate": True,
        "updates": [],
    }
    assert set(Event.objects.values_list("external_id", flat=True)) == {"mill-81002", "mill-81007"}


def test_batch_of_orders_answers_each(caller):
    items = [payload("order", number=str(n)) for n in range(3)]
    items[1]["placed_at"] = "ontem"
    answers = caller.post("orders/batch", {"items": items}).json()["items"]
    assert [answer["status_code"] for answer in answers] == [201, 422, 201]
    assert list(Order.objects.order_by("id").values_list("number", flat=True)) == ["0", "2"]


def test_unforeseen_error_in_one_item_spoils_no_other(caller, monkeypatch):
    renew = intake_orders._renew

    def broken(dossier, intake, *args, **rest):
        if intake.number == "1":
            raise ZeroDivisionError
        return renew(dossier, intake, *args, **rest)

    monkeypatch.setattr(intake_orders, "_renew", broken)
    items = [payload("order", number=str(n)) for n in range(3)]
    answers = caller.post("orders/batch", {"items": items}).json()["items"]
    assert [answer["status_code"] for answer in answers] == [201, 500, 201]
    assert answers[1]["code"] == "internal_error"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"items": []}, {"items": "Deve ter ao menos 1 item."}),
        ({"items": [{}] * 501}, {"items": "Deve ter no máximo 500 itens; vieram 501."}),
        ({"items": {}}, {"items": "Deve ser uma lista JSON."}),
        ({}, {"items": "Campo obrigatório."}),
        ([], {"body": "Deve ser um objeto JSON."}),
        (
            {"items": [{}], "vitrine": "X"},
            {"vitrine": "Campo desconhecido; confira o nome na documentação."},
        ),
    ],
)
def test_batch_of_another_form_gets_422(caller, body, fields):
    response = caller.post("events/batch", body)
    assert (response.status_code, response.json()) == (
        422,
        {"code": "invalid", "message": INVALID, "fields": fields},
    )


def test_batch_of_500_is_taken(caller):
    items = [payload("event_reserved", event_id=str(n)) for n in range(500)]
    answers = caller.post("events/batch", {"items": items}).json()["items"]
    assert {answer["status_code"] for answer in answers} == {201}
    assert Event.objects.count() == 500


def test_token_and_vitrine_are_read_once_for_a_whole_batch(caller, django_assert_max_num_queries):
    caller.post("orders", payload("order"))
    items = [payload("event_reserved")] * 10
    caller.post("events/batch", {"items": items})
    with django_assert_max_num_queries(2 + 10 * 4):
        caller.post("events/batch", {"items": items})
