from datetime import timedelta

import pytest

from integrations.delivery.retry import next_attempt, throttled_for

WAITS = [
    (1, timedelta(seconds=10)),
    (2, timedelta(minutes=1)),
    (3, timedelta(minutes=5)),
    (4, timedelta(minutes=15)),
    (5, timedelta(hours=1)),
    (6, timedelta(hours=3)),
    (7, timedelta(hours=6)),
    (8, timedelta(hours=12)),
    (9, timedelta(hours=24)),
    (10, timedelta(hours=24)),
]


@pytest.mark.parametrize(("attempts_made", "wait"), WAITS)
def test_wait_after_each_attempt(attempts_made, wait):
    assert next_attempt(attempts_made, jitter=0) == wait


@pytest.mark.parametrize("attempts_made", [11, 12, 1000])
def test_attempts_are_exhausted_after_the_eleventh(attempts_made):
    assert next_attempt(attempts_made, jitter=0) is None


def test_schedule_lasts_about_seventy_hours():
    total = sum((wait for _, wait in WAITS), timedelta())
    assert total == timedelta(hours=70, minutes=21, seconds=10)


@pytest.mark.parametrize(
    ("jitter", "seconds"), [(-1, 8), (-0.5, 9), (0, 10), (1, 12), (5, 12), (-5, 8)]
)
def test_jitter_moves_the_wait_by_a_fifth_at_most(jitter, seconds):
    assert next_attempt(1, jitter=jitter) == timedelta(seconds=seconds)


def test_retry_without_an_attempt_is_a_mistake():
    with pytest.raises(ValueError, match="at least one attempt"):
        next_attempt(0, jitter=0)


@pytest.mark.parametrize(
    ("throttles", "seconds"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (10**6, 60)],
)
def test_platform_that_goes_on_saying_in_no_time_is_left_alone_longer_each_time(throttles, seconds):
    assert throttled_for(timedelta(0), throttles) == timedelta(seconds=seconds)


@pytest.mark.parametrize("throttles", [1, 7, 100])
@pytest.mark.parametrize("told", [60, 90, 3600])
def test_wait_that_is_told_is_never_shortened_nor_lengthened_past_a_minute(told, throttles):
    told = timedelta(seconds=told)
    assert throttled_for(told, throttles) == told
