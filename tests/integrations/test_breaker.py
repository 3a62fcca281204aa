from datetime import timedelta

import pytest

from integrations.delivery.breaker import BreakerState, after_transient


@pytest.mark.parametrize("failures", [0, 1, 2, 3])
def test_fewer_than_five_failures_leave_it_closed(failures):
    assert after_transient(failures, 0) == BreakerState(failures + 1, 0, None)


@pytest.mark.parametrize("failures", [4, 5, 40])
def test_fifth_failure_in_a_row_opens_it(failures):
    assert after_transient(failures, 0) == BreakerState(failures + 1, 1, timedelta(seconds=30))


@pytest.mark.parametrize(
    ("openings", "seconds"),
    [(1, 60), (2, 120), (3, 240), (4, 480), (5, 900), (6, 900), (60, 900), (10_000, 900)],
)
def test_failure_while_half_open_doubles_the_wait_up_to_fifteen_minutes(openings, seconds):
    assert after_transient(5, openings) == BreakerState(6, openings + 1, timedelta(seconds=seconds))


def test_half_open_needs_one_failure_only():
    assert after_transient(0, 1).open_for == timedelta(seconds=60)
