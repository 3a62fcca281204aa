"""manage.py replay: send again what a filter selects, or updates named one by one."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date

from integrations.models import (
    ReplayMode,
    ReplayRun,
    StatusUpdate,
    UpdateReason,
    UpdateState,
)
from integrations.models.replay import FASTEST
from integrations.replay.advancing import advance_replays
from integrations.replay.previews import ReplayPreview, preview
from integrations.replay.progress import Progress, progress_of
from integrations.replay.runs import (
    USUAL_PACE,
    ReplayNotCancelled,
    ReplayNotStarted,
    cancel,
    start,
)
from integrations.replay.selection import LARGEST_ID, MOST_NAMED, Plan, Selection
from integrations.wording import count, one_line, thousands
from vitrines.models import Vitrine
from vitrines.statuses import OrderStatus

WHO = "manage.py replay"
POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Reprocessa atualizações: reenviar (os mesmos bytes), renderizar (mesma decisão, modelo de "
        "hoje) ou decidir (DE-PARA de hoje). Conta e mostra antes; os despachantes fazem, aos "
        "poucos. Nunca leva a loja de volta a um status anterior."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mode", choices=ReplayMode.values, help="o que fazer de cada uma")
        parser.add_argument("--reason", default="", help="por quê; fica no histórico dos pedidos")
        parser.add_argument("--vitrine", default="", metavar="CÓDIGO")
        parser.add_argument(
            "--status", type=str.upper, choices=[status.name for status in OrderStatus]
        )
        parser.add_argument("--state", default="", choices=UpdateState.values)
        parser.add_argument("--cause", default="", choices=UpdateReason.values)
        parser.add_argument("--since", type=_day, metavar="AAAA-MM-DD", help="criadas deste dia")
        parser.add_argument("--until", type=_day, metavar="AAAA-MM-DD", help="até este dia")
        parser.add_argument(
            "--update", type=_id, nargs="+", default=[], metavar="ID", help="só estas"
        )
        parser.add_argument(
            "--per-minute",
            type=int,
            default=USUAL_PACE,
            metavar="N",
            help=f"no máximo, em cada vitrine (1 a {FASTEST}; padrão {USUAL_PACE})",
        )
        parser.add_argument("--dry-run", action="store_true", help="conta e mostra, e não faz nada")
        parser.add_argument(
            "--wait", action="store_true", help="fica até que tudo tenha ido para a fila"
        )
        parser.add_argument("--cancel", type=int, metavar="Nº", help="cancela um reprocessamento")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cancel"] is not None:
            self._cancel(options["cancel"])
            return
        if options["mode"] is None:
            raise CommandError(f"Diga o modo: --mode {'|'.join(ReplayMode.values)}.")
        if not 1 <= options["per_minute"] <= FASTEST:
            raise CommandError(f"--per-minute vai de 1 a {FASTEST}.")
        reason = one_line(options["reason"])
        if not reason and not options["dry_run"]:
            raise CommandError(
                'Diga o motivo: --reason "…". Quem olhar o pedido depois precisa saber.'
            )
        mode = ReplayMode(options["mode"])
        plan = Plan.freeze(mode, _selection(options), now=timezone.now())
        shown = preview(plan)
        self._write(shown)
        if options["dry_run"]:
            self.stdout.write("Nada foi feito (--dry-run).")
            return
        if not shown.to_go:
            raise CommandError("Não há o que fazer neste modo. Nada foi iniciado.")
        try:
            run = start(
                plan,
                reason=reason,
                actor=None,
                actor_label=WHO,
                now=timezone.now(),
                per_minute=options["per_minute"],
            )
        except ReplayNotStarted as refusal:
            raise CommandError(f"Nada foi iniciado. {refusal}") from refusal
        self.stdout.write(
            f"Reprocessamento {run.pk} iniciado. Para parar: manage.py replay --cancel {run.pk}"
        )
        if options["wait"]:
            self._wait(run)

    def _write(self, shown: ReplayPreview) -> None:
        self.stdout.write(f"Selecionadas: {thousands(shown.selected)}")
        if not shown.selected:
            return
        at_most = "até " if shown.at_most else ""
        self.stdout.write(f"Irão para a fila: {at_most}{thousands(shown.to_go)}")
        for reason, number in shown.left_out:
            self.stdout.write(f"  de fora {thousands(number)}: {reason.label}")
        for title, rows in (("Por vitrine", shown.by_vitrine), ("Como estão", shown.by_cause)):
            self.stdout.write(f"{title}:")
            for row in rows:
                told = f"{thousands(row.selected)}, irão {thousands(row.to_go)}"
                self.stdout.write(f"  {row.label}: {told}")
        for example in shown.examples:
            update = example.update
            why_not = f"; fica de fora: {example.why_not.label}" if example.why_not else ""
            why_not = f"; espera na fila: {example.problem}" if example.problem else why_not
            how = "um envio novo o repete" if example.is_new else "volta à fila"
            self.stdout.write(
                f"Exemplo: envio #{update.pk}, pedido {update.order.display_number}, "
                f"{update.get_status_display()}: {how}{why_not}"
            )

    def _cancel(self, pk: int) -> None:
        run = ReplayRun.objects.filter(pk=pk).first()
        if run is None:
            raise CommandError(f"Não existe o reprocessamento {pk}.")
        try:
            run = cancel(run, actor=None, actor_label=WHO, now=timezone.now())
        except ReplayNotCancelled as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell(progress_of(run, now=timezone.now()))

    def _wait(self, run: ReplayRun) -> None:
        """Goes on with it here, too: then it ends even where no dispatcher runs."""
        while True:
            advance_replays(now=timezone.now())
            run.refresh_from_db()
            progress = progress_of(run, now=timezone.now())
            self._tell(progress)
            if run.finished_at is not None:
                return
            time.sleep(POLL_SECONDS)

    def _tell(self, progress: Progress) -> None:
        parts = [
            f"{progress.label}: {thousands(progress.looked_at)} de "
            f"{count(progress.run.selected, 'vista', 'vistas')}",
            count(progress.queued, "foi para a fila", "foram para a fila"),
        ]
        if progress.taken_back:
            parts.append(count(progress.taken_back, "retirada", "retiradas") + " ao cancelar")
        parts += [f"{thousands(n)} de fora ({reason.label})" for reason, n in progress.left_out]
        parts += [
            f"{each.part.vitrine.code} espera: {each.stands}"
            for each in progress.parts
            if each.stands
        ]
        self.stdout.write("; ".join(parts))


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID):
        raise ArgumentTypeError(f"“{text}” não é o número de uma atualização.")
    return int(text)


def _day(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise ArgumentTypeError(f"“{text}” não é um dia: use AAAA-MM-DD.")
    return day


def _selection(options: dict[str, Any]) -> Selection:
    named = tuple(sorted(set(options["update"])))
    code, since, until = options["vitrine"], options["since"], options["until"]
    if code and not Vitrine.objects.filter(code=code).exists():
        raise CommandError(f"Não existe a vitrine {code}.")
    if since and until and until < since:
        raise CommandError("--until é anterior a --since.")
    status = options["status"]
    selection = Selection(
        vitrine=code,
        status=None if status is None else int(OrderStatus[status]),
        state=options["state"],
        reason=options["cause"],
        since=since,
        until=until,
    )
    if named:
        return _named(named, selection)
    if not selection.narrows:
        raise CommandError(
            "Diga o que reprocessar: --vitrine, --status, --state, --cause, --since, --until ou "
            "--update. Sem filtro, seriam todas as que existem."
        )
    return selection


def _named(named: tuple[int, ...], selection: Selection) -> Selection:
    if selection.narrows:
        raise CommandError("--update nomeia uma a uma: não combina com os filtros.")
    if len(named) > MOST_NAMED:
        raise CommandError(f"--update aceita até {MOST_NAMED}; para mais, use os filtros.")
    known = set(StatusUpdate.objects.filter(pk__in=named).values_list("pk", flat=True))
    unknown = [str(pk) for pk in named if pk not in known]
    if unknown:
        raise CommandError(f"Não existe a atualização {', '.join(unknown)}.")
    return Selection(updates=named)
