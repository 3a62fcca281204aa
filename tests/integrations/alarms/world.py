"""Vitrines that want alarms, what is wrong with them, and what was told of it."""

from datetime import timedelta

from integrations.alarms.raising import raise_alarms
from integrations.alarms.sending import send_notices
from integrations.models import (
    Alarm,
    AlarmNotice,
    AlarmSettings,
    Lane,
    SendingHour,
    StatusDeadline,
    UpdateReason,
    UpdateState,
)
from integrations.sending_tally import hour_of
from tests.factories import NOW, make_order, make_update
from vitrines.statuses import OrderStatus

SECRET = "whsec_" + "c2VncmVkby1kZS0zMi1ieXRlcy1wYXJhLXRlc3Rlcy4="
EMAIL = "plantao@loja.example"


def want(vitrine, **fields):
    """Settings that tell ``EMAIL``, unless said otherwise."""
    values = {"recipients": [EMAIL]} | fields
    return AlarmSettings.objects.create(vitrine=vitrine, **values)


def pause(vitrine, reason="auth_refused", at=NOW):
    return Lane.objects.update_or_create(
        vitrine=vitrine, defaults={"paused_at": at, "pause_reason": reason}
    )[0]


def resume(vitrine):
    Lane.objects.filter(vitrine=vitrine).update(paused_at=None, pause_reason="")


def usually_sends(vitrine, *, until):
    """Something was accepted in every hour of the last eight days, until so many hours ago."""
    SendingHour.objects.bulk_create(
        SendingHour(vitrine=vitrine, hour=hour_of(NOW) - timedelta(hours=age), accepted=5)
        for age in range(until, 8 * 24 + 1)
    )
    accepted_at = NOW - timedelta(hours=until)
    values = {"reason": UpdateReason.ACCEPTED, "created_at": accepted_at}
    order = make_order(vitrine, "aceito")
    return make_update(order, state=UpdateState.SENT, finished_at=accepted_at, **values)


def late_order(vitrine, number="1", *, status=OrderStatus.DESPACHADO, at=NOW, shows=None, **update):
    """An order whose update failed, in a status since ``at``; the store accepted ``shows``."""
    order = make_order(vitrine, number, status=status, status_at=at)
    if shows is not None:
        make_update(order, shows, UpdateState.SENT, reason=UpdateReason.ACCEPTED)
    values = {"state": UpdateState.FAILED, "reason": UpdateReason.REJECTED} | update
    make_update(order, status, **values)
    return order


def limit(vitrine, status=OrderStatus.DESPACHADO, minutes=60):
    return StatusDeadline.objects.create(vitrine=vitrine, status=status, minutes=minutes)


def look(clock):
    """What an engine does each half minute: what was written, and what was tried."""
    return raise_alarms(now=clock()), send_notices(now=clock)


def alarms():
    """(kind, open) of each, oldest first."""
    rows = Alarm.objects.order_by("id")
    return [(alarm.kind, alarm.closed_at is None) for alarm in rows]


def told():
    """(occasion, channel, state) of each notice, oldest first."""
    rows = AlarmNotice.objects.order_by("id")
    return list(rows.values_list("occasion", "channel", "state"))
