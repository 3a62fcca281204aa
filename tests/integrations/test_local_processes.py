"""``run_local``'s processes come up together and end together."""

import os
import signal
import sys
import threading
import time

import pytest

from integrations.demo.processes import (
    Interrupted,
    ProcessEnded,
    ProcessGroup,
    Program,
    answers,
    first_free_port,
    port_is_free,
)
from integrations.simulated_store import SimulatedStore

FOREVER = (sys.executable, "-c", "import time; time.sleep(60)")


def sleeper(tmp_path, name):
    """A program that writes its process id and goes on."""
    path = tmp_path / name
    code = f"import os, time; open({str(path)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    return Program(name, (sys.executable, "-c", code)), path


def process_id(path):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError("the program did not start")


def ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_all_processes_end_when_one_ends_and_it_is_named(tmp_path):
    other, path = sleeper(tmp_path, "outro")
    code = "import time; time.sleep(0.7); raise SystemExit(3)"
    brief = Program("o breve", (sys.executable, "-c", code))
    with ProcessGroup(environment={}) as group:
        group.start([other, brief], within=10)
        pid = process_id(path)
        with pytest.raises(ProcessEnded, match=r"^o breve parou sozinho \(código 3\)$"):
            group.watch()
    assert ended(pid)


def test_all_processes_end_when_the_parent_is_told_to(tmp_path):
    one, path = sleeper(tmp_path, "um")
    before = signal.getsignal(signal.SIGTERM)
    with ProcessGroup(environment={}) as group:
        group.start([one], within=10)
        pid = process_id(path)
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(Interrupted):
            group.watch()
    assert ended(pid)
    assert signal.getsignal(signal.SIGTERM) is before


def test_process_that_never_answers_is_named():
    with ProcessGroup(environment={}) as group:
        silent = Program("a muda", FOREVER, first_free_port(20_100), "/healthz")
        with pytest.raises(ProcessEnded, match=r"^a muda não respondeu em 0 s$"):
            group.start([silent], within=0.1)


def test_ports_in_use_are_told_from_free_ones():
    with SimulatedStore() as store:
        port = int(store.url.rsplit(":", 1)[1])
        assert port_is_free(port) is False
        assert first_free_port(port) != port
        assert answers(port, "/healthz") is True
        assert answers(port, "/nada") is False
