"""Which vitrines have gone silent, and whether the ERP has, too."""

from datetime import timedelta

import pytest

from integrations.models import Lane, PauseReason, SendingHour, UpdateReason, UpdateState
from integrations.painel.silence import Silence
from integrations.painel.silent import silent_vitrines
from integrations.sending_tally import hour_of
from tests.factories import NOW, make_order, make_update, make_vitrine

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def busy(code="LOJA-SP", *, until, **fields):
    """Accepted something in every hour of eight days, until so many hours ago."""
    vitrine = make_vitrine(code, **fields)
    SendingHour.objects.bulk_create(
        SendingHour(vitrine=vitrine, hour=hour_of(NOW) - HOUR * age, accepted=5)
        for age in range(until, 8 * 24 + 1)
    )
    return vitrine


def sent(vitrine, number="1", *, ago):
    moment = NOW - HOUR * ago
    return make_update(
        make_order(vitrine, number),
        state=UpdateState.SENT,
        reason=UpdateReason.ACCEPTED,
        created_at=moment,
        finished_at=moment,
    )


def test_silent_vitrine_is_found_with_its_last_acceptance():
    vitrine = busy(until=4)
    busy("OUTRA", until=1)
    sent(vitrine, "1", ago=9)
    sent(vitrine, "2", ago=4)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - HOUR * 4, None)]


def test_what_the_erp_told_since_is_said():
    vitrine = busy(until=4)
    sent(vitrine, ago=4)
    make_update(make_order(vitrine, "2"), created_at=NOW - HOUR * 2)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - HOUR * 4, NOW - HOUR * 2)]


def test_what_the_store_itself_told_is_no_word_of_the_erp():
    vitrine = busy(until=4)
    sent(vitrine, ago=4)
    make_update(
        make_order(vitrine, "2"),
        state=UpdateState.SKIPPED,
        reason=UpdateReason.ECHO,
        created_at=NOW - HOUR,
    )

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, NOW - HOUR * 4, None)]


def test_vitrine_whose_updates_are_gone_is_silent_all_the_same():
    vitrine = busy(until=4)

    assert silent_vitrines(now=NOW) == [Silence(vitrine.pk, None, None)]


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
def test_silence_is_found_in_two_queries(vitrines, django_assert_num_queries):
    for number in range(vitrines):
        busy(f"LOJA-{number}", until=4)

    with django_assert_num_queries(2):
        assert len(silent_vitrines(now=NOW)) == vitrines


def test_nobody_silent_costs_one_query(django_assert_num_queries):
    busy(until=1)

    with django_assert_num_queries(1):
        assert silent_vitrines(now=NOW) == []
