"""manage.py import_vitrine FILE [--code CODE] [--dry-run] [--confirm-platform]"""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.portable.document import InvalidFile, printable
from integrations.portable.importing import ImportRefused, Plan, carry_out, plan_import
from integrations.portable.reading import MAX_BYTES

#: Problems shown; a file that is wrong throughout is told by its first ones.
SHOWN = 50
LINE = 500


class Command(BaseCommand):
    help = (
        "Cadastra ou altera uma vitrine a partir do JSON de export_vitrine, tudo ou nada, "
        "e mostra o que muda. Segredos vêm das variáveis de ambiente que o arquivo nomeia."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="ARQUIVO", help="o JSON; - lê da entrada padrão")
        parser.add_argument("--code", default="", metavar="CÓDIGO", help="em vez do que está nele")
        parser.add_argument("--dry-run", action="store_true", help="só mostra o que mudaria")
        parser.add_argument(
            "--confirm-platform",
            action="store_true",
            help="confirma a troca do exportador de uma vitrine que já existe",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = plan_import(
                _read(options["file"]),
                code=options["code"],
                environ=os.environ,
                confirm_platform=options["confirm_platform"],
            )
            self._show(plan)
            if options["dry_run"]:
                self.stdout.write("Simulação: nada foi gravado.")
                return
            done = carry_out(plan, actor_label="manage.py import_vitrine", now=timezone.now())
        except InvalidFile as invalid:
            raise CommandError(_told(invalid)) from invalid
        except ImportRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.writelines(f"{line}\n" for line in done)

    def _show(self, plan: Plan) -> None:
        if not plan.sections:
            self.stdout.write(f"Nada muda: {plan.code} já está como no arquivo.")
            return
        self.stdout.write(f"{plan.code} ({'nova' if plan.creates else 'já cadastrada'})")
        for section in plan.sections:
            self.stdout.write(section.title)
            self.stdout.writelines(f"  {line}\n" for line in section.lines)


def _read(name: str) -> bytes:
    """At most one byte more than is accepted, so that an endless file ends here."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with open(name, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise CommandError(f"O arquivo {printable(name)} não existe.") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"Não foi possível ler {printable(name)}: {error}.") from error


def _told(invalid: InvalidFile) -> str:
    lines = [printable(str(problem)) for problem in invalid.problems]
    shown = [f"- {line if len(line) <= LINE else f'{line[:LINE]}…'}" for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append(f"… e mais {len(lines) - SHOWN}.")
    count = "1 problema" if len(lines) == 1 else f"{len(lines)} problemas"
    return "\n".join([f"Nada foi importado: {count}.", *shown])
