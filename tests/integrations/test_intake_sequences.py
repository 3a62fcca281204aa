"""Whatever comes in whatever sequence: in batches it leaves the rows that it leaves one by one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.intake.events import receive_events
from integrations.intake.facts import EventFact, InvoiceFact, OrderIntake, TrackingFact
from integrations.intake.orders import receive_orders
from integrations.models import Event, EventKind, StatusUpdate
from tests.factories import NOW, make_mapping, make_vitrine
from tests.integrations.caller import SAMPLE_KEY, VALID_KEY, WORDS, sample_nfe
from vitrines.models import Invoice, Order, OrderStatusChange, Tracking
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
K = EventKind
NOTES = {SAMPLE_KEY: 1687, VALID_KEY: 47428}
MODELS = (Order, OrderStatusChange, Invoice, Tracking, Event, StatusUpdate)

numbers = st.sampled_from(["1", "VT-1", "001", "2", "vt-0002", "3"])
times = st.integers(0, 20).map(lambda minutes: NOW + timedelta(minutes=minutes))
keys = st.sampled_from(list(NOTES))
told_notes = st.builds(
    lambda key, at, xml: InvoiceFact(
        key=key,
        number=NOTES[key],
        series=1,
        issued_at=at,
        total=Decimal(10),
        xml=sample_nfe() if xml and key == SAMPLE_KEY else b"",
    ),
    keys,
    times,
    st.booleans(),
)
trackings = st.builds(
    TrackingFact,
    code=st.sampled_from(["A1", "B2", ""]),
    url=st.sampled_from(["https://t.exemplo.com.br/a", ""]),
    volume=st.sampled_from(["", "1", "2"]),
    volumes=st.sampled_from([None, 2]),
    carrier_event=st.sampled_from(["", "posted", "in_transit", "delivered", "exception"]),
    description=st.sampled_from(["", "d"]),
)
#: What a kind brings along; what does not suit it is refused, the same either way.
BROUGHT = {
    K.INVOICED: {"invoice": told_notes},
    K.INVOICE_CANCELLED: {"invoice": st.none() | keys.map(lambda key: InvoiceFact(key=key))},
    K.TRACKING: {"tracking": trackings},
    K.BOARDED: {"tracking": st.none() | trackings},
    K.DELIVERED: {"tracking": st.none() | trackings},
    K.PROBLEM: {"tracking": st.none() | trackings},
}
events = st.sampled_from([kind for kind in K if kind.name[:5] != "ORDER"]).flatmap(
    lambda kind: st.builds(
        EventFact,
        order_number=numbers,
        event_id=st.integers(0, 40).map(str),
        kind=st.just(kind),
        occurred_at=times,
        **BROUGHT.get(kind, {}),
    )
)
orders = st.builds(
    OrderIntake,
    number=numbers,
    platform_status=st.sampled_from([*WORDS.values(), "payment-approved", "novidade"]),
    placed_at=times,
    platform_id=st.sampled_from(["", "p-1"]),
    total=st.sampled_from([None, Decimal(10), Decimal("10.50")]),
)
batches = st.lists(
    st.lists(events, min_size=1, max_size=9) | st.lists(orders, min_size=1, max_size=4),
    min_size=1,
    max_size=5,
)
mappings = st.fixed_dictionaries(
    {},
    optional={
        status: st.fixed_dictionaries(
            {},
            optional={
                "active": st.booleans(),
                "channel": st.sampled_from(["url", "xml", "tracking"]),
                "processa_inclusao": st.just(True),
            },
        )
        for status in OrderStatus
    },
)


def open_vitrine(code, platform, mapping):
    vitrine = make_vitrine(code, platform=platform)
    for status, fields in mapping.items():
        make_mapping(vitrine, status, WORDS[status], **fields)
    return vitrine


def take_in(vitrine, batch, place):
    """What each item of the batch is answered with, and what of it."""
    told = {"vitrine": vitrine, "actor_label": "t", "now": NOW + timedelta(days=1, hours=place)}
    if isinstance(batch[0], EventFact):
        answers = receive_events(facts=batch, **told)
        return [
            type(one)
            if isinstance(one, Exception)
            else (one.event.outcome, one.status, one.duplicate)
            for one in answers
        ]
    answers = receive_orders(intakes=batch, **told)
    return [(one.order.inclusion, one.order.total, one.status, one.duplicate) for one in answers]


def _told(field):
    """Not what differs between two tellings of the same story."""
    clock = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return not clock and field.name not in ("id", "uuid", "vitrine")


def rows(vitrine):
    """All that is stored for a vitrine, in sequence, with what is pointed to by its place there."""
    of_vitrine = {
        OrderStatusChange: {"order__vitrine": vitrine},
        Tracking: {"order__vitrine": vitrine},
    }
    found = {
        model: list(model.objects.filter(**of_vitrine.get(model, {"vitrine": vitrine})))
        for model in MODELS
    }
    for some in found.values():
        some.sort(key=lambda row: row.pk)
    places = {model: {row.pk: n for n, row in enumerate(some)} for model, some in found.items()}

    def told(row, field):
        value = getattr(row, field.attname)
        if field.is_relation:
            return places[field.related_model][value] if value else None
        return bytes(value) if isinstance(value, memoryview) else value

    return {
        model.__name__: [
            {field.name: told(row, field) for field in model._meta.fields if _told(field)}
            for row in some
        ]
        for model, some in found.items()
    }


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(platform=st.sampled_from(["generic", "vtex"]), mapping=mappings, story=batches)
def test_batches_leave_the_rows_that_their_items_leave_one_by_one(platform, mapping, story):
    with transaction.atomic():
        one_by_one = open_vitrine("UM", platform, mapping)
        together = open_vitrine("JUNTOS", platform, mapping)
        for place, batch in enumerate(story):
            singly = [answer for item in batch for answer in take_in(one_by_one, [item], place)]
            assert take_in(together, batch, place) == singly
        assert rows(together) == rows(one_by_one)
        transaction.set_rollback(True)
