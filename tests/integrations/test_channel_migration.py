"""What failed for its channel before there was a reason of its own is named by how it failed."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from integrations.models import AttemptClass, DeliveryAttempt, StatusUpdate, UpdateState
from tests.factories import NOW, make_order, make_update, make_vitrine

pytestmark = pytest.mark.django_db
migration = import_module("integrations.migrations.0026_channel_to_choose")


def failed(vitrine, number, reason="config", *, tried_at=None):
    update = make_update(make_order(vitrine, number), state=UpdateState.FAILED, reason=reason)
    if tried_at:
        DeliveryAttempt.objects.create(
            update=update,
            number=1,
            started_at=tried_at,
            duration_ms=1,
            outcome=AttemptClass.CONFIG,
            worker="w",
        )
    return update


def reasons():
    return list(StatusUpdate.objects.order_by("id").values_list("reason", flat=True))


def test_failure_as_it_was_decided_is_of_the_channel_and_that_of_a_try_is_not():
    vitrine = make_vitrine()
    failed(vitrine, "1")
    failed(vitrine, "2", tried_at=NOW)
    failed(vitrine, "3", tried_at=NOW - timedelta(hours=1))
    failed(vitrine, "4", "rejected")

    migration.name_the_channel(apps, connection.schema_editor())
    assert reasons() == ["not_offered", "config", "not_offered", "rejected"]

    migration.name_it_configuration(apps, connection.schema_editor())
    assert reasons() == ["config", "config", "config", "rejected"]
