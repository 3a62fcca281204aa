"""The project's own settings under the environment of the test run.

The suite must not depend on the developer's own .env file. It runs on SQLite and needs nothing, or,
for `make test-services`, on the PostgreSQL that TEST_DATABASE_URL names.
"""

import os

os.environ.update(
    DOTENV_PATH="",
    DEBUG="true",
    SECRET_KEY="tests-only-secret-key-of-sufficient-length-0123456789",
    FIELD_ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    ALLOW_PRIVATE_DESTINATIONS="true",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL", "sqlite:///:memory:"),
    CELERY_BROKER_URL="",
    PLATFORMS_DIR="",
    EMAIL_URL="",
    SITE_URL="",
    LOG_LEVEL="WARNING",
)

from backoffice.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# What collectstatic left would be looked through anew by each test's client.
STATIC_ROOT = None
