from django.db import models

from vitrines.models import Vitrine
from vitrines.statuses import CHOICES, OrderStatus

#: Thirty days. Minutes.
LONGEST_DEADLINE = 30 * 24 * 60


class StatusDeadline(models.Model):
    """How long the ERP may have an order in a status before the store must show it, or a later one.
    A status without a row has no limit."""

    #: ``deadline_per_status`` begins with it.
    vitrine = models.ForeignKey(
        Vitrine,
        models.CASCADE,
        db_index=False,
        related_name="status_deadlines",
        verbose_name="vitrine",
    )
    status = models.PositiveSmallIntegerField("status", choices=CHOICES)
    minutes = models.PositiveIntegerField("prazo (minutos)")

    class Meta:
        verbose_name = "prazo de status"
        verbose_name_plural = "prazos de status"
        ordering = ["vitrine", "status"]
        constraints = [
            # An order is late by one limit or by none, never by two that disagree.
            models.UniqueConstraint(fields=["vitrine", "status"], name="deadline_per_status"),
            # A limit of nothing would call every order late the moment it moves.
            models.CheckConstraint(
                condition=models.Q(minutes__gte=1), name="deadline_is_some_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{OrderStatus(self.status).label}: {self.minutes} min"
