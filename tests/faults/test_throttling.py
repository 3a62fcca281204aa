"""The platform says "wait": the lane waits as told, and no attempt is counted."""

from datetime import timedelta
from email.utils import format_datetime

from tests.factories import NOW
from tests.faults.platform import tells
from tests.faults.reading import throttled
from tests.faults.rows import fault

STATUS = "429 Too Many Requests"
WORDS = {"message": "Muitas chamadas."}


def waits_as_told(stage, seconds: float, until: str):
    """Not a moment less, for neither order; then both go out."""
    assert stage.waits(stage.second)
    assert stage.after(seconds=seconds - 0.001) == 0
    assert stage.after(seconds=0.001) == 2

    stage.shows(
        *("throttled", "accepted"),
        counted=1,
        ends="SENT (accepted)",
        lane=f"waits {seconds:g} s",
        read=throttled(until),
    )
    assert sorted(stage.heard) == ["1", "1", "2"]


@fault("429 with Retry-After in seconds")
def test_429_in_seconds(stage):
    stage.meets(tells(STATUS, WORDS, "Retry-After: 90"))
    waits_as_told(stage, 90, "11:01:30")


@fault("429 with Retry-After as a date")
def test_429_as_a_date(stage):
    date = format_datetime(NOW + timedelta(minutes=5), usegmt=True)
    stage.meets(tells(STATUS, WORDS, f"Retry-After: {date}"))
    waits_as_told(stage, 300, "11:05")


@fault("429 with its wait in milliseconds (as the platform's file says)")
def test_429_in_milliseconds(set_stage):
    stage = set_stage("loja_com_ms")
    stage.meets(tells(STATUS, WORDS, "X-Retry-After-Ms: 1500"))
    waits_as_told(stage, 1.5, "11:00:01")


@fault("429 that does not say how long")
def test_429_without_a_word(stage):
    stage.meets(tells(STATUS))
    waits_as_told(stage, 60, "11:01:00")


@fault("429 with a Retry-After that is none")
def test_429_with_nonsense(stage):
    stage.meets(tells(STATUS, WORDS, "Retry-After: amanhã"))
    waits_as_told(stage, 60, "11:01:00")


@fault("429 with Retry-After in the past")
def test_429_in_the_past(stage):
    stage.meets(tells(STATUS, WORDS, "Retry-After: Mon, 23 Nov 2026 13:00:00 GMT"))
    waits_as_told(stage, 1, "11:00:01")


@fault("429 that asks for a year")
def test_429_for_a_year(stage):
    stage.meets(tells(STATUS, WORDS, "Retry-After: 31536000"))
    waits_as_told(stage, 3600, "12:00")


@fault("429 that asks for no wait at all, eight times in a row")
def test_429_in_no_time(stage):
    """The lane waits longer each time, for a minute at most; once it was told, from the start."""
    stage.meets(*[tells(STATUS, WORDS, "Retry-After: 0")] * 8)
    assert stage.lane_does() == "waits 1 s"
    for seconds in (1, 2, 4, 8, 16, 32, 60):
        assert stage.after(seconds=seconds - 0.001) == 0
        assert stage.after(seconds=0.001) == 1
    assert stage.lane_does() == "waits 60 s"
    assert stage.after(seconds=60) == 2

    stage.shows(
        *["throttled"] * 4,
        "accepted",
        counted=1,
        ends="SENT (accepted)",
        lane="waits 1 s",
        read=throttled("11:00:01"),
    )
    assert stage.heard == ["1", "2"] * 5
    stage.enqueue("3")
    stage.meets(tells(STATUS, WORDS, "Retry-After: 0"))
    assert stage.lane_does() == "waits 1 s"


@fault("429 twelve times in a row")
def test_429_storm(stage):
    """One order is asked about each time, in turn; nothing is counted, so nothing runs out."""
    stage.meets(*[tells(STATUS, WORDS, "Retry-After: 60")] * 12)
    assert [stage.after(seconds=60) for _ in range(11)] == [1] * 11
    assert stage.heard == ["1", "2"] * 6
    assert stage.after(seconds=60) == 2

    stage.shows(
        *["throttled"] * 6,
        "accepted",
        counted=1,
        ends="SENT (accepted)",
        lane="waits 60 s",
        read=throttled("11:01:00"),
    )
    assert stage.heard == ["1", "2"] * 7
