"""A PostgreSQL of the crash tests' own, and databases in it in which a story is already told."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services.conftest import CRASH_RESULT
from tests.services.crashes.cluster import Cluster, running_cluster
from tests.services.crashes.report import failure, results
from tests.services.crashes.stage import Stage, staged
from tests.services.crashes.stories import Story
from tests.services.crashes.told_database import (
    USUAL_LEASE_SECONDS,
    ToldDatabase,
    installation,
    tell_story,
)
from tests.services.crashes.verdict import judge
from tests.services.engine_processes import NotRunning, free_port

Setting = Callable[..., Stage]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    try:
        with running_cluster() as cluster:
            yield cluster
    except NotRunning as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="session")
def store_port() -> int:
    """One for all runs: the address stands in the databases that are copied."""
    return free_port()


@pytest.fixture(scope="session")
def told_database(
    cluster: Cluster, store_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Story, int], ToldDatabase]:
    """A database in which so many steps of a story have come in; made once, to be copied."""
    made: dict[tuple[str, int], ToldDatabase] = {}
    folder = tmp_path_factory.mktemp("told")
    cluster.create("empty")
    with installation(folder, cluster.url("empty")) as programs:
        programs.manage("migrate", "--verbosity", "0")

    def tell(story: Story, steps: int) -> ToldDatabase:
        key = (story.name, steps)
        if key not in made:
            made[key] = tell_story(cluster, story, steps, store_port=store_port, folder=folder)
        return made[key]

    return tell


@pytest.fixture
def setting(
    cluster: Cluster,
    store_port: int,
    told_database: Callable[[Story, int], ToldDatabase],
    tmp_path: Path,
) -> Iterator[Setting]:
    with ExitStack() as stack:

        def set_up(
            story: Story,
            *,
            steps: int,
            broker_url: str = "",
            lease_seconds: float = USUAL_LEASE_SECONDS,
        ) -> Stage:
            stage = staged(
                cluster,
                story,
                told_database(story, steps),
                store_port=store_port,
                folder=tmp_path,
                broker_url=broker_url,
                lease_seconds=lease_seconds,
            )
            return stack.enter_context(stage)

        yield set_up


@pytest.fixture
def pass_verdict(request: pytest.FixtureRequest) -> Callable[[Stage], None]:
    """Hold a run against the guarantees; what it came to is told at the end, bad or good."""

    def judge_run(stage: Stage) -> None:
        judgement = judge(run := stage.run())
        seconds = time.monotonic() - stage.started_at
        scenario = request.node.name.removeprefix("test_").replace("_", " ")
        line = f"crash {scenario}: {results(run, judgement)}, in {seconds:.0f} s"
        request.node.user_properties.append((CRASH_RESULT, line))
        assert not judgement.problems, failure(run, judgement)

    return judge_run
