"""What holds for the whole run."""

import gc

import pytest

from integrations.delivery.lanes import WATCH


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
