"""One settings file, read from the environment (see .env.example for every variable)."""

import os
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from status_mapping.bounds import MAX_FIELDS

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
_dotenv = os.environ.get("DOTENV_PATH", str(BASE_DIR / ".env"))
if _dotenv and Path(_dotenv).is_file():
    env.read_env(_dotenv)


def _required(name: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Run `make setup`, or copy .env.example to .env and fill it in."
        )
    return str(value)


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = _required("SECRET_KEY")
FIELD_ENCRYPTION_KEYS = [
    key.strip() for key in _required("FIELD_ENCRYPTION_KEYS").split(",") if key.strip()
]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Where updates may be sent. Loopback and private networks are refused unless this is on, which
# is for a simulated store or a platform inside one's own network.
ALLOW_PRIVATE_DESTINATIONS = env.bool("ALLOW_PRIVATE_DESTINATIONS", default=False)
# A folder of one's own platform files, read beside vitrines/platforms/.
PLATFORMS_DIR = env.str("PLATFORMS_DIR", default="")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_include_bootstrap",
    "axes",
    "csp",
    "ninja",
    "vitrines",
    "status_mapping",
    "integrations",
    "backoffice",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "backoffice.middleware.no_nul_in_addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "backoffice.middleware.pages_stay_private",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# How long a worker that died keeps its lanes before another one takes them over. Seconds.
LANE_LEASE_SECONDS = env.float("LANE_LEASE_SECONDS", default=30.0)
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # The web server and the dispatcher share one file: writers queue instead of failing, and
    # readers never wait. synchronous stays FULL: an accepted event survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A connection a thread, kept and looked at before it is used again; the URL may say otherwise
    # (?CONN_MAX_AGE=0). The locks and the compare-and-set are made for read committed. A server
    # that vanished is noticed within a minute, not when TCP gives up. A worker that stands still in
    # the middle of a transaction must not keep its lane's row locked for longer than its lease. To
    # compile a query takes a second, and pays for none of ours (decision 0019).
    DATABASES["default"] = {
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        **DATABASES["default"],
        "OPTIONS": {
            "isolation_level": 2,  # psycopg.IsolationLevel.READ_COMMITTED
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
            "options": "-c jit=off "
            f"-c idle_in_transaction_session_timeout={LANE_LEASE_SECONDS * 1000:.0f}",
            **DATABASES["default"].get("OPTIONS", {}),
        },
    }
# Who sends: `manage.py dispatch` alone, or, with a broker, Celery workers on several machines.
# Messages are hints (integrations/delivery/broker.py): JSON, kept nowhere, with no result.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
if CELERY_BROKER_URL.startswith("redis"):
    # A hint is gone once it is fetched. To note in Redis that it was begun would end a worker that
    # fetched it before Redis was restarted (kombu 5.7.0).
    CELERY_BROKER_TRANSPORT_OPTIONS = {"ack_emulation": False}
    # A worker whose places are taken leaves hints to those that have one free. RabbitMQ knows no
    # such thing: there, some of them wait for the next sweep.
    CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_DELIVERY_MODE = "transient"
# A sweep must not wait behind lanes that are being drained: a worker can be given one queue only.
CELERY_TASK_DEFAULT_QUEUE = "lanes"
CELERY_TASK_QUEUES = [Queue("lanes"), Queue("sweeps")]
CELERY_TASK_ROUTES = {
    "integrations.tasks.drain_lane": {"queue": "lanes"},
    "integrations.tasks.*": {"queue": "sweeps"},
}
# Seconds between two of each.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep": {"task": "integrations.tasks.sweep", "schedule": 1.0},
    "prune": {"task": "integrations.tasks.prune", "schedule": 300.0},
    "alarms": {"task": "integrations.tasks.alarms", "schedule": 30.0},
}
CELERY_BEAT_SCHEDULER = "backoffice.beat:SteadyScheduler"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A thread keeps its database connection from task to task (backoffice/celery.py looks after it).
CELERY_DB_REUSE_MAX = 1_000_000
# A broker that went away is waited for, however long; its return is noticed within seconds.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_HEARTBEAT = 20
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False
# How long a platform is waited for: to connect, for each piece of its answer, for all of it.
# Seconds; platform_tokens/keeping.py counts on the last one.
SEND_TIMEOUTS = {"connect": 5.0, "read": 20.0, "total": 60.0}
# Alarms are told by e-mail and by webhook. EMAIL_URL is smtp+tls://user:password@host:587 and the
# like; without one they are printed while DEBUG is on, and say that they cannot leave while it is
# off. SITE_URL begins the links in them.
_email_url = env.str("EMAIL_URL", default="") or ("consolemail://" if DEBUG else "dummymail://")
_email = env.email_url_config(_email_url)
EMAIL_IS_SET = not _email_url.startswith("dummymail:")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_PORT = _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="backoffice@localhost")
SITE_URL = env.str("SITE_URL", default="").rstrip("/")
# What `manage.py prune` removes, and how old it must be. Days; 0 keeps it for ever.
RETENTION_BODIES_DAYS = env.int("RETENTION_BODIES_DAYS", default=90)
RETENTION_ROWS_DAYS = env.int("RETENTION_ROWS_DAYS", default=730)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "painel"
LOGOUT_REDIRECT_URL = "login"
# Login throttle: five wrong passwords for one user from one address, then fifteen minutes' pause.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/lockout.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LANGUAGE_CODE = "pt-br"
TIME_ZONE = "America/Sao_Paulo"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Nothing inline, nothing from another address; Bootstrap's own icons are data: images.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# A full batch of 500 events, each with an XML, would not fit; the API checks each body itself.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
# The largest form is a DE-PARA with two full tables of types, each in place of another.
DATA_UPLOAD_MAX_NUMBER_FIELDS = MAX_FIELDS

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        # Every login twice, at INFO; a lockout is a WARNING.
        "axes": {"level": "WARNING"},
        # Every message that comes and is done, at INFO: several a second.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}
