"""As the documentation of django-webhook2 has it; ``PEER_TUNED`` adds what it does not mention."""

import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ["DATABASE_URL"])

SECRET_KEY = "of-no-use"  # noqa: S105
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django_webhook",
    "integrations.bench.peer",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path.removeprefix("/"),
        "USER": _database.username or "",
        "PASSWORD": _database.password or "",
        "HOST": _database.hostname or "",
        "PORT": _database.port or "",
    }
}
DJANGO_WEBHOOK = {
    # The model of the row does not matter: the payload is handed over as it is to be sent.
    "MODELS": ["auth.Group"],
    "STORE_EVENTS": True,
    "ADMIN_SITE": None,
}

CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 16
if os.environ.get("PEER_TUNED"):
    # Celery closes each thread's connection to the database before and after every task. A pool of
    # Django's own comes to the same speed as this.
    CELERY_DB_REUSE_MAX = 1_000_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
