"""``manage.py check_platform [FILE|VITRINE …]``: what would be asked, without network."""

import os
import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from integrations import send_test_words
from integrations.captured_values import ShownValue, shown_values
from integrations.delivery.parcels import LaneNotSendable, open_desk
from integrations.models import AttemptClass
from integrations.preview.drafts import order_facts
from integrations.preview.dry_run import (
    Preview,
    PreviewedSend,
    preview_list_statuses,
    preview_platform,
)
from integrations.preview.sample import (
    sample_facts,
    sample_mapping,
    sample_note,
    sample_params,
    sample_secrets,
)
from integrations.preview.text import sends_lines, statuses_lines, title_lines
from integrations.preview.vitrine import StatusPreview, preview_vitrine, unready
from integrations.send_tests import NotTestable, send_test, warning_of
from status_mapping.models import Channel
from status_mapping.queries import latest_revision_number, outbound_rows
from vitrines.models import Order, Vitrine
from vitrines.orders import find_order
from vitrines.platforms import Platform, PlatformFileError, load_platform, platform_files
from vitrines.statuses import OrderStatus


class Command(BaseCommand):
    help = (
        "Mostra, sem rede, os pedidos HTTP que um arquivo de plataforma ou uma vitrine faria para "
        "cada status e envio. Sem argumento, confere todos os arquivos, uma linha cada."
    )
    #: A broken file is what it is there to tell about, fault by fault.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "targets",
            nargs="*",
            metavar="FILE|VITRINE",
            help="arquivo .toml, nome de plataforma ou código de vitrine",
        )
        names = [status.name for status in OrderStatus]
        parser.add_argument("--status", type=str.upper, choices=names, help="somente este status")
        parser.add_argument("--channel", choices=Channel.values, help="somente este envio")
        parser.add_argument(
            "--order", metavar="NUMBER", help="este pedido da vitrine, não o exemplo"
        )
        parser.add_argument(
            "--send",
            action="store_true",
            help="ENVIA de verdade, uma vez, e guarda como teste; pede vitrine, --order e "
            "--status; não espera o limite de chamadas da plataforma",
        )
        parser.add_argument(
            "--yes",
            action="store_true",
            help="com --send: envia também um status que não é o do pedido agora",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.status = OrderStatus[options["status"]] if options["status"] else None
        self.channel, self.order = options["channel"], options["order"]
        self.faults = 0
        try:
            self._do(options["targets"], send=options["send"], confirmed=options["yes"])
            self.stdout.flush()
        except BrokenPipeError:
            # Whoever reads (head, less) has seen enough. Nothing more is to be written at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        if self.faults:
            count = "1 erro" if self.faults == 1 else f"{self.faults} erros"
            raise CommandError(f"{count} a corrigir.")

    def _do(self, targets: list[str], *, send: bool, confirmed: bool) -> None:
        if send:
            self._send(targets, confirmed=confirmed)
            return
        for target in targets:
            self._show(target)
        if not targets:
            self._summarise_all()

    def _show(self, target: str) -> None:
        shipped = {path.stem: path for path in platform_files(settings.PLATFORMS_DIR)}
        if target.endswith(".toml") or Path(target).is_file():
            return self._show_file(Path(target))
        if target in shipped:
            return self._show_file(shipped[target])
        vitrine = _vitrine(target)
        if vitrine is None:
            raise CommandError(f"Não há arquivo, plataforma nem vitrine com o nome {target}.")
        return self._show_vitrine(vitrine)

    def _send(self, targets: list[str], *, confirmed: bool) -> None:
        if len(targets) != 1 or self.status is None or not self.order:
            raise CommandError("--send pede uma vitrine, --order e --status.")
        vitrine = _vitrine(targets[0])
        if vitrine is None:
            raise CommandError(
                f"Não há vitrine com o código {targets[0]}. --send pede o código de uma vitrine: "
                "um arquivo não tem loja nem credencial."
            )
        order = self._order_of(vitrine)
        warning = warning_of(order, self.status)
        if warning and not confirmed:
            raise CommandError(f"Nada foi enviado. {warning} Para enviar assim mesmo: --yes.")
        try:
            test = send_test(
                order=order,
                status=self.status,
                channel=self.channel or "",
                key=uuid.uuid4(),
                actor=None,
                actor_label="manage.py check_platform",
                now=timezone.now(),
            )
        except (NotTestable, LaneNotSendable) as refusal:
            raise CommandError(f"Nada foi enviado. {refusal}") from refusal
        self._write(send_test_words.lines(test))
        if test.outcome not in (AttemptClass.ACCEPTED, AttemptClass.ALREADY_APPLIED):
            raise CommandError("A loja não aceitou.")

    def _order_of(self, vitrine: Vitrine) -> Order:
        order = find_order(vitrine, self.order)
        if order is None:
            raise CommandError(f"A vitrine {vitrine.code} não tem o pedido {self.order}.")
        return order

    # A file: the sample order, each status through each channel

    def _show_file(self, path: Path) -> None:
        if self.order:
            raise CommandError("--order é de uma vitrine; um arquivo usa o pedido de exemplo.")
        platform = self._loaded(path)
        if platform is None:
            return
        sends, listed = self._previews(platform)
        title = f"{platform.label} · {_told(path)}"
        self._write(title_lines(title, "Pedido e parâmetros de exemplo. Nada é enviado."))
        if not sends and listed is None:
            self._write(["A plataforma não envia nada neste status ou envio."])
        self._write(sends_lines(sends, listed, note=lambda send: _note(platform, send)))
        self.faults += sum(bool(found.problem) for found in [*sends, *filter(None, [listed])])

    def _summarise_all(self) -> None:
        """What ``manage.py check`` tells of all files together is told here too."""
        further = settings.PLATFORMS_DIR
        if further and not Path(further).is_dir():
            self._fault(f"PLATFORMS_DIR: {further} is not a folder")
        seen: dict[str, Path] = {}
        for path in platform_files(further):
            platform = self._loaded(path)
            if platform is None:
                continue
            if platform.name in seen:
                self._fault(f"{path}: key 'name': {seen[platform.name]} has the same name")
                continue
            seen[platform.name] = path
            self._summarise(platform, path)

    def _fault(self, fault: str) -> None:
        self.faults += 1
        self.stderr.write(fault)

    def _summarise(self, platform: Platform, path: Path) -> None:
        sends, listed = self._previews(platform)
        previews = [*sends, *filter(None, [listed])]
        bad = sum(bool(found.problem) for found in previews)
        requests = sum(len(found.requests) for found in previews)
        own = path.stem == platform.name
        target = path.stem if own else path
        told = f"{bad} com erro: check_platform {target}" if bad else "ok"
        if not own:
            told += f"; o arquivo se chama {path.name}, e não {platform.name}.toml"
        sends_told = f"envios: {len(sends):2}  requisições: {requests:3}"
        self.stdout.write(f"{platform.name:20} {platform.label:34.34} {sends_told}  {told}")
        self.faults += bad

    def _loaded(self, path: Path) -> Platform | None:
        try:
            return load_platform(path)
        except PlatformFileError as error:
            for fault in str(error).splitlines():
                self._fault(fault)
            return None

    def _previews(self, platform: Platform) -> tuple[list[PreviewedSend], Preview | None]:
        params, secrets = sample_params(platform), sample_secrets(platform)
        mapping = sample_mapping(platform)
        sends = preview_platform(
            platform, params=params, secrets=secrets, facts=sample_facts(), mapping=mapping
        )
        chosen = [found for found in sends if self._asked_for(found)]
        if self.status is not None or self.channel:
            return chosen, None
        return chosen, preview_list_statuses(platform, params=params, secrets=secrets)

    # A vitrine: its DE-PARA and parameters, the sample order or one of its own

    def _show_vitrine(self, vitrine: Vitrine) -> None:
        try:
            desk = open_desk(vitrine)
        except LaneNotSendable as error:
            raise CommandError(str(error)) from error
        facts, told, kept = sample_facts(), "o pedido de exemplo", list[ShownValue]()
        if self.order:
            order = self._order_of(vitrine)
            facts = order_facts(order, desk, at=timezone.now())
            told, kept = f"o pedido {order.display_number}", shown_values(order)
        revision = latest_revision_number(vitrine)
        found = preview_vitrine(desk, rows=outbound_rows(vitrine), facts=facts)
        title = f"{vitrine.code} · {vitrine.description} · {desk.platform.label}"
        note = f"DE-PARA da revisão {revision}, com {told}. Nada é enviado."
        self._write(title_lines(title, note))
        if kept:
            self._write(["Guardado da plataforma", *(f"  {v.name} = {v.text}" for v in kept), ""])
        for label, why in unready(desk):
            self.stdout.write(f"  ✗ Parâmetros de envio · {label}: {why}")
            self.faults += 1
        chosen = [self._narrowed(one) for one in found if self.status in (None, one.status)]
        self._write(statuses_lines(chosen))
        self.faults += sum(bool(send.problem) for one in chosen for send in one.sends)

    def _narrowed(self, found: StatusPreview) -> StatusPreview:
        return found.through(self.channel) if self.channel else found

    def _asked_for(self, send: PreviewedSend) -> bool:
        """A tracking without a change of status is of no status."""
        status = send.status if send.kind == "status" else None
        return self.status in (None, status) and self.channel in (None, send.channel)

    def _write(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _vitrine(code: str) -> Vitrine | None:
    try:
        return Vitrine.objects.filter(code=code.upper()).first()
    except DatabaseError as error:
        raise CommandError(
            f"Não há arquivo nem plataforma com o nome {code}, e as vitrines não podem ser lidas: "
            "o banco de dados ainda não foi criado (manage.py migrate)?"
        ) from error


def _note(platform: Platform, send: PreviewedSend) -> str:
    file_send = platform.find_send(send.kind, send.channel, send.status)
    return sample_note(platform, file_send, send.status) if file_send else ""


def _told(path: Path) -> str:
    """As short as it can be opened from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
