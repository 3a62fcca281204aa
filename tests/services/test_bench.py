"""`make bench` in its shortest form: that it measures and tells, never how fast anything is."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from integrations.bench.figures import FIGURES
from integrations.bench.goals import GOALS
from tests.services.engine_processes import ROOT, SECRETS, wait_until

pytestmark = pytest.mark.services
#: django-webhook2 needs an environment of its own, which only `make bench` makes.
PEER = "dispatch_vs_django_webhook2"
LINE = re.compile(r"bench (\w+) -?\d+\.\d\d goal (\d+\.\d\d) (ok|short)")


@pytest.fixture
def server() -> str:
    """The test server's address, with how this test's databases begin their names."""
    url = urlsplit(os.environ.get("TEST_DATABASE_URL", ""))
    if not url.scheme.startswith("postgres"):
        pytest.fail("needs PostgreSQL: TEST_DATABASE_URL (make test-services)", pytrace=False)
    return url._replace(path=f"/test_bench_{os.getpid()}_{time.monotonic_ns()}").geturl()


def bench(server: str, *figures: str) -> subprocess.Popen[str]:
    """A run that has begun. Every figure fails by itself if anything it sent did not arrive."""
    only = ["--only", *figures] if figures else []
    environment = {"DJANGO_SETTINGS_MODULE": "backoffice.settings", "DOTENV_PATH": ""}
    return subprocess.Popen(
        [sys.executable, "manage.py", "bench_dispatch", "--quick", *only],
        cwd=ROOT,
        env=os.environ | SECRETS | environment | {"BENCH_DATABASE_URL": server},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def databases(server: str) -> list[str]:
    prefix = urlsplit(server).path.removeprefix("/")
    with psycopg.connect(urlsplit(server)._replace(path="/postgres").geturl()) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
        )
        return [name for (name,) in found]


def programs(server: str) -> list[int]:
    """The processes that a run started, by the database that their environment names."""
    prefix = urlsplit(server).path.encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            named = [v for v in environ.read_bytes().split(b"\0") if v.startswith(b"DATABASE_URL=")]
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if any(prefix in value for value in named):
            found.append(int(environ.parent.name))
    return found


def test_every_figure_tells_its_lines_and_the_run_leaves_nothing(server: str) -> None:
    run = bench(server, *(name for name in FIGURES if name != PEER))
    printed, complaints = run.communicate(timeout=600)

    assert (run.returncode, complaints) == (0, "")
    assert printed.startswith("$ manage.py bench_dispatch --quick --only dispatch_vs_requests")
    told = [line for line in printed.splitlines() if line.startswith("bench ")]
    assert [(found[1], found[2]) for line in told if (found := LINE.fullmatch(line))] == [
        (name, f"{goal.bound:.2f}") for name, goal in GOALS.items() if not name.startswith(PEER)
    ]
    assert len(told) == len(GOALS) - 2
    assert (databases(server), programs(server)) == ([], [])


def test_a_run_that_is_stopped_leaves_no_database_and_no_process(server: str) -> None:
    run = bench(server, "latency")
    wait_until(lambda: len(programs(server)) > 5, what="web, workers and beat run", seconds=180)

    run.send_signal(signal.SIGINT)
    printed, complaints = run.communicate(timeout=90)

    assert (run.returncode, complaints) == (128 + signal.SIGINT, "")
    assert "bench latency" not in printed
    assert (databases(server), programs(server)) == ([], [])


def test_bench_without_postgresql_says_so_and_measures_nothing() -> None:
    run = bench("postgres://bench@127.0.0.1:9/bench")
    printed, complaints = run.communicate(timeout=60)

    assert (run.returncode, printed) == (1, "")
    assert complaints.startswith("CommandError: PostgreSQL does not answer")
