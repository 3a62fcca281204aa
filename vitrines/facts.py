"""The facts about locked orders, their notes and their volumes: loaded for all of them at once,
changed in memory as the intake takes in what it is told, and written together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import inf
from typing import Any

from django.db.models import Q

from vitrines.models import Invoice, Order, Tracking, Vitrine
from vitrines.staging import Staged
from vitrines.tracking_lines import in_force, in_place_of, in_place_of_which

TROUBLE = ("exception", "returned")

#: What a later event may change of a volume's row.
TOLD_OF_A_VOLUME = (
    "code",
    "carrier",
    "url",
    "carrier_event",
    "description",
    "occurred_at",
    "delivered_at",
)


class InvoiceOfAnotherOrder(Exception):
    """The note was not stored: its key already belongs to another order of the vitrine."""

    def __init__(self, *, chave_nfe: str, order_number: str) -> None:
        self.chave_nfe = chave_nfe
        self.order_number = order_number
        super().__init__(f"A nota {chave_nfe} já pertence ao pedido {order_number}.")


class TrackingNotCorrected(Exception):
    """Nothing was changed: the row is not what it was, or its new code is another row's."""


@dataclass(frozen=True)
class TrackingRecord:
    tracking: Tracking
    #: When the volume's last event known until now happened; None for a new volume.
    previous_at: datetime | None
    #: There is something in it that the row did not say before.
    news: bool
    #: A person put right what the row said, or put this one in its place.
    correction: bool = False


@dataclass(frozen=True)
class VolumeCount:
    delivered: int
    expected: int

    @property
    def complete(self) -> bool:
        return self.expected > 0 and self.delivered >= self.expected


class Notes:
    """The notes of some orders of a vitrine, and others of it that are named by their key.

    The XML of those that were stored before is not loaded.
    """

    def __init__(self, vitrine: Vitrine, notes: Iterable[Invoice] = ()) -> None:
        """``notes`` say by ``kept_xml`` whether they have their XML; see ``load_notes``."""
        self._vitrine = vitrine
        self._by_key: dict[str, Invoice] = {}
        self._of_order: dict[int, list[Invoice]] = defaultdict(list)
        self._orphans: dict[str, list[Invoice]] = defaultdict(list)
        self._with_xml: set[str] = set()
        self._staged = Staged(Invoice)
        for note in notes:
            self._keep(note, has_xml=note.kept_xml)  # type: ignore[attr-defined]

    def _keep(self, note: Invoice, *, has_xml: bool) -> None:
        self._by_key[note.chave_nfe] = note
        if note.order_id is None:
            self._orphans[note.order_number].append(note)
        else:
            self._of_order[note.order_id].append(note)
        if has_xml:
            self._with_xml.add(note.chave_nfe)

    def find(self, chave_nfe: str) -> Invoice | None:
        return self._by_key.get(chave_nfe)

    def has_xml(self, note: Invoice) -> bool:
        return note.chave_nfe in self._with_xml

    def in_force(self, order: Order) -> list[Invoice]:
        """The notes of the order that were not cancelled."""
        return [note for note in self._of_order[order.pk] if note.cancelled_at is None]

    def current(self, order: Order) -> Invoice | None:
        """The latest one in force; of two issued at once, the one stored last."""
        notes = reversed(self.in_force(order))
        return max(notes, key=lambda note: (note.issued_at, note.pk or inf), default=None)

    def refuse_other_order(self, *, chave_nfe: str, order_number: str) -> None:
        """Raise ``InvoiceOfAnotherOrder`` if the key is known under another number."""
        note = self.find(chave_nfe)
        if note is not None and note.order_number != order_number:
            raise InvoiceOfAnotherOrder(chave_nfe=chave_nfe, order_number=note.order_number)

    def record(
        self,
        *,
        order: Order | None,
        order_number: str,
        chave_nfe: str,
        number: int,
        series: int,
        issued_at: datetime,
        total: Decimal,
        xml: bytes = b"",
    ) -> Invoice:
        """Store a note once by its key; without an order it is an orphan under ``order_number``.

        The first XML received stays byte for byte, and what it says replaces what was only told.
        A note that was told again without news changes nothing.
        """
        self.refuse_other_order(chave_nfe=chave_nfe, order_number=order_number)
        told = {"number": number, "series": series, "issued_at": issued_at, "total": total}
        note = self.find(chave_nfe)
        if note is None:
            note = Invoice(
                vitrine=self._vitrine,
                order=order,
                order_number=order_number,
                chave_nfe=chave_nfe,
                xml=xml,
                **told,
            )
            self._keep(self._staged.add(note), has_xml=bool(xml))
            return note
        if order is not None:
            self._link(note, order)
        if xml and not self.has_xml(note):
            self._with_xml.add(chave_nfe)
            self._change(note, {"xml": xml, **told})
        return note

    def adopt(self, order: Order) -> None:
        """The notes that came before the order did are its own now."""
        for note in self._orphans[order.number]:
            self._link(note, order)

    def _link(self, note: Invoice, order: Order) -> None:
        if note.order_id is None:
            self._change(note, {"order": order})
            self._of_order[order.pk].append(note)

    def cancel(self, note: Invoice, *, cancelled_at: datetime) -> None:
        """Mark a note cancelled; the first cancellation known keeps its time."""
        if note.cancelled_at is None:
            self._change(note, {"cancelled_at": cancelled_at})

    def _change(self, note: Invoice, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(note, name, value)
        self._staged.change(note, *values)

    def write(self) -> None:
        self._staged.write()


def load_notes(
    vitrine: Vitrine,
    orders: Iterable[Order],
    *,
    keys: Collection[str] = (),
    orphans_of: Collection[str] = (),
) -> Notes:
    """The notes of these orders, those with these keys, and the orphans under these numbers."""
    wanted = Q(order__in=[order.pk for order in orders])
    if keys:
        wanted |= Q(vitrine=vitrine, chave_nfe__in=keys)
    if orphans_of:
        wanted |= Q(vitrine=vitrine, order=None, order_number__in=orphans_of)
    notes = Invoice.objects.filter(wanted).defer("xml").annotate(kept_xml=~Q(xml=b""))
    return Notes(vitrine, notes.order_by("pk"))


class Volumes:
    """The volumes of one order."""

    def __init__(self, order: Order, staged: Staged[Tracking]) -> None:
        self._order = order
        self._staged = staged
        self.rows: list[Tracking] = []

    def record(
        self,
        *,
        occurred_at: datetime,
        volume: str = "",
        code: str = "",
        carrier: str = "",
        url: str = "",
        carrier_event: str = "",
        description: str = "",
        delivered: bool = False,
    ) -> TrackingRecord:
        """Store what is known about one volume.

        ``volume`` empty means that the sender does not number them: the code then tells the
        volumes apart. A row is never overwritten by another volume or by an older event; what it
        left empty is completed.

        Whoever goes on naming a code that was put right means its volume, not the code again.
        """
        tracking = _row_of(self.rows, volume=volume, code=code, url=url)
        if tracking is not None and tracking not in in_force(self.rows):
            tracking = in_place_of(tracking, self.rows)
            code = carrier = url = ""
        delivered_at = occurred_at if delivered else None
        if tracking is None:
            tracking = Tracking(
                order=self._order,
                volume=volume or _next_volume(self.rows),
                code=code,
                carrier=carrier,
                url=url,
                carrier_event=carrier_event,
                description=description,
                occurred_at=occurred_at,
                delivered_at=delivered_at,
            )
            self.rows.append(self._staged.add(tracking))
            return TrackingRecord(tracking, previous_at=None, news=True)
        previous_at = tracking.occurred_at
        changed = _complete(tracking, {"carrier": carrier, "url": url, "code": code})
        if occurred_at >= previous_at:
            changed |= _replace(tracking, {"carrier": carrier, "url": url})
            changed |= _say(tracking, carrier_event, description)
            tracking.occurred_at = occurred_at
        if delivered and tracking.delivered_at is None:
            tracking.delivered_at = delivered_at
            changed = True
        self._staged.change(tracking, *TOLD_OF_A_VOLUME)
        return TrackingRecord(tracking, previous_at=previous_at, news=changed)

    def correct(
        self, wrong: str, *, volume: str, code: str = "", carrier: str = "", url: str = ""
    ) -> TrackingRecord:
        """Put right what the volume's row named ``wrong`` (``str`` of it) says: what is told now
        is the whole of it, and what is left out is taken away.

        A row keeps the code that it was told with. One with the right code takes its place, and
        what was seen of the volume, which is when and where it was and not what it is called.
        """
        row = self._to_correct(wrong, volume, code)
        if row.code in ("", code):
            news = (row.code, row.carrier, row.url) != (code, carrier, url)
            row.code, row.carrier, row.url = code, carrier, url
            self._staged.change(row, *TOLD_OF_A_VOLUME)
            return TrackingRecord(row, row.occurred_at, news, correction=True)
        right = next((r for r in self.rows if (r.volume, r.code) == (volume, code)), None)
        if right is None:
            right = Tracking(order=self._order, volume=volume, code=code)
            self.rows.append(self._staged.add(right))
        else:
            # Written first, as rows of the same fields are: of no row two may stand in the place.
            self._staged.change(right, "replaces")
            self._take_out_of_line(right)
        for name in ("carrier_event", "description", "occurred_at", "delivered_at"):
            setattr(right, name, getattr(row, name))
        right.carrier, right.url, right.replaces = carrier, url, row
        self._staged.change(right, *TOLD_OF_A_VOLUME, "replaces")
        return TrackingRecord(right, row.occurred_at, news=True, correction=True)

    def _to_correct(self, wrong: str, volume: str, code: str) -> Tracking:
        told = in_force(self.rows)
        row = next((r for r in told if (r.volume, str(r)) == (volume, wrong)), None)
        if row is None:
            raise TrackingNotCorrected(f"{wrong} is not what volume {volume} goes by")
        own = in_place_of_which(row, self.rows)
        if any(code and r.code == code and r not in own for r in self.rows):
            raise TrackingNotCorrected(f"{code} is another volume's")
        return row

    def _take_out_of_line(self, right: Tracking) -> None:
        """Of a code that is right again after all: whatever stood in its place stands in the place
        of what it stood in the place of."""
        for row in self.rows:
            if row.replaces_id == right.pk:
                row.replaces_id = right.replaces_id
                self._staged.change(row, *TOLD_OF_A_VOLUME, "replaces")
        right.replaces = None

    def line_of(self, row: Tracking) -> list[int]:
        """The keys that are given by now of a row and of all that it stands in the place of."""
        line = in_place_of_which(row, self.rows)
        return [other.pk for other in line if other.pk is not None]

    def latest(self) -> Tracking | None:
        """What is told where no volume is named."""
        return next(reversed(in_force(self.rows)), None)

    def expect(self, count: int) -> bool:
        """Remember how many the order has; fewer than already known changes nothing (False)."""
        if count <= self._order.volume_count:
            return False
        self._order.volume_count = count
        return True

    def deliver_all(self, delivered_at: datetime) -> None:
        for tracking in self.rows:
            if tracking.delivered_at is None:
                tracking.delivered_at, tracking.carrier_event = delivered_at, "delivered"
                self._staged.change(tracking, *TOLD_OF_A_VOLUME)

    def count(self) -> VolumeCount:
        """How many are delivered, of those known or announced, whichever is more."""
        known = {row.volume for row in self.rows}
        delivered = {row.volume for row in self.rows if row.delivered_at is not None}
        return VolumeCount(len(delivered), max(len(known), self._order.volume_count))

    def others_in_trouble(self, tracking: Tracking) -> bool:
        """Some other volume was last seen with a delivery exception or going back."""
        return any(
            row.carrier_event in TROUBLE and row.delivered_at is None
            for row in self.rows
            if row.volume != tracking.volume
        )

    def to_follow(self) -> list[Tracking]:
        """The rows by which the parcel can be followed."""
        return [row for row in in_force(self.rows) if row.code or row.url]


def load_volumes(
    orders: Iterable[Order], staged: Staged[Tracking] | None = None
) -> dict[int, Volumes]:
    """The volumes of each order, by its key. What changes is put in ``staged``, to be written."""
    staged = staged or Staged(Tracking)
    volumes = {order.pk: Volumes(order, staged) for order in orders}
    for tracking in Tracking.objects.filter(order__in=volumes).order_by("pk"):
        volumes[tracking.order_id].rows.append(tracking)
    return volumes


def _row_of(rows: list[Tracking], *, volume: str, code: str, url: str) -> Tracking | None:
    """The row that a fact speaks of: same code, else the volume's row that has no code yet.

    Without a code, the same address tells the row; without either, it is the volume's last one.
    """
    rows = [row for row in rows if not volume or row.volume == volume]
    if code:
        same = [row for row in rows if row.code == code] or [row for row in rows if not row.code]
    elif url:
        same = [row for row in rows if row.url == url] or [row for row in rows if not row.url]
        same = same or (rows if volume else [])
    else:
        same = rows
    return same[-1] if same else None


def _next_volume(rows: list[Tracking]) -> str:
    taken = {row.volume for row in rows}
    return next(str(n) for n in range(1, len(rows) + 2) if str(n) not in taken)


def _complete(tracking: Tracking, values: dict[str, str]) -> bool:
    return _replace(tracking, {k: v for k, v in values.items() if not getattr(tracking, k)})


def _replace(tracking: Tracking, values: dict[str, str]) -> bool:
    """Set what the fact tells; what it leaves out stays."""
    news = {k: v for k, v in values.items() if v and getattr(tracking, k) != v}
    for name, value in news.items():
        setattr(tracking, name, value)
    return bool(news)


def _say(tracking: Tracking, carrier_event: str, description: str) -> bool:
    """Set the last event with its own words; a description never outlives its event."""
    if not carrier_event and not description:
        return False
    said = (tracking.carrier_event, tracking.description)
    tracking.carrier_event = carrier_event or tracking.carrier_event
    tracking.description = description
    return said != (tracking.carrier_event, description)
