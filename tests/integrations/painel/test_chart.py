"""Where each piece of the bar chart goes."""

import pytest

from integrations.painel.chart import (
    BASE,
    HEIGHT,
    LEAST,
    LEFT,
    PLOT,
    WIDTH,
    Bar,
    Chart,
    Column,
    Label,
    Line,
    Segment,
    draw,
    scale_of,
)
from integrations.sending_tally import Result


def bars(*numbers):
    return [bar.segments for bar in draw([Column(f"{n}", n) for n in numbers]).bars]


def test_chart_of_two_hours_exactly():
    chart = draw([Column("13 h", (61, 0, 0, 0), "13 h: 61"), Column("14 h", (50, 20, 10, 20))])
    assert (WIDTH, HEIGHT, LEFT, BASE, PLOT) == (360, 150, 38, 132, 122)
    assert chart == Chart(
        bars=(
            Bar("13 h", "13 h: 61", 38, 158, (Segment(Result.ACCEPTED, 58, 74),)),
            Bar(
                "14 h",
                "",
                199,
                158,
                (
                    Segment(Result.ACCEPTED, 71, 61),
                    Segment(Result.RETRIED, 47, 24),
                    Segment(Result.POSTPONED, 35, 12),
                    Segment(Result.REFUSED, 11, 24),
                ),
            ),
        ),
        lines=(Line(50, 71), Line(100, 10)),
        labels=(Label("13 h", 117),),
        left=38,
        base=132,
        width=360,
        height=150,
    )


def test_day_has_a_bar_an_hour_within_the_drawing_and_a_label_each_six():
    chart = draw([Column(f"{hour} h", (hour, 0, 0, 0)) for hour in range(24)])
    assert [(bar.x, bar.width) for bar in chart.bars[:2]] == [(38, 10), (51, 10)]
    assert chart.bars[-1].x + chart.bars[-1].width <= WIDTH
    assert chart.labels == (
        Label("0 h", 43),
        Label("6 h", 121),
        Label("12 h", 199),
        Label("18 h", 277),
    )


def test_what_is_not_there_is_not_drawn():
    assert bars((0, 0, 0, 0)) == [()]


def test_little_among_much_can_still_be_seen():
    ((accepted, refused),) = bars((5000, 0, 0, 1))
    assert (accepted.height, refused) == (
        round(PLOT * 5000 / 6000),
        Segment(Result.REFUSED, accepted.y - LEAST, LEAST),
    )


def test_segments_stand_on_one_another_without_a_gap():
    ((first, *others),) = bars((7, 5, 3, 1))
    assert first.y + first.height == BASE
    below = first
    for segment in others:
        assert segment.y + segment.height == below.y
        below = segment


def test_nothing_is_drawn_above_the_drawing():
    assert min(segment.y for segment in bars((99_997, 1, 1, 1))[0]) >= 0


@pytest.mark.parametrize(
    ("most", "top"),
    [
        (0, 2),
        (1, 2),
        (2, 2),
        (3, 4),
        (7, 8),
        (9, 10),
        (11, 12),
        (61, 80),
        (100, 100),
        (101, 120),
        (4001, 5000),
    ],
)
def test_scale_ends_at_the_next_round_number(most, top):
    assert scale_of(most) == top


def test_chart_of_no_hours_is_empty():
    assert draw([]).bars == ()
