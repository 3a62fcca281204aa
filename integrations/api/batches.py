"""What is posted is taken together, one item or many; a bad one spoils no other."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpRequest

from integrations.api.bodies import BATCH_CAP, read_json
from integrations.api.errors import as_api_error
from integrations.api.schemas import BatchIn
from integrations.delivery.wakeups import gathered
from integrations.intake.together import each, go_on
from vitrines.models import Vitrine

#: The status and the body that answer an item.
Answer = tuple[int, dict[str, Any]]
Taken = list[Answer | Exception]
T = TypeVar("T")
R = TypeVar("R")


def answer_batch(request: HttpRequest, take: Callable[[list[Any]], Taken]) -> dict[str, Any]:
    """Each item's answer, or its refusal, as if it had been sent alone."""
    batch = BatchIn.model_validate(read_json(request, cap=BATCH_CAP))
    with gathered():
        taken = take(batch.items)
    return {"items": [_answer(index, result) for index, result in enumerate(taken)]}


def take_together(
    payloads: Sequence[Any],
    *,
    read: Callable[[Any], tuple[Vitrine, T]],
    receive: Callable[[Vitrine, list[T]], Sequence[R | Exception]],
    answer: Callable[[R], Answer],
) -> Taken:
    """``read`` each payload, ``receive`` those of one vitrine together, and ``answer`` each."""
    told = each(payloads, read)
    received = go_on(told, lambda some: _by_vitrine(some, receive))
    return go_on(received, lambda some: each(some, answer))


def _by_vitrine(
    told: Sequence[tuple[Vitrine, T]],
    receive: Callable[[Vitrine, list[T]], Sequence[R | Exception]],
) -> list[R | Exception]:
    """Within a vitrine in their sequence; one vitrine's say nothing of another one's."""
    of_vitrine: dict[Vitrine, list[T]] = {}
    for vitrine, one in told:
        of_vitrine.setdefault(vitrine, []).append(one)
    results = {vitrine: iter(receive(vitrine, some)) for vitrine, some in of_vitrine.items()}
    return [next(results[vitrine]) for vitrine, _ in told]


def _answer(index: int, result: Answer | Exception) -> dict[str, Any]:
    if isinstance(result, Exception):
        refusal = as_api_error(result)
        status, body = refusal.status, refusal.as_dict()
    else:
        status, body = result
    return {"index": index, "status_code": status, **body}
