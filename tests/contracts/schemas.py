"""Judging a value by a schema of a vendor's document (OpenAPI 3.0 or Swagger 2.0).

Both are dialects of JSON Schema draft 4. What differs here:

- ``nullable`` allows null beside the type (OpenAPI 3.0);
- a property that the schema does not list is an error, so that a misspelt optional field is seen,
  unless the schema lists none at all or says ``additionalProperties`` itself;
- ``allOf``, ``oneOf`` and ``anyOf`` are refused, not guessed at: neither document uses them.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator, ValidationError
from jsonschema.validators import extend

Schema = Mapping[str, Any]

_TYPE = Draft4Validator.VALIDATORS["type"]
_PROPERTIES = Draft4Validator.VALIDATORS["properties"]


class UnreadableSchema(Exception):
    """A value was not judged: the schema says something that is not read here."""


def lookup(document: Mapping[str, Any], found: Schema) -> Schema:
    """The schema, parameter or body itself, where ``found`` may be a ``$ref`` to it."""
    while "$ref" in found:
        pointer = found["$ref"].removeprefix("#/")
        found = document
        for part in pointer.split("/"):
            found = found[unquote(part).replace("~1", "/").replace("~0", "~")]
    return found


def schema_errors(document: Mapping[str, Any], schema: Schema, value: Any) -> list[str]:
    """In the order of their places, each as ``.items[0].price: '1' is not of type 'integer'``."""

    def reference(validator: Any, _: Any, instance: Any, found: Schema) -> Iterator[Any]:
        yield from validator.descend(instance, lookup(document, found))

    keywords = {
        "$ref": reference,
        "type": _type_or_null,
        "properties": _listed_properties,
        **dict.fromkeys(("allOf", "oneOf", "anyOf"), _refuse),
    }
    validator = extend(Draft4Validator, keywords)(schema)
    errors = sorted(
        validator.iter_errors(value), key=lambda error: (error.json_path, error.message)
    )
    return [f"{error.json_path.removeprefix('$')}: {error.message}" for error in errors]


def _type_or_null(validator: Any, types: Any, instance: Any, schema: Schema) -> Iterator[Any]:
    if instance is None and schema.get("nullable"):
        return
    yield from _TYPE(validator, types, instance, schema)


def _listed_properties(
    validator: Any, properties: Schema, instance: Any, schema: Schema
) -> Iterator[Any]:
    yield from _PROPERTIES(validator, properties, instance, schema)
    if properties and "additionalProperties" not in schema and isinstance(instance, dict):
        for name in instance.keys() - properties.keys():
            yield ValidationError(f"{name!r} is not in the document")


def _refuse(_validator: Any, _value: Any, _instance: Any, schema: Schema) -> Iterator[Any]:
    raise UnreadableSchema(f"a schema of {', '.join(schema)} cannot be judged here")
