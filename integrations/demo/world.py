"""The places where stories are played: a database of one's own, and the stage set up on it."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from integrations.demo.api_client import ApiClient
from integrations.demo.shops import open_shops
from integrations.demo.stage import Stage
from integrations.models import TokenScope
from integrations.simulated_store import SimulatedStore
from integrations.tokens import issue_token
from vitrines.models import Vitrine

MEMORY: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": ":memory:",
    "OPTIONS": {"transaction_mode": "IMMEDIATE"},
}


@contextmanager
def database_of_its_own() -> Iterator[None]:
    """Point the default connection at a new in-memory database, whatever DATABASE_URL says.

    Only this thread sees it, which is enough: sender threads touch no database.
    """
    configured = connections.settings
    connections["default"].close()
    del connections["default"]
    connections.settings = connections.configure_settings({"default": dict(MEMORY)})
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        connections["default"].close()
        del connections["default"]
        connections.settings = configured


@contextmanager
def reaching_the_simulated_store() -> Iterator[None]:
    """The store is on loopback, and the API is called under the name of 127.0.0.1.

    No page is asked for, so the collected static files may be missing.
    """
    with (
        override_settings(
            ALLOW_PRIVATE_DESTINATIONS=True,
            ALLOWED_HOSTS=["127.0.0.1"],
            SECURE_SSL_REDIRECT=False,
        ),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
        yield


@contextmanager
def quiet_logs() -> Iterator[None]:
    """What the store is told to do wrong is no news on the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def set_stage(store: SimulatedStore, *, author: User, worker: str) -> tuple[Stage, str]:
    """Register both vitrines against ``store``; the stage, and the API key it uses."""
    now = timezone.now()
    vitrines = open_shops(store_url=store.url, author=author, now=now)
    key = issue_sample_token(vitrines, author=author)
    stage = Stage(
        store=store,
        api=ApiClient(key=key),
        vitrines={vitrine.code: vitrine for vitrine in vitrines},
        author=author,
        worker=worker,
    )
    return stage, key


def issue_sample_token(vitrines: list[Vitrine], *, author: User) -> str:
    _, key = issue_token(
        name="exemplo",
        vitrines=vitrines,
        scopes=[scope.value for scope in TokenScope],
        actor=author,
        now=timezone.now(),
    )
    return key
