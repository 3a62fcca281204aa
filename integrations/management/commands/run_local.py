"""manage.py run_local: web, dispatcher and simulated store together, until Ctrl+C.

Everything listens on 127.0.0.1 only. Sending to loopback is allowed for the children, since that
is where the simulated store is.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from integrations.demo.processes import (
    HOST,
    Interrupted,
    ProcessEnded,
    ProcessGroup,
    Program,
    first_free_port,
    port_is_free,
)
from integrations.demo.users import PEOPLE, local_password
from integrations.management.commands.load_sample import STORE_STATE

UP_SECONDS = 60


class Command(BaseCommand):
    help = "Sobe o backoffice, o despachante e a loja simulada nesta máquina."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--store-port", type=int, default=8801)
        parser.add_argument("--store-state", type=Path, default=STORE_STATE)

    def handle(self, *args: Any, **options: Any) -> None:
        port = first_free_port(options["port"])
        if port is None:
            raise CommandError(f"Nenhuma porta livre a partir de {options['port']}.")
        store_port = options["store_port"]
        if not port_is_free(store_port):
            raise CommandError(
                f"A porta {store_port}, da loja simulada, está em uso. Encerre o que a usa: as "
                "vitrines de exemplo apontam para ela."
            )
        programs = _programs(port, store_port, options["store_state"])
        environment = {"ALLOW_PRIVATE_DESTINATIONS": "on", "PYTHONUNBUFFERED": "1"}
        try:
            with ProcessGroup(environment=environment) as group:
                group.start(programs, within=UP_SECONDS)
                self._greet(port, store_port)
                group.watch()
        except Interrupted:
            self.stdout.write("\nTudo encerrado.")
        except ProcessEnded as error:
            raise CommandError(f"{error}; o resto foi encerrado.") from error

    def _greet(self, port: int, store_port: int) -> None:
        self.stdout.write(f"\n  Backoffice         http://{HOST}:{port}/")
        people = [person.username for person in PEOPLE]
        if User.objects.filter(username__in=people).count() == len(people):
            self.stdout.write(f"  Entrar como        {', '.join(people)}")
            self.stdout.write(f"  Senha              {local_password()} (se não foi trocada)")
        self.stdout.write(
            f"  API                http://{HOST}:{port}/api/v1/docs\n"
            f"  Loja simulada      http://{HOST}:{store_port}/\n\n"
            f"  Ctrl+C encerra tudo.\n"
        )
        self.stdout.flush()


def _programs(port: int, store_port: int, store_state: Path) -> tuple[Program, ...]:
    manage = (sys.executable, str(Path(sys.argv[0]).resolve()))
    store = (*manage, "simulated_store", f"--port={store_port}", f"--state={store_state}")
    web = (
        *(sys.executable, "-m", "gunicorn", "backoffice.wsgi:application"),
        *("--bind", f"{HOST}:{port}", "--threads", "8", "--log-level", "warning"),
    )
    return (
        Program("a loja simulada", store, store_port, "/healthz"),
        Program("o servidor web", web, port, "/readyz"),
        Program("o despachante", (*manage, "dispatch")),
    )
