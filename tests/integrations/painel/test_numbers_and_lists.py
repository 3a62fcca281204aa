"""Each number of the Painel leads to the list of just what it counts."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from integrations.models import Event, EventKind, EventOutcome, EventSource, Lane, PauseReason
from integrations.models import UpdateReason as Why
from integrations.models import UpdateState as State
from integrations.needs_a_person.causes import Cause
from integrations.needs_a_person.counting import STUCK
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.people import client_of
from vitrines.models import Inclusion, InclusionReason, Order

pytestmark = pytest.mark.django_db
FAILED = {Why.REJECTED, Why.EXHAUSTED, Why.CONFIG, Why.NOT_OFFERED, Why.DESTINATION_REFUSED}


def left_out(vitrine, number, inclusion, *, at):
    reason = InclusionReason.UNMAPPED if inclusion == Inclusion.HELD else InclusionReason.CANCELLED
    order = make_order(vitrine, number, status=None, inclusion=inclusion, inclusion_reason=reason)
    Order.objects.filter(pk=order.pk).update(created_at=at)


def everything_that_waits(vitrine, now):
    """Of each as many as its place among the reasons, so that no number is another's by chance."""
    for place, pile in enumerate(STUCK, 1):
        reason = Why(pile.value)
        state = State.FAILED if reason in FAILED else State.HELD
        for number in range(place):
            make_update(make_order(vitrine, f"{place}-{number}"), state=state, reason=reason)
    make_update(make_order(vitrine, "pending"))
    week_ago = timezone.make_aware(
        datetime.combine(timezone.localdate(now) - timedelta(days=6), time.min)
    )
    for number, at in enumerate((now, week_ago, week_ago - timedelta(seconds=1))):
        left_out(vitrine, f"n{number}", Inclusion.NOT_INCLUDED, at=at)
        left_out(vitrine, f"h{number}", Inclusion.HELD, at=at)
    for number in "12345":
        Event.objects.create(
            vitrine=vitrine,
            source=EventSource.ERP,
            external_id=number,
            kind=EventKind.INVOICED,
            order_number=f"o{number}",
            occurred_at=NOW,
            received_at=NOW,
            outcome=EventOutcome.ORPHAN,
        )


def test_every_number_is_that_of_the_list_it_leads_to():
    now = timezone.now()
    everything_that_waits(make_vitrine("OUTRA"), now)
    vitrine = make_vitrine()
    everything_that_waits(vitrine, now)
    Lane.objects.create(vitrine=vitrine, paused_at=now, pause_reason=PauseReason.MANUAL)
    client = client_of("Consulta")

    context = client.get("/").context
    rows = {
        group.cause.cause: row
        for group in (*context["asking"], *context["telling"])
        for row in group.rows
        if row.waiting.vitrine == vitrine
    }
    numbers = {cause: row.waiting.count.number for cause, row in rows.items()}
    listed = {cause: client.get(row.list_url).context["page"].count for cause, row in rows.items()}

    assert listed == numbers
    assert numbers == {
        Cause.PAUSED: 1,
        Cause.REJECTED: 1,
        Cause.EXHAUSTED: 2,
        Cause.CONFIG: 3,
        Cause.CHANNEL: 4,
        Cause.DESTINATION: 5,
        Cause.UNMAPPED: 6,
        Cause.WAITING_XML: 7,
        Cause.WAITING_TRACKING: 8,
        Cause.ORDERS_HELD: 3,
        Cause.ORPHANS: 5,
        Cause.NOT_INCLUDED: 2,
    }
