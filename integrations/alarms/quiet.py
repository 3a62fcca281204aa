"""When nobody wants to be woken. Pure: given the time and the zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True)
class Quiet:
    """From one time of day until another, over midnight if the end comes first."""

    begins: time
    ends: time


def quiet_until(quiet: Quiet | None, now: datetime, zone: tzinfo) -> datetime | None:
    """When the quiet that ``now`` lies in ends; None if it lies in none."""
    if quiet is None:
        return None
    local = now.astimezone(zone)
    today, at = local.date(), local.time()
    over_midnight = quiet.ends < quiet.begins
    if over_midnight and at >= quiet.begins:
        return _moment(today + timedelta(days=1), quiet.ends, zone)
    begun = over_midnight or at >= quiet.begins
    return _moment(today, quiet.ends, zone) if begun and at < quiet.ends else None


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone)
