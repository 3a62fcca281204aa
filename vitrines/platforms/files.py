"""Reading one platform file: the platform, or everything that is wrong with it, line by line."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from vitrines.platforms.inspection import Problem
from vitrines.platforms.positions import Positions, key_text
from vitrines.platforms.shared_steps import with_shared_steps, written_key
from vitrines.platforms.spec import Platform

#: Bytes. The largest shipped file has about a tenth of it.
LARGEST_FILE = 256 * 1024
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, order=True)
class Fault:
    #: From 1; 0 if it is not about a line.
    line: int
    #: As ``send[0].steps[0].json``; empty if it is not about a key.
    key: str
    reason: str

    def __str__(self) -> str:
        reason = " ".join(self.reason.split())
        return f"key '{self.key}': {reason}" if self.key else reason


class PlatformFileError(Exception):
    """Platform files that cannot be used: which file, line and key, and why; a fault a line."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults

    @classmethod
    def of(cls, path: Path, *faults: Fault) -> "PlatformFileError":
        lines = [f"{path}:{fault.line}" if fault.line else str(path) for fault in sorted(faults)]
        told = zip(lines, sorted(faults), strict=True)
        return cls(*(f"{place}: {fault}" for place, fault in told))


def load_platform(path: Path | str) -> Platform:
    path = Path(path)
    raw = _read(path)
    text = _decoded(path, raw)
    data = _parsed(path, text)
    whole, wrong_uses = with_shared_steps(data)
    found = [*_before_reading(data), *wrong_uses]
    if not found:
        try:
            return Platform.model_validate({**whole, "digest": hashlib.sha256(raw).hexdigest()})
        except ValidationError as error:
            found = [*_problems(error)]
    raise PlatformFileError.of(path, *_placed(found, data, text))


def key_line(path: Path, key: str) -> int:
    """On which line of a file that was loaded before a key stands."""
    return Positions(_decoded(path, _read(path))).line(key)


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise PlatformFileError.of(path, Fault(0, "", "it is not a file"))
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise PlatformFileError.of(
            path, Fault(0, "", f"cannot be read: {error.strerror}")
        ) from error
    if len(raw) > LARGEST_FILE:
        limit = LARGEST_FILE // 1024
        raise PlatformFileError.of(path, Fault(0, "", f"it is larger than {limit} KB"))
    return raw


def _decoded(path: Path, raw: bytes) -> str:
    try:
        # Some editors write a byte order mark.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PlatformFileError.of(path, Fault(line, "", "it is not UTF-8")) from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise PlatformFileError.of(path, Fault(0, "", "it is nested too deeply")) from error
    except ValueError as error:
        reason, line = str(error), 0
        told = _TOML_PLACE.search(reason)
        if told:
            line = int(told[1]) if told[1] else text.rstrip("\n").count("\n") + 1
            column = f" (column {told[2]})" if told[2] else " (at the end of the file)"
            reason = reason[: told.start()] + column
        raise PlatformFileError.of(path, Fault(line, "", f"it is not TOML: {reason}")) from error


def _before_reading(data: dict[str, Any]) -> Iterator[Problem]:
    if "digest" in data:
        yield Problem("digest", "it is computed from the file")
    yield from _with_nul(data, "")


def _with_nul(node: Any, key: str) -> Iterator[Problem]:
    """TOML can write a NUL that no database and no header could hold."""
    if isinstance(node, str) and "\0" in node:
        yield Problem(key, "it holds a NUL character")
    if isinstance(node, list):
        for place, item in enumerate(node):
            yield from _with_nul(item, f"{key}[{place}]")
    if isinstance(node, dict):
        for name, item in node.items():
            inner = f"{key}.{name}" if key else name
            if "\0" in name:
                yield Problem(inner, "it holds a NUL character")
            yield from _with_nul(item, inner)


def _problems(error: ValidationError) -> Iterator[Problem]:
    found = error.errors(include_url=False)
    for fault in found:
        place = fault["loc"]
        if any(place == other["loc"][: len(place)] != other["loc"] for other in found):
            continue  # it only repeats that something inside it is wrong
        if fault["type"] == "platform_problems":
            yield from fault["ctx"]["found"]
        else:
            yield Problem(_key(place), _reason(fault))


def _key(place: tuple[str | int, ...]) -> str:
    # parts.py marks the members of a union so; the author of the file wrote no such key.
    written = [
        part
        for part in place
        if isinstance(part, int) or not (part == "[key]" or part.startswith("<"))
    ]
    return key_text(tuple(written))


def _reason(fault: ErrorDetails) -> str:
    if fault["type"] == "extra_forbidden":
        return "there is no such key"
    if fault["type"] == "missing":
        return "this key is missing"
    return fault["msg"].removeprefix("Value error, ")


def _placed(found: list[Problem], data: Mapping[str, Any], text: str) -> Iterator[Fault]:
    try:
        positions = Positions(text)
    except (ValueError, IndexError, RecursionError):  # better without lines than not at all
        yield from (Fault(0, problem.key, problem.reason) for problem in found)
        return
    faults = set()  # a step that is used often is written once
    for problem in found:
        key, reason = written_key(data, problem.key), problem.reason
        if problem.param is not None:
            # What is wrong came from the default of a parameter.
            names = [param.get("name") for param in data["params"]]
            key = f"params[{names.index(problem.param)}].default"
            reason = f"{reason} (default of '{problem.param}')"
        line = positions.line(key, within=problem.line, fragment=problem.fragment)
        faults.add(Fault(line, key if problem.param is None else problem.key, reason))
    yield from faults
