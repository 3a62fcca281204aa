"""What is kept of an answer for an order: only what is so, only what fits, and no secret."""

import json

import pytest

from integrations.delivery.http import Sessions, Timeouts
from integrations.delivery.recording import keep_captured
from integrations.delivery.sending import Parcel, deliver
from integrations.models import CapturedValue
from tests.factories import make_order, make_vitrine
from tests.platform_samples import ONE_SEND, platform_from, sample_context
from tests.platforms.harness import NOW, ScriptedShop, answer
from vitrines.secrets import MASK
from vitrines.statuses import OrderStatus

TOKEN = "tok-3n-1234567890"
LOOKUP = f"""{ONE_SEND}
lookup = true
method = "GET"
headers = {{ X-Key = "{{{{ secrets.token | omit_if_empty }}}}" }}
capture = {{ noted = "body.note", id = "body.id" }}

[[send.steps]]
when = "not captured.noted"
url = "{{{{ params.base_url }}}}/notes/{{{{ captured.id }}}}"
"""
PROBE = f"""{ONE_SEND}
[send.steps.probe]
url = "{{{{ params.base_url }}}}/notes"
found = "contains(not_null(body.items, `[]`), 'n')"
capture = {{ known = "body.known" }}
"""
EACH = f"""{ONE_SEND}
for_each = "trackings"
when = "item.code not in (captured.told or [])"
capture = {{ told = "item.code" }}
"""
MADE_OR_FOUND = f"""{ONE_SEND}
for_each = "trackings"
capture = {{ shipment_ids = "body.shipment.id" }}

[send.steps.probe]
url = "{{{{ params.base_url }}}}/shipments?code={{{{ item.code }}}}"
found = "body.items"
capture = {{ last_found = "body.items[0].id" }}
"""
FOUND_BY_NAME = MADE_OR_FOUND.replace("last_found", "shipment_ids")


@pytest.fixture
def shop(httpserver):
    sessions = Sessions(pool_size=1, timeouts=Timeouts(connect=2, read=2, total=4))
    yield ScriptedShop(httpserver, sessions)
    sessions.close()


@pytest.fixture
def send(shop, tmp_path):
    def deliver_it(source, *answers, secrets=None, captured=None, **facts):
        platform = platform_from(source, tmp_path)
        shop.answers(*answers)
        parcel = Parcel(
            update_id=1,
            idempotency_key="0b5f",
            platform=platform,
            send=platform.find_send("status", "url", OrderStatus.DESPACHADO),
            context=sample_context(captured=captured or {}, **facts),
            params={"base_url": shop.address},
            secrets=secrets or {},
            allow_private=True,
            keep_accepted_bodies=True,
        )
        return deliver(parcel, sessions=shop.sessions, now=lambda: NOW)

    return deliver_it


def test_what_a_lookup_finds_no_more_is_forgotten_and_not_taken_for_told(send, shop):
    result = send(LOOKUP, {"id": 7}, 200, captured={"noted": True, "id": 7})
    assert (result.outcome, result.captured) == ("accepted", {"noted": None, "id": 7})
    assert shop.lines == ["GET /orders/12345", "POST /notes/7"]


def test_what_was_forgotten_is_a_missing_value(send, shop):
    result = send(LOOKUP, {}, captured={"id": 7})
    assert (result.outcome, result.message) == (
        "config",
        "O modelo pede “{{ captured.id }}”, que está vazio neste envio.",
    )
    assert shop.lines == ["GET /orders/12345"]


def test_what_a_probe_finds_no_more_is_forgotten(send):
    result = send(PROBE, {"items": []}, 200, captured={"known": 1})
    assert (result.outcome, result.captured) == ("accepted", {"known": None})


TOO_LONG = "A resposta é maior que o limite de leitura e não pôde ser conferida."
A_PAGE = "A plataforma respondeu com uma página em vez de uma resposta (HTTP 200)."


@pytest.mark.parametrize("source", [LOOKUP, PROBE], ids=["lookup", "probe"])
@pytest.mark.parametrize(
    ("said", "outcome", "message"),
    [
        (answer(json.dumps({"items": ["x" * 1000] * 300})), "rejected", TOO_LONG),
        (answer("\n<!DOCTYPE html><p>Voltamos já", Content_Type="text/html"), "transient", A_PAGE),
    ],
    ids=["cut", "page"],
)
def test_answer_that_was_not_read_does_not_say_that_nothing_is_there(
    send, shop, source, said, outcome, message
):
    result = send(source, said)
    assert (result.outcome, result.message) == (outcome, message)
    assert len(shop.requests) == 1


def test_json_that_calls_itself_a_page_is_read(send):
    said = answer('{"id": 7, "note": 1}', Content_Type="text/html")
    assert send(LOOKUP, said).captured == {"noted": 1, "id": 7}


def test_item_of_an_earlier_try_is_still_known_after_the_next(send, shop):
    result = send(EACH, 200, 200, captured={"told": ["B"]}, trackings=volumes("A", "B", "C"))
    assert result.captured == {"told": ["B", "A", "C"]}
    assert len(shop.requests) == 2


def volumes(*codes):
    return [{**sample_context()["trackings"][0], "code": code} for code in codes]


def test_items_that_the_probe_found_leave_what_was_captured_of_them(send, shop):
    found = [{"items": [{"id": 7}]}, {"items": [{"id": 8}]}]
    result = send(
        MADE_OR_FOUND, *found, captured={"shipment_ids": [7, 8]}, trackings=volumes("A", "B")
    )
    assert (result.outcome, result.captured) == (
        "already_applied",
        {"shipment_ids": [7, 8], "last_found": 8},
    )
    assert shop.lines == ["GET /shipments?code=A", "GET /shipments?code=B"]


def test_item_that_gave_nothing_has_no_place_in_the_list(send):
    answers = [{"items": []}, {"shipment": {"id": 7}}, {"items": [{"id": 8}]}, {"items": []}, {}]
    result = send(MADE_OR_FOUND, *answers, trackings=volumes("A", "B", "C"))
    assert result.captured == {"shipment_ids": [7], "last_found": None}


def test_item_that_the_probe_found_is_listed_as_the_probe_names_it(send):
    answers = [{"items": [{"id": 7}]}, {"items": []}, {"shipment": {"id": 8}}]
    result = send(FOUND_BY_NAME, *answers, trackings=volumes("A", "B"))
    assert (result.outcome, result.captured) == ("accepted", {"shipment_ids": [7, 8]})


def test_page_in_place_of_a_probe_makes_nothing_forgotten(send):
    page = answer("<!DOCTYPE html><p>Voltamos já", Content_Type="text/html")
    result = send(PROBE, page, captured={"known": 1})
    assert (result.outcome, result.captured) == ("transient", {})


def test_secret_that_an_answer_gives_back_is_not_kept(send):
    said = {"id": 7, "note": {"your key": TOKEN, "list": [f"Bearer {TOKEN}"]}}
    result = send(LOOKUP, said, secrets={"token": TOKEN})
    assert result.captured == {"id": 7, "noted": {"your key": MASK, "list": [f"Bearer {MASK}"]}}


def test_id_that_holds_a_short_secret_stays_what_it_is(send):
    result = send(LOOKUP, {"id": "100-42", "note": 1}, secrets={"token": "42"})
    assert result.captured == {"id": "100-42", "noted": 1}


@pytest.mark.parametrize(
    "value", ["x" * 70_000, json.loads("[" * 200 + "1" + "]" * 200)], ids=["long", "deep"]
)
def test_value_that_is_too_much_to_keep_is_told_and_not_kept(send, value):
    result = send(LOOKUP, {"id": 7, "note": value})
    assert (result.outcome, result.message, result.captured) == (
        "config",
        "A resposta traz para “noted” mais do que se pode guardar.",
        {},
    )


@pytest.mark.django_db
def test_forgotten_value_is_removed_from_the_order_alone():
    vitrine = make_vitrine()
    order, other = make_order(vitrine, number="1"), make_order(vitrine, number="2")
    for one in (order, other):
        keep_captured({one.pk: {"noted": True, "id": 7}})
    keep_captured({order.pk: {"noted": None, "id": 8}})
    kept = CapturedValue.objects.order_by("order", "name")
    assert [*kept.values_list("order", "name", "value")] == [
        (order.pk, "id", 8),
        (other.pk, "id", 7),
        (other.pk, "noted", True),
    ]
