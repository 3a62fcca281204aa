"""Whether a vitrine that usually sends has gone silent."""

from datetime import UTC, datetime

import pytest

from integrations.painel.silence import DAY, HOUR, WEEK, silent_hours

#: A Monday, 11 h in São Paulo.
THIS_HOUR = datetime(2026, 11, 23, 14, tzinfo=UTC)


def every_hour(days=8, *, until=1, of_day=range(24), except_days=()):
    """Hours in which something was accepted, from so many days ago to ``until`` hours ago."""
    return {
        hour
        for age in range(until, days * 24 + 1)
        if (hour := THIS_HOUR - HOUR * age).hour in of_day
        and (hour - HOUR * 3).weekday() not in except_days
    }


def silent(accepted):
    return silent_hours(accepted, this_hour=THIS_HOUR)


def test_three_usual_hours_without_anything_are_a_silence():
    assert silent(every_hour(until=4)) == (
        THIS_HOUR - HOUR,
        THIS_HOUR - HOUR * 2,
        THIS_HOUR - HOUR * 3,
    )


@pytest.mark.parametrize("until", [1, 2, 3])
def test_less_than_three_hours_are_not(until):
    assert silent(every_hour(until=until)) == ()


def test_something_accepted_in_this_hour_ends_it():
    assert silent(every_hour(until=4) | {THIS_HOUR}) == ()


def test_shop_that_never_sent_is_not_silent():
    assert silent(set()) == ()


def test_shop_of_a_few_days_has_no_usual_hours_yet():
    assert silent(every_hour(days=3, until=4)) == ()


@pytest.mark.parametrize(("days", "told"), [(3, False), (4, True)])
def test_hour_is_usual_from_four_of_seven_days_on(days, told):
    """Of the first days of the week before, the same weekday among them."""
    accepted = {
        THIS_HOUR - HOUR * age - DAY * day for age in (1, 2, 3) for day in range(8 - days, 8)
    }
    assert bool(silent(accepted)) is told


def test_hours_in_which_it_never_sends_are_passed_over():
    """It sends from 12 to 20 h UTC; at 14 h two of its hours have passed, and one of yesterday."""
    day = range(12, 21)
    assert silent(every_hour(of_day=day, until=3)) == ()
    assert silent(every_hour(of_day=day, until=19)) == (
        THIS_HOUR - HOUR,
        THIS_HOUR - HOUR * 2,
        THIS_HOUR - HOUR * 18,
    )


def test_day_of_the_week_on_which_it_sends_nothing_is_no_silence():
    """Silent on Mondays: the six other days would make every hour a usual one."""
    accepted = every_hour(until=12, except_days=(0,))
    assert silent(accepted) == ()
    assert silent(accepted | {THIS_HOUR - HOUR * 2 - WEEK}) != ()
