"""The table of faults in integrations/README.md: each test measures its row of it.

``fault`` names a test's row. A row that differs from its line in README fails its test;
``make fault-table`` writes the lines instead.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

README = Path(__file__).parents[2] / "integrations" / "README.md"
BEGIN, END = "<!-- faults:begin -->", "<!-- faults:end -->"
HEAD = (
    "Fault",
    "Class of each attempt",
    "Attempts (counted)",
    "Ends as",
    "The lane",
    "What the person reads meanwhile",
)


@dataclass(frozen=True)
class Read:
    """What ``integrations.explain`` says of an order."""

    cause: str
    sentence: str
    hint: str
    #: Label of the next action.
    action: str

    def __str__(self) -> str:
        told = " ".join(part for part in (self.sentence, self.hint) if part)
        return f"`{self.cause}` {told} → *{self.action}*"


@dataclass(frozen=True)
class Row:
    fault: str
    #: As they came: ``("transient", "accepted")``.
    classes: tuple[str, ...]
    #: Those that count against the retry schedule.
    counted: int
    ends: str
    lane: str
    read: Read

    @property
    def line(self) -> str:
        attempts = f"{len(self.classes)} ({self.counted})"
        classes = ", ".join(_runs(self.classes)) or "none"
        return _line(self.fault, classes, attempts, self.ends, self.lane, str(self.read))


def fault(name: str) -> Callable[[Any], Any]:
    """The row of the table that a test measures."""

    def named(test: Any) -> Any:
        test.fault = name
        return test

    return named


def lines_in_readme() -> dict[str, str]:
    """Each row's line, by the name of its fault."""
    _, table, _ = _parts()
    rows = table.strip().split("\n")[2:]
    return {re.split(r"(?<!\\)\|", line)[1].strip(): line for line in rows}


def write_table(lines: Iterable[str]) -> None:
    before, _, after = _parts()
    rule = _line(*("---" for _ in HEAD))
    README.write_text("\n".join([before + BEGIN, _line(*HEAD), rule, *lines, END + after]))


def _parts() -> tuple[str, str, str]:
    before, begun, rest = README.read_text().partition(BEGIN)
    table, ended, after = rest.partition(END)
    if not (begun and ended):
        raise LookupError(f"{README} has no {BEGIN} … {END}")
    return before, table, after


def _line(*cells: str) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def _runs(classes: Iterable[str]) -> Iterator[str]:
    for name, run in groupby(classes):
        times = len(list(run))
        yield f"{name} ×{times}" if times > 1 else name
