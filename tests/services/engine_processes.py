"""The programs of an installation as real processes, and servers of one's own that they stand on.

``Installation`` starts web, workers, beat and dispatchers with one database and one broker; each
``Program`` can be waited for, told to stop, killed, and halted. ``RedisServer`` is a broker that a
test may stop and start as it likes. All of it on 127.0.0.1.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
#: Deadlines are for a machine with too much to do: whoever waits goes on as soon as it may.
START_SECONDS = 120
STOP_SECONDS = 120
WAIT_SECONDS = 120
SECRETS = {
    "SECRET_KEY": "tests-only-secret-key-of-sufficient-length-0123456789",
    "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


class NotRunning(Exception):
    """A service or program is missing, did not come up, or ended; says what to do, or its log."""


def wait_until(
    true: Callable[[], object], *, what: str, seconds: float = WAIT_SECONDS, every: float = 0.02
) -> None:
    """Look ``every`` so many seconds; fails with ``what`` was waited for."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)


def program_path(name: str, *, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise NotRunning(
            f"make test-services needs {name}, which was not found. "
            f"On Debian: apt-get install {package}"
        )
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Program:
    """A process in a session of its own; its output goes to ``log``."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], folder: Path):
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def wait_to_say(self, words: str, *, times: int = 1, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while self.said.count(words) < times:
            if self.ended:
                raise NotRunning(f"{self.name}: exit {self.process.returncode}\n{self.said}")
            if time.monotonic() > deadline:
                raise NotRunning(f"{self.name} did not say “{words}” in {seconds} s\n{self.said}")
            time.sleep(0.02)

    def wait_to_listen(self, port: int, *, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not answers(port):
            if self.ended or time.monotonic() > deadline:
                raise NotRunning(f"{self.name} does not listen on {port}\n{self.said}")
            time.sleep(0.02)

    def tell(self, number: signal.Signals) -> None:
        """A signal to its first process, as a service manager sends it."""
        self.process.send_signal(number)

    def stop(self, *, seconds: float = STOP_SECONDS) -> int:
        """SIGTERM, and wait; answers its exit code."""
        self.tell(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL to it and all its children, whatever state they are in, and wait."""
        self._tell_all(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def halt(self) -> None:
        """SIGSTOP to it and all its children: to the others it is as if the machine hung."""
        self._tell_all(signal.SIGSTOP)

    def go_on(self) -> None:
        self._tell_all(signal.SIGCONT)

    def _tell_all(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


class Installation(AbstractContextManager["Installation"]):
    """Programs of one installation; leaving the context kills those that still run.

    ``settings`` are further environment variables, the same for all; a program's own go to its
    method. Nothing of the caller's environment but the search path is passed on.
    """

    def __init__(
        self, folder: Path, *, database_url: str, broker_url: str = "", **settings: str
    ) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "DOTENV_PATH": "",
            "PYTHONUNBUFFERED": "1",
            "ALLOWED_HOSTS": "127.0.0.1",
            "ALLOW_PRIVATE_DESTINATIONS": "on",
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": broker_url,
            **SECRETS,
            **settings,
        }
        self.programs: list[Program] = []

    def worker(
        self,
        name: str = "worker",
        *,
        pool: str = "threads",
        concurrency: int = 4,
        queues: str = "",
        **settings: str,
    ) -> Program:
        """A Celery worker that has said it is ready."""
        command = ["-A", "backoffice", "worker", "--pool", pool, "--concurrency", str(concurrency)]
        command += ["--hostname", f"{name}@%h"]
        command += ["--queues", queues] if queues else []
        program = self.start(name, ["-m", "celery", *command], **settings)
        program.wait_to_say(" ready.")
        return program

    def beat(self, name: str = "beat", **settings: str) -> Program:
        program = self.start(name, ["-m", "celery", "-A", "backoffice", "beat"], **settings)
        program.wait_to_say("beat: Starting...")
        return program

    def dispatcher(self, name: str = "dispatch", **settings: str) -> Program:
        program = self.start(name, ["manage.py", "dispatch"], **settings)
        program.wait_to_say("Despachando como")
        return program

    def web(self, name: str = "web", *, port: int, workers: int = 1, **settings: str) -> Program:
        """gunicorn, as the README starts it."""
        command = ["-m", "gunicorn", "backoffice.wsgi", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", str(workers), "--threads", "4"]
        program = self.start(name, command, **settings)
        program.wait_to_listen(port)
        return program

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; answers what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        if done.returncode:
            raise NotRunning(f"manage.py {' '.join(arguments)}: {done.returncode}\n{done.stdout}")
        return done.stdout

    def start(self, name: str, arguments: list[str], **settings: str) -> Program:
        """Start Python with these arguments; does not wait for anything."""
        program = Program(
            name, [sys.executable, *arguments], self.environment | settings, self.folder
        )
        self.programs.append(program)
        return program

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with ExitStack() as each:
            for program in self.programs:
                each.callback(program.kill)


class RedisServer:
    """A Redis on a port of its own that keeps nothing: a restart empties its queues."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.program: Program | None = None
        self._path = program_path("redis-server", package="redis-server")

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        options += ["--appendonly", "no", "--dir", str(self.folder)]
        self.program = Program("redis", [self._path, *options], dict(os.environ), self.folder)
        self.program.wait_to_listen(self.port)

    def stop(self) -> None:
        if self.program is not None:
            self.program.kill()
            self.program = None

    def restart(self) -> None:
        self.stop()
        self.start()


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
