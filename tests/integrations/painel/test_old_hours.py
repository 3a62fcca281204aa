"""Hours are removed with the orders of their age."""

from datetime import timedelta

import pytest

from integrations.models import SendingHour
from integrations.pruning import Removed, prunable, prune
from integrations.retention import Retention
from tests.factories import NOW, make_vitrine
from tests.integrations.pruning.past import LONG_AGO, RETENTION

pytestmark = pytest.mark.django_db
LATELY = NOW - timedelta(days=729)


def hours():
    vitrine = make_vitrine()
    for hour in (LONG_AGO, LATELY, NOW):
        SendingHour.objects.create(vitrine=vitrine, hour=hour)
    return vitrine


def test_hours_past_the_retention_of_rows_are_removed():
    vitrine = hours()

    pruned = prune(now=NOW, retention=RETENTION)

    assert pruned.by_vitrine[vitrine.pk] == {Removed.SENDING_HOURS: 1}
    assert list(SendingHour.objects.values_list("hour", flat=True)) == [NOW, LATELY]


def test_hours_that_would_be_removed_are_counted_and_stay():
    vitrine = hours()

    counted = prunable(now=NOW, retention=RETENTION)

    assert counted.by_vitrine[vitrine.pk] == {Removed.SENDING_HOURS: 1}
    assert SendingHour.objects.count() == 3


def test_rows_kept_for_ever_keep_their_hours():
    hours()

    prune(now=NOW, retention=Retention(bodies_days=90, rows_days=0))

    assert SendingHour.objects.count() == 3
