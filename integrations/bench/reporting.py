"""How a figure is told: one line that can be grepped, and under it what it was made of."""

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from integrations.bench.goals import GOALS
from integrations.bench.run import Run

_LINE = re.compile(r"bench (\w+) (-?\d+\.\d\d) goal \d+\.\d\d (ok|short)\n?")


@dataclass(frozen=True)
class Told:
    """One line, read again."""

    name: str
    value: str
    verdict: str


def report(
    run: Run, name: str, value: float, *, raw: Iterable[str], why: Callable[[], str]
) -> None:
    """Print ``bench <name> <value> goal <goal> ok|short``, and ``raw`` on indented lines.

    A goal that is missed is only told: no run fails for its speed. Where profiles were asked for,
    ``why`` makes one of what was missed, into a file of the figure's name.
    """
    goal = GOALS[name]
    met = goal.met(value)
    sys.stdout.write(f"bench {name} {value:.2f} goal {goal.bound:.2f} {'ok' if met else 'short'}\n")
    for line in raw:
        note(line)
    if run.profiles and not met:
        run.profiles.mkdir(parents=True, exist_ok=True)
        path = run.profiles / f"{name}.txt"
        path.write_text(why())
        note(f"profile: {path}")


def told(line: str) -> Told | None:
    """What a line that ``report`` printed says; None of any other one."""
    found = _LINE.fullmatch(line)
    return Told(*found.groups()) if found else None


def note(text: str) -> None:
    """A line that is no figure."""
    sys.stdout.write(f"      {text}\n")
    sys.stdout.flush()
