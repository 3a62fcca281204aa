"""What waits for somebody, by cause and vitrine."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import (
    Event,
    EventKind,
    EventOutcome,
    EventSource,
    Lane,
    PauseReason,
    UpdateReason,
    UpdateState,
)
from integrations.needs_a_person import counting
from integrations.needs_a_person.causes import WORDS, Cause
from integrations.needs_a_person.counting import STUCK, Counted, piles_by_vitrine, total_of
from integrations.needs_a_person.waiting import waiting_causes
from integrations.painel.silence import Silence
from tests.factories import NOW, make_order, make_update, make_user, make_vitrine
from vitrines.models import Inclusion, InclusionReason, Order

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def causes(**given):
    return waiting_causes(piles_by_vitrine(now=NOW), now=NOW, **given)


def told(**given):
    """(cause, vitrine, number, since, note) of each row."""
    return [
        (each.cause, row.vitrine.code, str(row.count), row.since, row.note)
        for each in causes(**given)
        for row in each.rows
    ]


def stuck(vitrine, number, reason=UpdateReason.REJECTED, state=UpdateState.FAILED, **fields):
    return make_update(make_order(vitrine, number), state=state, reason=reason, **fields)


def left_out(vitrine, number, inclusion=Inclusion.HELD, *, at=NOW):
    reason = InclusionReason.UNMAPPED if inclusion == Inclusion.HELD else InclusionReason.CANCELLED
    order = make_order(vitrine, number, status=None, inclusion=inclusion, inclusion_reason=reason)
    Order.objects.filter(pk=order.pk).update(created_at=at)
    return order


def test_nothing_stuck_is_no_cause():
    vitrine = make_vitrine()
    make_update(make_order(vitrine), state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)
    make_update(make_order(vitrine, "2"), state=UpdateState.PENDING)
    make_update(make_order(vitrine, "3"), state=UpdateState.SKIPPED, reason=UpdateReason.ECHO)
    assert causes() == []


@pytest.mark.parametrize(
    ("state", "reason", "cause"),
    [
        ("failed", "rejected", Cause.REJECTED),
        ("failed", "exhausted", Cause.EXHAUSTED),
        ("failed", "config", Cause.CONFIG),
        ("failed", "not_offered", Cause.CHANNEL),
        ("failed", "destination_refused", Cause.DESTINATION),
        ("held", "unmapped", Cause.UNMAPPED),
        ("held", "waiting_invoice_xml", Cause.WAITING_XML),
        ("held", "waiting_tracking", Cause.WAITING_TRACKING),
    ],
)
def test_every_reason_has_its_cause(state, reason, cause):
    stuck(make_vitrine(), "1", UpdateReason(reason), UpdateState(state))
    assert told() == [(cause, "LOJA-SP", "1", NOW, "")]


def test_every_reason_is_counted_or_closes_what_it_is_of():
    """A new reason of what failed or is held must not be left out here in silence."""
    assert {reason.value for reason in UpdateReason} - set(STUCK) == {
        "accepted",
        "already_applied",
        "inactive",
        "regression",
        "echo",
        "superseded",
        "cancelled",
    }


def test_every_cause_has_its_words():
    assert list(WORDS) == list(Cause)


def test_causes_come_by_urgency_and_in_each_the_vitrine_with_the_most():
    one, two = make_vitrine("LOJA-1"), make_vitrine("LOJA-2")
    stuck(one, "1", UpdateReason.UNMAPPED, UpdateState.HELD)
    stuck(one, "2", created_at=NOW - HOUR)
    stuck(two, "3", created_at=NOW - HOUR * 3)
    stuck(two, "4", created_at=NOW - HOUR * 2)

    assert told() == [
        (Cause.REJECTED, "LOJA-2", "2", NOW - HOUR * 3, ""),
        (Cause.REJECTED, "LOJA-1", "1", NOW - HOUR, ""),
        (Cause.UNMAPPED, "LOJA-1", "1", NOW, ""),
    ]
    assert [each.total for each in causes()] == [
        Counted(3, oldest=NOW - HOUR * 3),
        Counted(1, oldest=NOW),
    ]


def test_what_stops_a_vitrine_is_counted_by_vitrines_whatever_waits_in_them():
    """Twelve updates that wait are not twelve silent vitrines."""
    one, two = make_vitrine("LOJA-1"), make_vitrine("LOJA-2")
    for number in range(12):
        make_update(make_order(one, str(number)))
    for vitrine in (one, two):
        Lane.objects.create(vitrine=vitrine, paused_at=NOW, pause_reason=PauseReason.MANUAL)

    silences = [Silence(vitrine.pk, NOW - HOUR * 5, None) for vitrine in (one, two)]

    assert [(each.cause, str(each.total)) for each in causes(silences=silences)] == [
        (Cause.PAUSED, "2"),
        (Cause.SILENT, "2"),
    ]
    assert [row[2] for row in told(silences=silences)] == ["12", "0", "12", "0"]


def test_orders_held_are_counted_whenever_they_came_and_others_left_out_for_a_week():
    vitrine = make_vitrine()
    left_out(vitrine, "1", at=NOW - timedelta(days=30))
    left_out(vitrine, "2")
    left_out(vitrine, "3", Inclusion.NOT_INCLUDED, at=NOW - timedelta(days=6))
    left_out(vitrine, "4", Inclusion.NOT_INCLUDED, at=NOW - timedelta(days=8))
    make_order(vitrine, "5")

    assert told() == [
        (Cause.ORDERS_HELD, "LOJA-SP", "2", NOW - timedelta(days=30), ""),
        (Cause.NOT_INCLUDED, "LOJA-SP", "1", NOW - timedelta(days=6), ""),
    ]


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (PauseReason.AUTH_REFUSED, Cause.CREDENTIAL),
        (PauseReason.GONE, Cause.GONE),
        (PauseReason.CONFIG, Cause.LANE_CONFIG),
        (PauseReason.MANUAL, Cause.PAUSED),
    ],
)
def test_paused_lane_is_told_with_what_waits_in_it(reason, cause):
    vitrine = make_vitrine()
    Lane.objects.create(
        vitrine=vitrine,
        paused_at=NOW - HOUR,
        pause_reason=reason,
        pause_note="Senha vencida",
        paused_by=make_user("ana"),
    )
    make_update(make_order(vitrine), created_at=NOW - HOUR * 5)

    assert told() == [(cause, "LOJA-SP", "1", NOW - HOUR, "por ana: Senha vencida")]


def test_paused_lane_is_told_though_nothing_waits_in_it():
    Lane.objects.create(vitrine=make_vitrine(), paused_at=NOW, pause_reason=PauseReason.MANUAL)
    assert told() == [(Cause.PAUSED, "LOJA-SP", "0", NOW, "")]


def test_unpublished_vitrine_is_told_only_while_something_waits():
    vitrine = make_vitrine(published=False)
    assert told() == []
    make_update(make_order(vitrine))
    make_update(make_order(vitrine, "2"))
    assert told() == [(Cause.UNPUBLISHED, "LOJA-SP", "2", NOW, "")]


def test_unwell_platform_asks_for_nobody():
    lane = Lane.objects.create(
        vitrine=make_vitrine(), breaker_open_until=NOW + HOUR, breaker_opened_at=NOW - HOUR
    )
    assert told() == [
        (Cause.UNWELL, "LOJA-SP", "0", NOW - HOUR, "Próxima tentativa em 23/11 às 12:00.")
    ]
    assert not WORDS[Cause.UNWELL].asks

    lane.breaker_note = "A plataforma está com problemas (HTTP 503)."
    lane.save()
    assert [row[-1] for row in told()] == [
        "Sem token de acesso: “A plataforma está com problemas (HTTP 503).” Próxima tentativa em "
        "23/11 às 12:00."
    ]


def test_breaker_whose_time_has_come_is_no_news():
    Lane.objects.create(vitrine=make_vitrine(), breaker_open_until=NOW, breaker_opened_at=NOW)
    assert told() == []


def test_orphans_are_counted_with_the_age_of_the_oldest():
    vitrine = make_vitrine()
    for number, received_at in (("1", NOW - HOUR), ("2", NOW)):
        Event.objects.create(
            vitrine=vitrine,
            source=EventSource.ERP,
            external_id=number,
            kind=EventKind.INVOICED,
            order_number="999",
            occurred_at=NOW,
            received_at=received_at,
            outcome=EventOutcome.ORPHAN,
        )

    assert told() == [(Cause.ORPHANS, "LOJA-SP", "2", NOW - HOUR, "")]


def test_silent_vitrine_is_told_with_what_waits_in_it():
    vitrine = make_vitrine()
    stuck(vitrine, "1", UpdateReason.UNMAPPED, UpdateState.HELD)
    make_update(make_order(vitrine, "2"))
    silence = Silence(vitrine.pk, NOW - HOUR * 5, None)

    assert told(silences=[silence])[0] == (
        Cause.SILENT,
        "LOJA-SP",
        "2",
        NOW - HOUR * 5,
        "O ERP não informou nada desde então; 2 envios esperam.",
    )


# What is counted is counted up to a number


@pytest.fixture
def counted_up_to_two(monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 2)


def test_more_than_is_counted_is_said_and_hides_no_other_vitrine(counted_up_to_two):
    one, two = make_vitrine("LOJA-1"), make_vitrine("LOJA-2")
    for number in range(4):
        stuck(one, str(number), created_at=NOW - HOUR * number)
    stuck(two, "1", created_at=NOW + HOUR)

    assert told() == [
        (Cause.REJECTED, "LOJA-1", "mais de 2", NOW - HOUR * 3, ""),
        (Cause.REJECTED, "LOJA-2", "1", NOW + HOUR, ""),
    ]
    assert str(causes()[0].total) == "mais de 3"


def test_no_more_than_one_row_past_it_is_looked_at(counted_up_to_two, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        piles_by_vitrine(now=timezone.now())

    sql = asked.captured_queries[0]["sql"]
    assert (sql.count("COUNT(*)"), sql.count("LIMIT 3")) == (12, 12)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is read as SQLite tells it")
def test_every_pile_is_found_by_the_index_of_what_waits():
    """On PostgreSQL: ``tests/services/test_painel_on_postgresql.py``."""
    with CaptureQueriesContext(connection) as asked:
        piles_by_vitrine(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[0]['sql']}")
        plan = "\n".join(row[-1] for row in cursor.fetchall())

    used = re.findall(r"INDEX ((?:update|order|event)_\w+)", plan)
    assert {name: used.count(name) for name in used} == {
        "update_needs_a_person": 8 * 2,
        "update_of_vitrine_by_state": 2,
        "order_left_out_by_age": 2 * 2,
        "event_orphans_of_vitrine": 2,
    }


def test_counts_are_added_with_the_oldest_of_both():
    later = Counted(2, oldest=NOW)
    assert total_of([later, Counted(1, True, NOW - HOUR), Counted()]) == Counted(
        3, True, NOW - HOUR
    )
    assert (str(Counted(12_345)), bool(Counted()), bool(later)) == ("12.345", False, True)


@pytest.mark.parametrize("vitrines", [1, 3])
def test_all_is_counted_in_one_query(vitrines, django_assert_num_queries):
    for place in range(vitrines):
        vitrine = make_vitrine(f"LOJA-{place}")
        stuck(vitrine, "1")
        left_out(vitrine, "2")
        Lane.objects.create(
            vitrine=vitrine,
            paused_at=NOW,
            pause_reason=PauseReason.MANUAL,
            paused_by=make_user(f"pessoa-{place}"),
        )

    with django_assert_num_queries(1):
        assert len(causes()) == 3
