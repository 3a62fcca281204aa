"""The Celery app: ``celery -A backoffice worker`` and ``celery -A backoffice beat``.

Everything it is told comes from the settings (``CELERY_*``), and they from the environment.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging, task_prerun
from django.conf import settings
from django.core.checks import run_checks
from django.db import close_old_connections
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks(["integrations"])
# What was fetched and not begun is not put back when Redis goes away: kombu tries it over the
# connection that it has just thrown away, and the worker ends by that. Hints may be lost.
Channel.do_restore = False


@setup_logging.connect
def logs_like_the_others(**_: Any) -> None:
    """Celery sets up no log of its own when somebody answers this: Django's ``LOGGING`` stands."""


@celeryd_init.connect
@beat_init.connect
def starts_sound(**_: Any) -> None:
    """Refuse to work with what `manage.py check` would refuse: Celery itself only looks. Without a
    broker it would look for a RabbitMQ on this machine."""
    if not settings.CELERY_BROKER_URL:
        raise SystemExit(
            "CELERY_BROKER_URL is not set: without a broker, `manage.py dispatch` sends."
        )
    faults = [fault for fault in run_checks() if fault.is_serious()]
    if faults:
        raise SystemExit("\n".join(str(fault) for fault in faults))


@task_prerun.connect
def fresh_connection(**_: Any) -> None:
    """Each thread keeps its database connection from task to task, as a web server does from
    request to request (``CELERY_DB_REUSE_MAX``), and lets go one that is old or broken."""
    close_old_connections()
