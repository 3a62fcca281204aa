"""What a step's record holds of the request and the answer themselves, and what is left of it when
retention has taken that away. See ``integrations.delivery.http.StepRecord.as_json``. Pure."""

from collections.abc import Iterable
from typing import Any

_EMPTY: dict[str, Any] = {
    "request_headers": {},
    "request_body": None,
    "response_headers": {},
    "response_body": None,
}


def hold_contents(steps: Iterable[dict[str, Any]]) -> bool:
    return any(step.get(name) for step in steps for name in _EMPTY)


def without_contents(steps: Iterable[dict[str, Any]], *, kept_days: int) -> list[dict[str, Any]]:
    """Method, URL, status, time and digest stay; ``kept_days`` says by which rule the rest went."""
    return [
        {**step, **_EMPTY, "kept_days": kept_days} if hold_contents([step]) else step
        for step in steps
    ]
