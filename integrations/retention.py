"""How long things are kept. A leaf: the checks at start read it, too."""

from dataclasses import dataclass
from typing import Self

from django.conf import settings

#: Days. With fewer, an order would be gone while its store or the ERP still repeats itself: what
#: they repeat would then be taken for new.
FEWEST_FOR_ROWS = 30


class RetentionTooShort(ValueError):
    """Nothing was removed."""


@dataclass(frozen=True)
class Retention:
    """How many days each is kept; 0: for ever."""

    bodies_days: int
    rows_days: int

    def __post_init__(self) -> None:
        if self.bodies_days < 0 or self.rows_days < 0:
            raise RetentionTooShort("Retenção é um número de dias, ou 0 para guardar sempre.")
        if 0 < self.rows_days < FEWEST_FOR_ROWS:
            raise RetentionTooShort(f"Linhas são guardadas por {FEWEST_FOR_ROWS} dias ao menos.")

    @classmethod
    def of_settings(cls) -> Self:
        return cls(settings.RETENTION_BODIES_DAYS, settings.RETENTION_ROWS_DAYS)
