"""The table of README's "Speed", as `make bench` writes it."""

import pytest

from integrations.bench.readme_table import write_table
from integrations.bench.reporting import told

LINES = ["bench memory_growth_mb -0.50 goal 20.00 ok\n", "bench growth_search 1.51 goal 1.50 short"]


def test_table_has_the_lines_of_the_run_in_the_sequence_of_the_goals(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- speed:begin -->\n<!-- speed:end -->\nafter\n")

    write_table(readme, "2 cores", [line for text in reversed(LINES) if (line := told(text))])

    assert readme.read_text().splitlines() == [
        "before",
        "<!-- speed:begin -->",
        "2 cores",
        "",
        "| figure | what it is | goal | measured |  |",
        "| --- | --- | --- | --- | --- |",
        "| `memory_growth_mb` | MB by which a dispatcher grew over 200,000 updates, after its "
        "warm-up | ≤ 20.00 | -0.50 | ok |",
        "| `growth_search` | order search by any of eight names: time at 1,000,000 orders, to "
        "10,000 | ≤ 1.50 | 1.51 | short |",
        "<!-- speed:end -->",
        "after",
    ]


def test_figure_that_a_run_did_not_take_keeps_its_row(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("<!-- speed:begin --><!-- speed:end -->")

    write_table(readme, "2 cores", [line for text in LINES if (line := told(text))])
    before = readme.read_text()
    again = told("bench growth_search 1.10 goal 1.50 ok")
    write_table(readme, "2 cores", [again] if again else [])

    assert readme.read_text() == before.replace("1.51 | short", "1.10 | ok")


def test_readme_without_a_place_for_it_is_left_as_it_is(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# Speed\n")

    with pytest.raises(LookupError, match="speed:begin"):
        write_table(readme, "2 cores", [])

    assert readme.read_text() == "# Speed\n"


@pytest.mark.parametrize("line", ["", "      bench x 1.00 goal 1.00 ok", "$ manage.py bench"])
def test_line_that_is_no_figure_tells_nothing(line):
    assert told(line) is None
