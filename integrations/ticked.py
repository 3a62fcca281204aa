"""Which updates are ticked in the list. They live in the address, ``?sel=12,15``, so that they
survive paging, filtering and a reload, and can be sent to a colleague."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

#: An address of more would be refused by some server on the way: 4,094 characters by gunicorn.
MOST_TICKED = 200
#: Enough for any id that a database can be asked for.
_ID = re.compile(r"[0-9]{1,18}")
#: What belongs to one pressing of a button, not to the list that it leads to.
_OF_A_BUTTON = ("update", "about", "mode", "sel")


@dataclass(frozen=True)
class Ticked:
    #: In the order in which they were ticked.
    updates: tuple[int, ...] = ()
    #: More were asked for than an address can carry.
    cut: bool = False

    @property
    def told(self) -> str:
        """As the address says it."""
        return told_ids(self.updates)

    @property
    def along(self) -> str:
        """At the end of an address that says something else first."""
        return f"&sel={self.told}" if self.updates else ""

    def elsewhere(self, shown: Iterable[int]) -> str:
        """Those that have no box of their own on this page."""
        here = set(shown)
        return told_ids(pk for pk in self.updates if pk not in here)


def told_ids(updates: Iterable[int]) -> str:
    return ",".join(map(str, updates))


def named_in(query: QueryDict) -> list[str]:
    """What ``sel`` and the boxes of a page name, as it is spelled, each once."""
    kept = [spelled for spelled in query.get("sel", "").split(",") if spelled]
    return list(dict.fromkeys([*kept, *query.getlist("update")]))


def ticked_in(query: QueryDict) -> Ticked:
    """What is no id ticks nothing."""
    ids = [int(spelled) for spelled in named_in(query) if _ID.fullmatch(spelled)]
    return Ticked(tuple(ids[:MOST_TICKED]), cut=len(ids) > MOST_TICKED)


def marks_something(query: QueryDict) -> bool:
    """Whether boxes were sent, which a plain address of the list does not."""
    return "update" in query or query.get("about") == "mark"


def address_with(query: QueryDict, ticked: Ticked) -> str:
    """The query of the same list with these ticked; empty where there is nothing to say."""
    kept = [
        (name, value)
        for name, values in query.lists()
        if name not in _OF_A_BUTTON
        for value in values
        if value
    ]
    told = [("sel", ticked.told)] if ticked.updates else []
    return urlencode([*kept, *told], safe=",")
