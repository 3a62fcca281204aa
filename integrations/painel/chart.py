"""Where each piece of the bar chart goes. Pure: numbers in, whole units of the drawing out.

One bar an hour, its results stacked from the line up in a fixed order. What is drawn is only as
exact as a pixel; what was counted stands in the table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.sending_tally import Result

WIDTH, HEIGHT = 360, 150
#: Room for the numbers at the left, for the hours below, and above for what is drawn too high.
LEFT, BOTTOM, TOP = 38, 18, 10
PLOT = HEIGHT - BOTTOM - TOP
BASE = HEIGHT - BOTTOM
#: What there is of, however little, can be seen.
LEAST = 2
GAP = 3
#: An hour is written below each so-manieth bar.
LABELLED = 6
#: From the line up.
STACK = (Result.ACCEPTED, Result.RETRIED, Result.POSTPONED, Result.REFUSED)


@dataclass(frozen=True)
class Column:
    """What is drawn: the name of the hour, and the number of each result of ``STACK``."""

    name: str
    numbers: tuple[int, ...]
    #: In words, for whoever points at it.
    told: str = ""


@dataclass(frozen=True)
class Segment:
    result: Result
    y: int
    height: int


@dataclass(frozen=True)
class Bar:
    name: str
    told: str
    x: int
    width: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Line:
    """Of the scale."""

    number: int
    y: int


@dataclass(frozen=True)
class Label:
    name: str
    x: int


@dataclass(frozen=True)
class Chart:
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    left: int = LEFT
    base: int = BASE
    width: int = WIDTH
    height: int = HEIGHT


def draw(columns: Sequence[Column]) -> Chart:
    """A chart as wide as ``WIDTH``, whatever the number of columns."""
    top = scale_of(max((sum(column.numbers) for column in columns), default=0))
    step = (WIDTH - LEFT) // max(1, len(columns))
    bars = tuple(
        Bar(
            column.name,
            column.told,
            LEFT + place * step,
            step - GAP,
            _stacked(column.numbers, top),
        )
        for place, column in enumerate(columns)
    )
    return Chart(
        bars,
        tuple(Line(number, BASE - _height(number, top)) for number in (top // 2, top)),
        tuple(Label(bar.name, bar.x + bar.width // 2) for bar in bars[::LABELLED]),
    )


def scale_of(most: int) -> int:
    """The number at the top of the scale: the next round one that has a half."""
    if most <= 10:
        return max(2, most + most % 2)
    power = 1
    while True:
        for first in (12, 16, 20, 30, 40, 50, 60, 80, 100):
            if first * power >= most:
                return first * power
        power *= 10


def _stacked(numbers: Sequence[int], top: int) -> tuple[Segment, ...]:
    segments, floor = [], BASE
    for result, number in zip(STACK, numbers, strict=True):
        if number:
            height = max(LEAST, _height(number, top))
            floor -= height
            segments.append(Segment(result, floor, height))
    return tuple(segments)


def _height(number: int, top: int) -> int:
    return round(PLOT * number / top)
