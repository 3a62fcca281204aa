"""``manage.py explain VITRINE NUMBER``: the order page's answer, as text or JSON."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.explain import Explanation, explain_order
from integrations.wording import when
from vitrines.models import Order, Vitrine
from vitrines.orders import find_order


class Command(BaseCommand):
    help = "Diz por que o status de um pedido é o que a loja mostra."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("vitrine", help="código da vitrine, como LOJA-SP")
        parser.add_argument("number", help="número do pedido, com ou sem prefixo e zeros")
        parser.add_argument("--json", action="store_true", help="a resposta da API, em JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        vitrine = Vitrine.objects.filter(code=options["vitrine"].upper()).first()
        if vitrine is None:
            raise CommandError(f"Não há vitrine com o código {options['vitrine']}.")
        order = find_order(vitrine, options["number"])
        if order is None:
            raise CommandError(f"A vitrine {vitrine.code} não tem o pedido {options['number']}.")
        explanation = explain_order(order, now=timezone.now())
        if options["json"]:
            answer = json.dumps(explanation.as_dict(), ensure_ascii=False, indent=2)
        else:
            answer = "\n".join(_lines(order, explanation))
        self.stdout.write(answer)


def _lines(order: Order, explanation: Explanation) -> Iterator[str]:
    now = timezone.now()
    expected, accepted = explanation.expected, explanation.accepted
    yield f"Pedido {order.display_number} · {order.vitrine.code} · {explanation.situation.label}"
    yield f"  No ERP:      {expected.label if expected is not None else '—'}"
    shown = f"{accepted.shown} (em {when(accepted.at, now)})" if accepted else "—"
    yield f"  Na loja:     {shown}"
    yield f"  Por quê:     {explanation.sentence} [{explanation.cause}]"
    if explanation.hint:
        yield f"               {explanation.hint}"
    where = f" → {explanation.action.url}" if explanation.action.url else ""
    yield f"  O que fazer: {explanation.action.label}{where}"
    yield ""
    for entry in explanation.newest_first:
        told = " · ".join(part for part in (entry.title, entry.text) if part)
        yield f"  {timezone.localtime(entry.at):%d/%m/%Y %H:%M:%S}  {told}"
        if entry.note:
            yield f"                       {entry.note}"
