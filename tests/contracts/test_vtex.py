"""What ``vtex.toml`` asks is what VTEX's own document describes."""

import json
from typing import Any

import pytest

from tests.contracts.made_requests import Situation, requests_made, sends_made, steps_never_made
from tests.contracts.vendor_document import VendorDocument
from vitrines.platforms import get_platform
from vitrines.platforms.rules import Answer, find
from vitrines.statuses import OrderStatus

VTEX = get_platform("vtex")
ORDER = "/api/oms/pvt/orders/{orderId}"

PARCEL = (OrderStatus.EMBARCADO, OrderStatus.ENTREGUE, OrderStatus.PROBLEMAS)
SITUATIONS = [
    Situation("whole"),
    Situation("known-by-its-number", facts={"order": {"platform_id": ""}}),
    Situation(
        "value-of-the-note",
        params={"invoice_value": "invoice"},
        statuses=[OrderStatus.DESPACHADO],
    ),
    Situation(
        "address-without-code",
        facts={"tracking": {"code": "", "carrier": "", "description": "", "carrier_event": ""}},
        statuses=PARCEL,
    ),
    Situation("code-without-address", facts={"tracking": {"url": ""}}, statuses=PARCEL),
    Situation("no-tracking", facts={"tracking": None, "trackings": []}, statuses=PARCEL),
]
SENDS = sends_made(VTEX, SITUATIONS)
REQUESTS = requests_made(SENDS)


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_as_vtex_describes_it(vtex_document, name):
    asked = REQUESTS[name]
    assert vtex_document.violations(asked.method, asked.url, asked.headers, asked.body) == []


def test_the_calls_that_are_held_against_the_document(vtex_document):
    """All that the file makes: no request of it is outside of what VTEX describes."""
    made = [vtex_document.operation(asked.method, asked.url) for asked in REQUESTS.values()]
    assert {str(operation).replace(ORDER, "…") for operation in made} == {
        "GET …",
        "POST …/start-handling",
        "POST …/invoice",
        "PATCH …/invoice/{invoiceNumber}",
        "PUT …/invoice/{invoiceNumber}/tracking",
        "POST …/cancel",
        "POST …/interactions",
        "POST …/payments/{paymentId}/payment-notification",
    }


def test_every_step_of_the_file_is_made_in_some_situation():
    assert steps_never_made(VTEX, SENDS) == []


def test_every_sending_renders_whole():
    assert {str(send): send.preview.problem for send in SENDS if send.preview.problem} == {}


def test_the_invoice_of_the_order_that_the_document_shows(vtex_document):
    """What the file reads of the document's example of an order makes an invoice that fits it."""
    xml = next(send for send in VTEX.sends if send.channel == "xml")
    read = {
        name: find(rule, Answer(200, text=json.dumps(shown_order(vtex_document))))
        for name, rule in xml.steps[0].capture.items()
    }
    shown = Situation("shown", answers=read, statuses=[OrderStatus.DESPACHADO])
    [send] = [made for made in sends_made(VTEX, [shown]) if made.preview.channel == "xml"]
    asked = dict(send.requests())["shown-status-DESPACHADO-xml-step3"]
    assert vtex_document.violations(asked.method, asked.url, asked.headers, asked.body) == []
    body = json.loads(asked.body or b"")
    assert (body["invoiceValue"], body["items"]) == (
        "1160",
        [{"id": "18", "price": 990, "quantity": 1}],
    )


def test_lookups_find_all_they_read_in_the_order_that_the_document_shows(vtex_document):
    answer = Answer(200, text=json.dumps(shown_order(vtex_document)))
    lookups = [step for send in VTEX.sends for step in send.steps if step.method == "GET"]
    rules = [named for step in lookups for named in step.capture.items()]
    assert [name for name, rule in rules if find(rule, answer) is None] == []


def shown_order(document: VendorDocument) -> Any:
    lookup = document.contents["paths"][ORDER]["get"]
    return lookup["responses"]["200"]["content"]["application/json"]["example"]
