"""manage.py load_sample: people, two vitrines and orders in every situation, for a local run.

Only on a database without vitrines and users; on any other one it does nothing, and says so. The
orders come in through the HTTP API and are sent to the simulated store, whose memory is kept for
``run_local``. The hours of the week before are counts only, for the Painel.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from integrations.demo.past_hours import write_past_hours
from integrations.demo.sample_orders import SAMPLE
from integrations.demo.shops import SHOPS
from integrations.demo.users import local_password, make_people
from integrations.demo.world import quiet_logs, reaching_the_simulated_store, set_stage
from integrations.management.commands.simulated_store import save_state
from integrations.simulated_store import SimulatedStore
from vitrines.models import Vitrine

STORE_STATE = Path(settings.BASE_DIR) / "var" / "loja-simulada.json"


class Command(BaseCommand):
    help = "Carrega dados de exemplo para uso local, em um banco ainda vazio."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store-port", type=int, default=8801)
        parser.add_argument("--store-state", type=Path, default=STORE_STATE)

    def handle(self, *args: Any, **options: Any) -> None:
        if Vitrine.objects.filter(code__in=[shop.code for shop in SHOPS]).exists():
            self.stdout.write("Os dados de exemplo já estão carregados.")
            return
        if Vitrine.objects.exists() or User.objects.exists():
            self.stdout.write(
                "Este banco já está em uso: dados de exemplo só entram em um banco vazio. "
                "Nada foi carregado."
            )
            return
        try:
            store = SimulatedStore(port=options["store_port"])
        except OSError as error:
            raise CommandError(
                f"A porta {options['store_port']}, da loja simulada, não está livre: {error}"
            ) from error
        with store, quiet_logs(), reaching_the_simulated_store():
            key = self._play(store)
            save_state(store, options["store_state"])
        self.stdout.write(f"{len(SAMPLE)} pedidos de exemplo carregados.")
        self.stdout.write(f"Usuários admin, mapeamento, operacao e consulta: {local_password()}")
        self.stdout.write(f"Token da API (não será mostrado de novo): {key}")

    def _play(self, store: SimulatedStore) -> str:
        with transaction.atomic():
            author = make_people()
            stage, key = set_stage(store, author=author, worker="load_sample")
            write_past_hours(stage.vitrines.values(), now=timezone.now())
        for scene in SAMPLE:
            stage.play(scene)
        return key
