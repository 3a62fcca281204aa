"""Every refusal of the API: ``{code, message, fields}``, in Portuguese, never a stack trace."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pydantic
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as NinjaValidationError

from integrations.api.wording import reason_in_words
from integrations.intake.events import EventIdReused
from integrations.intake.facts import InvalidFact
from integrations.intake.nfe import InvalidInvoice, MalformedXml
from vitrines.facts import InvoiceOfAnotherOrder
from vitrines.platforms import PlatformFileError, UnknownPlatform

logger = logging.getLogger(__name__)

INVALID = "Há campos inválidos; nada foi gravado."


class ApiError(Exception):
    """The request was refused and nothing was stored."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})
        super().__init__(f"{status} {code}: {message}")

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "fields": self.fields}

    def as_response(self) -> JsonResponse:
        return JsonResponse(self.as_dict(), status=self.status, headers=self.headers)


def respond_to_error(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The handler of every exception that leaves an API view."""
    if not isinstance(error, Exception):
        error = error()
    return as_api_error(error).as_response()


def as_api_error(error: Exception) -> ApiError:
    """What the sender is told; what nobody foresaw is logged and told in one sentence."""
    if isinstance(error, ApiError):
        return error
    for kind, refuse in REFUSALS:
        if isinstance(error, kind):
            return refuse(error)
    logger.error("unforeseen error in an API request", exc_info=error)
    return ApiError(
        500,
        "internal_error",
        "Erro interno; nada foi gravado. O problema ficou registrado; envie de novo mais tarde.",
    )


def invalid(fields: Mapping[str, str]) -> ApiError:
    return ApiError(422, "invalid", INVALID, fields)


def token_refused(code: str, message: str) -> ApiError:
    hint = "Envie o cabeçalho Authorization: Bearer <token>."
    return ApiError(
        401,
        code,
        message,
        {"Authorization": hint},
        headers={"WWW-Authenticate": 'Bearer realm="api"'},
    )


def _database_busy(error: OperationalError) -> ApiError:
    logger.error("the database did not answer an API request", exc_info=error)
    return ApiError(
        503,
        "unavailable",
        "O banco de dados está ocupado. Envie de novo em alguns segundos.",
        headers={"Retry-After": "5"},
    )


def _platform_missing(error: Exception) -> ApiError:
    logger.error("a vitrine's platform file cannot be used", exc_info=error)
    return ApiError(
        503,
        "platform_missing",
        "O arquivo do exportador desta vitrine está ausente ou com erro; nada foi gravado. "
        "Envie de novo depois que ele for reposto.",
        headers={"Retry-After": "300"},
    )


def _invalid_shape(error: pydantic.ValidationError) -> ApiError:
    return invalid(_fields_of(error.errors(include_url=False, include_input=False)))


def _invalid_query(error: NinjaValidationError) -> ApiError:
    return invalid(_fields_of(error.errors, skip=1))


def _invoice_refused(error: InvalidInvoice) -> ApiError:
    message = "A nota não foi aceita; nada foi gravado."
    return ApiError(422, "invoice_refused", message, {error.field: error.message})


def _invoice_of_another_order(error: InvoiceOfAnotherOrder) -> ApiError:
    return ApiError(
        409,
        "invoice_of_another_order",
        f"A nota {error.chave_nfe} já pertence ao pedido {error.order_number}.",
        {"invoice.key": "Confira a chave e o número do pedido."},
    )


def _event_id_reused(error: EventIdReused) -> ApiError:
    first = error.first
    return ApiError(
        409,
        "event_id_reused",
        f"O event_id {first.external_id} já foi usado em {first.kind} "
        f"do pedido {first.order_number}.",
        {"event_id": "Use um event_id novo para cada fato; o mesmo só ao repetir o mesmo fato."},
    )


def _fields_of(errors: Iterable[Any], *, skip: int = 0) -> dict[str, str]:
    """Pydantic's errors by dotted path; the first problem of a field is the one told."""
    fields: dict[str, str] = {}
    for error in errors:
        path = ".".join(str(part) for part in error["loc"][skip:])
        fields.setdefault(path or "body", reason_in_words(error))
    return fields


#: The first kind that fits decides, so a subclass stands before its base.
REFUSALS: tuple[tuple[type[Exception], Callable[[Any], ApiError]], ...] = (
    (AuthenticationError, lambda _: token_refused("token_missing", "Falta o token de acesso.")),
    (HttpError, lambda error: ApiError(error.status_code, "refused", "O pedido foi recusado.")),
    (Http404, lambda _: ApiError(404, "not_found", "Este endereço não existe na API.")),
    (OperationalError, _database_busy),
    (UnknownPlatform, _platform_missing),
    (PlatformFileError, _platform_missing),
    (pydantic.ValidationError, _invalid_shape),
    (NinjaValidationError, _invalid_query),
    (InvalidFact, lambda error: invalid(error.fields)),
    (
        MalformedXml,
        lambda error: ApiError(400, "malformed_xml", error.message, {error.field: error.message}),
    ),
    (InvalidInvoice, _invoice_refused),
    (EventIdReused, _event_id_reused),
    (InvoiceOfAnotherOrder, _invoice_of_another_order),
)
