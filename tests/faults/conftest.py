import pytest

from tests.factories import NOW
from tests.faults.platform import Platform
from tests.faults.rows import write_table
from tests.faults.stage import Stage
from tests.faults.table import FAULTS

#: The rows as they were measured, by fault; only in a run that writes the table.
MEASURED = pytest.StashKey[dict[str, str]]()


def pytest_addoption(parser):
    parser.addoption(
        "--write-table",
        action="store_true",
        help="write the table of faults in integrations/README.md as this run measures it",
    )


def pytest_configure(config):
    # In a run of more than this folder there is no such option.
    if config.getoption("--write-table", default=False):
        config.stash[MEASURED] = {}


def pytest_collection_modifyitems(config, items):
    if MEASURED in config.stash:
        items[:] = [item for item in items if hasattr(item.function, "fault")]


def pytest_collection_finish(session):
    selected = {getattr(item.function, "fault", None) for item in session.items}
    if MEASURED in session.config.stash and not selected.issuperset(FAULTS):
        raise pytest.UsageError("--write-table takes the whole folder, in one process")


def pytest_sessionfinish(session, exitstatus):
    measured = session.config.stash.get(MEASURED, None)
    if measured is not None and exitstatus == pytest.ExitCode.OK:
        write_table([measured[fault] for fault in FAULTS])


@pytest.fixture
def set_stage(request, db, settings):
    """A stage with the platform file of that name; ``now`` is what its clock shows first."""
    fault = getattr(request.function, "fault", "")
    stages = []

    def set_one(file, now=NOW):
        stages.append(Stage(platform, settings, file, fault, now))
        stages[-1].measured = request.config.stash.get(MEASURED, None)
        return stages[-1]

    with Platform() as platform:
        yield set_one
    if fault:
        assert all(stage.shown for stage in stages), f"the test of {fault!r} does not show its row"


@pytest.fixture
def stage(set_stage):
    return set_stage("loja")
