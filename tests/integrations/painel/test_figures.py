"""The last 24 hours, read off the hours."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.models import SendingHour
from integrations.painel.figures import last_day
from integrations.sending_tally import Result, hour_of
from tests.factories import NOW, make_vitrine

pytestmark = pytest.mark.django_db
THIS_HOUR = hour_of(NOW)
HOUR = timedelta(hours=1)


def hour(vitrine, ago, **counted):
    return SendingHour.objects.create(vitrine=vitrine, hour=THIS_HOUR - HOUR * ago, **counted)


def test_day_of_nothing_has_its_hours_and_no_figures():
    day = last_day(now=NOW)
    assert [one.begins_at for one in day.hours] == [THIS_HOUR - HOUR * n for n in range(23, -1, -1)]
    assert (day.tries, day.p50, day.p95, day.first_try_rate) == (0, None, None, None)


def test_vitrines_are_added_up_hour_by_hour():
    one, two = make_vitrine("LOJA-1"), make_vitrine("LOJA-2")
    hour(one, 0, accepted=3, accepted_first_try=2, retried=1, took_3=3)
    hour(two, 0, accepted=4, accepted_first_try=4, took_3=2, took_10=2)
    hour(two, 23, refused=2, postponed=5)

    day = last_day(now=NOW)

    assert day.hours[-1].numbers == (7, 1, 0, 0)
    assert day.hours[0].numbers == (0, 0, 5, 2)
    assert {one.numbers for one in day.hours[1:-1]} == {(0, 0, 0, 0)}
    assert [(entry.result, entry.name, entry.total) for entry in day.legend] == [
        (Result.ACCEPTED, "Aceitos", 7),
        (Result.RETRIED, "Falha passageira", 1),
        (Result.POSTPONED, "Adiados", 5),
        (Result.REFUSED, "Recusados", 2),
    ]
    assert (day.tries, day.ended) == (15, 9)
    assert day.first_try_rate == 6 / 9
    assert (0.5 < day.p50 <= 1, 64 < day.p95 <= 128) == (True, True)


def test_what_is_older_than_a_day_or_lies_ahead_does_not_count():
    vitrine = make_vitrine()
    hour(vitrine, 24, accepted=100, took_3=100)
    hour(vitrine, -1, accepted=100, took_3=100)
    assert last_day(now=NOW).tries == 0


def test_refused_ones_lower_the_rate_of_first_tries():
    hour(make_vitrine(), 0, accepted=1, accepted_first_try=1, refused=3)
    assert last_day(now=NOW).first_try_rate == 0.25


def test_hours_are_named_by_the_clock_of_the_place_and_told_in_words():
    hour(make_vitrine(), 1, accepted=1200, refused=3)
    before = last_day(now=datetime(2026, 11, 23, 14, 30, tzinfo=UTC)).hours[-2]
    assert (before.name, before.told) == ("10 h", "10 h: 1.200 aceitos, 3 recusados")


@pytest.mark.parametrize("vitrines", [1, 3])
def test_day_is_read_in_one_query(vitrines, django_assert_num_queries):
    for number in range(vitrines):
        hour(make_vitrine(f"LOJA-{number}"), 0, accepted=1)
    with django_assert_num_queries(1):
        assert last_day(now=NOW).tries == vitrines
