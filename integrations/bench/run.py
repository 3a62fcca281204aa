"""What one run of the bench was asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    #: A shortened run tells whether the bench works, not how fast anything is.
    quick: bool = False
    rounds: int = 5
    #: Where profiles are written; None: none are taken.
    profiles: Path | None = None

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full
