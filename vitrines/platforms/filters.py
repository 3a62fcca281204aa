"""The filters of the template language: each turns one value into another.

What is null or missing passes through all of them unchanged, so that it is dealt with at the end,
by ``omit_if_empty``, ``default`` or ``required``; only those, ``bool`` and ``lookup`` see it.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import StrictUndefined, Undefined
from jinja2.filters import FILTERS as JINJA_FILTERS

#: Characters; an NF-e has at most about half a million.
LONGEST_TEXT = 4_000_000
MOST_DECIMALS = 12
#: Of a whole number; more would be work without end.
MOST_DIGITS = 40
#: Beside an empty text, what platforms write for "no".
_NO = frozenset({"", "0", "false", "no"})


class FilterError(Exception):
    """A filter was given something that it cannot turn; the text is for the screen."""


class EmptyValue(Exception):
    """A value is needed and there is none."""


class _Omit:
    """What ``omit_if_empty`` leaves: whoever builds the document drops the leaf."""

    def __repr__(self) -> str:
        return "OMIT"


OMIT = _Omit()
#: Told apart from null, which is a value that a filter may be given to put instead.
_NOTHING_GIVEN = object()


# Texts and dates


def cents(value: Any) -> int:
    """``"150.90"`` → ``15090``. Half a cent rounds up, as in a Brazilian till."""
    try:
        amount = Decimal(str(value))
        return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise FilterError(f"cents: “{value}” não é um valor em dinheiro") from error


def date(value: Any, fmt: str = "%Y-%m-%d", tz: str = "America/Sao_Paulo") -> str:
    """An aware date-time as text in a time zone, São Paulo's unless told."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise FilterError("date: o valor não é uma data com fuso")
    try:
        return value.astimezone(ZoneInfo(tz)).strftime(fmt)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FilterError(f"date: formato ou fuso inválido (“{fmt}”, “{tz}”)") from error


def digits(value: Any) -> str:
    return "".join(char for char in str(value) if char in "0123456789")


def json_string(value: Any) -> str:
    """A value as JSON text, for platforms that want a document inside a string."""
    return _within_length(json.dumps(value, ensure_ascii=False, default=_iso))


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def to_base64(value: Any) -> str:
    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
    return _within_length(base64.b64encode(raw).decode())


def text(value: Any) -> str:
    """As it would be written in a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def truncate(value: Any, length: int) -> str:
    """The first ``length`` characters; no ellipsis, since the platform's field has a limit."""
    return str(value)[:length]


def replace(value: Any, old: str, new: str) -> str:
    whole = str(value)
    _check_length(len(whole) + whole.count(old) * len(new))
    return whole.replace(old, new)


# Lists


def join(value: Any, separator: str = "", attribute: str = "") -> str:
    """The items of a list as one text, nulls passed over: ``trackings | join(", ", "code")``."""
    _check_list(value, "join")
    found = _field_of_each(value, attribute, "join") if attribute else value
    texts = [str(item) for item in found if item is not None]
    _check_length(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def pluck(value: Any, attribute: str) -> list[Any]:
    """Of a list of objects, the list of one field: ``trackings | pluck("code")``."""
    _check_list(value, "pluck")
    return _field_of_each(value, attribute, "pluck")


def _field_of_each(items: Any, attribute: str, name: str) -> list[Any]:
    for item in items:
        if not isinstance(item, Mapping) or attribute not in item:
            raise FilterError(f"{name}: um item da lista não tem o campo “{attribute}”")
    return [item[attribute] for item in items]


def first(value: Any) -> Any:
    return _at(value, 0, "first")


def last(value: Any) -> Any:
    return _at(value, -1, "last")


def _at(value: Any, place: int, name: str) -> Any:
    if not isinstance(value, list | tuple | str):
        raise FilterError(f"{name}: o valor não é uma lista")
    return value[place] if value else StrictUndefined(f"{name} of an empty list")


def _check_list(value: Any, name: str) -> None:
    if not isinstance(value, list | tuple):
        raise FilterError(f"{name}: o valor não é uma lista")


# Numbers and truth


def integer(value: Any, other: Any = _NOTHING_GIVEN) -> Any:
    """A whole number: ``"12"`` → ``12``, ``"12.9"`` → ``12``; ``other`` for what is no number."""
    return _number(value, other, "int", int)


def decimal(value: Any, other: Any = _NOTHING_GIVEN) -> Any:
    return _number(value, other, "float", float)


def _number(value: Any, other: Any, name: str, turn: Callable[[Decimal], Any]) -> Any:
    try:
        amount = Decimal(int(value)) if isinstance(value, bool) else Decimal(str(value).strip())
        if amount.is_finite() and amount.adjusted() < MOST_DIGITS:
            return turn(amount)
    except InvalidOperation:
        pass
    if other is _NOTHING_GIVEN:
        raise FilterError(f"{name}: “{str(value)[:80]}” não é um número")
    return other


def round_number(value: Any, precision: int = 0, method: Any = "common") -> float:
    """Jinja's own, kept from computing a power that fills the memory."""
    if abs(precision) > MOST_DECIMALS:
        raise FilterError(f"round: no máximo {MOST_DECIMALS} casas decimais")
    return float(JINJA_FILTERS["round"](value, precision, method))


def truth(value: Any) -> bool:
    """``true`` or ``false``, also of what a platform or a form wrote as text or number."""
    if _nothing(value):
        return False
    return value.strip().lower() not in _NO if isinstance(value, str) else bool(value)


# What is there, and what is not


def default(value: Any, other: Any = "", empty: bool = False) -> Any:
    """The value; ``other`` where it is missing or null, or empty and ``empty`` is given."""
    return other if _nothing(value) or (empty and not value) else value


def lookup(value: Any, table: Any, other: Any = _NOTHING_GIVEN) -> Any:
    """What stands for the value in the table; else ``other``, or an error if there is none."""
    if not isinstance(table, Mapping):
        raise FilterError("lookup: falta a tabela {valor: substituto}")
    if not isinstance(value, list | Mapping) and not _nothing(value) and value in table:
        return table[value]
    if other is not _NOTHING_GIVEN:
        return other
    if _nothing(value):
        raise EmptyValue
    raise FilterError(f"lookup: “{str(value)[:80]}” não está na tabela")


def omit_if_empty(value: Any) -> Any:
    """The value, or nothing at all where it is missing, null or empty. ``0`` and ``false`` stay."""
    return OMIT if _nothing(value) or value in ("", b"", [], {}) else value


def required(value: Any) -> Any:
    """The value, or a configuration error that names the placeholder where it is empty."""
    if omit_if_empty(value) is OMIT:
        raise EmptyValue
    return value


def _nothing(value: Any) -> bool:
    return isinstance(value, Undefined) or value is None


def _passing(turn: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, made to leave alone what is null, missing or already omitted."""

    @wraps(turn)
    def turn_if_there(value: Any, *given: Any, **named: Any) -> Any:
        return value if _nothing(value) or value is OMIT else turn(value, *given, **named)

    return turn_if_there


def _within_length(text: str) -> str:
    """These make a text longer, and may be chained."""
    _check_length(len(text))
    return text


def _check_length(length: int) -> None:
    if length > LONGEST_TEXT:
        raise FilterError("o texto ficaria longo demais")


#: Jinja's own filters that can neither call back nor make a long text of a short one.
_KEPT = ("abs", "length", "lower", "trim", "upper")

FILTERS: dict[str, Callable[..., Any]] = {
    **{name: _passing(JINJA_FILTERS[name]) for name in _KEPT},
    "base64": _passing(to_base64),
    "bool": truth,
    "cents": _passing(cents),
    "d": default,
    "date": _passing(date),
    "default": default,
    "digits": _passing(digits),
    "first": _passing(first),
    "float": _passing(decimal),
    "int": _passing(integer),
    "join": _passing(join),
    "json_string": _passing(json_string),
    "last": _passing(last),
    "lookup": lookup,
    "omit_if_empty": omit_if_empty,
    "pluck": _passing(pluck),
    "replace": _passing(replace),
    "required": required,
    "round": _passing(round_number),
    "string": _passing(text),
    "truncate": _passing(truncate),
}
