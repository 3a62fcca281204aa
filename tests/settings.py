"""The project's own settings under the environment of the test run.

The suite must not depend on the developer's own .env file.
"""

import os

os.environ.update(
    DOTENV_PATH="",
    DEBUG="true",
    SECRET_KEY="tests-only-secret-key-of-sufficient-length-0123456789",
    FIELD_ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    ALLOW_PRIVATE_DESTINATIONS="true",
    DATABASE_URL="sqlite:///:memory:",
    PLATFORMS_DIR="",
    LOG_LEVEL="WARNING",
)

from backoffice.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
