"""Retention: what was kept long enough is removed, the contents first and the rows much later.

Contents are what was said to a platform and what it answered, and the XML of notes, which tells of
consumers. They go from what is finished; the rest of the record stays, and says that they went.

An order goes whole or not at all, with all that hangs from it: its events, steps, notes, volumes,
updates, tries, tests. It goes once nothing has happened to it for long, and never while anything
about it is open: an update that waits, is being sent, is held or failed, or a word that nobody
mapped. Facts whose order never came go too, the hours that sendings are counted in, and alarms that
are over, with their notices. What people did (audit, DE-PARA revisions, replays) stays for ever.

It works in batches, each a short transaction with its orders locked, and passes by what somebody
else has locked. So it may be stopped at any time and run beside everything else; the next run goes
on with what is left.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from integrations.contents import without_contents
from integrations.delivery.outbox import UNFINISHED
from integrations.models import (
    Alarm,
    AlarmNotice,
    CapturedValue,
    DeliveryAttempt,
    Event,
    NoticeState,
    ReplayItem,
    SendingHour,
    SendTest,
    StatusUpdate,
)
from integrations.retention import Retention
from vitrines.models import InclusionReason, Invoice, Order, OrderStatusChange, Tracking
from vitrines.models.order import FINAL

#: Rows in one transaction.
BATCH = 200
#: How long one call of an engine goes on, which has lanes to look after. Seconds.
BUDGET = 2.0


class Removed(StrEnum):
    """What is removed, as it is counted."""

    ATTEMPT_CONTENTS = "attempt_contents"
    TEST_CONTENTS = "test_contents"
    INVOICE_XML = "invoice_xml"
    ORDERS = "orders"
    ORPHAN_EVENTS = "orphan_events"
    ORPHAN_INVOICES = "orphan_invoices"
    SENDING_HOURS = "sending_hours"
    ALARMS = "alarms"
    ALARM_TESTS = "alarm_tests"


@dataclass
class Pruned:
    #: By vitrine id: how many of each.
    by_vitrine: dict[int, Counter[Removed]] = field(default_factory=dict)
    #: All that was due was looked at; otherwise there was ``enough``.
    complete: bool = True

    def add(self, what: Removed, vitrine_id: int, number: int = 1) -> None:
        self.by_vitrine.setdefault(vitrine_id, Counter())[what] += number


@dataclass(frozen=True)
class _Rule:
    what: Removed
    #: All that is due: DeliveryAttempt, SendTest, Invoice, Order, Event, SendingHour, Alarm or
    #: AlarmNotice.
    due: QuerySet
    #: The field that tells its age.
    age: str
    #: Where the vitrine and the order are found; what belongs to no order has none.
    vitrine: str
    order: str
    #: Takes the primary keys of rows that are locked and still due.
    remove: Callable[[Sequence[int]], None]


def prune(
    *,
    now: datetime,
    retention: Retention | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Pruned:
    """Remove what was kept long enough, oldest first. The retention is that of the settings, if
    not said.

    ``enough`` is asked after each batch: once true, what is left waits for the next run. Every rule
    has its turn: one batch at least, or one that takes long would keep the others out for ever.
    """
    pruned = Pruned()
    rules = _rules(retention or Retention.of_settings(), now)
    for rule in rules:
        pruned.complete &= _apply(rule, pruned, enough)
    return pruned


def prune_for_a_moment(*, now: datetime) -> Pruned:
    """What the engines call every few minutes. Any number of them may at once."""
    ends = time.monotonic() + BUDGET
    return prune(now=now, enough=lambda: time.monotonic() >= ends)


def prunable(*, now: datetime, retention: Retention | None = None) -> Pruned:
    """What ``prune`` would remove now."""
    pruned = Pruned()
    for rule in _rules(retention or Retention.of_settings(), now):
        counted = rule.due.order_by().values_list(rule.vitrine).annotate(number=Count("pk"))
        for vitrine_id, number in counted:
            pruned.add(rule.what, vitrine_id, number)
    return pruned


def _rules(retention: Retention, now: datetime) -> Iterator[_Rule]:
    if retention.bodies_days:
        yield from _rules_for_bodies(now - timedelta(days=retention.bodies_days), retention, now)
    if retention.rows_days:
        yield from _rules_for_rows(now - timedelta(days=retention.rows_days))


def _rules_for_bodies(before: datetime, retention: Retention, now: datetime) -> Iterator[_Rule]:
    days = retention.bodies_days
    attempts = DeliveryAttempt.objects.filter(holds_contents=True, started_at__lt=before)
    yield _Rule(
        Removed.ATTEMPT_CONTENTS,
        # What failed waits for a person, who has to read why.
        attempts.exclude(update__state__in=UNFINISHED),
        "started_at",
        "update__vitrine",
        "update__order",
        partial(_empty_attempts, kept_days=days),
    )
    yield _Rule(
        Removed.TEST_CONTENTS,
        SendTest.objects.filter(holds_contents=True, sent_at__lt=before),
        "sent_at",
        "vitrine",
        "order",
        partial(_empty_tests, kept_days=days),
    )
    ended = Invoice.objects.filter(order__status__in=FINAL, order__status_at__lt=before)
    yield _Rule(
        Removed.INVOICE_XML,
        # An order that goes on may still have to tell it.
        ended.exclude(xml=b"").filter(~_unfinished("order"), received_at__lt=before),
        "received_at",
        "vitrine",
        "order",
        partial(_remove_xml, now=now),
    )


def _rules_for_rows(before: datetime) -> Iterator[_Rule]:
    yield _Rule(
        Removed.ORDERS, _orders_at_rest(before), "created_at", "vitrine", "pk", _remove_orders
    )
    yield _Rule(
        Removed.ORPHAN_EVENTS,
        Event.objects.filter(order=None, received_at__lt=before),
        "received_at",
        "vitrine",
        "",
        partial(_delete, Event),
    )
    yield _Rule(
        Removed.ORPHAN_INVOICES,
        Invoice.objects.filter(order=None, received_at__lt=before),
        "received_at",
        "vitrine",
        "",
        partial(_delete, Invoice),
    )
    yield _Rule(
        Removed.SENDING_HOURS,
        SendingHour.objects.filter(hour__lt=before),
        "hour",
        "vitrine",
        "",
        partial(_delete, SendingHour),
    )
    waiting = AlarmNotice.objects.filter(alarm=OuterRef("pk"), state=NoticeState.PENDING)
    yield _Rule(
        Removed.ALARMS,
        Alarm.objects.filter(~Exists(waiting), closed_at__lt=before),
        "closed_at",
        "vitrine",
        "",
        _remove_alarms,
    )
    yield _Rule(
        Removed.ALARM_TESTS,
        AlarmNotice.objects.filter(alarm=None, created_at__lt=before).exclude(
            state=NoticeState.PENDING
        ),
        "created_at",
        "vitrine",
        "",
        partial(_delete, AlarmNotice),
    )


def _orders_at_rest(before: datetime) -> QuerySet[Order]:
    """Nothing about them is open, and nothing has happened to them since."""
    mine = {"order": OuterRef("pk")}
    lately = Q(created_at__gte=before) | Q(finished_at__gte=before)
    replayed = ReplayItem.objects.filter(update__order=OuterRef("pk"), run__finished_at=None)
    return Order.objects.filter(
        ~_unfinished("pk"),
        ~Exists(StatusUpdate.objects.filter(lately, **mine)),
        ~Exists(Event.objects.filter(received_at__gte=before, **mine)),
        ~Exists(SendTest.objects.filter(sent_at__gte=before, **mine)),
        ~Exists(replayed),
        created_at__lt=before,
        updated_at__lt=before,
    ).exclude(inclusion_reason=InclusionReason.UNMAPPED)


def _unfinished(order: str) -> Exists:
    return Exists(StatusUpdate.objects.filter(order=OuterRef(order), state__in=UNFINISHED))


def _apply(rule: _Rule, pruned: Pruned, enough: Callable[[], bool]) -> bool:
    """Batch after batch; whether all of it was looked at. What somebody else has locked is left to
    the next run."""
    reached: tuple[datetime, int] | None = None
    while True:
        batch = list(_next(rule, reached))
        if not batch:
            return True
        reached = batch[-1][:2]
        with transaction.atomic():
            mine = _locked(rule, batch)
            if mine:
                rule.remove(list(mine))
        for vitrine_id in mine.values():
            pruned.add(rule.what, vitrine_id)
        if enough():
            return False


def _next(rule: _Rule, reached: tuple[datetime, int] | None) -> QuerySet:
    """(age, primary key, order id) of the next rows by age."""
    rows = rule.due.order_by(rule.age, "pk")
    if reached is not None:
        age, pk = reached
        later = Q(**{f"{rule.age}__gt": age}) | Q(pk__gt=pk)
        rows = rows.filter(later, **{f"{rule.age}__gte": age})
    return rows.values_list(rule.age, "pk", rule.order or "pk")[:BATCH]


def _locked(rule: _Rule, batch: Sequence[tuple[datetime, int, int]]) -> dict[int, int]:
    """Of a batch the rows that are still due, by primary key: their vitrine. Orders are locked by
    id, as everywhere."""
    still = rule.due.order_by().filter(pk__in=[pk for _, pk, _ in batch])
    if not rule.order:
        return dict(
            still.select_for_update(of=("self",), skip_locked=True).values_list("pk", rule.vitrine)
        )
    orders = Order.objects.filter(pk__in={order_id for _, _, order_id in batch}).order_by("pk")
    locked = orders.select_for_update(of=("self",), skip_locked=True)
    order_ids = list(locked.values_list("pk", flat=True))
    return dict(still.filter(**{f"{rule.order}__in": order_ids}).values_list("pk", rule.vitrine))


def _empty_attempts(pks: Sequence[int], *, kept_days: int) -> None:
    attempts = list(DeliveryAttempt.objects.filter(pk__in=pks).only("steps"))
    for attempt in attempts:
        attempt.steps = without_contents(attempt.steps, kept_days=kept_days)
        attempt.holds_contents = False
    DeliveryAttempt.objects.bulk_update(attempts, ["steps", "holds_contents"])


def _empty_tests(pks: Sequence[int], *, kept_days: int) -> None:
    tests = list(SendTest.objects.filter(pk__in=pks).only("steps"))
    for test in tests:
        test.steps = without_contents(test.steps, kept_days=kept_days)
        test.holds_contents = False
    SendTest.objects.bulk_update(tests, ["steps", "holds_contents"])


def _remove_xml(pks: Sequence[int], *, now: datetime) -> None:
    Invoice.objects.filter(pk__in=pks).update(xml=b"", xml_removed_at=now)


def _remove_orders(pks: Sequence[int]) -> None:
    """With all that hangs from them; what points at a row goes before the row."""
    DeliveryAttempt.objects.filter(update__order__in=pks).delete()
    StatusUpdate.objects.filter(order__in=pks).delete()
    SendTest.objects.filter(order__in=pks).delete()
    CapturedValue.objects.filter(order__in=pks).delete()
    Event.objects.filter(order__in=pks).delete()
    OrderStatusChange.objects.filter(order__in=pks).delete()
    Invoice.objects.filter(order__in=pks).delete()
    Tracking.objects.filter(order__in=pks).delete()
    Order.objects.filter(pk__in=pks).delete()


def _remove_alarms(pks: Sequence[int]) -> None:
    AlarmNotice.objects.filter(alarm__in=pks).delete()
    Alarm.objects.filter(pk__in=pks).delete()


def _delete(model: type[Event | Invoice | SendingHour | AlarmNotice], pks: Sequence[int]) -> None:
    model._default_manager.filter(pk__in=pks).delete()
