"""What a sentence is made from and what it gives: a ``Story`` in, ``Words`` out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from integrations.explaining.causes import Decision, OrderFacts, ShopFacts, UpdateFacts
from integrations.wording import quoted, when

#: A head that is due for longer than this in a free lane means that no worker runs.
UNATTENDED_AFTER = timedelta(minutes=2)


class ActionCode(StrEnum):
    NONE = "none"
    WAIT = "wait"
    CHECK_ERP = "check_erp"
    MAP_WORD = "map_word"
    MAP_STATUS = "map_status"
    ACTIVATE_ROW = "activate_row"
    FORCE_INCLUSION = "force_inclusion"
    CHOOSE_CHANNEL = "choose_channel"
    SEND_INVOICE_XML = "send_invoice_xml"
    SEND_TRACKING = "send_tracking"
    FIX_CONNECTION = "fix_connection"
    PUBLISH = "publish"
    RESUME_LANE = "resume_lane"
    RETRY = "retry"
    START_WORKER = "start_worker"


@dataclass(frozen=True)
class Words:
    sentence: str
    action: ActionCode = ActionCode.NONE
    label: str = "Nada a fazer"
    hint: str = ""
    #: The update that the action is about.
    update_id: int | None = None


@dataclass(frozen=True)
class Story:
    """What a sentence may draw on."""

    decision: Decision
    order: OrderFacts
    shop: ShopFacts
    updates: Sequence[UpdateFacts]
    now: datetime
    #: What is said of ``decision.behind``.
    ahead: Words | None = None

    @property
    def update(self) -> UpdateFacts:
        if self.decision.update is None:
            raise ValueError(f"{self.decision.cause} is told of an update, and there is none")
        return self.decision.update

    @property
    def it(self) -> str:
        """The update by name: ``O envio #5521``, ``O rastreio (envio #5522)``."""
        number = f"nvio #{self.update.id}"
        return f"O rastreio (e{number})" if self.update.tracking else f"O e{number}"

    def at(self, moment: datetime | None) -> str:
        return when(moment, self.now)

    def until(self, moment: datetime | None) -> str:
        """With seconds where it is a matter of seconds."""
        soon = moment is not None and moment - self.now < timedelta(minutes=5)
        return when(moment, self.now, seconds=soon)

    @property
    def row(self) -> str:
        return f"A linha {self.update.status.label} do DE-PARA"

    @property
    def nothing_to_tell(self) -> str:
        """Of a status that the platform's file has no sending for."""
        return (
            f"{self.shop.platform_label} não oferece nenhum envio para "
            f"{self.update.status.label}: com a linha ativa também nada sairia."
        )

    @property
    def unattended(self) -> bool:
        """Due for minutes, and no worker holds the lane."""
        due_at, leased_until = self.update.due_at, self.shop.lane.leased_until
        return (
            self.update.state == "pending"
            and due_at is not None
            and self.now - due_at > UNATTENDED_AFTER
            and (leased_until is None or leased_until <= self.now)
        )

    @property
    def last_answer(self) -> str:
        update = self.update
        code = f"HTTP {update.http_status}" if update.http_status else ""
        said = quoted(update.detail) if update.detail else ""
        answer = " ".join(part for part in (code, said) if part)
        return f"Última resposta: {answer}." if answer else ""


def wait(sentence: str, hint: str = "", *, update_id: int | None = None) -> Words:
    return Words(sentence, ActionCode.WAIT, "Aguardar", hint, update_id)


def lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
