import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.delivery.dispatcher import run_once
from integrations.delivery.lanes import LEASE, held_vitrines
from integrations.delivery.loop import run_forever, worker_name
from vitrines.models import Vitrine

#: Seconds.
A_MOMENT = 0.2


class Command(BaseCommand):
    help = "Envia às plataformas o que está na fila (motor embutido; SQLite ou PostgreSQL)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="esvazia a fila devida e termina")
        parser.add_argument("--vitrine", metavar="CÓDIGO", help="só esta vitrine")

    def handle(self, *args: Any, once: bool, vitrine: str | None, **options: Any) -> None:
        if vitrine and not Vitrine.objects.filter(code=vitrine).exists():
            raise CommandError(f"Não existe a vitrine {vitrine}.")
        worker, stop = worker_name(), threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        if once:
            self.stdout.write(f"{_empty_once(worker, vitrine, stop)} tentativa(s).")
            return
        self.stdout.write(f"Despachando como {worker}. Ctrl+C encerra.")
        self.stdout.flush()
        run_forever(worker=worker, stop=stop, vitrine_code=vitrine)
        self.stdout.write("Encerrado: o que estava em voo foi registrado.")


def _empty_once(worker: str, vitrine: str | None, stop: threading.Event) -> int:
    """Also what a worker that died left, which shows only after the length of a lease."""
    tried = run_once(worker=worker, vitrine_code=vitrine, stopping=stop.is_set)
    give_up_at = time.monotonic() + LEASE.total_seconds() + A_MOMENT
    while time.monotonic() < give_up_at and not stop.is_set() and _is_held(vitrine):
        stop.wait(A_MOMENT)
        tried += run_once(worker=worker, vitrine_code=vitrine, stopping=stop.is_set)
    return tried


def _is_held(code: str | None) -> bool:
    return any(code in (None, held.code) for held in held_vitrines(timezone.now()))
