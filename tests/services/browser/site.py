"""The product as a person meets it: web, dispatcher and simulated store, with the sample data.

The sample is loaded once and copied: a module of tests that changes things starts from it again.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from integrations.demo.users import DEFAULT_PASSWORD
from tests.services.engine_processes import Installation, free_port

DATABASE, STORE_STATE = "db.sqlite3", "loja.json"


@dataclass(frozen=True)
class Sample:
    folder: Path
    #: The vitrines of the sample point to it.
    store_port: int


@dataclass(frozen=True)
class Site:
    url: str
    store_url: str
    installation: Installation

    def path(self, path: str) -> str:
        return f"{self.url}{path}"

    def manage(self, *arguments: str) -> str:
        return self.installation.manage(*arguments)


def load_sample(folder: Path) -> Sample:
    store_port = free_port()
    with _installation(folder) as programs:
        programs.manage("migrate", "--verbosity", "0")
        programs.manage("collectstatic", "--noinput", "--verbosity", "0")
        state = str(folder / STORE_STATE)
        programs.manage("load_sample", f"--store-port={store_port}", f"--store-state={state}")
    return Sample(folder, store_port)


@contextmanager
def open_site(sample: Sample, folder: Path) -> Iterator[Site]:
    """One at a time: the store's port is that of the sample."""
    for name in (DATABASE, STORE_STATE):
        shutil.copy(sample.folder / name, folder / name)
    port = free_port()
    with _installation(folder) as programs:
        store = ["manage.py", "simulated_store", f"--port={sample.store_port}"]
        programs.start("store", [*store, f"--state={folder / STORE_STATE}"]).wait_to_listen(
            sample.store_port
        )
        programs.web(port=port)
        programs.dispatcher()
        site = Site(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sample.store_port}", programs)
        yield site


def _installation(folder: Path) -> Installation:
    return Installation(
        folder,
        database_url=f"sqlite:///{folder / DATABASE}",
        DEBUG="off",
        LOCAL_PASSWORD=DEFAULT_PASSWORD,
    )
