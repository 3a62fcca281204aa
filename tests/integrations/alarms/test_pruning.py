"""Alarms that are over go with their notices, once they were kept long enough."""

from datetime import timedelta
from uuid import uuid4

import pytest

from integrations.models import Alarm, AlarmNotice
from integrations.pruning import Removed, prune
from integrations.retention import Retention
from tests.factories import NOW

pytestmark = pytest.mark.django_db

RETENTION = Retention(bodies_days=90, rows_days=730)
OLD, YOUNG = NOW - timedelta(days=731), NOW - timedelta(days=729)


def alarm(vitrine, said, closed_at, state="sent"):
    row = Alarm.objects.create(
        vitrine=vitrine,
        kind="silent",
        opened_at=OLD,
        seen_at=OLD,
        since=OLD,
        told_at=OLD,
        closed_at=closed_at,
        said=said,
    )
    notice(vitrine, alarm=row, occasion="opened", state=state)


def notice(vitrine, at=OLD, **fields):
    values = {"channel": "email", "created_at": at, "since": at, "said": "x", "due_at": at}
    return AlarmNotice.objects.create(vitrine=vitrine, **(values | fields))


def test_what_is_over_for_long_goes_and_all_else_stays(vitrine):
    alarm(vitrine, "old", OLD)
    alarm(vitrine, "young", YOUNG)
    alarm(vitrine, "waits to be told", OLD, state="pending")
    alarm(vitrine, "open", None)
    for at in (OLD, YOUNG):
        notice(vitrine, at, occasion="test", test_key=uuid4(), state="sent")

    pruned = prune(now=NOW, retention=RETENTION)

    assert pruned.by_vitrine == {vitrine.pk: {Removed.ALARMS: 1, Removed.ALARM_TESTS: 1}}
    assert sorted(Alarm.objects.values_list("said", flat=True)) == [
        "open",
        "waits to be told",
        "young",
    ]
    assert AlarmNotice.objects.count() == 4


def test_retention_that_keeps_rows_for_ever_keeps_these(vitrine):
    alarm(vitrine, "old", OLD)
    prune(now=NOW, retention=Retention(bodies_days=90, rows_days=0))
    assert (Alarm.objects.count(), AlarmNotice.objects.count()) == (1, 1)
