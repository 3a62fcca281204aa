"""On which line of a TOML text each key stands. Pure.

``tomllib`` gives values without positions. This walks the same text, which ``tomllib`` has already
accepted, and notes where each table, key and array item begins. Whoever asks for what is not found
gets the nearest table or key around it: a line that is too early, never a wrong one.
"""

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n\r]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_TEXTS = {
    kind: re.compile(pattern, re.DOTALL)
    for kind, pattern in {
        # Up to two quotes may stand right before the three that close.
        '"""': r'"""((?:[^\\]|\\.)*?)"""(?!"{1,2}(?!"))',
        "'''": r"'''(.*?)'''(?!'{1,2}(?!'))",
        '"': r'"((?:[^"\\\n]|\\.)*)"',
        "'": r"'([^'\n]*)'",
    }.items()
}


def key_text(path: Path) -> str:
    """``send[0].steps[1].headers.X-Token``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


@dataclass(frozen=True)
class _Place:
    #: Offsets of the key, and of what stands for its value.
    start: int
    value: int
    end: int


class Positions:
    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._breaks = [place for place, char in enumerate(self._text) if char == "\n"]
        scan = _Scan(self._text)
        scan.document()
        self._places = {key_text(path): place for path, place in scan.places.items()}

    def line(self, key: str, *, within: int = 0, fragment: str = "") -> int:
        """The line of a key, from 1; of a line or a piece of its text, where that can be told."""
        place = self._places.get(key)
        if place is None:
            return self._around(key)
        inner = self._line_within(place, within) if within else 0
        return inner or self._line_of(place, fragment) or self._number(place.start)

    def _around(self, key: str) -> int:
        outer = [
            known for known in self._places if key.startswith(known) and key[len(known)] in ".["
        ]
        return self._number(self._places[max(outer, key=len)].start) if outer else 1

    def _line_within(self, place: _Place, line: int) -> int:
        """Line ``line`` of the text that a multi-line string holds; 0 where that is uncertain."""
        raw = self._text[place.value : place.end]
        quotes = raw[:3]
        if quotes not in ('"""', "'''"):
            return 0
        if quotes == '"""' and re.search(r"\\[ \t]*\n|\\n|\\r|\\u|\\U", raw):
            return 0  # its lines are not the file's
        skipped = 1 if raw[3:4] == "\n" else 0  # a first line break is not part of the text
        number = self._number(place.value) + skipped + line - 1
        return number if number <= self._number(place.end) else 0

    def _line_of(self, place: _Place, fragment: str) -> int:
        """The only line of the value on which the fragment stands; else 0."""
        if not fragment:
            return 0
        raw = self._text[place.value : place.end]
        found = [match.start() for match in re.finditer(re.escape(fragment), raw)]
        lines = {self._number(place.value + offset) for offset in found}
        return lines.pop() if len(lines) == 1 else 0

    def _number(self, offset: int) -> int:
        return bisect_right(self._breaks, offset - 1) + 1


@dataclass
class _Scan:
    """Reads the document once. Knows valid TOML only."""

    text: str
    at: int = 0
    places: dict[Path, _Place] = field(default_factory=dict)
    #: How many tables each array of tables has so far.
    tables: dict[Path, int] = field(default_factory=dict)

    def document(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_BLANK)

    def header(self) -> Path:
        """``[table]`` or ``[[array of tables]]``."""
        start = self.at
        double = self.text.startswith("[[", start)
        self.at += 2 if double else 1
        keys = self.keys()
        self.at += 2 if double else 1
        path: Path = ()
        for key in keys[:-1]:
            path = self.newest((*path, key))
            self.note(path, start, self.at)
        path = (*path, keys[-1])
        if double:
            self.tables[path] = self.tables.get(path, 0) + 1
            self.note(path, start, self.at)
        path = self.newest(path)
        self.places[path] = _Place(start, self.at, self.at)
        return path

    def newest(self, path: Path) -> Path:
        """In a path, an array of tables stands for its last table."""
        return (*path, self.tables[path] - 1) if path in self.tables else path

    def pair(self, table: Path) -> None:
        """``a.b = value``."""
        start = self.at
        keys = self.keys()
        self.skip(_SPACE)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        for length in range(1, len(keys)):
            self.note((*table, *keys[:length]), start, self.at)
        value = self.at
        self.value((*table, *keys))
        self.places[(*table, *keys)] = _Place(start, value, self.at)

    def keys(self) -> list[str]:
        found = []
        while True:
            self.skip(_SPACE)
            found.append(self.key())
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return found
            self.at += 1

    def key(self) -> str:
        quote = self.text[self.at]
        raw = self.skip(_TEXTS.get(quote, _BARE_KEY))
        return tomllib.loads(f"key = {raw}")["key"] if quote in _TEXTS else raw

    def value(self, path: Path) -> None:
        start = self.text[self.at]
        if start == "[":
            self.array(path)
        elif start == "{":
            self.inline_table(path)
        elif start in "\"'":
            triple = self.text[self.at : self.at + 3]
            self.skip(_TEXTS[triple if triple in _TEXTS else start])
        else:
            self.skip(_SCALAR)

    def array(self, path: Path) -> None:
        number = 0
        self.at += 1
        while True:
            self.skip(_BLANK)
            if self.text[self.at] == "]":
                self.at += 1
                return
            start = self.at
            self.value((*path, number))
            self.places[(*path, number)] = _Place(start, start, self.at)
            number += 1
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK)
            if self.text[self.at] == "}":
                self.at += 1
                return
            self.pair(path)
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1

    def note(self, path: Path, start: int, end: int) -> None:
        self.places.setdefault(path, _Place(start, end, end))

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"no TOML at offset {self.at}")
        self.at = match.end()
        return match.group()
