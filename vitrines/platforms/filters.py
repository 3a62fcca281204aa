"""The filters of the template language: each turns one value into another."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Undefined
from jinja2.filters import FILTERS as JINJA_FILTERS

#: Characters; an NF-e has at most about half a million.
LONGEST_TEXT = 4_000_000
MOST_DECIMALS = 12


class FilterError(Exception):
    """A filter was given something that it cannot turn; the text is for the screen."""


class EmptyValue(Exception):
    """``required`` found nothing."""


class _Omit:
    """What ``omit_if_empty`` leaves: whoever builds the document drops the leaf."""

    def __repr__(self) -> str:
        return "OMIT"


OMIT = _Omit()


def cents(value: Any) -> int | None:
    """``"150.90"`` → ``15090``; null stays null. Half a cent rounds up, as in a Brazilian till."""
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
        return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise FilterError(f"cents: «{value}» não é um valor em dinheiro") from error


def date(value: Any, fmt: str = "%Y-%m-%d", tz: str = "America/Sao_Paulo") -> str | None:
    """An aware date-time as text in a time zone, São Paulo's unless told; null stays null."""
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise FilterError("date: o valor não é uma data com fuso")
    try:
        return value.astimezone(ZoneInfo(tz)).strftime(fmt)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FilterError(f"date: formato ou fuso inválido («{fmt}», «{tz}»)") from error


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


def truncate(value: Any, length: int) -> str:
    """The first ``length`` characters; no ellipsis, since the platform's field has a limit."""
    return str(value)[:length]


def omit_if_empty(value: Any) -> Any:
    """The value, or nothing at all where it is missing, null or empty. ``0`` and ``false`` stay."""
    if isinstance(value, Undefined) or value is None:
        return OMIT
    return OMIT if value in ("", b"", [], {}) else value


def required(value: Any) -> Any:
    """The value, or a configuration error that names the placeholder where it is empty."""
    if omit_if_empty(value) is OMIT:
        raise EmptyValue
    return value


def replace(value: Any, old: str, new: str) -> str:
    text = str(value)
    _check_length(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def join(value: Any, separator: str = "", attribute: str = "") -> str:
    """The items of a list as one text: ``trackings | join(", ", "code")``."""
    if not isinstance(value, list | tuple):
        raise FilterError("join: o valor não é uma lista")
    if attribute and not all(isinstance(item, Mapping) for item in value):
        raise FilterError("join: os itens da lista não têm campos")
    texts = [str(item.get(attribute, "") if attribute else item) for item in value]
    _check_length(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def round_number(value: Any, precision: int = 0, method: Any = "common") -> float:
    """Jinja's own, kept from computing a power that fills the memory."""
    if abs(precision) > MOST_DECIMALS:
        raise FilterError(f"round: no máximo {MOST_DECIMALS} casas decimais")
    return float(JINJA_FILTERS["round"](value, precision, method))


def _within_length(text: str) -> str:
    """These make a text longer, and may be chained."""
    _check_length(len(text))
    return text


def _check_length(length: int) -> None:
    if length > LONGEST_TEXT:
        raise FilterError("o texto ficaria longo demais")


#: Jinja's own filters that can neither call back nor make a long text of a short one.
_KEPT = (
    *("abs", "d", "default", "first", "float", "int", "last", "length"),
    *("lower", "string", "trim", "upper"),
)

FILTERS: dict[str, Callable[..., Any]] = {
    **{name: JINJA_FILTERS[name] for name in _KEPT},
    "base64": to_base64,
    "cents": cents,
    "date": date,
    "digits": digits,
    "join": join,
    "json_string": json_string,
    "omit_if_empty": omit_if_empty,
    "replace": replace,
    "required": required,
    "round": round_number,
    "truncate": truncate,
}
