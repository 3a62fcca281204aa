"""Reads a request body under a cap that is held before anything is parsed."""

import re
from collections.abc import Collection
from typing import Any

from django.http import HttpRequest
from pydantic_core import from_json

from integrations.api.errors import ApiError

SINGLE_CAP = 1024 * 1024
BATCH_CAP = 10 * 1024 * 1024
JSON_TYPES = ("application/json",)
XML_TYPES = ("application/xml", "text/xml")


def read_json(request: HttpRequest, *, cap: int = SINGLE_CAP) -> Any:
    """The parsed body. Depth, size of numbers and encoding are bounded by the parser."""
    data = read_body(request, cap=cap, types=JSON_TYPES)
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise ApiError(
            400, "malformed_json", "O corpo não é um JSON válido.", {"body": _where(error)}
        ) from error


def _where(error: ValueError) -> str:
    found = re.search(r"line (\d+) column (\d+)", str(error))
    if not found:
        return "Confira o JSON enviado."
    return f"Problema na linha {found[1]}, coluna {found[2]}."


def read_body(request: HttpRequest, *, cap: int, types: Collection[str]) -> bytes:
    """At most ``cap`` bytes: by what is announced, and by what really comes."""
    if request.content_type not in types:
        accepted = " ou ".join(types)
        raise ApiError(
            415,
            "unsupported_media_type",
            f"Envie o corpo como {accepted}.",
            {"Content-Type": f"Veio {(request.content_type or 'nenhum')[:80]}."},
        )
    stream = _stream(request, cap)
    try:
        data = stream.read(cap + 1)
    except Exception as error:  # each server has its own error for a broken chunk
        raise ApiError(
            400, "unreadable_body", "O corpo não chegou inteiro. Envie de novo."
        ) from error
    if len(data) > cap:
        raise _too_large(cap)
    return bytes(data)


def _stream(request: HttpRequest, cap: int) -> Any:
    """Where to read from. A chunked body has no length, so the server must mark its end."""
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        if not request.META.get("wsgi.input_terminated"):
            raise ApiError(411, "length_required", "Informe o tamanho do corpo (Content-Length).")
        return request.META["wsgi.input"]
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdigit() and int(announced) > cap:
        raise _too_large(cap)
    return request


def _too_large(cap: int) -> ApiError:
    return ApiError(
        413,
        "body_too_large",
        f"O corpo passa do limite de {cap // (1024 * 1024)} MiB; nada foi gravado.",
        {"body": "Divida em envios menores."},
    )
