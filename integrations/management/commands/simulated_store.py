"""Serve the simulated store, with its own admin page, until interrupted."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.simulated_store import SimulatedStore


class Command(BaseCommand):
    help = "Sobe a loja simulada em 127.0.0.1, com a página do administrador da loja."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8801)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            store = SimulatedStore(port=options["port"])
        except OSError as error:
            raise CommandError(f"A porta {options['port']} não está livre: {error}") from error
        signal.signal(signal.SIGTERM, _interrupt)
        self.stdout.write(f"Loja simulada em {store.url}/ (Ctrl+C encerra)")
        self.stdout.flush()
        try:
            store.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Loja simulada encerrada.")


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
