"""How far a run has come, for its page and the command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from integrations.message_shape import told_shape
from integrations.models import (
    OPEN,
    LeftOut,
    ReplayItem,
    ReplayMode,
    ReplayPart,
    ReplayRun,
    StatusUpdate,
    UpdateReason,
    UpdateState,
)
from integrations.replay.selection import Selection
from integrations.wording import thousands
from vitrines.platforms import PlatformFileError, UnknownPlatform, get_platform
from vitrines.statuses import OrderStatus


@dataclass(frozen=True)
class PartProgress:
    part: ReplayPart
    #: Why it does not go on by itself, in words; empty if it does or has ended.
    stands: str = ""

    @property
    def left_out(self) -> int:
        return sum(self.part.left_out.values())

    @property
    def looked_at(self) -> int:
        return self.part.queued + self.part.waiting + self.left_out

    @property
    def moved_on(self) -> int:
        """Selected, and changed by something else before the run came to them."""
        return self.part.selected - self.looked_at if self.part.finished_at else 0


@dataclass(frozen=True)
class Progress:
    run: ReplayRun
    parts: tuple[PartProgress, ...]
    #: What became of the updates that it queued: state → number.
    states: dict[UpdateState, int]

    @property
    def looked_at(self) -> int:
        return sum(each.looked_at for each in self.parts)

    @property
    def queued(self) -> int:
        return sum(each.part.queued for each in self.parts)

    @property
    def waiting(self) -> int:
        return sum(each.part.waiting for each in self.parts)

    @property
    def taken_back(self) -> int:
        return sum(each.part.taken_back for each in self.parts)

    @property
    def not_reached(self) -> int:
        """Of a run that was cancelled."""
        return self.run.selected - self.looked_at if self.run.cancelled_at else 0

    @property
    def moved_on(self) -> int:
        return 0 if self.run.cancelled_at else sum(each.moved_on for each in self.parts)

    @property
    def left_out(self) -> list[tuple[LeftOut, int]]:
        """Most first."""
        numbers: dict[str, int] = {}
        for each in self.parts:
            for reason, number in each.part.left_out.items():
                numbers[reason] = numbers.get(reason, 0) + number
        most_first = sorted(numbers.items(), key=lambda pair: -pair[1])
        return [(LeftOut(reason), number) for reason, number in most_first]

    @property
    def in_queue(self) -> int:
        return sum(self.states.get(state, 0) for state in OPEN)

    @property
    def shown_states(self) -> list[tuple[UpdateState, int]]:
        return [(state, self.states[state]) for state in UpdateState if state in self.states]

    @property
    def going(self) -> bool:
        """Something may still change."""
        return self.run.finished_at is None or self.in_queue > 0

    @property
    def may_be_cancelled(self) -> bool:
        return self.run.cancelled_at is None and self.going

    @property
    def percent(self) -> int:
        if self.run.finished_at is not None or not self.run.selected:
            return 100
        return self.looked_at * 100 // self.run.selected

    @property
    def label(self) -> str:
        if self.run.cancelled_at is not None:
            return "Cancelado" if self.run.finished_at else "Cancelando"
        if self.run.finished_at is None:
            return "Em andamento"
        return "Esperando a fila" if self.in_queue else "Concluído"

    @property
    def tone(self) -> str:
        if self.run.cancelled_at is not None:
            return "warn"
        return "wait" if self.going else "ok"


def progress_of(run: ReplayRun, *, now: datetime) -> Progress:
    """A fixed number of queries."""
    parts = run.parts.select_related("vitrine__lane").order_by("vitrine__code")
    counted = run.updates.order_by().values_list("state").annotate(number=Count("pk"))
    return Progress(
        run,
        tuple(PartProgress(part, _why_it_stands(part, now)) for part in parts),
        {UpdateState(state): number for state, number in counted},
    )


def progress_of_runs(runs: Sequence[ReplayRun]) -> list[Progress]:
    """For a list, in one query: of what became of the updates only whether some are in the queue.
    ``runs`` come with their parts."""
    mine = StatusUpdate.objects.filter(replay_run=OuterRef("pk"), state__in=OPEN)
    found = ReplayRun.objects.filter(Exists(mine), pk__in=[run.pk for run in runs])
    queued = set(found.order_by().values_list("pk", flat=True))
    return [
        Progress(
            run,
            tuple(map(PartProgress, run.parts.all())),
            {UpdateState.PENDING: 1} if run.pk in queued else {},
        )
        for run in runs
    ]


def _why_it_stands(part: ReplayPart, now: datetime) -> str:
    lane = getattr(part.vitrine, "lane", None)
    if part.finished_at is not None:
        return ""
    if part.run.cancelled_at is not None:  # nothing but this keeps what it queued in the queue
        return "" if _has_platform(part) else str(LeftOut.NO_PLATFORM.label)
    if not part.vitrine.published:
        return "a vitrine não está publicada"
    if lane is not None and lane.paused_at is not None:
        return "os envios da vitrine estão pausados"
    if lane is not None and lane.breaker_open_until and lane.breaker_open_until > now:
        return "a loja está fora do ar"
    return ""


def _has_platform(part: ReplayPart) -> bool:
    try:
        get_platform(part.vitrine.platform)
    except (UnknownPlatform, PlatformFileError):
        return False
    return True


def items_for_list(run: ReplayRun, **narrowed: str) -> QuerySet[ReplayItem]:
    """What was done with its updates so far."""
    items = ReplayItem.objects.filter(run=run, **narrowed).defer("before")
    update = ("update__order__vitrine", "update__vitrine", "update__tracking")
    return items.select_related(*update, "queued_as")


def selection_in_words(selection: Selection) -> list[tuple[str, str]]:
    """(what, which) of each thing that narrows it."""
    if selection.updates and not selection.message:
        number = len(selection.updates)
        if number == 1:
            return [("Atualização", f"#{selection.updates[0]}")]
        return [("Atualizações", f"{thousands(number)} escolhidas uma a uma")]
    told = [
        ("Vitrine", selection.vitrine),
        ("Status", "" if selection.status is None else OrderStatus(selection.status).label),
        ("Estado", _state_in_words(selection.state)),
        ("Motivo", str(UpdateReason(selection.reason).label) if selection.reason else ""),
        ("De", selection.since.strftime("%d/%m/%Y") if selection.since else ""),
        ("Até", selection.until.strftime("%d/%m/%Y") if selection.until else ""),
        ("Mensagem", told_shape(selection.message)),
    ]
    return [(name, value) for name, value in told if value]


def _state_in_words(state: str) -> str:
    """FAILED holds what the platform refused and what failed otherwise."""
    if state == UpdateState.FAILED:
        return "Recusado ou falhou"
    return str(UpdateState(state).label) if state else ""


#: One sentence for each mode, where it is chosen.
MODE_SENTENCES = {
    ReplayMode.RESEND: "Os mesmos bytes de antes, para quando a loja perdeu o que tinha aceitado. "
    "O que hoje sairia diferente fica de fora.",
    ReplayMode.RENDER: "A mesma decisão, com o modelo, os parâmetros e os dados do pedido de hoje: "
    "para depois de corrigir o arquivo da plataforma ou os parâmetros de envio.",
    ReplayMode.DECIDE: "Pelo DE-PARA de hoje: para depois de corrigir o mapeamento, e para o que "
    "foi decidido não enviar.",
}
