"""A channel that is set up while an alarm is open."""

import pytest
from django.core import mail

from tests.integrations.alarms.world import (
    alarms,
    look,
    pause,
    resume,
    told,
    want,
)

pytestmark = pytest.mark.django_db

OPENED, CLOSED = ("opened", "email", "sent"), ("closed", "email", "sent")
AGAIN = ("repeated", "email", "sent")


def test_channel_is_told_of_an_alarm_that_was_open_before_it(vitrine, clock):
    row = want(vitrine, auth_refused=True, recipients=[])
    pause(vitrine)
    look(clock)
    row.recipients = ["plantao@loja.example"]
    row.save(update_fields=["recipients"])
    for _ in range(3):
        clock.pass_by(minutes=1)
        look(clock)
    resume(vitrine)
    clock.pass_by(minutes=5)
    look(clock)
    assert told() == [OPENED, CLOSED]


def test_channel_that_was_not_told_of_the_beginning_is_not_told_of_the_end(vitrine, clock):
    """It is set up when the thing is over, and only the calm is waited for."""
    row = want(vitrine, auth_refused=True, recipients=[])
    pause(vitrine)
    look(clock)
    resume(vitrine)
    row.recipients = ["plantao@loja.example"]
    row.save(update_fields=["recipients"])
    clock.pass_by(minutes=5)
    look(clock)
    assert (alarms(), told(), mail.outbox) == ([("auth_refused", False)], [], [])


def test_channel_that_is_new_gets_the_beginning_in_place_of_a_repetition(vitrine, clock):
    row = want(vitrine, auth_refused=True, repeat_hours=1, recipients=[])
    pause(vitrine)
    look(clock)
    row.recipients = ["plantao@loja.example"]
    row.save(update_fields=["recipients"])
    clock.pass_by(hours=1)
    look(clock)
    assert told() == [OPENED]
    clock.pass_by(hours=1)
    look(clock)
    assert told() == [OPENED, AGAIN]
