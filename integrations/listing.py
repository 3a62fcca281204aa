"""Pages of a list, newest first unless said, each found by where the one before it ended.

A page costs the same however long the list is and however far back the page: no rows are skipped
over, and a list is counted up to ``MOST_COUNTED`` only.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from integrations.queries import PAGE_SIZE
from integrations.wording import thousands

MOST_COUNTED = 10_000
#: Rows that one page looks through where a list is sifted by what no index knows.
WINDOW = 1_000

Row = TypeVar("Row", bound=Model)
#: Of a row, what the list is sorted by: times and ids.
Place = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Enough for any id and any time of the calendar.
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Listing(Generic[Row]):
    object_list: list[Row]
    #: None: more than ``MOST_COUNTED``, or sifted, which is not counted.
    count: int | None
    #: For the address: what ``depois`` and ``antes`` name, the pages before and after this one;
    #: empty where there is no such page.
    newer: str
    older: str
    sifted: bool = False
    #: Of a sifted list: the page is not full, and there are older rows to look through.
    cut_short: bool = False

    def __iter__(self) -> Iterator[Row]:
        return iter(self.object_list)

    @property
    def extent(self) -> str:
        """How long the list is, in words, or how far it was looked through."""
        if self.cut_short:
            return f"Procurado em {self.window} pedidos; há outros mais antigos."
        if self.sifted:
            return ""
        if self.count is None:
            return f"mais de {thousands(MOST_COUNTED)} no total"
        return f"{thousands(self.count)} no total"

    @property
    def window(self) -> str:
        return thousands(WINDOW)


def listing(
    rows: QuerySet[Row],
    asked: Mapping[str, str],
    *,
    by: Sequence[str] = ("id",),
    oldest_first: bool = False,
) -> Listing[Row]:
    """The page that ``antes`` or ``depois`` of the address asks for; the first one for neither.

    ``by``: the fields that sort the list, the last one unique. Two queries, three for a ``depois``
    that leads back to the first page.
    """
    counted = rows.order_by()[: MOST_COUNTED + 1].count()
    count = counted if counted <= MOST_COUNTED else None
    after = place_of(asked.get("depois", ""), by)
    if after is not None:
        found = list(_sorted(rows, by, after, ascending=not oldest_first)[: PAGE_SIZE + 1])
        if len(found) >= PAGE_SIZE:
            page = found[:PAGE_SIZE][::-1]
            newer = told_place(page[0], by) if len(found) > PAGE_SIZE else ""
            return Listing(page, count, newer, told_place(page[-1], by))
    before = place_of(asked.get("antes", ""), by)
    found = list(_sorted(rows, by, before, ascending=oldest_first)[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    newer = told_place(page[0], by) if page and before is not None else ""
    older = told_place(page[-1], by) if len(found) > PAGE_SIZE else ""
    return Listing(page, count, newer, older)


def sifted(
    rows: QuerySet[Row],
    asked: Mapping[str, str],
    *,
    by: Sequence[str] = ("id",),
    sift: Callable[[Sequence[int]], QuerySet[Row]],
) -> Listing[Row]:
    """A page of those that ``sift`` finds among the ids it is given: the next ``WINDOW`` of
    ``rows``, so that what it does with each of them is done so often at most.

    Such a list is not counted, and goes only one way.
    """
    scope = _sorted(rows, by, place_of(asked.get("antes", ""), by), ascending=False)
    looked_at = list(scope.values_list("pk", *by)[: WINDOW + 1])
    wanted = sift([pk for pk, *_ in looked_at[:WINDOW]])
    found = list(_sorted(wanted, by, None, ascending=False)[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    if len(found) > PAGE_SIZE:
        return Listing(page, None, "", told_place(page[-1], by), sifted=True)
    more = len(looked_at) > WINDOW
    older = _told(looked_at[WINDOW - 1][1:]) if more else ""
    return Listing(page, None, "", older, sifted=True, cut_short=more)


def place_of(told: str, by: Sequence[str]) -> Place | None:
    """What a page of the address begins with; None where that says nothing."""
    numbers = told.split("-")
    if len(numbers) != len(by) or not all(_NUMBER.fullmatch(number) for number in numbers):
        return None
    try:
        return tuple(
            int(number) if name == "id" else _EPOCH + int(number) * _MICROSECOND
            for name, number in zip(by, numbers, strict=True)
        )
    except OverflowError:
        return None


def told_place(row: Model, by: Sequence[str]) -> str:
    return _told([getattr(row, name) for name in by])


def _told(place: Sequence[Any]) -> str:
    return "-".join(
        str((value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value)
        for value in place
    )


def _sorted(
    rows: QuerySet[Row], by: Sequence[str], place: Place | None, *, ascending: bool
) -> QuerySet[Row]:
    """Those past ``place``, the nearest first; all of them for none."""
    ordered = rows.order_by(*(name if ascending else f"-{name}" for name in by))
    if place is None:
        return ordered
    return ordered.filter(_past(by, place, "gt" if ascending else "lt"))


def _past(by: Sequence[str], place: Place, than: str) -> Q:
    """Sorted beyond ``place``. Said so that an index on the first field begins there."""
    first, value = by[0], place[0]
    if len(by) == 1:
        return Q(**{f"{first}__{than}": value})
    beyond = Q(**{f"{first}__{than}": value}) | _past(by[1:], place[1:], than)
    return Q(**{f"{first}__{than}e": value}) & beyond
