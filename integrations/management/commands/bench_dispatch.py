"""manage.py bench_dispatch: what `make bench` prints.

This process takes no figure. It makes the databases, and gives each figure one, in a process of its
own whose environment says where: settings are read once, and memory is measured from a fresh start.
"""

import os
import signal
import subprocess
import sys
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from psycopg import OperationalError

from integrations.bench.databases import database_of_its_own
from integrations.bench.figures import FIGURES
from integrations.bench.machine import machine
from integrations.bench.readme_table import write_table
from integrations.bench.reporting import Told, told
from integrations.bench.run import Run
from vitrines.models import Vitrine

#: Databases are made on its server, and their names begin as its own.
SERVER = "postgres://postgres@127.0.0.1:5432/backoffice_bench"
#: Whatever the environment says.
SETTINGS = {
    "ALLOWED_HOSTS": "127.0.0.1",
    "ALLOW_PRIVATE_DESTINATIONS": "on",
    "CELERY_BROKER_URL": "",
    "DEBUG": "off",
    "HTTPS": "off",
    "LOG_LEVEL": "ERROR",
    "PLATFORMS_DIR": "",
    # A container's only user may well be root, of which Celery warns; no static files are needed.
    "PYTHONWARNINGS": "ignore",
}
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Mede o envio em PostgreSQL, contra um destino local; cada número é uma razão."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only", nargs="+", choices=sorted(FIGURES), default=list(FIGURES), metavar="NAME"
        )
        parser.add_argument("--quick", action="store_true", help="só prova que o bench funciona")
        parser.add_argument("--rounds", type=int, help="rodadas por número (5; com --quick, 1)")
        parser.add_argument("--profile", type=Path, metavar="PASTA", help="grava perfis ali")
        parser.add_argument(
            "--write-readme", action="store_true", help="grava a tabela “Speed” do README"
        )
        parser.add_argument(
            "--server",
            default=os.environ.get("BENCH_DATABASE_URL", SERVER),
            metavar="URL",
            help="o PostgreSQL, com o início do nome das bases que serão criadas",
        )
        # What it calls itself with, in each database that it has made.
        parser.add_argument("--here", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, here: bool, **options: Any) -> None:
        run = Run(
            quick=options["quick"],
            rounds=options["rounds"] or (1 if options["quick"] else 5),
            profiles=options["profile"],
        )
        if run.quick and options["write_readme"]:
            raise CommandError("a quick run measures nothing that README could tell")
        for signum in STOP_SIGNALS:
            signal.signal(signum, _stop)
        if here:
            if Vitrine.objects.exists():
                raise CommandError(
                    "the database is somebody's: only one of the bench's own will do"
                )
            for name in options["only"]:
                FIGURES[name](run)
            return
        try:
            measured_on = machine(options["server"])
            self.stdout.write(f"$ {' '.join(sys.argv)}\n{measured_on}")
            self.stdout.flush()
            lines, failed = measure(options["server"], options["only"], run)
        except OperationalError as error:
            raise CommandError(f"PostgreSQL does not answer: {error}") from error
        if options["write_readme"]:
            write_table(Path(settings.BASE_DIR) / "README.md", measured_on, lines)
        if failed:
            raise CommandError(f"could not be measured: {', '.join(failed)}")


def _stop(signum: int, frame: FrameType | None) -> None:
    """Leave by the way of every ``finally``, undisturbed: no database and no process stays."""
    for other in STOP_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + signum)


def measure(server: str, names: list[str], run: Run) -> tuple[list[Told], list[str]]:
    """Take each figure in a database of its own; their lines, and those that could not be taken."""
    lines, failed = [], []
    with database_of_its_own(server, "empty") as empty:
        if _manage("migrate", "--verbosity=0", database=empty)[0]:
            raise CommandError("the databases could not be made")
        for number, name in enumerate(names):
            with database_of_its_own(server, str(number), copy_of=empty) as database:
                code, printed = _manage("bench_dispatch", *_arguments(name, run), database=database)
            lines += printed
            if code:
                failed.append(name)
    return lines, failed


def _arguments(name: str, run: Run) -> list[str]:
    arguments = ["--here", "--only", name, "--rounds", str(run.rounds)]
    arguments += ["--quick"] if run.quick else []
    return arguments + (["--profile", str(run.profiles)] if run.profiles else [])


def _manage(*arguments: str, database: str) -> tuple[int, list[Told]]:
    """Run a command, showing what it prints; its exit code and the figures it told.

    It has a session of its own: Ctrl+C reaches this process alone, which then tells the other one.
    """
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, sys.argv[0], *arguments],
        env=os.environ | SETTINGS | {"DATABASE_URL": database},
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    lines = []
    try:
        for line in child.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            if found := told(line):
                lines.append(found)
        return child.wait(), lines
    finally:
        child.terminate()
        child.wait()
