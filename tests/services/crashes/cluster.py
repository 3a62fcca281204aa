"""A PostgreSQL of the tests' own, which may be restarted: with a folder, port and processes."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.services.engine_processes import NotRunning, free_port

#: Where Debian keeps what is not on the PATH.
DEBIAN = Path("/usr/lib/postgresql")
SETTINGS = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60"]


class Cluster:
    def __init__(self, folder: Path, user: str | None) -> None:
        self._data = folder / "data"
        self._folder = folder
        self._user = user
        self.port = free_port()
        run = ("-D", str(self._data), "--auth=trust", "--username=postgres", "--encoding=UTF8")
        self._call("initdb", *run, "--locale=C.UTF-8", "--no-sync")

    def start(self, port: int | None = None) -> None:
        """``port``: another than the one that everybody knows."""
        chosen = f"port={port or self.port}"
        settings = " ".join(f"-c {setting}" for setting in [*SETTINGS, chosen])
        self._call(
            "pg_ctl",
            *self._here,
            "-l",
            str(self._folder / "server.log"),
            "-o",
            settings,
            "-w",
            "start",
        )

    def stop(self, mode: str) -> None:
        """``fast`` ends every session; ``immediate`` is a crash, to be recovered from."""
        self._call("pg_ctl", *self._here, "-m", mode, "-w", "stop")

    def url(self, database: str, port: int | None = None) -> str:
        return f"postgres://postgres@127.0.0.1:{port or self.port}/{database}"

    @contextmanager
    def out_of_reach(self) -> Iterator[int]:
        """Run a stopped server on another port, which only the caller knows, and stop it again."""
        port = free_port()
        self.start(port)
        try:
            yield port
        finally:
            self.stop("fast")

    def create(self, database: str, template: str = "template0") -> None:
        """``database`` as a copy of ``template``, to which nobody may be connected."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    @property
    def _here(self) -> tuple[str, str]:
        return ("-D", str(self._data))

    def _call(self, program: str, *arguments: str) -> None:
        """As a user whom PostgreSQL does not refuse; not through a pipe, which the server would
        keep open."""
        log = self._folder / "calls.log"
        with log.open("ab") as output:
            done = subprocess.run(
                [_path(program), *arguments],
                user=self._user,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=60,
                check=False,
            )
        if done.returncode:
            raise NotRunning(f"{program}: exit {done.returncode}\n{log.read_text()[-2000:]}")


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Raises ``NotRunning``."""
    # Not below pytest's own folder, which belongs to one user alone.
    folder = Path(tempfile.mkdtemp(prefix="crash-postgres-"))
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    try:
        cluster = Cluster(folder, user)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _path(program: str) -> str:
    found = shutil.which(program)
    if found is not None:
        return found
    installed = sorted(DEBIAN.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    if not installed:
        raise NotRunning(
            f"make test-services needs {program}, which was not found. "
            "On Debian: apt-get install postgresql"
        )
    return str(installed[-1])
