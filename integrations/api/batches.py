"""Batches: one answer per item, each in its own transaction, a bad one spoiling no other."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from integrations.api.bodies import BATCH_CAP, read_json
from integrations.api.errors import as_api_error
from integrations.api.schemas import BatchIn

Answer = tuple[int, dict[str, Any]]


def answer_batch(request: HttpRequest, take: Callable[[Any], Answer]) -> dict[str, Any]:
    batch = BatchIn.model_validate(read_json(request, cap=BATCH_CAP))
    return {"items": [_answer(index, item, take) for index, item in enumerate(batch.items)]}


def _answer(index: int, item: Any, take: Callable[[Any], Answer]) -> dict[str, Any]:
    try:
        status, body = take(item)
    except Exception as error:
        refusal = as_api_error(error)
        status, body = refusal.status, refusal.as_dict()
    return {"index": index, "status_code": status, **body}
