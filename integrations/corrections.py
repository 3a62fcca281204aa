"""What a person puts right about an order: its tracking, its note.

It is received as an event (source: screen) by the same intake as the ERP's, in one transaction
with its audit entry. So what waited for the fact goes out by the same rules, and what is told late
is an update of its own. Beyond that: what the platform had refused for the very fact that was
mended is sent again, and what was still to tell a wrong code is closed. Decision 0023.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from integrations.delivery.corrected_trackings import (
    refused_status,
    statuses_to_carry,
    supersede_trackings,
)
from integrations.intake.events import EventAnswer, receive_event, receive_invoice
from integrations.intake.facts import SCREEN_EVENT, EventFact, TrackingFact
from integrations.intake.nfe import AuthorisedInvoice, parse_authorised_nfe
from integrations.models import (
    OPEN,
    Event,
    EventKind,
    EventSource,
    StatusUpdate,
    UpdateKind,
    UpdateState,
)
from integrations.operations import UpdateNotChanged, retry_update
from integrations.wording import invoice_name
from status_mapping.models import Channel
from vitrines import audit
from vitrines.facts import InvoiceOfAnotherOrder
from vitrines.models import AuditAction, Invoice, Order, Tracking
from vitrines.orders import find_order
from vitrines.tracking_lines import in_force, in_place_of, in_place_of_which


class CorrectionRefused(Exception):
    """Nothing was stored; ``field`` of the form is why, in Portuguese."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


class TrackingChanged(CorrectionRefused):
    """It is not what it was when the form was opened; ``now`` is what is in force instead."""

    def __init__(self, now: Tracking) -> None:
        said = " · ".join(filter(None, asdict(typed_of(now)).values()))
        super().__init__(
            "code",
            f"O rastreio mudou enquanto você digitava: agora é {said}. Confira e salve de novo.",
        )
        self.now = now


@dataclass(frozen=True)
class TypedTracking:
    """How one volume is followed, as it was typed."""

    code: str = ""
    carrier: str = ""
    url: str = ""


@dataclass(frozen=True)
class Correction:
    """What was done; nothing, where the same press had done it before."""

    at: datetime
    repeated: bool = False
    #: What the order has in the queue, and what was held or left out just now, by sequence.
    updates: tuple[StatusUpdate, ...] = ()


def typed_of(tracking: Tracking) -> TypedTracking:
    return TypedTracking(tracking.code, tracking.carrier, tracking.url)


def trackings_of(order: Order) -> list[Tracking]:
    """Those in force, one after the other."""
    return in_force(Tracking.objects.filter(order=order).order_by("pk"))


def correct_tracking(
    *,
    order: Order,
    typed: TypedTracking,
    corrects: int | None,
    seen: TypedTracking | None,
    key: UUID,
    actor: User,
    now: datetime,
) -> Correction:
    """Store a tracking that the ERP has not told, or put right one that it told wrong.

    ``corrects`` is the row that is put right, and ``seen`` what it said when the form was opened;
    None where a tracking is added. ``key`` is the form's: the same press counts once.
    """
    with transaction.atomic():
        order = _locked(order)
        event_id = _event_id(key, repr((corrects, typed)))
        if _stored(order, event_id):
            return Correction(at=now, repeated=True)
        rows = list(Tracking.objects.filter(order=order).order_by("pk"))
        wrong = _to_correct(rows, corrects, seen)
        _refuse_without_news(rows, wrong, typed)
        before = {"volume": wrong.volume, **asdict(typed_of(wrong))} if wrong else {}
        fact = EventFact(
            order_number=order.number,
            event_id=event_id,
            kind=EventKind.TRACKING,
            occurred_at=_as_of(order, now),
            tracking=TrackingFact(
                **asdict(typed),
                volume=wrong.volume if wrong else "",
                corrects=str(wrong) if wrong else "",
            ),
        )
        answer = receive_event(
            vitrine=order.vitrine,
            fact=fact,
            actor_label=audit.label_of(actor),
            now=now,
            source=EventSource.SCREEN,
        )
        if wrong is not None:
            _tell_instead(order, wrong, typed, answer, actor, now)
        _audit(AuditAction.ORDER_TRACKING, order, actor, now, before=before, after=asdict(typed))
        return _correction(order, answer, now)


def give_invoice(*, order: Order, xml: bytes, key: UUID, actor: User, now: datetime) -> Correction:
    """Store the XML of an authorised note of the order, as ``POST /api/v1/invoices`` does; raises
    what refuses a note there, or ``CorrectionRefused``."""
    note = parse_authorised_nfe(xml)
    with transaction.atomic():
        order = _locked(order)
        event_id = _event_id(key, hashlib.sha256(xml).hexdigest())
        if _stored(order, event_id):
            return Correction(at=now, repeated=True)
        _refuse_note_of_another(order, note)
        known = _known_note(order, note)
        answer = receive_invoice(
            vitrine=order.vitrine,
            invoice=note,
            order_number=order.number,
            actor_label=audit.label_of(actor),
            now=now,
            event_id=event_id,
            source=EventSource.SCREEN,
        )
        _send_again(order, answer, Channel.XML, actor, now)
        told = {"key": note.chave_nfe, "number": note.number, "series": note.series}
        before = {**told, "xml": False} if known else {}
        _audit(
            AuditAction.ORDER_INVOICE, order, actor, now, before=before, after={**told, "xml": True}
        )
        return _correction(order, answer, now)


def _locked(order: Order) -> Order:
    """The order is locked first, as everywhere."""
    return Order.objects.select_for_update(of=("self",)).select_related("vitrine").get(pk=order.pk)


def _event_id(key: UUID, content: str) -> str:
    """The same press twice is one event. A form that was gone back to and changed is another."""
    return f"{SCREEN_EVENT}{key}:{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def _stored(order: Order, event_id: str) -> bool:
    known = Event.objects.exclude(external_id="")  # as the index has it
    return known.filter(vitrine=order.vitrine, external_id=event_id).exists()


def _to_correct(
    rows: list[Tracking], corrects: int | None, seen: TypedTracking | None
) -> Tracking | None:
    """The row, if it still says what was seen of it."""
    if corrects is None:
        return None
    row = next((row for row in rows if row.pk == corrects), None)
    if row is None:
        raise CorrectionRefused("code", "Este rastreio não é mais deste pedido.")
    now_told = in_place_of(row, rows)
    if now_told is not row or typed_of(row) != seen:
        raise TrackingChanged(now_told)
    return row


def _refuse_without_news(
    rows: list[Tracking], wrong: Tracking | None, typed: TypedTracking
) -> None:
    if wrong is not None and typed_of(wrong) == typed:
        raise CorrectionRefused("code", "Nada mudou: o rastreio já é este.")
    own = in_place_of_which(wrong, rows) if wrong else []
    same = next((row for row in rows if row.code and row.code == typed.code), None)
    if same is None or same in own:
        return
    told = in_place_of(same, rows)
    if told is same:
        where = f"já está neste pedido, no volume {same.volume}"
        raise CorrectionRefused("code", f"O código {same.code} {where}.")
    raise CorrectionRefused(
        "code", f"O código {same.code} foi trocado por {told}: para voltar a ele, corrija {told}."
    )


def _as_of(order: Order, now: datetime) -> datetime:
    """A code says nothing of when the parcel was seen. It is dated back to the order's status, or
    what the carrier tells afterwards of the minutes before would be taken for an older event."""
    return min(order.status_at or order.placed_at, now)


def _tell_instead(
    order: Order,
    wrong: Tracking,
    typed: TypedTracking,
    answer: EventAnswer,
    actor: User,
    now: datetime,
) -> None:
    """Send again what was refused with the wrong row, and close what was to tell it alone."""
    rows = list(Tracking.objects.filter(order=order).order_by("pk"))
    right = next(row for row in rows if (row.volume, row.code) == (wrong.volume, typed.code))
    line = [row.pk for row in in_place_of_which(right, rows)]
    order.status = answer.event.status_after
    told_by = next((u for u in answer.updates if u.kind == UpdateKind.TRACKING), None)
    if told_by is None:
        latest = in_force(rows)[-1] is right
        told_by = statuses_to_carry(order, line, latest=latest).first()
        _send_again(order, answer, Channel.TRACKING, actor, now)
    if told_by is not None and told_by.state != UpdateState.SKIPPED:
        supersede_trackings(order=order, tracking_ids=line, by=told_by, now=now)


def _send_again(
    order: Order, answer: EventAnswer, channel: Channel, actor: User, now: datetime
) -> None:
    """The order's present status, if the platform refused it by this channel: what it carries was
    mended. With the guards of any other replay; where they say no, it stays as it is."""
    order.status = answer.event.status_after
    refused = refused_status(order, channel)
    if refused is None:
        return
    try:
        retry_update(update=refused, actor=actor, now=now)
    except UpdateNotChanged:
        return  # the order's page still tells why, and offers what else can be done


def _refuse_note_of_another(order: Order, note: AuthorisedInvoice) -> None:
    """A note that names another order of the vitrine would tell a consumer of somebody else."""
    named = find_order(order.vitrine, note.order_hint) if note.order_hint else None
    if named is not None and named.pk != order.pk:
        raise CorrectionRefused(
            "xml", f"A nota é do pedido {named.display_number} (compra/xPed), não deste."
        )


def _known_note(order: Order, note: AuthorisedInvoice) -> Invoice | None:
    """The note as it was told before; refused where there is nothing that its XML would add."""
    name = invoice_name(note.number, note.series)
    notes = Invoice.objects.filter(vitrine=order.vitrine, chave_nfe=note.chave_nfe)
    known = notes.defer("xml").first()
    if known is None:
        return None
    if known.order_number != order.number:
        raise InvoiceOfAnotherOrder(chave_nfe=known.chave_nfe, order_number=known.order_number)
    if known.cancelled_at is not None:
        raise CorrectionRefused("xml", f"A {name} foi cancelada: a loja não é informada dela.")
    if notes.exclude(xml=b"").exists():
        raise CorrectionRefused("xml", f"O XML da {name} já está guardado; nada mudou.")
    return known


def _correction(order: Order, answer: EventAnswer, now: datetime) -> Correction:
    """What the order has in the queue by now, and what this moment decided otherwise."""
    queued = Q(state__in=OPEN) | Q(state=UpdateState.HELD, decided_at=now)
    updates = StatusUpdate.objects.filter(queued | Q(event=answer.event), order=order)
    return Correction(at=now, updates=tuple(updates.order_by("sequence")))


def _audit(action: AuditAction, order: Order, actor: User, now: datetime, **details: Any) -> None:
    audit.record(
        action=action,
        actor=actor,
        now=now,
        vitrine=order.vitrine,
        subject=f"pedido {order.display_number}",
        **details,
    )
