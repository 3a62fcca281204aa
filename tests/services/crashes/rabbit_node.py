"""A RabbitMQ of the test's own, which comes back with nothing: no message, no queue, no user."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.engine_processes import (
    START_SECONDS,
    Program,
    free_port,
    program_path,
    wait_until,
)

#: Where Debian keeps the programs themselves; those on the PATH become another user first.
DEBIAN = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
ERLANG = Path("/usr/lib/erlang/bin/epmd")


class RabbitNode:
    """Its folder, its three ports and its name are its own, and so is the Erlang name server that
    it is found by: nothing is shared with a RabbitMQ that runs on this machine already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._names_port = free_port()
        self._programs: list[Program] = []
        self._server = _installed(DEBIAN, "rabbitmq-server")
        self._names = _installed(ERLANG, "epmd")

    def start(self) -> None:
        environment = self._environment()
        names = [self._names, "-address", "127.0.0.1", "-port", str(self._names_port)]
        for command in (names, [self._server]):
            name = Path(command[0]).name
            self._programs.append(Program(name, command, environment, self.folder))
            port = self._names_port if command is names else self.port
            self._programs[-1].wait_to_listen(port, seconds=START_SECONDS)
        wait_until(
            lambda: "completed with" in self._programs[-1].said,
            what="RabbitMQ to have started",
            seconds=START_SECONDS,
        )

    def stop(self) -> None:
        """SIGKILL, and what it kept is thrown away."""
        for program in reversed(self._programs):
            program.kill()
        self._programs.clear()
        (self.folder / "rabbitmq-server.log").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "mnesia", ignore_errors=True)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_FLAGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_NODENAME": f"crash-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            # None of these files exists, so that the machine's own are not read.
            "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        }


@contextmanager
def rabbit_node(folder: Path) -> Iterator[RabbitNode]:
    """Raises ``NotRunning``."""
    node = RabbitNode(folder)
    try:
        node.start()
        yield node
    finally:
        node.stop()


def _installed(where: Path, name: str) -> str:
    return str(where) if where.exists() else program_path(name, package="rabbitmq-server")
