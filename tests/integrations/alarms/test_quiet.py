"""Quiet hours, in the time of the place where people sleep."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from integrations.alarms.quiet import Quiet, quiet_until

ZONE = ZoneInfo("America/Sao_Paulo")
NIGHT = Quiet(time(22), time(7))
LUNCH = Quiet(time(12), time(13, 30))


def local(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("quiet", "now", "ends"),
    [
        (None, local(23, 23), None),
        (NIGHT, local(23, 21, 59), None),
        (NIGHT, local(23, 22), local(24, 7)),
        (NIGHT, local(23, 23, 59), local(24, 7)),
        (NIGHT, local(24, 0), local(24, 7)),
        (NIGHT, local(24, 6, 59), local(24, 7)),
        (NIGHT, local(24, 7), None),
        (NIGHT, local(30, 23), datetime(2026, 12, 1, 7, tzinfo=ZONE)),
        (LUNCH, local(23, 11, 59), None),
        (LUNCH, local(23, 12), local(23, 13, 30)),
        (LUNCH, local(23, 13, 29), local(23, 13, 30)),
        (LUNCH, local(23, 13, 30), None),
    ],
)
def test_quiet_ends_at_its_hour(quiet, now, ends):
    assert quiet_until(quiet, now, ZONE) == ends


def test_moment_is_read_in_the_zone_whatever_zone_it_comes_in():
    """1:30 in UTC is 22:30 of the day before in São Paulo."""
    now = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert quiet_until(NIGHT, now, ZONE) == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_quiet_is_by_the_wall_clock_where_there_is_summer_time():
    """In New York the clock went back that night: the quiet ends at seven, ten hours later."""
    zone = ZoneInfo("America/New_York")
    now = datetime(2026, 10, 31, 22, tzinfo=zone)
    ends = quiet_until(NIGHT, now, zone)
    assert ends == datetime(2026, 11, 1, 7, tzinfo=zone)
    assert (ends.astimezone(UTC) - now.astimezone(UTC)).total_seconds() == 10 * 3600
