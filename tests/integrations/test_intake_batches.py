"""Many events or orders in one transaction: as one after another, in a fixed number of queries."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from integrations.intake import events as intake_events
from integrations.intake.events import receive_events
from integrations.intake.facts import EventFact, InvoiceFact, OrderIntake, TrackingFact
from integrations.intake.orders import receive_orders
from integrations.models import Event, EventKind, StatusUpdate
from tests.factories import NOW, make_invoice, make_order, make_update, make_vitrine
from tests.integrations.caller import (
    SAMPLE_KEY,
    VALID_KEY,
    Caller,
    mapped_vitrine,
    payload,
    sample_nfe,
)
from vitrines.models import Invoice, Order, OrderStatusChange, Tracking
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
S = OrderStatus
K = EventKind
LATER = NOW + timedelta(days=2)


@pytest.fixture
def vitrine():
    return mapped_vitrine()


def fact(number, kind=K.RESERVED, minutes=1, **fields):
    values = {"event_id": f"e-{number}-{kind}-{minutes}"} | fields
    occurred_at = NOW + timedelta(minutes=minutes)
    return EventFact(order_number=str(number), kind=kind, occurred_at=occurred_at, **values)


def note(key=SAMPLE_KEY, number=1687, **fields):
    return InvoiceFact(key=key, number=number, series=1, issued_at=NOW, total=Decimal(10), **fields)


def receive(vitrine, *facts):
    return receive_events(vitrine=vitrine, facts=facts, actor_label="t", now=LATER)


def told(answers):
    """The outcome of each, ``duplicate`` after it, or what refused it."""
    return [
        type(answer).__name__
        if isinstance(answer, Exception)
        else f"{answer.event.outcome}{' duplicate' if answer.duplicate else ''}"
        for answer in answers
    ]


def story(number):
    """One event of every sort, of one order; the first two and the fourth wait for facts."""
    return [
        fact(number, K.INVOICED, 1, invoice=note(key_of(number), number)),
        fact(number, K.BOARDED, 2),
        fact(number, K.TRACKING, 3, tracking=TrackingFact(code=f"A{number}", volumes=2)),
        fact(number, K.INVOICE_CANCELLED, 4, invoice=InvoiceFact(key=key_of(number))),
        fact(number, K.DELIVERED, 5),
        fact(number, K.RESERVED, 6),
        fact(number, K.RESERVED, 6),
    ]


def key_of(number):
    """A valid access key of note ``number``, series 1."""
    base = f"3518083412874500015255001{number:09d}100074980"[:43]
    total = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(base)))
    return f"{base}{0 if total % 11 < 2 else 11 - total % 11}"


@pytest.fixture
def wide_statements(monkeypatch):
    """As many rows a statement as SQLite really takes; Django counts on the 999 of older ones."""
    if connection.features.max_query_params:
        monkeypatch.setattr(connection.features, "max_query_params", 30_000)


def queries_of(act):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        act()
    return Counter(query["sql"].split()[0] for query in queries.captured_queries)


@pytest.mark.usefixtures("wide_statements")
def test_500_events_take_the_queries_of_50(vitrine):
    for number in range(550):
        make_order(vitrine, str(number))
    facts = [fact(number) for number in range(550)]
    few = queries_of(lambda: receive(vitrine, *facts[:50]))
    many = queries_of(lambda: receive(vitrine, *facts[50:]))
    assert (few, StatusUpdate.objects.filter(turn=True).count()) == (many, 550)
    assert few == {"SAVEPOINT": 1, "SELECT": 7, "WITH": 1, "INSERT": 3, "RELEASE": 1}


@pytest.mark.usefixtures("wide_statements")
def test_whole_stories_of_30_orders_take_the_queries_of_3(vitrine):
    for number in range(33):
        make_order(vitrine, str(number))
    few = [one for number in range(3) for one in story(number)]
    many = [one for number in range(3, 33) for one in story(number)]
    assert queries_of(lambda: receive(vitrine, *few)) == queries_of(lambda: receive(vitrine, *many))
    assert Counter(Event.objects.values_list("outcome", flat=True)) == {
        "status_changed": 33 * 4,
        "fact_recorded": 33,
        "late": 33,
    }


@pytest.mark.usefixtures("wide_statements")
def test_repeats_and_orphans_take_the_queries_of_few(vitrine):
    def some(count):
        return [fact(f"x{number}", event_id=f"x-{number}") for number in range(count)]

    receive(vitrine, *some(60))
    again = queries_of(lambda: receive(vitrine, *some(3)))
    assert again == queries_of(lambda: receive(vitrine, *some(60)))
    new = [fact(f"y{number}") for number in range(63)]
    few = queries_of(lambda: receive(vitrine, *new[:3]))
    assert few == queries_of(lambda: receive(vitrine, *new[3:]))


@pytest.mark.usefixtures("wide_statements")
def test_orders_with_their_orphans_take_the_queries_of_few(vitrine):
    receive(vitrine, *[one for number in range(1, 34) for one in story(number)])
    intakes = [
        OrderIntake(number=str(number), platform_status="payment-approved", placed_at=NOW)
        for number in range(1, 34)
    ]

    def post(some):
        return receive_orders(vitrine=vitrine, intakes=some, actor_label="t", now=LATER)

    assert queries_of(lambda: post(intakes[:3])) == queries_of(lambda: post(intakes[3:]))
    assert set(Order.objects.values_list("status", flat=True)) == {S.ENTREGUE}
    assert not Event.objects.filter(order=None).exists()


def test_events_of_one_order_are_applied_each_on_what_the_one_before_left(vitrine):
    order = make_order(vitrine)
    tracking = TrackingFact(code="AA1", volume="1", carrier_event="posted")
    answers = receive(
        vitrine,
        fact(100482, K.RESERVED, 1),
        fact("VT-100482", K.BOARDED, 5),
        fact("000100482", K.TRACKING, 6, tracking=tracking),
        fact(100482, K.INVOICED, 2, invoice=note()),
        fact(100482, K.DELIVERED, 9),
    )
    assert [(one.event.outcome, one.status) for one in answers] == [
        ("status_changed", S.EM_PREPARACAO),
        ("status_changed", S.EMBARCADO),
        ("status_unchanged", S.EMBARCADO),
        ("late", S.EMBARCADO),
        ("status_changed", S.ENTREGUE),
    ]
    updates = order.status_updates.order_by("sequence")
    # The second one waited for its tracking; the third event brought it.
    assert list(updates.values_list("sequence", "status", "state", "reason", "turn")) == [
        (1, S.EM_PREPARACAO, "pending", "", True),
        (2, S.EMBARCADO, "pending", "", False),
        (3, S.DESPACHADO, "skipped", "regression", False),
        (4, S.ENTREGUE, "pending", "", False),
    ]
    assert [decision["reason"] for decision in updates[1].earlier_decisions] == ["waiting_tracking"]
    assert list(OrderStatusChange.objects.values_list("from_status", "to_status")) == [
        (S.PAGAMENTO_CONFIRMADO, S.EM_PREPARACAO),
        (S.EM_PREPARACAO, S.EMBARCADO),
        (S.EMBARCADO, S.ENTREGUE),
    ]


def test_released_update_takes_the_turn_back_from_a_later_one(vitrine):
    order = make_order(vitrine)
    held = make_update(order, S.EMBARCADO, "held", reason="waiting_tracking")
    answers = receive(
        vitrine,
        fact(100482, K.PROBLEM, 1),
        fact(100482, K.TRACKING, 2, tracking=TrackingFact(code="AA1")),
    )
    assert told(answers) == ["status_changed", "fact_recorded"]
    updates = order.status_updates.order_by("sequence").values_list("pk", "state", "turn")
    assert list(updates) == [
        (held.pk, "pending", True),
        (answers[0].updates[0].pk, "pending", False),
    ]


def test_ids_follow_the_sequence_of_the_batch_over_orders(vitrine):
    for number in (3, 1, 2):
        make_order(vitrine, str(number))
    facts = [fact(number, kind) for kind in (K.RESERVED, K.BOARDED) for number in (2, 3, 1)]
    answers = receive(vitrine, *facts)
    events = list(Event.objects.order_by("id").values_list("external_id", flat=True))
    assert events == [one.event_id for one in facts]
    updates = [update.pk for answer in answers for update in answer.updates]
    assert updates == sorted(updates)


def test_event_told_twice_in_a_batch_is_answered_with_the_first(vitrine):
    make_order(vitrine)
    first, second, other = receive(
        vitrine,
        fact(100482, event_id="e"),
        fact("VT-100482", event_id="e"),
        fact(100482, K.BOARDED, event_id="e"),
    )
    assert told([first, second, other]) == [
        "status_changed",
        "status_changed duplicate",
        "EventIdReused",
    ]
    assert (second.event, second.updates) == (first.event, first.updates)
    assert (Event.objects.count(), StatusUpdate.objects.count()) == (1, 1)


def test_repeat_tells_an_update_as_it_is_once_the_batch_is_written(vitrine):
    make_order(vitrine)
    first = fact(100482, K.BOARDED)
    receive(vitrine, first)
    again, _ = receive(vitrine, first, fact(100482, K.TRACKING, 2, tracking=TrackingFact(code="A")))
    assert [(update.state, update.reason) for update in again.updates] == [("pending", "")]


def test_note_told_for_two_orders_belongs_to_the_first(vitrine):
    make_order(vitrine, "1")
    tracking = TrackingFact(code="AA1")
    answers = receive(
        vitrine,
        fact(1, K.INVOICED, invoice=note()),
        fact(2, K.INVOICED, invoice=note()),
        fact(3, K.INVOICED, invoice=note(VALID_KEY, 47428)),
        fact(1, K.INVOICED, 2, invoice=note(VALID_KEY, 47428), tracking=tracking),
    )
    assert told(answers) == [
        "status_changed",
        "InvoiceOfAnotherOrder",
        "orphan",
        "InvoiceOfAnotherOrder",
    ]
    assert set(Invoice.objects.values_list("order_number", "chave_nfe")) == {
        ("1", SAMPLE_KEY),
        ("3", VALID_KEY),
    }
    assert Tracking.objects.count() == 0


def test_notes_are_told_cancelled_and_given_their_xml_in_one_batch(vitrine):
    first, second = make_order(vitrine, "1"), make_order(vitrine, "2")
    make_invoice(second, VALID_KEY, number=47428, order_number="2", xml=b"<kept/>")
    answers = receive(
        vitrine,
        fact(1, K.INVOICED, 1, invoice=note()),
        fact(1, K.INVOICED, 2, invoice=note(xml=sample_nfe())),
        fact(2, K.INVOICE_CANCELLED, 3, invoice=InvoiceFact(key=VALID_KEY)),
        fact(2, K.INVOICED, 4, invoice=note(VALID_KEY, 47428)),
    )
    assert told(answers) == ["status_changed", "status_unchanged", "status_changed", "late"]
    kept = Invoice.objects.order_by("order_number")
    assert [(one.order, bytes(one.xml), one.total, one.cancelled_at) for one in kept] == [
        (first, sample_nfe(), Decimal("5780.00"), None),
        (second, b"<kept/>", Decimal("199.90"), NOW + timedelta(minutes=3)),
    ]


def poison(monkeypatch, event_id):
    """A row that no database takes; nothing before the database refuses it."""
    event = intake_events._event

    def poisoned(vitrine, told, *args):
        made = event(vitrine, told, *args)
        if told.fact.event_id == event_id:
            made.source = None
        return made

    monkeypatch.setattr(intake_events, "_event", poisoned)


def test_item_that_the_database_refuses_spoils_no_other(vitrine, monkeypatch):
    make_order(vitrine)
    poison(monkeypatch, "bad")
    answers = receive(
        vitrine,
        fact(100482, K.RESERVED, 1),
        fact(100482, K.BOARDED, 2, event_id="bad"),
        fact(100482, K.INVOICED, 3, invoice=note()),
        fact(7, K.RESERVED, 4),
    )
    assert told(answers) == ["status_changed", "IntegrityError", "status_changed", "orphan"]
    assert Order.objects.get().status == S.DESPACHADO
    sequences = StatusUpdate.objects.order_by("sequence").values_list("sequence", "status", "turn")
    assert list(sequences) == [(1, S.EM_PREPARACAO, True), (2, S.DESPACHADO, False)]
    assert Event.objects.count() == 3


def test_item_that_the_database_refuses_gets_500_in_its_place(monkeypatch, caplog):
    caller = Caller(mapped_vitrine())
    poison(monkeypatch, "2")
    items = [payload("event_reserved", event_id=str(n)) for n in range(5)]
    answers = caller.post("events/batch", {"items": items}).json()["items"]
    assert [answer["status_code"] for answer in answers] == [201, 201, 500, 201, 201]
    assert answers[2]["code"] == "internal_error"
    assert "null" in caplog.text.lower()
    assert Event.objects.count() == 4


def test_database_that_does_not_answer_is_asked_once_for_the_whole_batch(monkeypatch):
    caller = Caller(mapped_vitrine())
    asked = []

    def busy(*args, **kwargs):
        asked.append(args)
        raise OperationalError("database is locked")

    monkeypatch.setattr(intake_events, "lock_orders", busy)
    items = [payload("event_reserved", event_id=str(n)) for n in range(50)]
    answers = caller.post("events/batch", {"items": items}).json()["items"]
    assert {(answer["status_code"], answer["code"]) for answer in answers} == {(503, "unavailable")}
    assert len(asked) == 1


def test_vitrine_whose_platform_is_gone_spoils_no_other_vitrine():
    gone = make_vitrine("LOJA-RJ", platform="inexistente")
    caller = Caller(mapped_vitrine(), gone)
    make_order(gone)
    caller.post("orders", payload("order"))
    items = [
        payload("event_reserved", event_id="1"),
        payload("event_reserved", event_id="2", vitrine="LOJA-RJ"),
        payload("event_reserved", event_id="3", vitrine="LOJA-RJ", order_number="999"),
        payload("event_boarded", event_id="4"),
    ]
    answers = caller.post("events/batch", {"items": items}).json()["items"]
    assert [answer["status_code"] for answer in answers] == [201, 503, 201, 201]
    assert [answer.get("outcome") for answer in answers] == [
        "status_changed",
        None,
        "orphan",
        "status_changed",
    ]


def test_same_order_twice_in_a_batch_is_created_and_then_renewed(vitrine):
    receive(vitrine, fact(5, K.RESERVED))
    intakes = [
        OrderIntake(number=number, platform_status=word, placed_at=NOW, total=total)
        for number, word, total in [
            ("VT-5", "payment-approved", None),
            ("005", "payment-approved", None),
            ("5", "payment-approved", Decimal("9.90")),
            ("6", "canceled", None),
        ]
    ]
    answers = receive_orders(vitrine=vitrine, intakes=intakes, actor_label="t", now=LATER)
    assert [(one.created, one.duplicate, one.status, one.order.total) for one in answers] == [
        (True, False, S.EM_PREPARACAO, None),
        (False, True, S.EM_PREPARACAO, None),
        (False, False, S.EM_PREPARACAO, Decimal("9.90")),
        (True, False, None, None),
    ]
    assert list(Event.objects.filter(order__number="5").values_list("kind", "outcome")) == [
        ("reserved", "status_changed"),
        ("order_received", "order_included"),
        ("order_received", "fact_recorded"),
    ]
