"""One box finds an order: by its number, the platform's, a note's key or number, a tracking code.

A search is six queries at most, each answered by an index, whatever was typed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from integrations.models import Event, StatusUpdate
from integrations.wording import invoice_name
from vitrines.models import Invoice, Order, Tracking, Vitrine
from vitrines.orders import normalise_number

#: More than this is not a search; the page says that there is more.
LIMIT = 50
_MAX_TERM = 120
_KEY = re.compile(r"(?:NFE)?([0-9]{6}[0-9A-Z]{12}[0-9]{26})")
_NOTE = re.compile(r"(?:NFE)?([0-9]{1,9})(?:/([0-9]{1,3}))?")
_UPDATE = re.compile(r"#([0-9]{1,15})")


@dataclass(frozen=True)
class Hit:
    order: Order
    #: By what it was found.
    how: str

    @property
    def url(self) -> str:
        return reverse("order_detail", args=[self.order.vitrine.code, self.order.number])


@dataclass(frozen=True)
class Orphan:
    """A fact about an order that has not come yet."""

    vitrine: Vitrine
    order_number: str
    what: str


@dataclass(frozen=True)
class SearchResult:
    term: str
    hits: tuple[Hit, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    #: There were more than ``LIMIT``.
    cut: bool = False


def find(raw: str) -> SearchResult:
    term = " ".join(raw.split())[:_MAX_TERM]
    if not term:
        return SearchResult(term)
    vitrines = list(Vitrine.objects.all())
    notes = _notes(term)
    found = [
        *_by_update(term),
        *_orders(term, vitrines),
        *_by_note(notes),
        *_by_tracking(term),
    ]
    first_by_order: dict[int, Hit] = {}
    for hit in found:
        first_by_order.setdefault(hit.order.pk, hit)
    hits = tuple(first_by_order.values())
    return SearchResult(
        term=term,
        hits=hits[:LIMIT],
        orphans=(*_orphan_notes(notes), *_orphan_events(term, vitrines)),
        cut=len(hits) > LIMIT,
    )


def _orders(term: str, vitrines: Sequence[Vitrine]) -> Iterable[Hit]:
    """By number in any spelling. One with a vitrine's prefix is of a vitrine with that prefix."""
    named = Q(platform_id__in=sorted({term, term.upper(), term.lower()}))
    wanted = named | _numbered("number", term, vitrines)
    found = Order.objects.filter(wanted).select_related("vitrine").order_by("-id")
    for order in found[: LIMIT + 1]:
        by_number = order.number in _spellings(term, order.vitrine)
        yield Hit(order, "número do pedido" if by_number else "número na plataforma")


def _by_update(term: str) -> Iterable[Hit]:
    """``#42``, as the screens name an update."""
    if named := _UPDATE.fullmatch(term):
        found = StatusUpdate.objects.filter(pk=int(named[1])).select_related("order__vitrine")
        for update in found:
            yield Hit(update.order, f"envio #{update.pk}")


def _spellings(term: str, vitrine: Vitrine) -> list[str]:
    """Numbers are kept as they came; letters are tried as typed, large and small. The prefix may
    be typed without its hyphen."""
    prefix = vitrine.order_prefix
    number = normalise_number(term, prefix=prefix)
    found = {number, number.upper(), number.lower()}
    bare = term[len(prefix) :]
    if prefix and term.upper().startswith(prefix) and bare.isdigit():
        found.add(normalise_number(bare, prefix=prefix))
    return sorted(found)


def _numbered(field: str, term: str, vitrines: Iterable[Vitrine]) -> Q:
    """Any spelling of the term, each in the vitrines where it is one: few conditions, however
    many vitrines there are."""
    meant: dict[str, list[int]] = defaultdict(list)
    for vitrine in vitrines:
        for number in _spellings(term, vitrine):
            meant[number].append(vitrine.pk)
    wanted = Q(pk__in=[])
    for number, places in meant.items():
        wanted |= Q(**{field: number, "vitrine__in": places})
    return wanted


def _notes(term: str) -> list[Invoice]:
    wanted = _note_query(term)
    if wanted is None:
        return []
    notes = Invoice.objects.filter(wanted).defer("xml").select_related("vitrine", "order__vitrine")
    return list(notes.order_by("-id")[: LIMIT + 1])


def _note_query(term: str) -> Q | None:
    """A key is often copied with the spaces or dots of the DANFE; so is a number."""
    packed = re.sub(r"[\s.\-]", "", term).upper()
    if key := _KEY.fullmatch(packed):
        return Q(chave_nfe=key[1])
    if note := _NOTE.fullmatch(packed):
        of_series = Q(series=int(note[2])) if note[2] else Q()
        return Q(number=int(note[1])) & of_series
    return None


def _by_note(notes: Iterable[Invoice]) -> Iterable[Hit]:
    for note in notes:
        if note.order is not None:
            yield Hit(note.order, invoice_name(note.number, note.series))


def _by_tracking(term: str) -> Iterable[Hit]:
    code = term.replace(" ", "")
    codes = {term, code, code.upper()}
    found = Tracking.objects.filter(code__in=codes).select_related("order__vitrine")
    for tracking in found.order_by("-id")[: LIMIT + 1]:
        yield Hit(tracking.order, f"rastreio {tracking.code}")


def _orphan_notes(notes: Iterable[Invoice]) -> Iterable[Orphan]:
    for note in notes:
        if note.order is None:
            what = invoice_name(note.number, note.series)
            yield Orphan(note.vitrine, note.order_number, what)


def _orphan_events(term: str, vitrines: Sequence[Vitrine]) -> Iterable[Orphan]:
    wanted = _numbered("order_number", term, vitrines)
    events = Event.objects.filter(wanted, order=None).select_related("vitrine")
    for event in events.order_by("-id")[:LIMIT]:
        yield Orphan(event.vitrine, event.order_number, event.get_kind_display())
