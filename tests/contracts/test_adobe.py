"""What ``adobe_commerce.toml`` asks is what Adobe's own document describes."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.delivery.render import RenderedRequest
from integrations.preview.sample import facts_in, sample_facts
from tests.contracts.answers import described_answer
from tests.contracts.made_requests import (
    Situation,
    requests_made,
    sends_made,
    steps_never_made,
)
from tests.contracts.vendor_document import VendorDocument
from vitrines.platforms import get_platform
from vitrines.platforms.rules import Answer, find
from vitrines.statuses import OrderStatus

ADOBE = get_platform("adobe_commerce")

PARCEL = (OrderStatus.DESPACHADO, OrderStatus.EMBARCADO)
NOT_SHIPPED = {"shipments": 0, "tracks": []}
SHIPPED = {"shipments": 1, "shipment_id": 7, "tracks": ["QB000000000BR"]}
NO_TRACKING: dict[str, Any] = {"tracking": None, "trackings": []}
BARE = {"code": "", "carrier": "", "description": "", "url": "https://r.exemplo.com.br/1"}
BARE_TRACKING: dict[str, Any] = {"tracking": BARE, "trackings": [BARE]}
SITUATIONS = [
    Situation("whole"),
    Situation("word-of-the-shop", word="aguardando_retirada"),
    Situation(
        "held-by-us",
        facts={"captured": {"held": True, "entity_id": 42}},
        answers={"state": "holded"},
    ),
    Situation("shipped", answers=SHIPPED, statuses=PARCEL),
    Situation("shipped-bare", facts=BARE_TRACKING, answers=SHIPPED, statuses=PARCEL),
    Situation("not-shipped", answers=NOT_SHIPPED, statuses=PARCEL),
    Situation("not-shipped-bare", facts=BARE_TRACKING, answers=NOT_SHIPPED, statuses=PARCEL),
    Situation("not-shipped-untracked", facts=NO_TRACKING, answers=NOT_SHIPPED, statuses=PARCEL),
    Situation(
        "not-shipped-by-source",
        params={"source_code": "loja-sp", "notify": "true", "visible": "false"},
        answers=NOT_SHIPPED,
        statuses=PARCEL,
    ),
    Situation("no-invoice", facts={"invoice": None}, statuses=[OrderStatus.DESPACHADO]),
    Situation("no-tracking", facts=NO_TRACKING, statuses=[OrderStatus.PROBLEMAS]),
    Situation("closed", answers={"state": "closed"}, statuses=[OrderStatus.PROBLEMAS]),
    Situation("bearer", params={"auth_kind": "bearer"}, statuses=[OrderStatus.CANCELADO]),
    Situation(
        "administrator",
        params={"auth_kind": "token_exchange"},
        statuses=[OrderStatus.CANCELADO],
    ),
]
SENDS = sends_made(ADOBE, SITUATIONS)
REQUESTS = requests_made(SENDS)


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_as_adobe_describes_it(adobe_document, name):
    asked = REQUESTS[name]
    assert adobe_document.violations(asked.method, asked.url, asked.headers, asked.body) == []


def test_the_calls_that_are_held_against_the_document(adobe_document):
    """All that the file makes: no request of it is outside of what Adobe describes."""
    made = [adobe_document.operation(asked.method, asked.url) for asked in REQUESTS.values()]
    assert {str(operation) for operation in made} == {
        "POST /V1/integration/admin/token",
        "GET /V1/orders",
        "GET /V1/orders/{id}",
        "GET /V1/orders/{id}/statuses",
        "GET /V1/shipments",
        "POST /V1/order/{orderId}/invoice",
        "POST /V1/order/{orderId}/ship",
        "POST /V1/orders/{id}/cancel",
        "POST /V1/orders/{id}/comments",
        "POST /V1/orders/{id}/hold",
        "POST /V1/orders/{id}/unhold",
        "POST /V1/shipment/track",
    }


def test_every_step_of_the_file_is_made_in_some_situation():
    assert steps_never_made(ADOBE, SENDS) == []


def test_every_sending_renders_whole():
    assert {str(send): send.preview.problem for send in SENDS if send.preview.problem} == {}


def test_lookups_find_all_they_read_in_an_answer_as_described(adobe_document):
    """What a lookup captures is in what it asks for by ``fields``, and that in Adobe's answer."""
    lookups = [
        (ADOBE.sends[made.place].steps[one.step - 1], one.request, made.preview.status)
        for made in SENDS
        for one in made.preview.requests
        if one.request.method == "GET"
    ]
    lost = [
        name
        for step, asked, status in lookups
        for name, rule in step.capture.items()
        if find(rule, answer_to(adobe_document, asked, facts_in(sample_facts(), status))) is None
    ]
    assert lost == []


def answer_to(document: VendorDocument, asked: RenderedRequest, facts: dict[str, Any]) -> Answer:
    described = document.operation(asked.method, asked.url).description["responses"]["200"]
    [fields] = parse_qs(urlsplit(asked.url).query).get("fields", [""])
    body = described_answer(document.contents, described["schema"], fields)
    return Answer(200, text=json.dumps(body), context=facts)
