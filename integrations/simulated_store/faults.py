"""The switches by which the store misbehaves, for the next requests or until switched off."""

from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock
from typing import Any

MAX_DELAY_MS = 60_000
DEFAULT_MESSAGE = "Pedido bloqueado para alteração pela loja."


class FaultKind(StrEnum):
    DELAY = "delay"
    SERVER_ERROR = "server_error"
    THROTTLE = "throttle"
    ERROR_IN_BODY = "error_in_body"
    UNAUTHORIZED = "unauthorized"
    #: The connection breaks before anything is believed.
    RESET = "reset"
    #: The request is believed, then the connection breaks: the sender cannot know.
    DROP_ANSWER = "drop_answer"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS: dict[FaultKind, str] = {
    FaultKind.DELAY: "Demorar a responder",
    FaultKind.SERVER_ERROR: "Responder 500",
    FaultKind.THROTTLE: "Responder 429 com Retry-After",
    FaultKind.ERROR_IN_BODY: "Responder 200 com erro no corpo",
    FaultKind.UNAUTHORIZED: "Recusar a credencial (401)",
    FaultKind.RESET: "Derrubar a conexão",
    FaultKind.DROP_ANSWER: "Aplicar e derrubar a conexão sem responder",
}


class InvalidFault(ValueError):
    """The switch was not set; ``str(error)`` names the field."""


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    #: Only requests of this shop; empty for every shop.
    shop: str = ""
    #: How many more requests it spoils; None until it is switched off.
    times: int | None = None
    delay_ms: int = 0
    retry_after: int = 0
    message: str = DEFAULT_MESSAGE
    id: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind.value,
            "label": self.kind.label,
            "shop": self.shop,
            "times": self.times,
            "delay_ms": self.delay_ms,
            "retry_after": self.retry_after,
            "message": self.message,
        }


class FaultPlan:
    """The switches that are on, oldest first. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._last_id = 0

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._last_id += 1
            numbered = replace(fault, id=self._last_id)
            self._faults.append(numbered)
            return numbered

    def active(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def remove(self, fault_id: int) -> None:
        with self._lock:
            self._faults = [fault for fault in self._faults if fault.id != fault_id]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, shop: str) -> tuple[int, Fault | None]:
        """What the next request of ``shop`` suffers: a delay in ms, and at most one failure."""
        with self._lock:
            delay = self._take_first(shop, delays=True)
            failure = self._take_first(shop, delays=False)
        return (delay.delay_ms if delay else 0), failure

    def _take_first(self, shop: str, *, delays: bool) -> Fault | None:
        for position, fault in enumerate(self._faults):
            if (fault.kind is FaultKind.DELAY) is delays and fault.shop in ("", shop):
                self._use_up(position, fault)
                return fault
        return None

    def _use_up(self, position: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._faults[position]
        else:
            self._faults[position] = replace(fault, times=fault.times - 1)


def fault_from(data: dict[str, Any]) -> Fault:
    """A switch from JSON or from the page's form; an empty ``times`` means until switched off."""
    try:
        kind = FaultKind(str(data.get("kind", "")))
    except ValueError:
        known = ", ".join(kind.value for kind in FaultKind)
        raise InvalidFault(f"kind: use um de {known}.") from None
    return Fault(
        kind=kind,
        shop=_text(data, "shop"),
        times=_number(data, "times", lowest=1, highest=1_000_000),
        delay_ms=_number(data, "delay_ms", highest=MAX_DELAY_MS) or 0,
        retry_after=_number(data, "retry_after", highest=86_400) or 0,
        message=_text(data, "message") or DEFAULT_MESSAGE,
    )


def fault_id_from(data: dict[str, Any]) -> int | None:
    return _number(data, "id", highest=999_999_999)


def _text(data: dict[str, Any], name: str) -> str:
    text = str(data.get(name) or "").encode("utf-8", "replace").decode()
    return text.strip()[:300]


def _number(data: dict[str, Any], name: str, *, highest: int, lowest: int = 0) -> int | None:
    raw = str(data.get(name) if data.get(name) is not None else "").strip()
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit()) or len(raw) > 9 or not lowest <= int(raw) <= highest:
        raise InvalidFault(f"{name}: informe um número inteiro de {lowest} a {highest}.")
    return int(raw)
