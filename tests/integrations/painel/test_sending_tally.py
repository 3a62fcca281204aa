"""What a try is counted as, and what can be read off the counts."""

import math
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from integrations.models import SendingHour
from integrations.sending_tally import (
    BOUNDS,
    BUCKETS,
    COLUMNS,
    Result,
    Try,
    bucket_of,
    hour_of,
    percentile,
    tally,
)


def of(**numbers):
    """A histogram: ``b3=2`` puts two into the third bucket."""
    return [numbers.get(f"b{place}", 0) for place in range(len(BUCKETS))]


def test_tries_are_counted_by_what_they_came_to():
    tries = [
        Try(Result.ACCEPTED, first=True, took=0.1),
        Try(Result.ACCEPTED, first=False, took=3.0),
        Try(Result.REFUSED, first=True, took=1.0),
        Try(Result.RETRIED, first=True, took=1.0),
        Try(Result.RETRIED),
        Try(Result.POSTPONED, first=True),
    ]
    assert tally(tries) == {
        "accepted": 2,
        "accepted_first_try": 1,
        "refused": 1,
        "retried": 2,
        "postponed": 1,
        "took_0": 1,
        "took_5": 1,
    }


def test_repeat_is_a_sending_that_has_no_time():
    assert tally([Try(Result.ACCEPTED, first=True, took=None)]) == {
        "accepted": 1,
        "accepted_first_try": 1,
    }


def test_nothing_tried_counts_nothing():
    assert tally([]) == {}


def test_every_column_that_is_counted_is_a_field_and_no_field_is_forgotten():
    fields = {field.name for field in SendingHour._meta.get_fields()}
    assert fields - set(COLUMNS) == {"id", "vitrine", "hour"}
    assert set(COLUMNS) - fields == set()


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [
        (-5, 0),
        (0, 0),
        (0.125, 0),
        (0.126, 1),
        (0.25, 1),
        (1, 3),
        (1.5, 4),
        (60, 9),
        (65_536, 19),
        (65_537, 20),
        (10_000_000, 20),
    ],
)
def test_time_falls_into_the_first_bucket_that_is_long_enough(seconds, bucket):
    assert bucket_of(seconds) == bucket


def test_bounds_double_from_an_eighth_of_a_second_to_eighteen_hours():
    assert [after / before for before, after in pairwise(BOUNDS)] == [2.0] * 19
    assert (BOUNDS[0], BOUNDS[-1]) == (0.125, 65_536)


@pytest.mark.parametrize(
    ("buckets", "share", "seconds"),
    [
        (of(), 0.5, None),
        (of(b0=4), 0.5, 0.0625),
        (of(b3=1), 1.0, 1.0),
        (of(b3=2), 0.5, 0.5 * 2**0.5),
        (of(b3=1, b6=1), 0.5, 1.0),
        (of(b3=1, b6=1), 1.0, 8.0),
        (of(b3=90, b10=10), 0.95, 64 * 2**0.5),
        (of(b3=1, b20=9), 0.5, math.inf),
    ],
)
def test_percentile_is_read_off_its_bucket(buckets, share, seconds):
    assert percentile(buckets, share) == (seconds if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_percentile_is_off_by_less_than_its_bucket_is_wide(share):
    times = [0.2 * 1.05**number for number in range(200)]
    buckets = [0] * len(BUCKETS)
    for seconds in times:
        buckets[bucket_of(seconds)] += 1
    exact = times[int(share * len(times)) - 1]
    assert 0.5 < percentile(buckets, share) / exact < 2


def test_hour_is_that_of_the_moment_wherever_its_clock_stands():
    sao_paulo = timezone(timedelta(hours=-3))
    assert hour_of(datetime(2026, 11, 23, 22, 59, 59, 7, tzinfo=sao_paulo)) == datetime(
        2026, 11, 24, 1, tzinfo=UTC
    )
