"""Which vitrines have gone silent, and whether the ERP has, too."""

from datetime import timedelta

import pytest

from integrations.models import (
    Event,
    EventKind,
    EventOutcome,
    EventSource,
    Lane,
    PauseReason,
    SendingHour,
    UpdateReason,
    UpdateState,
)
from integrations.painel.silence import Silence
from integrations.painel.silent import silent_vitrines
from integrations.sending_tally import hour_of
from tests.factories import NOW, make_event, make_order, make_update, make_vitrine

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def busy(code="LOJA-SP", *, until, **fields):
    """Accepted something in every hour of eight days, until so many hours ago."""
    vitrine = make_vitrine(code, **fields)
    SendingHour.objects.bulk_create(
        SendingHour(vitrine=vitrine, hour=hour_of(NOW) - HOUR * age, accepted=5)
        for age in range(until, until + 8 * 24)
    )
    sent(vitrine, "1", ago=until)
    return vitrine


def sent(vitrine, number, *, ago):
    moment = NOW - HOUR * ago
    return make_update(
        make_order(vitrine, number),
        state=UpdateState.SENT,
        reason=UpdateReason.ACCEPTED,
        created_at=moment,
        finished_at=moment,
    )


def told(vitrine, number="2", *, at, source=EventSource.ERP, received_at=None, **fields):
    """Something was decided of an order at ``at``, by what was received then or before."""
    order = make_order(vitrine, number)
    event = make_event(order, source=source, received_at=received_at or at)
    return make_update(order, event=event, created_at=at, **fields)


def orphan(vitrine, *, at):
    return Event.objects.create(
        vitrine=vitrine,
        source=EventSource.ERP,
        external_id="orphan",
        kind=EventKind.INVOICED,
        order_number="999",
        occurred_at=at,
        received_at=at,
        outcome=EventOutcome.ORPHAN,
    )


def test_silent_vitrine_is_found_with_its_last_acceptance():
    vitrine = busy(until=4)
    busy("OUTRA", until=1)
    sent(vitrine, "9", ago=9)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - HOUR * 4, None)]


@pytest.mark.parametrize("days", [2, 4, 5, 9, 60])
def test_vitrine_stays_silent_until_something_is_accepted(days):
    vitrine = busy(until=days * 24)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - DAY * days, None)]

    SendingHour.objects.create(vitrine=vitrine, hour=hour_of(NOW), accepted=1)
    sent(vitrine, "2", ago=0)
    assert silent_vitrines(now=NOW) == []


@pytest.mark.parametrize("hours", [2, 30, 24 * 6])
def test_what_the_erp_told_since_the_last_acceptance_is_said_however_long_ago(hours):
    vitrine = busy(until=24 * 7)
    told(vitrine, at=NOW - HOUR * hours)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - DAY * 7, NOW - HOUR * hours)]


def test_what_the_erp_told_of_an_order_that_never_came_is_its_word_too():
    vitrine = busy(until=10)
    told(vitrine, at=NOW - HOUR * 5)
    orphan(vitrine, at=NOW - HOUR * 3)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - HOUR * 10, NOW - HOUR * 3)]


@pytest.mark.parametrize("source", [EventSource.PLATFORM, EventSource.SCREEN, EventSource.MAPPING])
def test_what_the_store_or_a_person_told_is_no_word_of_the_erp(source):
    vitrine = busy(until=4)
    told(vitrine, at=NOW - HOUR, source=source)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - HOUR * 4, None)]


def test_replay_is_no_word_of_the_erp():
    vitrine = busy(until=4)
    at = NOW - HOUR * 9
    first = told(vitrine, at=at, state=UpdateState.SENT, reason="accepted", finished_at=at)
    make_update(first.order, event=first.event, created_at=NOW - HOUR, replay_of=first, place=1)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - HOUR * 4, None)]


def test_orphan_that_was_adopted_since_was_told_when_it_came():
    vitrine = busy(until=4)
    told(vitrine, at=NOW - HOUR, received_at=NOW - HOUR * 6)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - HOUR * 4, None)]


def test_tries_that_were_not_accepted_end_no_silence():
    vitrine = busy(until=4)
    SendingHour.objects.create(vitrine=vitrine, hour=hour_of(NOW), refused=3, postponed=2)

    assert [silence.vitrine_id for silence in silent_vitrines(now=NOW)] == [vitrine.pk]


def test_vitrine_that_somebody_stopped_is_not_called_silent():
    busy(until=4, published=False)
    paused = busy("PAUSADA", until=4)
    Lane.objects.create(vitrine=paused, paused_at=NOW, pause_reason=PauseReason.MANUAL)

    assert silent_vitrines(now=NOW) == []


@pytest.mark.parametrize("vitrines", [1, 3])
def test_silence_is_found_in_three_queries(vitrines, django_assert_num_queries):
    for number in range(vitrines):
        busy(f"LOJA-{number}", until=4)

    with django_assert_num_queries(3):
        assert len(silent_vitrines(now=NOW)) == vitrines


def test_nobody_silent_costs_one_query(django_assert_num_queries):
    busy(until=1)

    with django_assert_num_queries(1):
        assert silent_vitrines(now=NOW) == []
