from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.pruning import Removed, prunable, prune
from integrations.retention import Retention, RetentionTooShort
from integrations.wording import count
from vitrines.models import Vitrine

#: Singular, plural.
WORDS = {
    Removed.ATTEMPT_CONTENTS: ("conteúdo de tentativa", "conteúdos de tentativas"),
    Removed.TEST_CONTENTS: ("conteúdo de teste", "conteúdos de testes"),
    Removed.INVOICE_XML: ("XML de nota", "XMLs de notas"),
    Removed.ORDERS: ("pedido", "pedidos"),
    Removed.ORPHAN_EVENTS: ("evento sem pedido", "eventos sem pedido"),
    Removed.ORPHAN_INVOICES: ("nota sem pedido", "notas sem pedido"),
    Removed.SENDING_HOURS: ("hora de contagem", "horas de contagem"),
    Removed.ALARMS: ("alarme encerrado", "alarmes encerrados"),
    Removed.ALARM_TESTS: ("teste de alarme", "testes de alarme"),
}


class Command(BaseCommand):
    help = (
        "Remove o que já foi guardado o bastante: conteúdos de requisições e respostas e XML de "
        "notas, depois pedidos inteiros. O que está em aberto fica. Pode ser interrompido."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="só conta; nada é removido")
        parser.add_argument(
            "--bodies-older-than",
            type=int,
            metavar="DIAS",
            help="em vez de RETENTION_BODIES_DAYS; 0 não remove nenhum conteúdo",
        )
        parser.add_argument(
            "--rows-older-than",
            type=int,
            metavar="DIAS",
            help="em vez de RETENTION_ROWS_DAYS; 0 não remove nenhum pedido",
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        retention = self._retention(options["bodies_older_than"], options["rows_older_than"])
        work = prunable if dry_run else prune
        pruned = work(now=timezone.now(), retention=retention)
        self.stdout.write(_rule(retention))
        for pk, code in Vitrine.objects.order_by("code").values_list("pk", "code"):
            self.stdout.write(f"{code}: {told(pruned.by_vitrine.get(pk, Counter()))}")
        if dry_run:
            self.stdout.write("Nada foi removido (--dry-run).")

    def _retention(self, bodies: int | None, rows: int | None) -> Retention:
        try:
            usual = Retention.of_settings()
            return Retention(
                usual.bodies_days if bodies is None else bodies,
                usual.rows_days if rows is None else rows,
            )
        except RetentionTooShort as error:
            raise CommandError(
                f"{error} Veja --bodies-older-than e --rows-older-than, ou RETENTION_BODIES_DAYS e "
                "RETENTION_ROWS_DAYS."
            ) from error


def _rule(retention: Retention) -> str:
    bodies, rows = (
        f"com mais de {count(days, 'dia', 'dias')}" if days else "nunca"
        for days in (retention.bodies_days, retention.rows_days)
    )
    return f"Conteúdos: {bodies}. Pedidos parados: {rows}."


def told(removed: Counter[Removed]) -> str:
    parts = [count(removed[what], *words) for what, words in WORDS.items() if removed[what]]
    return ", ".join(parts) or "nada"
