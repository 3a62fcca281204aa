"""What the tests of the dispatcher share: a store that answers as scripted, and an outbox."""

import json
import re

from werkzeug import Request, Response

from integrations.delivery.dispatcher import run_once
from integrations.delivery.sending import SendResult
from tests.factories import NOW, enqueue_status, make_event, make_order
from vitrines.statuses import OrderStatus

PREPARING = OrderStatus.EM_PREPARACAO
DISPATCHED = OrderStatus.DESPACHADO


class Store:
    """Answers what the test scripted, in turn and then the last for ever; keeps what it got."""

    def __init__(self, httpserver):
        self.requests: list[Request] = []
        self.url = httpserver.url_for("").rstrip("/")
        self.answers = [Response("{}", 200)]
        #: Called with each request, once it is counted.
        self.asked = lambda: None
        httpserver.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def answer(self, request):
        self.requests.append(request)
        self.asked()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def script(self, *answers):
        self.answers = [
            answer if isinstance(answer, Response) else Response("{}", answer) for answer in answers
        ]

    @property
    def told(self):
        return [json.loads(request.get_data())["status"] for request in self.requests]


def enqueue(vitrine, status=PREPARING, number="1"):
    order = vitrine.orders.filter(number=number).first() or make_order(vitrine, number)
    return enqueue_status(order=order, event=make_event(order), status=status, now=NOW)


def dispatch(clock):
    return run_once(worker="w", clock=clock)


def result(outcome, http_status=200, *, message="", retry_after=None):
    return SendResult(outcome, message, http_status, [], {}, retry_after, 1, NOW)


def state(update):
    update.refresh_from_db()
    return update.state, update.reason
