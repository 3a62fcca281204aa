"""What the Painel counts is found by an index on PostgreSQL, each number and each oldest row."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from integrations.bench.filling import fill
from integrations.models import SendingHour
from integrations.needs_a_person.counting import Pile, piles_by_vitrine
from integrations.painel.figures import last_day
from integrations.sending_tally import hour_of
from tests.factories import NOW, make_vitrine

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("database_url")]
#: Of a number and of an oldest row.
TWICE = 2


def plan_of(work):
    """With sequential scans made too dear, as they are in a table of millions."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as asked:
            work()
        (query,) = asked.captured_queries
        cursor.execute("EXPLAIN " + query["sql"])
        return "\n".join(line for (line,) in cursor.fetchall())


def test_every_pile_is_counted_through_its_index():
    fill(orders=10_000, unfinished=2_000, waiting_updates=2_000, now=NOW)

    plan = plan_of(lambda: piles_by_vitrine(now=NOW))

    used = re.findall(r"using ((?:update|order|event)_\w+)", plan)
    assert {name: used.count(name) for name in set(used)} == {
        "update_needs_a_person": 8 * TWICE,
        "update_of_vitrine_by_state": TWICE,
        "order_left_out_by_age": 2 * TWICE,
        "event_orphans_of_vitrine": TWICE,
    }
    assert len(used) == len(Pile) * TWICE
    assert "Seq Scan on integrations" not in plan


def test_hours_of_the_day_are_found_by_their_constraint():
    SendingHour.objects.create(vitrine=make_vitrine(), hour=hour_of(NOW), accepted=1)

    assert "sending_hour_once" in plan_of(lambda: last_day(now=NOW))
