"""What is held through the quiet hours, and what is told after them."""

import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from integrations.alarms.raising import raise_alarms
from integrations.alarms.sending import send_notices
from integrations.models import (
    Alarm,
    AlarmNotice,
    AlarmSettings,
    UpdateReason,
    UpdateState,
)
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.integrations.alarms.world import (
    late_order,
    limit,
    look,
    pause,
    resume,
    told,
    want,
)

pytestmark = pytest.mark.django_db

OPENED, CLOSED = ("opened", "email", "sent"), ("closed", "email", "sent")
AGAIN = ("repeated", "email", "sent")


NIGHT = {"quiet_from": time(22), "quiet_until": time(7)}
#: 22:30 and 7:00 in São Paulo.
LATE, MORNING = datetime(2026, 11, 24, 1, 30, tzinfo=UTC), datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_notice_waits_for_the_end_of_the_quiet_hours_and_is_not_dropped(vitrine, clock):
    want(vitrine, auth_refused=True, **NIGHT)
    clock.now = LATE
    pause(vitrine)
    look(clock)
    resume(vitrine)
    clock.pass_by(hours=1)
    look(clock)
    clock.now = MORNING - timedelta(seconds=1)
    assert look(clock) == (0, 0)
    assert told() == [("opened", "email", "pending"), ("closed", "email", "pending")]
    clock.now = MORNING
    look(clock)
    look(clock)
    assert told() == [OPENED, CLOSED]
    assert [sent.subject for sent in mail.outbox] == [
        "[LOJA-SP] Credencial recusada",
        "[LOJA-SP] Encerrado: Credencial recusada",
    ]


@pytest.mark.parametrize(("kind", "sent"), [("auth_refused", 1), ("late_orders", 0)])
def test_critical_alarm_breaks_the_quiet_where_that_is_wished(vitrine, clock, kind, sent):
    want(vitrine, **{kind: True}, critical_breaks_quiet=True, **NIGHT)
    clock.now = LATE
    if kind == "auth_refused":
        pause(vitrine)
    else:
        late_order(vitrine)
        limit(vitrine)
    assert look(clock) == (1, sent)


def test_notice_that_falls_due_in_the_quiet_waits(vitrine, clock):
    """No engine ran before ten in the evening."""
    want(vitrine, auth_refused=True, **NIGHT)
    pause(vitrine)
    raise_alarms(now=NOW)
    clock.now = LATE
    assert send_notices(now=clock) == 0
    clock.now = MORNING
    assert send_notices(now=clock) == 1


def test_quiet_hours_that_are_changed_hold_and_let_go_what_waits(vitrine, clock, settings):
    """A new notice and a retry alike: the hours of the moment count."""
    want(vitrine, auth_refused=True, late_orders=True, **NIGHT)
    clock.now = LATE - timedelta(minutes=31)
    settings.EMAIL_IS_SET = False
    pause(vitrine)
    look(clock)
    settings.EMAIL_IS_SET = True
    clock.now = LATE
    late_order(vitrine)
    limit(vitrine)
    assert look(clock) == (1, 0)
    AlarmSettings.objects.update(quiet_from=None, quiet_until=None)
    assert look(clock) == (0, 2)
    assert told() == [OPENED, OPENED]


def test_one_vitrine_in_its_quiet_hours_holds_no_other(vitrine, clock):
    other = make_vitrine("LOJA-RJ")
    want(vitrine, auth_refused=True, **NIGHT)
    want(other, auth_refused=True)
    pause(vitrine)
    pause(other)
    clock.now = LATE
    look(clock)
    assert [sent.subject for sent in mail.outbox] == ["[LOJA-RJ] Credencial recusada"]


def test_alarm_that_goes_on_through_the_quiet_is_told_once_that_it_does_and_how_it_stands(
    vitrine, clock
):
    want(vitrine, held_or_failed_above=0, repeat_hours=1, **NIGHT)
    failed = {"state": UpdateState.FAILED, "reason": UpdateReason.REJECTED}
    make_update(make_order(vitrine, "1"), **failed)
    clock.now = LATE
    for number in range(8):
        look(clock)
        make_update(make_order(vitrine, f"2{number}"), **failed)
        clock.pass_by(hours=1)
    assert told() == [("opened", "email", "pending"), ("repeated", "email", "pending")]
    assert Alarm.objects.get().repeats == 1
    clock.now = MORNING
    look(clock)
    look(clock)
    assert told() == [OPENED, AGAIN]
    assert [sent.subject for sent in mail.outbox] == [
        "[LOJA-SP] Retidas ou com falha",
        "[LOJA-SP] Continua: Retidas ou com falha",
    ]
    assert "Quantos: 1\n" in mail.outbox[0].body
    assert "Quantos: 9\n" in mail.outbox[1].body


def test_second_repetition_that_waits_is_refused_by_the_database(vitrine, clock):
    want(vitrine, auth_refused=True, repeat_hours=1)
    pause(vitrine)
    raise_alarms(now=clock())
    clock.pass_by(hours=1)
    raise_alarms(now=clock())
    notice = AlarmNotice.objects.get(occasion="repeated")
    notice.pk, notice.uuid, notice.repeat = None, uuid.uuid4(), 2
    with pytest.raises(IntegrityError), transaction.atomic():
        notice.save(force_insert=True)


def test_alarm_that_is_over_and_then_switched_off_in_the_quiet_is_told_to_nobody(vitrine, clock):
    row = want(vitrine, auth_refused=True, **NIGHT)
    clock.now = LATE
    pause(vitrine)
    look(clock)
    resume(vitrine)
    clock.pass_by(minutes=10)
    look(clock)
    row.auth_refused = False
    row.save(update_fields=["auth_refused"])
    clock.now = MORNING
    look(clock)
    look(clock)
    assert (told(), mail.outbox) == (
        [("opened", "email", "failed"), ("closed", "email", "failed")],
        [],
    )
    assert set(AlarmNotice.objects.values_list("error", flat=True)) == {
        "O alarme foi desligado antes do envio."
    }
