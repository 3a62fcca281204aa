"""Which row each word of the platform belongs to, when an order comes in.

A row receives its own platform status and the words of *também recebe*. A word belongs to one
row: to the one that lists it in *também recebe*; otherwise, of the rows that share it as their
platform status, to the first in the order of the process. Pure: no Django, no clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from status_mapping.tables import StatusRow
from status_mapping.translation import fold_word
from vitrines.statuses import SCREEN_ORDER, OrderStatus


@dataclass(frozen=True)
class InboundWord:
    status: OrderStatus
    word: str
    #: Written in *também recebe*, as opposed to being the row's own platform status.
    explicit: bool

    @property
    def folded(self) -> str:
        return fold_word(self.word)


def inbound_words(rows: Sequence[StatusRow]) -> dict[str, InboundWord]:
    """Every word that finds a row, folded. Two rows may not list one word: see validation."""
    ordered = sorted(rows, key=lambda row: SCREEN_ORDER.index(row.status))
    words: dict[str, InboundWord] = {}
    for row in ordered:
        for word in row.also_receives:
            words.setdefault(fold_word(word), InboundWord(row.status, word, explicit=True))
    for row in ordered:
        if row.platform_status:
            own = InboundWord(row.status, row.platform_status, explicit=False)
            words.setdefault(own.folded, own)
    return words
