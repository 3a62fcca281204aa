"""The API under /api/v1/: bearer tokens only, JSON answers only."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import HttpError, ValidationError
from ninja.openapi.docs import Swagger

from integrations.api import events, invoices, orders
from integrations.api.errors import ApiError, respond_to_error
from integrations.api.openapi import DocumentedAPI

app_name = "api"
#: These two pages are for people: they need a login.
PAGES = ("openapi-json", "openapi-view")

api = DocumentedAPI(
    title="Vitrine · API",
    version="1",
    description="Entrada de pedidos das lojas e de eventos do ERP, e consulta de pedidos.",
    urls_namespace=app_name,
    docs=Swagger(settings={"validatorUrl": None, "persistAuthorization": False}),
)
api.add_router("/orders", orders.router)
api.add_router("/events", events.router)
api.add_router("/invoices", invoices.router)
for _kind in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(_kind, respond_to_error)


def as_api_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open to the token instead of the login, and never answering in anything but JSON."""

    @login_not_required
    @csrf_exempt
    @wraps(view)
    def api_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Exception as error:
            response = respond_to_error(request, error)
        if response.status_code == 405:
            response = _not_allowed(response)
        response["Cache-Control"] = "no-store"
        return response

    return api_view


def _not_allowed(response: HttpResponse) -> HttpResponse:
    allowed = response.get("Allow", "")
    error = ApiError(
        405,
        "method_not_allowed",
        f"Este endereço aceita {allowed}.",
        headers={"Allow": allowed},
    )
    return error.as_response()


@login_not_required
@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    return ApiError(404, "not_found", "Este endereço não existe na API.").as_response()


def _patterns() -> list[URLPattern]:
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        if pattern.name not in PAGES:
            pattern.callback = as_api_view(pattern.callback)
    return [*patterns, re_path(r"", unknown_address)]


urlpatterns = _patterns()
