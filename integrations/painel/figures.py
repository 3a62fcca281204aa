"""The last 24 hours of sendings, read off what was counted when they were recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from integrations.models import SendingHour
from integrations.painel.chart import STACK, Chart, Column, draw
from integrations.sending_tally import (
    BUCKETS,
    COLUMNS,
    FIRST_TRY,
    Result,
    hour_of,
    percentile,
)
from integrations.wording import thousands

HOURS = 24
NAMES: dict[Result, str] = {
    Result.ACCEPTED: "Aceitos",
    Result.RETRIED: "Falha passageira",
    Result.POSTPONED: "Adiados",
    Result.REFUSED: "Recusados",
}
EXPLAINED: dict[Result, str] = {
    Result.ACCEPTED: "a loja aceitou, ou já estava assim",
    Result.RETRIED: "sem resposta ou com erro da loja; sai de novo sozinho",
    Result.POSTPONED: "a loja pediu para esperar ou recusou a credencial",
    Result.REFUSED: "espera por uma pessoa",
}


@dataclass(frozen=True)
class Hour:
    begins_at: datetime
    counted: dict[str, int]

    @property
    def name(self) -> str:
        return f"{timezone.localtime(self.begins_at):%H} h"

    @property
    def numbers(self) -> tuple[int, ...]:
        """In the sequence of the stack."""
        return tuple(self.counted.get(result, 0) for result in STACK)

    @property
    def told(self) -> str:
        """``14 h: 120 aceitos, 3 recusados``."""
        parts = [
            f"{thousands(number)} {NAMES[result].lower()}"
            for result, number in zip(STACK, self.numbers, strict=True)
            if number
        ]
        return f"{self.name}: {', '.join(parts) or 'nenhum envio'}"


@dataclass(frozen=True)
class Legend:
    result: Result
    name: str
    explained: str
    total: int


@dataclass(frozen=True)
class Day:
    #: Oldest first, the current one last.
    hours: tuple[Hour, ...]

    def _sum(self, column: str) -> int:
        return sum(hour.counted.get(column, 0) for hour in self.hours)

    @property
    def tries(self) -> int:
        return sum(self._sum(result) for result in Result)

    @property
    def legend(self) -> list[Legend]:
        return [
            Legend(result, NAMES[result], EXPLAINED[result], self._sum(result)) for result in STACK
        ]

    @property
    def chart(self) -> Chart:
        return draw([Column(hour.name, hour.numbers, hour.told) for hour in self.hours])

    @property
    def p50(self) -> float | None:
        return percentile(self._buckets, 0.5)

    @property
    def p95(self) -> float | None:
        return percentile(self._buckets, 0.95)

    @property
    def _buckets(self) -> Sequence[int]:
        return [self._sum(bucket) for bucket in BUCKETS]

    @property
    def ended(self) -> int:
        """Accepted, or refused for good."""
        return self._sum(Result.ACCEPTED) + self._sum(Result.REFUSED)

    @property
    def first_try_rate(self) -> float | None:
        """Of what came to an end, how much was accepted at the first try."""
        return self._sum(FIRST_TRY) / self.ended if self.ended else None


def last_day(*, now: datetime) -> Day:
    """All vitrines together, in one query."""
    this_hour = hour_of(now)
    first = this_hour - timedelta(hours=HOURS - 1)
    rows = (
        SendingHour.objects.filter(hour__gte=first, hour__lte=this_hour)
        .order_by()
        .values("hour")
        .annotate(**{f"sum_{column}": Sum(column) for column in COLUMNS})
        .values_list("hour", *(f"sum_{column}" for column in COLUMNS))
    )
    counted = {hour: dict(zip(COLUMNS, sums, strict=True)) for hour, *sums in rows}
    hours = (first + timedelta(hours=number) for number in range(HOURS))
    return Day(tuple(Hour(hour, counted.get(hour, {})) for hour in hours))
