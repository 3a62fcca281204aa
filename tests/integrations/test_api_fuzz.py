"""Whatever is sent, the API refuses it in its own words: never a 500, never half a fact."""

import json
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.api.schemas import Kind
from integrations.models import Event, StatusUpdate
from tests.integrations.caller import Caller, mapped_vitrine, payload
from vitrines.models import Invoice, Order, Tracking

pytestmark = pytest.mark.django_db
SHAPES = ("code", "message", "fields")
KINDS = get_args(Kind)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
#: Times over all years, with offsets that reach beyond what a database can hold.
times = st.datetimes().flatmap(
    lambda at: st.sampled_from(["", "Z", "+14:00", "-23:59"]).map(lambda tz: at.isoformat() + tz)
)
words = st.text(max_size=130)
invoices = st.fixed_dictionaries(
    {},
    optional={
        "key": st.sampled_from([payload("event_invoiced")["invoice"]["key"], "1" * 44]) | words,
        "number": st.sampled_from([1687, "1687", 0]) | anything,
        "series": st.sampled_from([1, 1000, -1]) | anything,
        "issued_at": times | anything,
        "total": st.decimals(allow_nan=False).map(str) | anything,
        "xml": words | anything,
    },
)
trackings = st.fixed_dictionaries(
    {},
    optional={
        "code": words | anything,
        "url": words | st.sampled_from(["http://[", "https://a.br/\ud83d\ude00", "//x"]),
        "volume": st.integers() | words,
        "volumes": st.integers() | anything,
        "carrier_event": st.sampled_from(["posted", "delivered", "returned", ""]) | words,
        "description": words,
        "carrier": words,
    },
)
#: A captured payload with some of its fields replaced: mostly right, so that it gets far.
events = st.builds(
    lambda kind, changes: payload(f"event_{kind}") | changes,
    st.sampled_from(KINDS),
    st.fixed_dictionaries(
        {"event_id": words},
        optional={
            "vitrine": words | anything,
            "order_number": st.sampled_from(["VT-", "0", "\u0000", "VT-VT-1"]) | words,
            "kind": st.sampled_from(KINDS) | anything,
            "occurred_at": times | anything,
            "invoice": invoices | anything,
            "tracking": trackings | anything,
            "x": anything,
        },
    ),
)
quick = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def rows():
    return [model.objects.count() for model in (Order, Event, Invoice, Tracking, StatusUpdate)]


@pytest.fixture
def caller():
    caller = Caller(mapped_vitrine())
    caller.post("orders", payload("order"))
    return caller


@quick
@given(event=events)
def test_event_of_any_content_is_stored_or_refused_in_words(caller, event):
    before = rows()
    response = caller.raw("events", json.dumps(event))
    assert response.status_code in (200, 201, 400, 404, 409, 422)
    if response.status_code >= 400:
        assert tuple(response.json()) == SHAPES
        assert rows() == before


@quick
@given(order=st.fixed_dictionaries(
    {
        "vitrine": st.just("LOJA-SP"),
        "number": words,
        "platform_status": words,
        "placed_at": times | anything,
    },
    optional={"total": st.decimals(allow_nan=False).map(str) | anything, "platform_id": words},
))  # fmt: skip
def test_order_of_any_content_is_stored_or_refused_in_words(caller, order):
    response = caller.raw("orders", json.dumps(order))
    assert response.status_code in (200, 201, 400, 422)
    if response.status_code >= 400:
        assert tuple(response.json()) == SHAPES


@quick
@given(body=st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_in_words(caller, body):
    for path, kind in [
        ("events", "application/json"),
        ("orders/batch", "application/json"),
        ("invoices?vitrine=LOJA-SP", "application/xml"),
    ]:
        response = caller.raw(path, body or b" ", kind)
        assert response.status_code in (400, 422)
        assert tuple(response.json()) == SHAPES
