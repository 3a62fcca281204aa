"""manage.py issue_token --name NAME --vitrine CODE... --scope SCOPE..."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.models import TokenScope
from integrations.tokens import TokenNotIssued, issue_token
from vitrines.models import Vitrine


class Command(BaseCommand):
    help = "Emite um token da API e mostra a chave uma única vez."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="para que serve, ex.: ERP produção")
        parser.add_argument(
            "--vitrine",
            dest="vitrines",
            metavar="CÓDIGO",
            action="append",
            required=True,
            help="vitrine que o token alcança; repita para mais de uma",
        )
        parser.add_argument(
            "--scope",
            dest="scopes",
            metavar="PERMISSÃO",
            action="append",
            required=True,
            help=f"{', '.join(TokenScope)}; repita para mais de uma",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        codes = options["vitrines"]
        vitrines = list(Vitrine.objects.filter(code__in=codes))
        unknown = sorted(set(codes) - {vitrine.code for vitrine in vitrines})
        if unknown:
            raise CommandError(f"Vitrine desconhecida: {', '.join(unknown)}.")
        try:
            token, key = issue_token(
                name=options["name"],
                vitrines=vitrines,
                scopes=options["scopes"],
                actor=None,
                actor_label="manage.py issue_token",
                now=timezone.now(),
            )
        except TokenNotIssued as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"Token “{token.name}” emitido. A chave não será mostrada de novo:")
        self.stdout.write(key)
