"""Documents the bodies that the views read by themselves, and the errors that all share."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from pydantic.json_schema import models_json_schema

from integrations.api.schemas import ErrorOut, EventBatchIn, OrderBatchIn

REF = "#/components/schemas/{model}"
REFUSALS = (400, 401, 403, 404, 409, 411, 413, 415, 422, 500, 503)
ERRORS: dict[Any, Any] = {REFUSALS: ErrorOut}


def json_body(model: str) -> dict[str, Any]:
    """``openapi_extra`` of a view that takes ``model``, a class of ``schemas``."""
    schema = {"$ref": REF.format(model=model)}
    return _body({"application/json": {"schema": schema}})


def xml_body(description: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary", "description": description}
    return _body({"application/xml": {"schema": schema}, "text/xml": {"schema": schema}})


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}


class DocumentedAPI(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        _, definitions = models_json_schema(
            [(OrderBatchIn, "validation"), (EventBatchIn, "validation")], ref_template=REF
        )
        schema["components"]["schemas"] |= definitions["$defs"]
        return schema
