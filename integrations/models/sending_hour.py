"""Sendings counted by the hour, so that the Painel need not look at them one by one."""

from django.db import models

from vitrines.models import Vitrine


def _counted(verbose_name: str | None = None) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(verbose_name, default=0)


class SendingHour(models.Model):
    """What the tries of one vitrine in one hour came to.

    Written with them, in their transaction and under their lane's row lock
    (``integrations.delivery.recording``): a try that is recorded is counted once. What is counted,
    and how long each bucket is, stands in ``integrations.sending_tally``.
    """

    #: Without an index: asked by the hour, and vitrines are never deleted.
    vitrine = models.ForeignKey(
        Vitrine, models.PROTECT, db_index=False, related_name="+", verbose_name="vitrine"
    )
    #: Its beginning.
    hour = models.DateTimeField("hora")
    accepted = _counted("aceitos")
    accepted_first_try = _counted("aceitos na primeira tentativa")
    refused = _counted("recusados")
    retried = _counted("a tentar de novo")
    postponed = _counted("adiados")

    # Of the accepted, how long the event had been stored. A repeat (replay) is counted above and
    # not here: it tells no event, and was asked for long after the one it repeats. What failed or
    # was held is here with all the time it lost: for the store, that is how late it was told.
    took_0 = _counted()
    took_1 = _counted()
    took_2 = _counted()
    took_3 = _counted()
    took_4 = _counted()
    took_5 = _counted()
    took_6 = _counted()
    took_7 = _counted()
    took_8 = _counted()
    took_9 = _counted()
    took_10 = _counted()
    took_11 = _counted()
    took_12 = _counted()
    took_13 = _counted()
    took_14 = _counted()
    took_15 = _counted()
    took_16 = _counted()
    took_17 = _counted()
    took_18 = _counted()
    took_19 = _counted()
    took_20 = _counted()

    class Meta:
        verbose_name = "hora de envios"
        verbose_name_plural = "horas de envios"
        ordering = ["-hour", "vitrine"]
        constraints = [
            # An hour of a vitrine is counted in one place. The hour comes first: the Painel and
            # retention ask for all vitrines.
            models.UniqueConstraint(fields=["hour", "vitrine"], name="sending_hour_once"),
            # The first tries are among those accepted, or the rate would be more than all.
            models.CheckConstraint(
                condition=models.Q(accepted_first_try__lte=models.F("accepted")),
                name="sending_hour_first_are_accepted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vitrine_id} · {self.hour:%Y-%m-%d %H} h UTC"
