"""What the tests of platform tokens do and look at."""

from datetime import timedelta

from integrations.delivery import outbox
from integrations.delivery.dispatcher import run_once
from integrations.delivery.http import Sessions
from integrations.delivery.platform_tokens.keeping import credential_of, find_or_begin, token_for
from integrations.models import Connection, DeliveryAttempt, Lane, UpdateState
from tests.factories import NOW, make_event, make_order
from vitrines.platforms import get_platform
from vitrines.statuses import OrderStatus

PREPARING = OrderStatus.EM_PREPARACAO
#: What ``states`` gives: the state, and the tries that counted.
SENT = (UpdateState.SENT, 1)
WAITING = (UpdateState.PENDING, 0)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def pass_by(self, **span):
        self.now += timedelta(**span)


def enqueue(vitrine, *numbers):
    for number in numbers:
        order = make_order(vitrine, str(number))
        outbox.enqueue_status(order=order, event=make_event(order), status=PREPARING, now=NOW)


def dispatch(clock):
    return run_once(worker="w", clock=clock)


def states(vitrine):
    updates = vitrine.status_updates.order_by("id")
    return [(update.state, update.attempts_made) for update in updates]


def lane(vitrine):
    return Lane.objects.get(vitrine=vitrine)


def outcomes(vitrine):
    attempts = DeliveryAttempt.objects.filter(update__vitrine=vitrine).order_by("id")
    return [attempt.outcome for attempt in attempts]


def web_token(vitrine, clock=lambda: NOW):
    row = Connection.objects.get(vitrine=vitrine)
    sessions = Sessions(pool_size=1)
    try:
        return token_for(
            vitrine=vitrine,
            platform=get_platform(vitrine.platform),
            params=row.params,
            secrets=row.secrets,
            sessions=sessions,
            clock=clock,
        )
    finally:
        sessions.close()


def begin(vitrine, holder="web outro", **more):
    row = Connection.objects.get(vitrine=vitrine)
    platform = get_platform(vitrine.platform)
    credential = credential_of(vitrine, platform, row.params, row.secrets)
    clock = more.pop("clock", lambda: NOW)
    return find_or_begin(vitrine.pk, credential, holder=holder, clock=clock, **more)
