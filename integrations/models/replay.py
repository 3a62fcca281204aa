"""A replay that a person asked for: what was selected, and what became of each update."""

from django.conf import settings
from django.db import models

from integrations.models.status_update import StatusUpdate
from vitrines.models import Vitrine

#: Updates of one vitrine that a run may put in the queue in a minute.
FASTEST = 6_000


class ReplayMode(models.TextChoices):
    #: The same bytes.
    RESEND = "reenviar", "Reenviar"
    #: The same decision, today's template.
    RENDER = "renderizar", "Renderizar de novo"
    #: Today's DE-PARA.
    DECIDE = "decidir", "Decidir de novo"


class ReplayOutcome(models.TextChoices):
    QUEUED = "queued", "na fila"
    #: Decided again, and it now waits for a fact: it goes out when the ERP tells it.
    WAITING = "waiting", "decidida de novo, aguardando"
    LEFT_OUT = "left_out", "deixada de fora"
    #: It had been queued, and the run was cancelled before it was tried.
    TAKEN_BACK = "taken_back", "retirada da fila"


class LeftOut(models.TextChoices):
    """Why nothing was done with an update."""

    REGRESSION = "regression", "faria a loja voltar: ela já mostra um status posterior"
    LATER_WAITS = "later_waits", "um status posterior do pedido ainda espera: comece por ele"
    REPEATED = "repeated", "já foi repetida por um envio mais novo: use aquele"
    IN_QUEUE = "in_queue", "já está na fila"
    ECHO = "echo", "veio da própria loja"
    SETTLED = "settled", "uma pessoa já resolveu fora"
    NOTHING_TO_SEND = "nothing_to_send", "não foi decidido enviá-la: só “Decidir de novo” serve"
    NO_RECORD = "no_record", "não há registro do que foi enviado: use “Renderizar de novo”"
    DIFFERENT = "different", "não sairiam os mesmos bytes: use “Renderizar de novo”"
    OTHER_PLATFORM = "other_platform", "decidida para outro exportador: use “Decidir de novo”"
    NO_PLATFORM = "no_platform", "o arquivo do exportador está ausente ou com erro"
    NOT_OFFERED = "not_offered", "a plataforma não oferece este envio"
    UNMAPPED = "unmapped", "continua sem mapeamento"
    INACTIVE = "inactive", "a linha do DE-PARA está inativa"
    WAITS_FOR_FACT = "waits_for_fact", "aguarda um fato do ERP (XML da nota ou rastreio)"
    ERROR = "error", "erro inesperado: veja o log"


class ReplayRun(models.Model):
    """One replay of one or many updates. It is worked through in the background, in chunks."""

    #: Made with the preview, and unique: a form posted twice starts one run.
    key = models.UUIDField("chave", unique=True)
    mode = models.CharField("modo", max_length=10, choices=ReplayMode.choices)
    #: See ``integrations.replay.selection.Selection.as_json``.
    selection = models.JSONField("seleção")
    reason = models.CharField("motivo", max_length=300)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="iniciado por",
    )
    #: The name as it was then; for a command, the command's own name.
    started_by_label = models.CharField("quem iniciou", max_length=150)
    started_at = models.DateTimeField("iniciado em")
    #: How many were selected, all vitrines together.
    selected = models.PositiveIntegerField("selecionadas")
    per_minute = models.PositiveIntegerField("por minuto, em cada vitrine")
    cancelled_at = models.DateTimeField("cancelado em", null=True, blank=True)
    cancelled_by_label = models.CharField("quem cancelou", max_length=150, blank=True)
    #: Everything was looked at; what was queued may still be on its way.
    finished_at = models.DateTimeField("concluído em", null=True, blank=True)

    class Meta:
        verbose_name = "reprocessamento"
        verbose_name_plural = "reprocessamentos"
        ordering = ["-id"]
        constraints = [
            # What is sent a second time can always be answered for.
            models.CheckConstraint(
                condition=~models.Q(reason="") & ~models.Q(started_by_label=""),
                name="replay_says_who_and_why",
            ),
            # Within the pace that the form and the command offer: 0 would never end.
            models.CheckConstraint(
                condition=models.Q(per_minute__gte=1, per_minute__lte=FASTEST),
                name="replay_has_a_pace",
            ),
        ]
        indexes = [
            # What the engines ask each second.
            models.Index(
                fields=["id"], condition=models.Q(finished_at=None), name="replay_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"reprocessamento {self.pk} ({self.get_mode_display()})"


class ReplayPart(models.Model):
    """The updates of one vitrine in a run. Vitrines go on by themselves: one that is paused keeps
    no other waiting."""

    run = models.ForeignKey(
        ReplayRun, models.CASCADE, related_name="parts", verbose_name="reprocessamento"
    )
    vitrine = models.ForeignKey(
        Vitrine, models.PROTECT, related_name="replays", verbose_name="vitrine"
    )
    selected = models.PositiveIntegerField("selecionadas")
    #: The last update that was looked at; they are taken in order of id.
    cursor = models.BigIntegerField("até a atualização", default=0)
    queued = models.PositiveIntegerField("na fila", default=0)
    waiting = models.PositiveIntegerField("aguardando", default=0)
    taken_back = models.PositiveIntegerField("retiradas da fila", default=0)
    #: Reason → number.
    left_out = models.JSONField("deixadas de fora", default=dict)
    #: Until when the pace has been used up.
    paced_until = models.DateTimeField("ritmo usado até")
    finished_at = models.DateTimeField("concluída em", null=True, blank=True)

    class Meta:
        verbose_name = "reprocessamento de uma vitrine"
        verbose_name_plural = "reprocessamentos por vitrine"
        constraints = [
            # One cursor for each vitrine of a run: two would queue its updates twice.
            models.UniqueConstraint(fields=["run", "vitrine"], name="replay_part_per_vitrine"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.vitrine_id}"


class ReplayItem(models.Model):
    """What became of one update in a run. Written in the transaction that did it."""

    run = models.ForeignKey(
        ReplayRun, models.CASCADE, related_name="items", verbose_name="reprocessamento"
    )
    update = models.ForeignKey(
        StatusUpdate, models.CASCADE, related_name="replay_items", verbose_name="atualização"
    )
    at = models.DateTimeField("quando")
    outcome = models.CharField("resultado", max_length=10, choices=ReplayOutcome.choices)
    reason = models.CharField("motivo", max_length=20, choices=LeftOut.choices, blank=True)
    #: What went into the queue: the update itself, or the new one that repeats it.
    queued_as = models.ForeignKey(
        StatusUpdate,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="na fila como",
    )
    #: How the update was, to be taken back; empty if a new one repeats it.
    before = models.JSONField("como era", default=dict, blank=True)

    class Meta:
        verbose_name = "atualização reprocessada"
        verbose_name_plural = "atualizações reprocessadas"
        ordering = ["id"]
        constraints = [
            # An update is at most once in a run, whichever engines work on it.
            models.UniqueConstraint(fields=["run", "update"], name="replay_item_once"),
            # What was left out says why.
            models.CheckConstraint(
                condition=~models.Q(outcome="left_out") | ~models.Q(reason=""),
                name="replay_left_out_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_as"],
                condition=models.Q(queued_as__isnull=False),
                name="replay_item_queued_as",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.update_id}: {self.get_outcome_display()}"
