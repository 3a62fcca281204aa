"""What holds for the whole run."""

import gc
import os

import pytest

from integrations.delivery.lanes import WATCH


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On another database than the default suite's, what asks no database has nothing to show."""
    if "TEST_DATABASE_URL" not in os.environ:
        return
    without = [item for item in items if not _asks_a_database(item)]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if _asks_a_database(item)]


def _asks_a_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("services") or item.get_closest_marker("django_db"):
        return True
    assert isinstance(item, pytest.Function)
    return any(name in item.fixturenames for name in ("db", "transactional_db"))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end; to look through it again at every garbage
    collection took a twentieth of the run, and to look through the new at every 700 objects as
    much again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(autouse=True)
def nothing_seen_of_other_leases():
    """A test's rows have the ids of another's: what was seen of those says nothing of these."""
    WATCH.forget()
