"""An order is removed whole, once nothing has happened to it for long, or not at all."""

from datetime import timedelta

import pytest

from integrations.intake.events import receive_event
from integrations.intake.facts import EventFact
from integrations.models import (
    Event,
    EventKind,
    EventOutcome,
    ReplayItem,
    ReplayRun,
    StatusUpdate,
)
from integrations.pruning import BATCH, Removed, prunable, prune
from integrations.retention import Retention
from status_mapping.models import MappingRevision
from tests.factories import NOW, make_event, make_order, make_replay_run, make_vitrine
from tests.integrations.pruning.past import (
    CLOSED,
    LONG_AGO,
    OPEN,
    RETENTION,
    counts,
    old_invoice,
    old_order,
    old_test,
    old_update,
    touch,
    whole_order,
)
from vitrines import audit
from vitrines.models import (
    AuditAction,
    AuditEntry,
    Inclusion,
    InclusionReason,
    Invoice,
    Order,
)
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db
LATELY = NOW - timedelta(days=729)


@pytest.fixture
def vitrine():
    return make_vitrine()


def pruned_orders():
    pruned = prune(now=NOW, retention=RETENTION)
    return sum(counter[Removed.ORDERS] for counter in pruned.by_vitrine.values())


def test_order_goes_with_all_that_hangs_from_it_and_leaves_no_other_touched(vitrine):
    stays = whole_order(vitrine, "2", at=LATELY)
    of_one = counts()
    whole_order(vitrine, "1")

    pruned = prune(now=NOW, retention=RETENTION)

    assert pruned.by_vitrine[vitrine.pk][Removed.ORDERS] == 1
    assert list(Order.objects.all()) == [stays]
    assert counts() == of_one


def test_nothing_of_a_removed_order_is_left(vitrine):
    whole_order(vitrine)
    assert min(number for name, number in counts().items() if name != "ReplayItem") == 1

    prune(now=NOW, retention=RETENTION)

    assert set(counts().values()) == {0}


@pytest.mark.parametrize("state", OPEN)
def test_order_with_an_open_update_stays_whole(state, vitrine):
    order = whole_order(vitrine)
    old_update(order, state)
    before = counts()

    assert pruned_orders() == 0
    assert counts() == before


@pytest.mark.parametrize("state", CLOSED)
def test_order_whose_updates_are_closed_goes(state, vitrine):
    old_update(old_order(vitrine), state)

    assert pruned_orders() == 1


@pytest.mark.parametrize("status", [*OrderStatus, None])
def test_order_at_rest_goes_whatever_its_status(status, vitrine):
    at = None if status is None else LONG_AGO
    old_order(vitrine, status=status, status_at=at)

    assert pruned_orders() == 1


def lately_updated(order):
    touch(order, LONG_AGO)
    Order.objects.filter(pk=order.pk).update(updated_at=LATELY)


LATE_NEWS = {
    "order": lately_updated,
    "event": lambda order: make_event(order, occurred_at=LONG_AGO, received_at=LATELY),
    "update": lambda order: old_update(order, created_at=LATELY),
    "accepted": lambda order: old_update(order, finished_at=LATELY),
    "test": lambda order: old_test(order, at=LATELY),
}


@pytest.mark.parametrize("news", LATE_NEWS)
def test_order_to_which_something_happened_lately_stays(news, vitrine):
    LATE_NEWS[news](old_order(vitrine))

    assert pruned_orders() == 0


@pytest.mark.parametrize(("seconds", "gone"), [(0, 0), (1, 1)])
def test_order_goes_once_it_is_older_than_its_retention(seconds, gone, vitrine):
    old_order(vitrine, at=NOW - timedelta(days=730, seconds=seconds))

    assert pruned_orders() == gone


@pytest.mark.parametrize("inclusion", [Inclusion.HELD, Inclusion.INCLUDED])
def test_order_whose_word_waits_for_a_mapping_stays(inclusion, vitrine):
    old_order(vitrine, inclusion=inclusion, inclusion_reason=InclusionReason.UNMAPPED)

    assert pruned_orders() == 0


def test_order_that_was_not_included_goes(vitrine):
    reasons = {"inclusion": "not_included", "inclusion_reason": "cancelled"}
    old_order(vitrine, status=None, status_at=None, **reasons)

    assert pruned_orders() == 1


def test_what_people_did_stays(vitrine):
    update = old_update(old_order(vitrine))
    MappingRevision.objects.create(
        vitrine=vitrine, number=1, author_label="m", created_at=LONG_AGO, before={}, after={}
    )
    audit.record(
        action=AuditAction.UPDATE_RETRY, actor=None, now=LONG_AGO, vitrine=vitrine, update=update.pk
    )
    run = make_replay_run(vitrine, started_at=LONG_AGO, finished_at=LONG_AGO)
    ReplayItem.objects.create(run=run, update=update, at=LONG_AGO, outcome="queued")

    assert pruned_orders() == 1
    assert (AuditEntry.objects.count(), MappingRevision.objects.count()) == (1, 1)
    assert (ReplayRun.objects.count(), ReplayItem.objects.count()) == (1, 0)
    assert run.parts.count() == 1


def test_order_of_a_replay_that_goes_on_stays(vitrine):
    update = old_update(old_order(vitrine))
    run = make_replay_run(vitrine)
    ReplayItem.objects.create(
        run=run, update=update, at=LONG_AGO, outcome="left_out", reason="echo"
    )

    assert pruned_orders() == 0


def test_zero_days_keep_orders_for_ever(vitrine):
    whole_order(vitrine)

    pruned = prune(now=NOW, retention=Retention(bodies_days=90, rows_days=0))

    assert Order.objects.count() == 1
    assert pruned.by_vitrine[vitrine.pk][Removed.ORDERS] == 0


def test_facts_whose_order_never_came_go_once_they_are_old(vitrine):
    order = make_order(vitrine)
    of_order = make_event(order, received_at=NOW)
    old, young = (make_event(order, received_at=at) for at in (LONG_AGO, LATELY))
    Event.objects.filter(pk__in=[old.pk, young.pk]).update(order=None, outcome=EventOutcome.ORPHAN)
    old_note = old_invoice(order, chave_nfe="1" * 44)
    young_note = old_invoice(order, at=LATELY, chave_nfe="2" * 44)
    Invoice.objects.filter(pk__in=[old_note.pk, young_note.pk]).update(order=None)

    pruned = prune(now=NOW, retention=RETENTION)

    assert list(Event.objects.order_by("pk")) == [of_order, young]
    assert list(Invoice.objects.all()) == [young_note]
    assert pruned.by_vitrine[vitrine.pk] == {Removed.ORPHAN_EVENTS: 1, Removed.ORPHAN_INVOICES: 1}


def test_event_told_again_after_its_order_is_gone_tells_the_store_nothing(vitrine):
    order = whole_order(vitrine)
    first = order.events.get()
    fact = EventFact(
        order_number=order.number,
        event_id=first.external_id,
        kind=EventKind.DELIVERED,
        occurred_at=LONG_AGO,
    )
    prune(now=NOW, retention=RETENTION)

    answer = receive_event(vitrine=vitrine, fact=fact, actor_label="erp", now=NOW)

    assert (answer.event.outcome, answer.duplicate) == (EventOutcome.ORPHAN, False)
    assert not StatusUpdate.objects.exists()


# Batches ----------------------------------------------------------------------------------


def many_old_orders(vitrine, count, **fields):
    orders = Order.objects.bulk_create(
        Order(
            vitrine=vitrine,
            number=f"n{number}",
            placed_at=LONG_AGO,
            status=OrderStatus.ENTREGUE,
            status_at=LONG_AGO,
            **({"inclusion": "included", "inclusion_reason": "default"} | fields),
        )
        for number in range(count)
    )
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(
        created_at=LONG_AGO, updated_at=LONG_AGO
    )


def test_many_batches_remove_all_and_say_so(vitrine):
    many_old_orders(vitrine, 2 * BATCH + 1)

    pruned = prune(now=NOW, retention=RETENTION)

    assert (pruned.complete, Order.objects.count()) == (True, 0)
    assert pruned.by_vitrine == {vitrine.pk: {Removed.ORDERS: 2 * BATCH + 1}}


def test_run_that_had_enough_says_so_and_the_next_one_goes_on(vitrine):
    many_old_orders(vitrine, 2 * BATCH + 1)
    asked = iter([True])

    first = prune(now=NOW, retention=RETENTION, enough=lambda: next(asked))
    left = Order.objects.count()
    second = prune(now=NOW, retention=RETENTION)

    assert (first.complete, left) == (False, BATCH + 1)
    assert (second.complete, Order.objects.count()) == (True, 0)


def test_rule_that_takes_long_keeps_no_other_out(vitrine):
    """Every rule has a batch, though there is enough after the first one's."""
    whole_order(vitrine)

    pruned = prune(now=NOW, retention=RETENTION, enough=lambda: True)

    assert (pruned.complete, Order.objects.count()) == (False, 0)


def test_old_orders_that_stay_keep_no_younger_one_from_going(vitrine):
    many_old_orders(vitrine, BATCH + 1, inclusion_reason=InclusionReason.UNMAPPED)
    old_order(vitrine, "novo", at=LONG_AGO + timedelta(days=1))

    assert pruned_orders() == 1
    assert Order.objects.count() == BATCH + 1


@pytest.mark.parametrize("count", [1, 15])
def test_batch_asks_the_database_the_same_for_one_order_and_fifteen(
    count, vitrine, django_assert_num_queries
):
    for number in range(count):
        whole_order(vitrine, str(number))

    with django_assert_num_queries(64):
        prune(now=NOW, retention=RETENTION)

    assert set(counts().values()) == {0}


def test_dry_count_is_what_is_then_removed_by_vitrine(vitrine):
    other = make_vitrine("LOJA-RJ")
    whole_order(vitrine, "1")
    whole_order(vitrine, "2")
    whole_order(other, "3")
    before = counts()

    told = prunable(now=NOW, retention=RETENTION)

    assert counts() == before
    assert told.by_vitrine[vitrine.pk] == {
        Removed.ATTEMPT_CONTENTS: 2,
        Removed.TEST_CONTENTS: 2,
        Removed.INVOICE_XML: 2,
        Removed.ORDERS: 2,
    }
    assert prune(now=NOW, retention=RETENTION).by_vitrine == told.by_vitrine
    assert set(counts().values()) == {0}
