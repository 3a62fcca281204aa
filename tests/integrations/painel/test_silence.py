"""Whether a vitrine that usually sends has gone silent."""

from datetime import UTC, datetime

import pytest

from integrations.painel.silence import HOUR, WEEK, is_silent

#: A Monday, 11 h in São Paulo.
THIS_HOUR = datetime(2026, 11, 23, 14, tzinfo=UTC)
DAY = HOUR * 24
OPENS = range(12, 21)
WEEKEND = (5, 6)


def every_hour(days=8, *, until=1, of_day=range(24), except_days=()):
    """Hours in which something was accepted, of so many days, until ``until`` hours ago."""
    return {
        hour
        for age in range(until, until + days * 24)
        if (hour := THIS_HOUR - HOUR * age).hour in of_day
        and (hour - HOUR * 3).weekday() not in except_days
    }


def silent(accepted, *, after=HOUR * 0):
    return is_silent(accepted, this_hour=THIS_HOUR + after)


@pytest.mark.parametrize(("until", "told"), [(1, False), (2, False), (3, False), (4, True)])
def test_three_usual_hours_without_anything_are_a_silence(until, told):
    assert silent(every_hour(until=until)) is told


def test_something_accepted_in_this_hour_ends_it():
    assert not silent(every_hour(until=4) | {THIS_HOUR})


@pytest.mark.parametrize("days", [1, 4, 5, 7, 8, 30, 400])
def test_dead_vitrine_stays_silent_however_long_it_is_dead(days):
    """The days of the silence itself make no hour less usual."""
    assert silent(every_hour(), after=DAY * days)


def test_silence_goes_on_through_nights_and_weekends():
    """Dead since a Wednesday's first hour; it sends on working days only."""
    last = datetime(2026, 11, 18, 12, tzinfo=UTC)
    accepted = {h for h in every_hour(14, of_day=OPENS, except_days=WEEKEND) if h <= last}
    told = [is_silent(accepted, this_hour=last + HOUR * hours) for hours in range(24 * 9)]
    assert (any(told[:4]), all(told[4:])) == (False, True)


def test_shop_that_never_sent_is_not_silent():
    assert not silent(set())


def test_shop_of_a_few_days_has_no_usual_hours_yet():
    assert not silent(every_hour(days=3, until=4))


@pytest.mark.parametrize(("days", "told"), [(3, False), (4, True)])
def test_hour_is_usual_from_four_of_the_seven_days_up_to_the_last_acceptance_on(days, told):
    last = THIS_HOUR - HOUR * 4
    slots = {THIS_HOUR - HOUR * age - WEEK for age in (1, 2, 3)}
    accepted = {slot + DAY * day for slot in slots for day in range(days)} | {last}
    assert silent(accepted) is told


def test_what_was_accepted_more_than_a_week_before_the_last_acceptance_changes_nothing():
    last = THIS_HOUR - HOUR * 4
    assert not silent({hour - WEEK for hour in every_hour()} | {last})


def test_hours_in_which_it_never_sends_are_passed_over():
    """It sends from 12 to 20 h UTC: at 14 h two of its hours have passed today."""
    assert not silent(every_hour(of_day=OPENS, until=3))
    assert silent(every_hour(of_day=OPENS, until=19))
    assert not silent(every_hour(of_day=OPENS, until=19), after=-HOUR)


def test_shop_without_weekends_is_not_silent_on_a_saturday_nor_as_monday_begins():
    """On Monday, too, three of its hours have to pass."""
    friday = datetime(2026, 11, 20, 20, tzinfo=UTC)
    accepted = {h for h in every_hour(14, of_day=OPENS, except_days=WEEKEND) if h <= friday}
    monday_14h, monday_15h = THIS_HOUR, THIS_HOUR + HOUR
    told = [
        hour for n in range(1, 80) if is_silent(accepted, this_hour=(hour := friday + HOUR * n))
    ]
    assert told[0] == monday_15h
    assert monday_14h not in told
