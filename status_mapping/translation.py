"""The DE-PARA as a pure function, in both directions: no Django, no clock, no network."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vitrines.statuses import OrderStatus


def fold_word(word: str) -> str:
    """How two words of a platform are compared: case, outer and repeated spaces do not count."""
    return " ".join(word.split()).casefold()


def plain_spaces(text: str) -> str:
    """Trimmed, with every kind of space as the one that people type. What is copied from a page
    often has others, which look the same and are another word to a platform."""
    plain = (" " if unicodedata.category(char) == "Zs" else char for char in text)
    return "".join(plain).strip()


@dataclass(frozen=True)
class MappingRow:
    """A row of *Status de Pedidos* as plain data."""

    status: OrderStatus
    platform_status: str = ""
    channel: str = ""
    active: bool = True
    processa_inclusao: bool = False
    ez_core_status_id: str = ""
    ez_core_flow_id: str = ""


class Outbound(StrEnum):
    SEND = "send"
    #: No row: wait for one.
    UNMAPPED = "unmapped"
    #: Ativo is off: do not send.
    INACTIVE = "inactive"


def outbound(row: MappingRow | None, *, code_required: bool) -> Outbound:
    """What the DE-PARA says about telling the platform a status.

    ``code_required`` is False for platforms whose calls need no word (VTEX): there an active row
    without one is enough.
    """
    if row is None:
        return Outbound.UNMAPPED
    if not row.active:
        return Outbound.INACTIVE
    if code_required and not row.platform_status:
        return Outbound.UNMAPPED
    return Outbound.SEND


def inbound(word: str, words: Mapping[str, MappingRow]) -> MappingRow | None:
    """The row that a platform's word means; ``words`` is keyed by ``fold_word``."""
    return words.get(fold_word(word))
