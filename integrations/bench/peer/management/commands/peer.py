"""The steps of the peer's rounds, each in a process of its own.

``prepare URL``: tables, and a subscription of that URL. ``fill COUNT``: so many stored events with
the payload of the standard input, and their tasks in the queue, as its own dispatch makes them.
``wait``: until all are delivered; prints how many a second, from the first attempt that it recorded
to the last delivery that it recorded.
"""

import json
import sys
import time
import uuid
from argparse import ArgumentParser
from typing import Any

from celery import states
from django.core.management import BaseCommand, CommandError, call_command
from django.db.models import Count, Max, Min
from django_webhook.models import Webhook, WebhookEvent, WebhookTopic
from django_webhook.tasks import fire_webhook

TOPIC = "auth.Group/create"
#: Seconds.
PATIENCE = 120
LOOK_EVERY = 0.5


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("prepare").add_argument("url")
        steps.add_parser("fill").add_argument("count", type=int)
        steps.add_parser("wait")

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        if step == "prepare":
            prepare(options["url"])
        elif step == "fill":
            fill(options["count"], sys.stdin.read())
        else:
            self.stdout.write(str(delivered_per_second()))


def prepare(url: str) -> None:
    call_command("migrate", verbosity=0)
    webhook = Webhook.objects.create(url=url)
    webhook.secrets.create(token=uuid.uuid4().hex)
    webhook.topics.set(WebhookTopic.objects.filter(name=TOPIC))


def fill(count: int, payload: str) -> None:
    """The events of the round before are taken away: the table does not grow with the rounds."""
    WebhookEvent.objects.all().delete()
    webhook = Webhook.objects.get()
    content = json.loads(payload)
    events = WebhookEvent.objects.bulk_create(
        WebhookEvent(webhook=webhook, object=content, url=webhook.url, topic=TOPIC)
        for _ in range(count)
    )
    for event in events:
        fire_webhook.delay(webhook.pk, payload, topic=TOPIC, webhook_event_id=event.pk)


def delivered_per_second() -> float:
    gives_up_at = time.monotonic() + PATIENCE
    while WebhookEvent.objects.exclude(status=states.SUCCESS).exists():
        if time.monotonic() > gives_up_at:
            raise CommandError("not every event was delivered")
        time.sleep(LOOK_EVERY)
    found = WebhookEvent.objects.aggregate(
        count=Count("pk"), first=Min("last_attempt_at"), last=Max("delivered_at")
    )
    return float(found["count"] / (found["last"] - found["first"]).total_seconds())
