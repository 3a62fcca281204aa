"""Nothing leaves of a transaction that came to nothing."""

import pytest
from django.db import transaction

from integrations.models import Event, StatusUpdate
from tests.integrations.dispatcher.dispatching import dispatch, enqueue

pytestmark = pytest.mark.django_db


class ChangedItsMindError(Exception):
    pass


def enqueue_and_fail(vitrine):
    enqueue(vitrine)
    raise ChangedItsMindError


def test_update_of_a_transaction_that_was_rolled_back_is_never_sent(vitrine, store, clock):
    with pytest.raises(ChangedItsMindError), transaction.atomic():
        enqueue_and_fail(vitrine)

    assert dispatch(clock) == 0
    assert store.requests == []
    assert not StatusUpdate.objects.exists()
    assert not Event.objects.exists()
