"""What the tests of platform tokens do and look at."""

from contextlib import closing

from integrations.delivery.dispatcher import run_once
from integrations.delivery.http import Sessions
from integrations.delivery.parcels import open_desk
from integrations.delivery.platform_tokens.by_hand import token_for
from integrations.delivery.platform_tokens.keeping import credential_of, find_or_begin
from integrations.models import DeliveryAttempt, Lane, UpdateState
from tests.factories import NOW, enqueue_status, make_event, make_order
from vitrines.statuses import OrderStatus

PREPARING = OrderStatus.EM_PREPARACAO
#: What ``states`` gives: the state, and the tries that counted.
SENT = (UpdateState.SENT, 1)
WAITING = (UpdateState.PENDING, 0)


def enqueue(vitrine, *numbers):
    for number in numbers:
        order = make_order(vitrine, str(number))
        enqueue_status(order=order, event=make_event(order), status=PREPARING, now=NOW)


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
    with closing(Sessions(pool_size=1)) as sessions:
        return token_for(open_desk(vitrine), sessions=sessions, clock=clock)


def begin(vitrine, holder="web outro", **more):
    clock = more.pop("clock", lambda: NOW)
    credential = credential_of(open_desk(vitrine))
    return find_or_begin(vitrine.pk, credential, holder=holder, clock=clock, **more)
