"""The table of README's "Speed", as a run measured it."""

from collections.abc import Iterable
from pathlib import Path

from integrations.bench.goals import GOALS
from integrations.bench.reporting import Told

BEGIN, END = "<!-- speed:begin -->", "<!-- speed:end -->"
_HEAD = ("figure", "what it is", "goal", "measured", "")


def write_table(readme: Path, machine: str, lines: Iterable[Told]) -> None:
    """Put the lines of a run, and the machine, where README has the ones of an earlier run.

    A figure that this run did not take keeps its row. Raises LookupError for a README that has no
    place for them.
    """
    before, begun, rest = readme.read_text().partition(BEGIN)
    earlier, ended, after = rest.partition(END)
    if not (begun and ended):
        raise LookupError(f"{readme} has no {BEGIN} … {END}")
    rows = _rows_of(earlier) | {line.name: _row(line) for line in lines}
    table = [_line(*_HEAD), _line(*("---" for _ in _HEAD))]
    table += [rows[name] for name in GOALS if name in rows]
    readme.write_text("\n".join([before + BEGIN, machine, "", *table, END + after]))


def _row(line: Told) -> str:
    goal = GOALS[line.name]
    return _line(f"`{line.name}`", goal.meaning, str(goal), line.value, line.verdict)


def _rows_of(table: str) -> dict[str, str]:
    return {row.split("`")[1]: row for row in table.splitlines() if row.startswith("| `")}


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
