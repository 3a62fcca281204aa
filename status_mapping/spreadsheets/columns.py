"""The columns of each table and their cells as a person writes them in a spreadsheet. Pure."""

import re
import unicodedata
from typing import Any

from status_mapping.cells import CAPTIONS, DELIVERY_TYPES, PAYMENT_TYPES, STATUSES, TABLE_LABELS
from status_mapping.changes import CHANNEL_LABELS
from status_mapping.proposals import EZ_CORE
from status_mapping.translation import fold_word
from status_mapping.validation import shown_word
from vitrines.platforms import Platform
from vitrines.statuses import SCREEN_ORDER, OrderStatus

#: Names the row of *Status de Pedidos*; not a cell of it.
STATUS = "status"
TABLES = (STATUSES, PAYMENT_TYPES, DELIVERY_TYPES)
#: The last part of an address, and the name of a file.
SLUGS = {
    STATUSES: "status-de-pedidos",
    PAYMENT_TYPES: "tipos-de-pagamentos",
    DELIVERY_TYPES: "tipos-de-entrega",
}
TICKS = {"active", "processa_inclusao", "not_sent", "pickup"}

_YES = {"sim", "s", "x", "1", "verdadeiro", "true", "yes"}
_NO = {"", "nao", "n", "0", "falso", "false", "no"}
#: What a spreadsheet would take for a formula; the apostrophe says that it is a text.
_RISKY = re.compile(r"'*[=+\-@\t\r]")


class UnreadableCell(Exception):
    """The cell's text means nothing; says in Portuguese what would."""


def columns_of(table: str) -> dict[str, str]:
    """Every field that a spreadsheet may have, with its caption, in the order of the screen."""
    first = {STATUS: "Status da vitrine"} if table == STATUSES else {}
    return first | CAPTIONS[table]


def expected_columns(table: str, platform: Platform) -> dict[str, str]:
    """Those that the page of a vitrine of ``platform`` shows."""
    hidden = EZ_CORE if platform.mapping.ez_core == "none" else {}
    return {name: told for name, told in columns_of(table).items() if name not in hidden}


def folded(text: str) -> str:
    """How two captions or choices are compared: accents do not count either."""
    plain = unicodedata.normalize("NFKD", text)
    return fold_word("".join(char for char in plain if not unicodedata.combining(char)))


FIELDS_BY_CAPTION = {
    table: {folded(caption): name for name, caption in columns_of(table).items()}
    for table in TABLES
}
TABLES_BY_NAME = {folded(label): table for table, label in TABLE_LABELS.items()}


def written(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "sim" if value else "não"
    if name == "channel":
        return CHANNEL_LABELS.get(value, value)
    return str(value)


def read(name: str, text: str) -> Any:
    """The cell's value; raises ``UnreadableCell``."""
    if name in TICKS:
        return _tick(text)
    if name == "channel":
        return _channel(text)
    return text


def read_status(text: str) -> OrderStatus:
    """By its label, or by Linx's code."""
    for status in SCREEN_ORDER:
        if folded(text) == folded(status.label) or text == str(int(status)):
            return status
    labels = ", ".join(status.label for status in SCREEN_ORDER)
    told = f"“{shown_word(text)}” não é" if text else "informe"
    raise UnreadableCell(f"{told} um dos oito status ({labels})")


def safe(text: str) -> str:
    """``text`` as a CSV may carry it: no spreadsheet runs it, and ``unsafe`` reads it back."""
    return f"'{text}" if _RISKY.match(text) else text


def unsafe(text: str) -> str:
    return text[1:] if text.startswith("'") and _RISKY.match(text) else text


def is_risky(text: str) -> bool:
    return _RISKY.match(text) is not None


def _tick(text: str) -> bool:
    if folded(text) in _YES:
        return True
    if folded(text) in _NO:
        return False
    raise UnreadableCell("use sim ou não")


def _channel(text: str) -> str:
    if not text:
        return ""
    for channel, label in CHANNEL_LABELS.items():
        if folded(text) == folded(label):
            return channel
    raise UnreadableCell("use padrão, XML, Rastreio ou URL")
