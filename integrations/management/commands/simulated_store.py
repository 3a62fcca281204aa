"""manage.py simulated_store: serve the store, with its own admin page, until interrupted."""

import json
import signal
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.simulated_store import SimulatedStore


class Command(BaseCommand):
    help = "Sobe a loja simulada em 127.0.0.1, com a página do administrador da loja."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8801)
        parser.add_argument(
            "--state",
            type=Path,
            metavar="ARQUIVO",
            help="arquivo JSON em que a loja guarda o que sabe, ao encerrar; lido ao subir",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            store = SimulatedStore(port=options["port"])
        except OSError as error:
            raise CommandError(f"A porta {options['port']} não está livre: {error}") from error
        signal.signal(signal.SIGTERM, _interrupt)
        state: Path | None = options["state"]
        if state is not None and state.is_file():
            store.state.remember(json.loads(state.read_text(encoding="utf-8")))
        self.stdout.write(f"Loja simulada em {store.url}/ (Ctrl+C encerra)")
        self.stdout.flush()
        try:
            store.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Loja simulada encerrada.")
        finally:
            if state is not None:
                save_state(store, state)


def save_state(store: SimulatedStore, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_text(json.dumps(store.state.orders(), ensure_ascii=False), encoding="utf-8")
    unfinished.replace(path)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
