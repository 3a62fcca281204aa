"""manage.py export_vitrine CODE [--output FILE]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.portable.exporting import SecretsUnreadable, document_of
from vitrines.models import Vitrine


class Command(BaseCommand):
    help = (
        "Escreve uma vitrine em JSON: seus dados, parâmetros de envio e DE-PARA. "
        "Dos segredos, só o nome da variável de ambiente em que import_vitrine os procura."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", metavar="CÓDIGO", help="o código da vitrine, como LOJA-SP")
        parser.add_argument("--output", type=Path, metavar="ARQUIVO", help="em vez da tela")

    def handle(self, *args: Any, **options: Any) -> None:
        code, output = options["code"], options["output"]
        vitrine = Vitrine.objects.filter(code=code).first()
        if vitrine is None:
            raise CommandError(f"Não há vitrine com o código {code}.")
        try:
            document = document_of(vitrine)
            if output is not None:
                output.write_text(document.as_json(), encoding="utf-8", newline="\n")
        except SecretsUnreadable as error:
            raise CommandError(f"{code}: {error}") from error
        except OSError as error:
            raise CommandError(f"Não foi possível escrever {output}: {error}.") from error
        if output is None:
            self.stdout.write(document.as_json(), ending="")
        else:
            self.stderr.write(f"Vitrine {code} exportada para {output}.")
        if document.secrets:
            names = ", ".join(document.secrets.values())
            self.stderr.write(f"Segredos não são exportados. Para importar, defina: {names}.")
