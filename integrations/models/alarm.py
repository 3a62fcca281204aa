"""What a vitrine's people want to be told of, the alarms that were raised, and the notices of them
that were or are to be sent."""

import uuid

from django.conf import settings
from django.db import models

from integrations.alarms.kinds import CHOICES, Kind
from vitrines.models import Vitrine
from vitrines.secrets import EncryptedJSONField

#: Of an alarm's sentence, in characters.
SENTENCE_MAX = 500


class AlarmSettings(models.Model):
    """What to raise an alarm for, of one vitrine, and whom to tell. Without a row: nothing.

    A threshold left empty is an alarm that is off.
    """

    vitrine = models.OneToOneField(
        Vitrine, models.CASCADE, related_name="alarm_settings", verbose_name="vitrine"
    )
    lane_paused = models.BooleanField("envio pausado", default=False)
    auth_refused = models.BooleanField("credencial recusada", default=False)
    breaker_open_minutes = models.PositiveIntegerField(
        "loja fora do ar (minutos)", null=True, blank=True
    )
    held_or_failed_above = models.PositiveIntegerField(
        "retidas ou com falha acima de", null=True, blank=True
    )
    silent_hours = models.PositiveIntegerField("nada enviado (horas)", null=True, blank=True)
    late_orders = models.BooleanField("pedidos fora do prazo", default=False)

    #: E-mail addresses.
    recipients = models.JSONField("destinatários", default=list, blank=True)
    webhook_url = models.CharField("endereço do webhook", max_length=500, blank=True)
    #: ``webhook``: the secret that it is signed with.
    secrets = EncryptedJSONField("segredos", default=dict, blank=True)
    #: In the site's own time zone.
    quiet_from = models.TimeField("silêncio das", null=True, blank=True)
    quiet_until = models.TimeField("silêncio até", null=True, blank=True)
    critical_breaks_quiet = models.BooleanField("críticos também no silêncio", default=False)
    repeat_hours = models.PositiveSmallIntegerField("repetir a cada (horas)", null=True, blank=True)

    #: Grows with every save: what a form carries to notice one made meanwhile.
    version = models.PositiveIntegerField("versão", default=1)
    #: Grows whenever an engine writes what it decided; another that decided by what was there
    #: before it writes nothing.
    evaluation = models.PositiveBigIntegerField("avaliação", default=0)
    #: Since when each look has found something waiting to be sent; None: there was nothing.
    waiting_since = models.DateTimeField("algo espera desde", null=True, blank=True)

    class Meta:
        verbose_name = "configuração de alarmes"
        verbose_name_plural = "configurações de alarmes"
        constraints = [
            # Half a span of quiet hours would never begin, or never end.
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="alarm_quiet_has_both_ends",
            ),
            # Nothing to nothing is either no quiet at all or a whole day of it; nobody could tell.
            models.CheckConstraint(
                condition=models.Q(quiet_from=None) | ~models.Q(quiet_from=models.F("quiet_until")),
                name="alarm_quiet_is_some_time",
            ),
            # An alarm that repeats every nought hours would repeat at each look.
            models.CheckConstraint(
                condition=models.Q(repeat_hours=None) | models.Q(repeat_hours__gte=1),
                name="alarm_repeats_after_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"alarmes de {self.vitrine}"


class Alarm(models.Model):
    """Something was wrong with a vitrine from ``opened_at`` on; open until ``closed_at``."""

    vitrine = models.ForeignKey(
        Vitrine, models.PROTECT, related_name="alarms", verbose_name="vitrine"
    )
    kind = models.CharField("tipo", max_length=20, choices=CHOICES)
    opened_at = models.DateTimeField("aberto em")
    #: When it was last seen to be true.
    seen_at = models.DateTimeField("visto em")
    closed_at = models.DateTimeField("encerrado em", null=True, blank=True)
    #: Since when what it says has been so, which is before it was opened.
    since = models.DateTimeField("desde")
    #: How many orders or updates it is about; 0 where nothing is counted.
    number = models.PositiveIntegerField("quantidade", default=0)
    said = models.CharField("o que diz", max_length=SENTENCE_MAX)
    #: Of the latest notice that it is open.
    told_at = models.DateTimeField("avisado em")
    repeats = models.PositiveIntegerField("repetições", default=0)

    class Meta:
        verbose_name = "alarme"
        verbose_name_plural = "alarmes"
        ordering = ["-id"]
        constraints = [
            # However many engines look at once, what is wrong is one alarm until it is over.
            models.UniqueConstraint(
                fields=["vitrine", "kind"],
                condition=models.Q(closed_at=None),
                name="alarm_one_open_per_kind",
            ),
        ]
        indexes = [
            # What retention asks: the oldest that are over.
            models.Index(
                fields=["closed_at", "id"],
                condition=models.Q(closed_at__isnull=False),
                name="alarm_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{Kind(self.kind).label} ({self.vitrine.code})"


class NoticeChannel(models.TextChoices):
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class Occasion(models.TextChoices):
    OPENED = "opened", "Aberto"
    REPEATED = "repeated", "Continua"
    CLOSED = "closed", "Encerrado"
    TEST = "test", "Teste"


class NoticeState(models.TextChoices):
    PENDING = "pending", "Na fila"
    SENT = "sent", "Enviado"
    FAILED = "failed", "Não entregue"


class AlarmNotice(models.Model):
    """One thing to tell somebody by one channel: the outbox of alarms. It is written with what it
    tells of, in one transaction, and says what was true then."""

    #: Sent as ``webhook-id`` and within ``Message-ID``: a receiver knows a repetition by it.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    vitrine = models.ForeignKey(
        Vitrine,
        models.PROTECT,
        db_index=False,
        related_name="alarm_notices",
        verbose_name="vitrine",
    )
    #: None for a test. ``notice_once`` begins with it.
    alarm = models.ForeignKey(
        Alarm,
        models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="notices",
        verbose_name="alarme",
    )
    channel = models.CharField("canal", max_length=10, choices=NoticeChannel.choices)
    occasion = models.CharField("ocasião", max_length=10, choices=Occasion.choices)
    #: Which repetition it is; 0 for any other occasion.
    repeat = models.PositiveIntegerField("repetição", default=0)
    #: Of a test: made with the form that asks for it.
    test_key = models.UUIDField("chave do teste", null=True, blank=True)
    test_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="testado por",
    )
    created_at = models.DateTimeField("criado em")
    since = models.DateTimeField("desde")
    number = models.PositiveIntegerField("quantidade", default=0)
    said = models.CharField("o que diz", max_length=SENTENCE_MAX)

    state = models.CharField(
        "estado", max_length=10, choices=NoticeState.choices, default=NoticeState.PENDING
    )
    due_at = models.DateTimeField("a partir de", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("tentativas", default=0)
    #: Of the latest try that did not succeed, in words for the screen.
    error = models.CharField("erro", max_length=500, blank=True)
    #: Of an e-mail: the addresses that have it, whatever becomes of the others.
    reached = models.JSONField("chegou a", default=list, blank=True)
    #: Whom it went to, or was to: addresses, or the server alone.
    sent_to = models.CharField("para", max_length=500, blank=True)
    finished_at = models.DateTimeField("concluído em", null=True, blank=True)
    #: Grows with every claim; whoever sent under another one records nothing.
    claims = models.PositiveIntegerField("posses", default=0)
    #: Until when whoever is sending it has it, as a row shows a lease (``delivery.lease_watch``).
    claimed_until = models.DateTimeField("em envio até", null=True, blank=True)

    class Meta:
        verbose_name = "aviso de alarme"
        verbose_name_plural = "avisos de alarmes"
        ordering = ["-id"]
        constraints = [
            # An alarm is told once by each channel on each occasion, whoever writes the notice.
            models.UniqueConstraint(
                fields=["alarm", "channel", "occasion", "repeat"], name="notice_once"
            ),
            # After a quiet night nobody is told nine times that it goes on.
            models.UniqueConstraint(
                fields=["alarm", "channel"],
                condition=models.Q(occasion="repeated", state="pending"),
                name="notice_one_repetition_waits",
            ),
            # A form posted twice tests each channel once.
            models.UniqueConstraint(
                fields=["test_key", "channel"],
                condition=models.Q(test_key__isnull=False),
                name="notice_test_once",
            ),
            # It tells of an alarm, or says that it is a test.
            models.CheckConstraint(
                condition=models.Q(occasion="test", alarm=None, test_key__isnull=False)
                | (~models.Q(occasion="test") & models.Q(alarm__isnull=False, test_key=None)),
                name="notice_of_an_alarm_or_a_test",
            ),
            # What waits has a time, or nothing would ever find it.
            models.CheckConstraint(
                condition=~models.Q(state="pending") | models.Q(due_at__isnull=False),
                name="notice_pending_has_due_time",
            ),
            # What did not arrive says why.
            models.CheckConstraint(
                condition=~models.Q(state="failed") | ~models.Q(error=""),
                name="notice_failed_says_why",
            ),
        ]
        indexes = [
            # What an engine asks: the notices that are due.
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="pending"),
                name="notice_due",
            ),
            # A vitrine's page: its latest.
            models.Index(fields=["vitrine", "-id"], name="notice_of_vitrine"),
            # What retention asks: the oldest tests.
            models.Index(
                fields=["created_at", "id"],
                condition=models.Q(alarm=None),
                name="notice_of_test",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_occasion_display()} por {self.get_channel_display()}"
