"""What an import changes, in lines for a person. Never a secret's value. Pure: no Django."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from itertools import groupby

from integrations.portable.document import printable
from status_mapping.changes import RowChange
from vitrines.platforms.parts import Param

SHOWN = 200


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[str, ...]


def field_lines(fields: Iterable[tuple[str, str, str]], *, new: bool) -> list[str]:
    """``fields`` are (label, before, after) in words; a ``new`` vitrine has nothing before."""
    lines: list[str] = []
    for label, was, now in fields:
        if was == now:
            continue
        if "\n" in was + now:
            lines += [f"{label}:", *_lines_between(was, now)]
        else:
            lines.append(
                f"{label}: {_quoted(now)}" if new else f"{label}: {_quoted(was)} → {_quoted(now)}"
            )
    return lines


def secret_lines(
    params: Sequence[Param],
    before: Mapping[str, str],
    after: Mapping[str, str],
    references: Mapping[str, str],
) -> list[str]:
    """Each secret that is or was set, and where its value came from, which is not told."""
    return [
        f"{param.label}: {_secret_state(before.get(param.name, ''), after.get(param.name, ''))}"
        + (f" ({references[param.name]})" if param.name in references else "")
        for param in params
        if param.secret and (before.get(param.name) or after.get(param.name))
    ]


def _secret_state(before: str, after: str) -> str:
    if before == after:
        return "igual"
    if not after:
        return "removido"
    return "alterado" if before else "novo"


def mapping_sections(changes: Sequence[RowChange]) -> list[Section]:
    return [
        Section(title, tuple(printable(str(change)) for change in group))
        for title, group in groupby(changes, key=lambda change: change.table_label)
    ]


def _lines_between(before: str, after: str) -> list[str]:
    """The lines of a text of several that go (-) and come (+)."""
    between = unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
    return [
        f"  {line[0]} {_cut(line[1:])}" for line in list(between)[2:] if not line.startswith("@@")
    ]


def _quoted(text: str) -> str:
    return f"“{_cut(text)}”" if text else "vazio"


def _cut(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…"
