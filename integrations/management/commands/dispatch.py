import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.delivery.dispatcher import run_once
from integrations.delivery.loop import run_forever, worker_name
from vitrines.models import Vitrine


class Command(BaseCommand):
    help = "Envia às plataformas o que está na fila (motor embutido; SQLite ou PostgreSQL)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="esvazia a fila devida e termina")
        parser.add_argument("--vitrine", metavar="CÓDIGO", help="só esta vitrine")

    def handle(self, *args: Any, once: bool, vitrine: str | None, **options: Any) -> None:
        if vitrine and not Vitrine.objects.filter(code=vitrine).exists():
            raise CommandError(f"Não existe a vitrine {vitrine}.")
        worker = worker_name()
        if once:
            tried = run_once(worker=worker, vitrine_code=vitrine)
            self.stdout.write(f"{tried} tentativa(s).")
            return
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write(f"Despachando como {worker}. Ctrl+C encerra.")
        self.stdout.flush()
        run_forever(worker=worker, stop=stop, vitrine_code=vitrine)
        self.stdout.write("Encerrado: o que estava em voo foi registrado.")
