"""The statuses that a platform is known to have. An offer, never a rule: any word may be mapped.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vitrines.platforms.parts import OfferedStatus


@dataclass(frozen=True)
class KnownStatuses:
    statuses: tuple[OfferedStatus, ...] = ()
    #: The cell of a row that holds one of the codes.
    column: str = "platform_status"
    #: When and by whom the platform was asked; None for the list of its file.
    fetched_at: datetime | None = None
    fetched_by: str = ""

    @property
    def codes(self) -> list[str]:
        return [status.code for status in self.statuses]

    def label_of(self, code: str) -> str:
        """The platform's own label, where it says more than the code."""
        labels: Mapping[str, str] = {status.code: status.label for status in self.statuses}
        label = labels.get(code, "")
        return "" if label == code else label
