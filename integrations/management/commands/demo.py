"""manage.py demo: the main job, played from beginning to end and compared with what was meant.

It needs no service and leaves nothing behind: database in memory, simulated store on a free port.
"""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from integrations.demo.expectations import MEANT
from integrations.demo.results import Result, lines_of, result_of
from integrations.demo.story import STORY
from integrations.demo.world import (
    database_of_its_own,
    quiet_logs,
    reaching_the_simulated_store,
    set_stage,
)
from integrations.simulated_store import SimulatedStore


class Command(BaseCommand):
    help = "Demonstra o caminho inteiro, do pedido à loja, e confere o resultado."

    def handle(self, *args: Any, **options: Any) -> None:
        with (
            quiet_logs(),
            database_of_its_own(),
            reaching_the_simulated_store(),
            SimulatedStore() as store,
        ):
            author = User.objects.create(username="demo")
            stage, _ = set_stage(store, author=author, worker="demo")
            self.stdout.write(f"Loja simulada em {store.url}\n\n")
            played = [(scene, stage.play(scene)) for scene in STORY]
            results = [
                result_of(
                    stage,
                    scene,
                    problems=problems,
                    meant=MEANT.get((scene.vitrine, scene.number)),
                )
                for scene, problems in played
            ]
        self._report(results)

    def _report(self, results: list[Result]) -> None:
        for result in results:
            self.stdout.write("\n".join(lines_of(result)))
        wrong = [result for result in results if result.differences]
        if wrong:
            names = ", ".join(result.order_name for result in wrong)
            raise CommandError(f"{len(wrong)} de {len(results)} pedidos diferem: {names}.")
        self.stdout.write(f"{len(results)} pedidos conferidos: a loja mostra o que devia.")
