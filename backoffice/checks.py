"""What must be right before the back office starts, each with an id and a hint."""

from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from integrations.retention import Retention, RetentionTooShort

SQLITE = "django.db.backends.sqlite3"
BROKERS = ("redis", "rediss", "amqp", "amqps")


def encryption_keys_open(**_: Any) -> list[CheckMessage]:
    """backoffice.E001: a key that is no Fernet key would only be noticed at the first secret."""
    return [
        Error(
            f"Key number {place} of FIELD_ENCRYPTION_KEYS is not a Fernet key.",
            hint="Make one with: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'",
            id="backoffice.E001",
        )
        for place, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1)
        if not _is_fernet_key(key)
    ]


def private_destinations_are_meant(**_: Any) -> list[CheckMessage]:
    """backoffice.W001, on deploy: right for a simulated store, elsewhere a way into the network."""
    if settings.DEBUG or not settings.ALLOW_PRIVATE_DESTINATIONS:
        return []
    return [
        Warning(
            "ALLOW_PRIVATE_DESTINATIONS is on: updates may go to loopback and private addresses.",
            hint="Turn it off unless a platform stands inside your own network.",
            id="backoffice.W001",
        )
    ]


def broker_is_one_that_we_know(**_: Any) -> list[CheckMessage]:
    """backoffice.E002: told at start, or the first hint would fail in a thread."""
    parts = settings.CELERY_BROKER_URL.split(";")
    unknown = {_scheme(part) for part in parts} - {"", *BROKERS}
    if unknown:
        wrong = f"CELERY_BROKER_URL begins with “{'”, “'.join(sorted(unknown))}”."
    elif not all(map(_names_a_port, parts)):
        wrong = "CELERY_BROKER_URL cannot be read: its port is no number."
    else:
        return []
    return [
        Error(
            wrong,
            hint="Redis is redis://host:6379/0 (rediss:// by TLS), RabbitMQ "
            "amqp://user:password@host:5672/vhost (amqps:// by TLS). In a password, / is %2F, # "
            "is %23 and @ is %40.",
            id="backoffice.E002",
        )
    ]


def _scheme(url: str) -> str:
    """Without one, what is taken for it may begin with a password: that is left out."""
    return url.partition("://")[0].rpartition("@")[2]


def _names_a_port(url: str) -> bool:
    """Or none, which means the usual one."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def broker_goes_with_postgresql(**_: Any) -> list[CheckMessage]:
    """backoffice.W002: it would work on this machine, which needs no broker."""
    on_sqlite = settings.DATABASES["default"]["ENGINE"] == SQLITE
    if not on_sqlite or not settings.CELERY_BROKER_URL:
        return []
    return [
        Warning(
            "CELERY_BROKER_URL is set, and the database is a SQLite file of this machine.",
            hint="Workers on other machines need PostgreSQL (DATABASE_URL=postgres://...). On one "
            "machine `manage.py dispatch` does without a broker.",
            id="backoffice.W002",
        )
    ]


def lease_outlasts_a_renewal(**_: Any) -> list[CheckMessage]:
    """backoffice.E003: a holder renews six times in a lease, and sends only under a fresh one."""
    if settings.LANE_LEASE_SECONDS >= 1:
        return []
    return [
        Error(
            f"LANE_LEASE_SECONDS is {settings.LANE_LEASE_SECONDS:g}: a slow query loses the lane.",
            hint="30 suits most. It is how long the lanes of a worker that died stand still.",
            id="backoffice.E003",
        )
    ]


def retentions_can_be_kept(**_: Any) -> list[CheckMessage]:
    """backoffice.E004: told at start, or nothing would be pruned until somebody reads the log."""
    try:
        Retention.of_settings()
    except RetentionTooShort as error:
        hint = "See RETENTION_BODIES_DAYS and RETENTION_ROWS_DAYS in .env.example."
        return [Error(str(error), hint=hint, id="backoffice.E004")]
    return []


def site_url_begins_links(**_: Any) -> list[CheckMessage]:
    """backoffice.E005: told at start, or the links in alarms would lead nowhere."""
    try:
        parts = urlsplit(settings.SITE_URL)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query
    except ValueError:
        sound = False
    if sound or not settings.SITE_URL:
        return []
    return [
        Error(
            "SITE_URL is no address that a link could begin with.",
            hint="Write it as people open the site: https://backoffice.example",
            id="backoffice.E005",
        )
    ]


def alarms_can_leave_by_email(**_: Any) -> list[CheckMessage]:
    """backoffice.W003, on deploy: without a server each notice by e-mail fails, and says so."""
    if settings.EMAIL_IS_SET:
        return []
    return [
        Warning(
            "EMAIL_URL is not set: alarms cannot leave by e-mail.",
            hint="smtp+tls://user:password@host:587, or use webhooks only.",
            id="backoffice.W003",
        )
    ]


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
