"""Receives the stores' orders: which status their word means, and whether they enter the ERP.

A repeated intake is normal (stores send an order each time it changes, and often when it did
not). A status that came from the platform is never told back to it: it leaves an ECHO row.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from integrations.intake.adoption import adopt, adopt_orphans, facts_of, load_orphans
from integrations.intake.application import change_status, tell_waiting_trackings
from integrations.intake.decisions import OUTCOME_OF_VERDICT
from integrations.intake.dossiers import Dossier, Ledger, open_dossiers
from integrations.intake.facts import InvalidFact, OrderIntake, refuse_impossible_times
from integrations.intake.together import again, each, go_on, only, store_together
from integrations.models import Event, EventKind, EventOutcome, EventSource, UpdateReason
from status_mapping.inclusion import inclusion_of
from status_mapping.queries import inbound_rows, latest_revision_number
from status_mapping.translation import MappingRow, inbound
from vitrines.models import Inclusion, InclusionReason, Order, OrderStatusChange, Vitrine
from vitrines.orders import lock_orders, normalise_number
from vitrines.statuses import OrderStatus, StatusDecision, Verdict, status_after

DETAILS = ("platform_id", "total", "payment_type", "delivery_type")
OUTCOME_OF_INCLUSION = {
    Inclusion.INCLUDED: EventOutcome.ORDER_INCLUDED,
    Inclusion.NOT_INCLUDED: EventOutcome.ORDER_NOT_INCLUDED,
    Inclusion.HELD: EventOutcome.ORDER_HELD,
}
#: What the store's word and details may set.
DESCRIBED = (
    "platform_status",
    *DETAILS,
    "inclusion",
    "inclusion_reason",
    "mapping_revision",
)


@dataclass(frozen=True)
class OrderAnswer:
    #: As this intake left it.
    order: Order
    created: bool
    #: Nothing in it was new: nothing was written.
    duplicate: bool = False

    @property
    def status(self) -> OrderStatus | None:
        return self.order.current_status


def receive_order(
    *, vitrine: Vitrine, intake: OrderIntake, actor_label: str, now: datetime
) -> OrderAnswer:
    """``receive_orders`` of one; raises what refuses it."""
    return only(receive_orders(vitrine=vitrine, intakes=[intake], actor_label=actor_label, now=now))


def receive_orders(
    *, vitrine: Vitrine, intakes: Sequence[OrderIntake], actor_label: str, now: datetime
) -> list[OrderAnswer | Exception]:
    """Store or renew orders in their sequence, in one transaction, each with the events that came
    before it. An answer for each, or what refuses it."""
    store = partial(_store, vitrine, actor_label=actor_label, now=now)
    adopt = partial(_adopt_meanwhile, vitrine, now=now)
    checked = each(intakes, lambda intake: _checked(vitrine, intake, now))
    answers = go_on(checked, lambda some: store_together(some, store))
    late = _numbers_of_orphans(vitrine, [a for a in answers if isinstance(a, OrderAnswer)])
    return again(
        answers,
        lambda some: store_together(some, adopt),
        where=lambda answer: answer.order.number in late,
    )


def decide_held_order(*, order: Order, now: datetime) -> None:
    """Look up again the word of a locked order whose word was unknown.

    What it comes to is an event of its own: the receipt goes on saying that the order waited.
    """
    words = _Words(order.vitrine)
    row = words.row(order.platform_status)
    order.mapping_revision = words.revision
    if row is None:
        order.save(update_fields=["mapping_revision", "updated_at"])
        return
    ledger = Ledger(order.vitrine)
    dossier = open_dossiers(ledger, [order], [], with_steps=True)[order.pk]
    ledger.change_order(order, *DESCRIBED)
    first = order.events.filter(kind=EventKind.ORDER_RECEIVED).last()
    told_at = order.placed_at if first is None else first.occurred_at
    decided_by = f"DE-PARA revisão {order.mapping_revision}"
    event = _receipt(order, told_at, actor_label=decided_by, now=now)
    event.kind, event.source = EventKind.ORDER_REDECIDED, EventSource.MAPPING
    _take_word(dossier, event, row, cause=f"{decided_by}: {order.platform_status}", now=now)
    ledger.write()


class _Words:
    """The words that a vitrine's platform may send, as the DE-PARA now reads them."""

    def __init__(self, vitrine: Vitrine) -> None:
        # The revision first: see ``outbox.Rules``.
        self.revision = latest_revision_number(vitrine)
        self._rows = inbound_rows(vitrine)

    def row(self, word: str) -> MappingRow | None:
        return inbound(word, self._rows)


def _checked(vitrine: Vitrine, intake: OrderIntake, now: datetime) -> OrderIntake:
    refuse_impossible_times({"placed_at": intake.placed_at}, now=now)
    if not normalise_number(intake.number, prefix=vitrine.order_prefix):
        raise InvalidFact({"number": "Informe o número do pedido, além do prefixo."})
    return intake


@transaction.atomic
def _store(
    vitrine: Vitrine, intakes: Sequence[OrderIntake], *, actor_label: str, now: datetime
) -> list[OrderAnswer]:
    orders = lock_orders(vitrine, {intake.number for intake in intakes})
    new = _insert_missing(vitrine, intakes, orders)
    orphans = load_orphans(vitrine, new)
    ledger = Ledger(vitrine)
    dossiers = open_dossiers(
        ledger, orders.values(), facts_of(orphans), orphans_of=new, with_steps=True
    )
    words = _Words(vitrine)
    answers = []
    for intake in intakes:
        dossier = dossiers[orders[intake.number].pk]
        created = new.pop(dossier.order.number, None) is not None
        news = _renew(dossier, intake, words, created=created, actor_label=actor_label, now=now)
        if created:
            adopt(dossier, orphans, now=now)
        answers.append(OrderAnswer(copy(dossier.order), created=created, duplicate=not news))
    ledger.write()
    return answers


def _insert_missing(
    vitrine: Vitrine, intakes: Sequence[OrderIntake], orders: dict[str, Order]
) -> dict[str, Order]:
    """Add to ``orders`` those that are new, also given by their canonical number.

    They are written bare, for all else to name them by; what they come to is in the ledger.
    """
    new: dict[str, Order] = {}
    for intake in intakes:
        if intake.number not in orders:
            number = normalise_number(intake.number, prefix=vitrine.order_prefix)
            order = Order(vitrine=vitrine, number=number, placed_at=intake.placed_at)
            orders[intake.number] = new.setdefault(number, order)
    Order.objects.bulk_create(new.values())
    return new


def _renew(
    dossier: Dossier,
    intake: OrderIntake,
    words: _Words,
    *,
    created: bool,
    actor_label: str,
    now: datetime,
) -> bool:
    """Take in what the store tells of an order; False if nothing in it is new."""
    order = dossier.order
    row = words.row(intake.platform_status)
    if not created and not _brings_news(order, intake, row):
        return False
    new_word = order.platform_status != intake.platform_status
    _describe(order, intake)
    order.mapping_revision = words.revision
    dossier.ledger.change_order(order, *DESCRIBED)
    occurred_at = intake.placed_at if created else now
    receipt = _receipt(order, occurred_at, actor_label=actor_label, now=now)
    if new_word or order.inclusion_reason == InclusionReason.UNMAPPED or not _included(order):
        _take_word(dossier, receipt, row, cause=f"Loja: {intake.platform_status}", now=now)
    else:
        receipt.outcome = EventOutcome.FACT_RECORDED
        _put_receipt(dossier, receipt, None, now)
    return True


def _brings_news(order: Order, intake: OrderIntake, row: MappingRow | None) -> bool:
    """A new word or detail, or an old word that the DE-PARA now decides otherwise.

    For an included order an old word is no new fact: its status may have moved on since.
    """
    if order.platform_status != intake.platform_status:
        return True
    if any(value != getattr(order, name) for name, value in _told(intake).items()):
        return True
    if _included(order):
        return row is not None and order.inclusion_reason == InclusionReason.UNMAPPED
    decision = inclusion_of(row)
    return (order.inclusion, order.inclusion_reason) != (decision.outcome, decision.reason)


def _told(intake: OrderIntake) -> dict[str, Any]:
    """The details that the store tells; what it leaves out stays as it was."""
    details = {name: getattr(intake, name) for name in DETAILS}
    return {name: value for name, value in details.items() if value not in ("", None)}


def _included(order: Order) -> bool:
    return order.inclusion == Inclusion.INCLUDED


def _describe(order: Order, intake: OrderIntake) -> None:
    order.platform_status = intake.platform_status
    for name, value in _told(intake).items():
        setattr(order, name, value)


def _receipt(order: Order, occurred_at: datetime, *, actor_label: str, now: datetime) -> Event:
    return Event(
        vitrine=order.vitrine,
        source=EventSource.PLATFORM,
        kind=EventKind.ORDER_RECEIVED,
        order_number=order.number,
        occurred_at=occurred_at,
        received_at=now,
        payload={
            "platform_status": order.platform_status,
            "platform_id": order.platform_id,
            "total": None if order.total is None else f"{order.total:.2f}",
            "payment_type": order.payment_type,
            "delivery_type": order.delivery_type,
        },
        actor_label=actor_label,
    )


def _take_word(
    dossier: Dossier, receipt: Event, row: MappingRow | None, *, cause: str, now: datetime
) -> None:
    """Decide inclusion and status of an order by the row that its word found."""
    order = dossier.order
    first_inclusion = not _included(order)
    if first_inclusion:
        decision = inclusion_of(row)
        order.inclusion, order.inclusion_reason = decision.outcome, decision.reason
    else:
        order.inclusion_reason = _reason_once_included(order, row)
    change = None
    if _included(order) and row is not None and row.active:
        verdict = _platform_verdict(dossier, row.status, receipt.occurred_at)
        change = change_status(dossier, verdict, receipt.occurred_at, cause=cause, now=now)
        receipt.outcome = OUTCOME_OF_VERDICT[verdict.verdict]
    else:
        receipt.outcome = EventOutcome.FACT_RECORDED if row else EventOutcome.ORDER_HELD
    if first_inclusion:
        receipt.outcome = OUTCOME_OF_INCLUSION[Inclusion(order.inclusion)]
    _put_receipt(dossier, receipt, change, now)


def _reason_once_included(order: Order, row: MappingRow | None) -> str:
    """An included order stays included; an unknown word only marks it to be decided again."""
    if row is None:
        return InclusionReason.UNMAPPED
    if order.inclusion_reason == InclusionReason.UNMAPPED:
        return InclusionReason.DEFAULT
    return order.inclusion_reason


def _platform_verdict(
    dossier: Dossier, target: OrderStatus, occurred_at: datetime
) -> StatusDecision:
    """``status_after`` for a store's word, which tells no time of its own.

    A store may repeat late what we told it: such a word neither brings an order back to Problemas
    nor out of it.
    """
    current = dossier.order.current_status
    crosses_problem = target is not current and OrderStatus.PROBLEMAS in (current, target)
    if current is not None and crosses_problem and target in dossier.reached:
        return StatusDecision(current, Verdict.LATE)
    return status_after(
        current, target, current_at=dossier.order.status_at, occurred_at=occurred_at
    )


def _put_receipt(
    dossier: Dossier, receipt: Event, change: OrderStatusChange | None, now: datetime
) -> None:
    receipt.order = dossier.order
    receipt.status_after = dossier.order.status
    receipt.status_change = change
    dossier.ledger.put_event(receipt)
    if change is not None:
        dossier.outbox.enqueue_skipped(
            event=receipt,
            status=OrderStatus(change.to_status),
            reason=UpdateReason.ECHO,
            now=now,
        )
        if change.from_status is None:
            tell_waiting_trackings(dossier=dossier, event=receipt, told=[], now=now)


def _numbers_of_orphans(vitrine: Vitrine, answers: Sequence[OrderAnswer]) -> set[str]:
    """The orders for which there is an orphan: see ``_adopt_meanwhile``. Those that are told again,
    too: whoever was to adopt it may have died before that."""
    numbers = {answer.order.number for answer in answers}
    orphans = Event.objects.filter(vitrine=vitrine, order=None, order_number__in=numbers)
    return set(orphans.values_list("order_number", flat=True)) if numbers else set()


@transaction.atomic
def _adopt_meanwhile(
    vitrine: Vitrine, answers: Sequence[OrderAnswer], *, now: datetime
) -> list[OrderAnswer]:
    """An event may have been stored as an orphan while its order was: neither transaction saw the
    other. Whichever ends last adopts (see also ``events``)."""
    orders = lock_orders(vitrine, {answer.order.number for answer in answers})
    adopt_orphans(vitrine=vitrine, orders=list(orders.values()), now=now)
    return [replace(answer, order=orders[answer.order.number]) for answer in answers]
