"""A real Vendure on 127.0.0.1, from its locked packages: installed, filled with a small shop, run.

The packages are installed once per lock, beside it (``vendure/node_modules``). Each run has its own
database, a file of sql.js in a folder of its own. Needs node 18 or later and npm.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

FOLDER = Path(__file__).parent / "vendure"
LOCK = FOLDER / "package-lock.json"
#: Holds the lock that the installed packages are of.
INSTALLED = FOLDER / "node_modules" / ".installed-lock.json"
INSTALL_SECONDS = 600
POPULATE_SECONDS = 120
START_SECONDS = 60
STOP_SECONDS = 10


class VendureNotRunning(Exception):
    """Not installed, filled or started; the message is what to do, or what was printed."""


def install() -> None:
    npm = _program("npm")
    lock = LOCK.read_bytes()
    if INSTALLED.exists() and INSTALLED.read_bytes() == lock:
        return
    _run([npm, "ci", "--loglevel=error"], dict(os.environ), INSTALL_SECONDS)
    INSTALLED.write_bytes(lock)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a shop that has its own database in ``folder``, until the block ends."""
    node = _program("node")
    install()
    _run([node, "populate.js"], _environment(folder, port=0), POPULATE_SECONDS)
    port = _free_port()
    log = folder / "vendure.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [node, "index.js"],
            cwd=FOLDER,
            env=_environment(folder, port),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, process, log)
        yield address
    finally:
        _stop(process)


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise VendureNotRunning(
            f"make test-services runs a real Vendure and needs {name}, which was not found. "
            "On Debian: apt-get install nodejs npm"
        )
    return path


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "VENDURE_PORT": str(port),
        "VENDURE_DATABASE": str(folder / "vendure.sqlite"),
    }


def _run(command: list[str], environment: dict[str, str], seconds: int) -> None:
    """Run to the end in the shop's folder; what it printed is shown when it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=FOLDER,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VendureNotRunning(f"{' '.join(command)}: not done after {seconds} s") from error
    if done.returncode != 0:
        raise VendureNotRunning(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise VendureNotRunning(f"Vendure: exit {process.returncode}\n{log.read_text()}")
        try:
            if requests.get(f"{address}/health", timeout=2).json() == {"status": "ok"}:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise VendureNotRunning(f"Vendure: not healthy after {START_SECONDS} s\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End its whole group, and never wait for ever."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(STOP_SECONDS)
            break
        except subprocess.TimeoutExpired:
            continue
    if process.stdin is not None:
        process.stdin.close()
