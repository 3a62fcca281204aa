"""A platform's pace: no stretch of time ever holds more requests than its file allows."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.delivery.rates import Bucket, Pace
from tests.factories import NOW
from vitrines.platforms import get_platform
from vitrines.platforms.limits import Rate


def pace(*rates, cost=1):
    made = (Bucket.of(Rate.model_validate(rate), rate["requests"]) for rate in rates)
    return Pace(tuple(made), cost)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def test_without_rates_there_is_no_limit():
    assert Pace().room({}, NOW) is None


def test_fresh_bucket_lets_a_tenth_of_the_rate_through_at_once():
    assert pace({"requests": 180, "per": 60}).room({}, NOW) == 18


def test_leaky_bucket_takes_its_burst_and_drains_at_its_rate():
    leaky = pace({"requests": 2, "per": 1, "burst": 40})
    full = leaky.spend({}, 40, NOW)

    assert leaky.room({}, NOW) == 40
    assert leaky.room(full, NOW) == 0
    assert leaky.free_at(full, NOW) == after(0.5)
    assert leaky.room(full, after(0.5)) == 1
    assert leaky.room(full, after(20)) == 40


def test_update_of_three_requests_takes_the_room_of_three():
    three = pace({"requests": 1, "per": 1, "burst": 7}, cost=3)

    assert three.room({}, NOW) == 2
    spent = three.spend({}, 2, NOW)
    assert three.room(spent, NOW) == 0
    assert three.free_at(spent, NOW) == after(2)


def test_what_was_set_aside_and_not_asked_is_given_back():
    three = pace({"requests": 1, "per": 1, "burst": 7}, cost=3)
    spent = three.spend({}, 2, NOW)

    assert three.room(three.correct(spent, [1, 1], NOW), NOW) == 1
    assert three.room(three.correct(spent, [0, 0], NOW), NOW) == 2


def test_what_was_asked_beyond_the_estimate_is_paid_afterwards():
    one = pace({"requests": 1, "per": 1, "burst": 5})
    spent = one.correct(one.spend({}, 1, NOW), [9], NOW)

    assert one.room(spent, NOW) == 0
    assert one.free_at(spent, NOW) == after(5)


def test_update_that_costs_more_than_the_burst_goes_when_the_bucket_is_empty():
    dear = pace({"requests": 60, "per": 60, "burst": 2}, cost=5)

    assert dear.room({}, NOW) == 1
    spent = dear.spend({}, 1, NOW)
    assert dear.room(spent, after(4.9)) == 0
    assert dear.free_at(spent, NOW) == after(5)
    assert dear.room(spent, after(5)) == 1


def test_the_tightest_of_several_rates_decides():
    both = pace({"requests": 180, "per": 60}, {"requests": 20, "per": 86_400})

    assert both.room({}, NOW) == 2
    assert both.free_at(both.spend({}, 2, NOW), NOW) == after(86_400 / 18)


def test_after_the_clock_was_set_back_what_was_left_to_wait_is_left_still():
    leaky = pace({"requests": 2, "per": 1, "burst": 40})
    full = leaky.spend({}, 40, NOW)
    an_hour_ago = after(-3600)

    assert leaky.room(full, an_hour_ago) == 0
    assert leaky.free_at(full, an_hour_ago) == after(-3600 + 0.5)
    written = leaky.spend(full, 0, an_hour_ago)
    assert leaky.room(written, after(-3600 + 20)) == 40
    assert leaky.correct(full, [0] * 40, an_hour_ago) == leaky.spend({}, 0, an_hour_ago) | {
        "1": after(-3600).timestamp()
    }


@settings(max_examples=60, deadline=None)
@given(
    requests=st.integers(1, 200),
    per=st.sampled_from([1, 60, 3600]),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=60),
)
def test_no_stretch_holds_more_than_the_rate(requests, per, pauses):
    limit = pace({"requests": requests, "per": per})
    drained, moment, asked = {}, 0.0, []
    for pause in pauses:
        moment += pause * per / 30
        count = limit.room(drained, after(moment))
        drained = limit.spend(drained, count, after(moment))
        asked += [moment] * count
    for start in asked:
        inside = [moment for moment in asked if start <= moment < start + per]
        assert len(inside) <= requests


@pytest.mark.parametrize("rate", [{"requests": 1, "per": 1}, {"requests": 7, "per": 60}])
def test_room_is_there_at_the_moment_that_was_told(rate):
    limit = pace(rate)
    drained = limit.spend({}, limit.room({}, NOW), NOW)
    free_at = limit.free_at(drained, NOW)

    assert limit.room(drained, free_at - timedelta(milliseconds=5)) == 0
    assert limit.room(drained, free_at) == 1


@pytest.mark.parametrize("kept", ["abc", "0", "-5", "1.5", "9" * 400])
def test_number_that_cannot_be_kept_to_leaves_the_files_own(kept):
    wake = get_platform("wake")
    assert Pace.of(wake, {"requests_per_minute": kept}) == Pace.of(wake, {})
