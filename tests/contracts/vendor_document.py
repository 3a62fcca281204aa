"""A platform vendor's own API document, and what of a request it does not allow.

Reads OpenAPI 3.0 and Swagger 2.0. Stricter than both standards where a platform file could be wrong
unnoticed: a property or query parameter that the document does not list is a violation, and so is
a missing ``Accept`` or ``Content-Type`` that it requires (OpenAPI lets readers ignore those two).
"""

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml

from tests.contracts.schemas import Schema, lookup, schema_errors

FOLDER_VARIABLE = "VENDOR_DOCUMENTS_DIR"

_REPOSITORY = Path(__file__).parents[2]
_LIST_INDEX = re.compile(r"\[\d+\]")
_WRITTEN = {
    "integer": (re.compile(r"-?\d+"), int),
    "number": (re.compile(r"-?\d+(\.\d+)?"), float),
    "boolean": (re.compile("true|false"), "true".__eq__),
}


def document_path(name: str) -> Path:
    """Where a document is: beside the repository, or in the folder that the variable names."""
    folder = os.environ.get(FOLDER_VARIABLE) or _REPOSITORY.parent / "shared" / "openapi"
    return Path(folder) / name


def load_contents(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        contents: dict[str, Any] = json.loads(text)
    else:
        contents = yaml.load(text, Loader=yaml.CSafeLoader)
    return contents


class UnknownOperation(Exception):
    """The document has no such call."""


@dataclass(frozen=True)
class Operation:
    """One call that the document describes, as one request makes it."""

    method: str
    template: str
    description: Mapping[str, Any]
    #: By place and name; the path's own, and over them the operation's.
    parameters: Mapping[tuple[str, str], Mapping[str, Any]]
    path_values: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    def parameters_in(self, place: str) -> dict[str, Mapping[str, Any]]:
        return {name: given for (where, name), given in self.parameters.items() if where == place}


class VendorDocument:
    """``server`` is the address before the document's paths, with ``{name}`` for what varies.

    ``query_everywhere`` names parameters that the vendor documents elsewhere, for every call.
    """

    def __init__(
        self,
        contents: Mapping[str, Any],
        *,
        server: str | None = None,
        query_everywhere: Collection[str] = (),
    ) -> None:
        self.contents = contents
        self.server = server or contents["servers"][0]["url"]
        self.query_everywhere = query_everywhere

    def violations(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> list[str]:
        """What the document does not allow of this request, in words; nothing: an empty list."""
        try:
            operation = self.operation(method, url)
        except UnknownOperation as unknown:
            return [str(unknown)]
        sent = {name.lower(): value for name, value in headers.items()}
        return [
            *self._path_violations(operation),
            *self._query_violations(operation, url),
            *self._header_violations(operation, sent),
            *self._credential_violations(operation, sent),
            *self._body_violations(operation, sent, body),
        ]

    def operation(self, method: str, url: str) -> Operation:
        """The call that a request is. Where several paths fit, those with fewest placeholders."""
        path = self._path_after_server(url)
        found = {
            template: values
            for template in self.contents["paths"]
            if (values := _match(template, path)) is not None
        }
        if not found:
            raise UnknownOperation(f"path {path} is not in the document")
        fewest = min(template.count("{") for template in found)
        described = {
            known.upper(): template
            for template in found
            if template.count("{") == fewest
            for known in self.contents["paths"][template].keys() - {"parameters"}
        }
        if method not in described:
            raise UnknownOperation(f"{path} takes {', '.join(sorted(described))}, not {method}")
        return self._operation(method, described[method], found[described[method]])

    def _operation(self, method: str, template: str, values: Mapping[str, str]) -> Operation:
        item = self.contents["paths"][template]
        description = item[method.lower()]
        listed = [*item.get("parameters", ()), *description.get("parameters", ())]
        resolved = [lookup(self.contents, given) for given in listed]
        parameters = {(given["in"], given["name"]): given for given in resolved}
        return Operation(method, template, description, parameters, values)

    def _path_after_server(self, url: str) -> str:
        address = url.partition("?")[0]
        found = re.match(self._server_pattern, address)
        if found is None:
            raise UnknownOperation(f"{address} is not under {self.server}")
        return address[found.end() :]

    @cached_property
    def _server_pattern(self) -> str:
        """A variable of the server is any text without a slash, or one of those it lists."""
        listed = self.contents.get("servers", [{}])[0].get("variables", {})
        literals_and_names = re.split(r"\{(\w+)\}", self.server)
        pattern = ""
        for literal, name in zip_longest(literals_and_names[::2], literals_and_names[1::2]):
            pattern += re.escape(literal)
            if name is not None:
                choices = listed.get(name, {}).get("enum", ())
                pattern += f"({'|'.join(map(re.escape, choices)) or '[^/]+'})"
        return pattern

    # the parts of a request

    def _path_violations(self, operation: Operation) -> Iterator[str]:
        for name, parameter in operation.parameters_in("path").items():
            yield from self._text_violations(
                f"path parameter {name}", operation.path_values[name], parameter
            )

    def _query_violations(self, operation: Operation, url: str) -> Iterator[str]:
        known = operation.parameters_in("query")
        # A list of filters is documented by its first element.
        sent = [
            (_LIST_INDEX.sub("[0]", name), value)
            for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        ]
        for name, parameter in known.items():
            if parameter.get("required") and name not in dict(sent):
                yield f"query parameter {name} is required"
        for name, value in sent:
            if name in known:
                yield from self._text_violations(f"query parameter {name}", value, known[name])
            elif name not in self.query_everywhere:
                yield f"query parameter {name} is not in the document"

    def _header_violations(self, operation: Operation, sent: Mapping[str, str]) -> Iterator[str]:
        for name, parameter in operation.parameters_in("header").items():
            if name.lower() in sent:
                value = sent[name.lower()]
                yield from self._text_violations(f"header {name}", value, parameter)
            elif parameter.get("required"):
                yield f"header {name} is required"

    def _credential_violations(
        self, operation: Operation, sent: Mapping[str, str]
    ) -> Iterator[str]:
        """One of the ways to prove who asks has to be whole. Both documents use headers only."""
        ways = operation.description.get("security", self.contents.get("security", ()))
        schemes = self.contents.get("components", {}).get("securitySchemes", {})
        headers = [[schemes[scheme]["name"] for scheme in way] for way in ways]
        if headers and not any(all(name.lower() in sent for name in way) for way in headers):
            yield f"credentials are required: {' or '.join(' with '.join(way) for way in headers)}"

    def _text_violations(
        self, place: str, text: str, parameter: Mapping[str, Any]
    ) -> Iterator[str]:
        # Swagger 2.0 writes the type beside the name, OpenAPI 3.0 in a schema.
        written = {key: parameter[key] for key in ("type", "enum") if key in parameter}
        schema = lookup(self.contents, parameter.get("schema", written))
        value = _from_text(text, schema.get("type", "string"))
        for error in schema_errors(self.contents, schema, value):
            yield f"{place}{error}"

    def _body_violations(
        self, operation: Operation, sent: Mapping[str, str], body: bytes | None
    ) -> Iterator[str]:
        accepted = self._accepted_bodies(operation)
        if not body:
            # Neither document marks a body itself as required, not even one with such properties.
            if any(lookup(self.contents, schema).get("required") for schema in accepted.values()):
                yield "body is required"
            return
        if not accepted:
            yield "body is sent, but the document has none"
            return
        content_type = sent.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in accepted:
            yield f"content type {content_type or '(none)'} is not one of {', '.join(accepted)}"
        elif content_type != "application/json":
            yield f"body of {content_type} is not checked"
        else:
            yield from self._json_violations(body, accepted[content_type])

    def _json_violations(self, body: bytes, schema: Schema) -> Iterator[str]:
        try:
            value = json.loads(body)
        except ValueError as error:
            yield f"body is not JSON: {error}"
            return
        for found in schema_errors(self.contents, schema, value):
            yield f"body{found}"

    def _accepted_bodies(self, operation: Operation) -> dict[str, Schema]:
        """The schema of each content type; empty where the call has no body."""
        if "requestBody" in operation.description:
            described = lookup(self.contents, operation.description["requestBody"])
            return {
                name.partition(";")[0]: media["schema"]
                for name, media in described["content"].items()
            }
        for parameter in operation.parameters_in("body").values():
            return dict.fromkeys(operation.description["consumes"], parameter["schema"])
        return {}


def _match(template: str, path: str) -> dict[str, str] | None:
    """The values of the template's placeholders, each one whole segment; None: another path."""
    expected, given = template.split("/"), path.split("/")
    if len(expected) != len(given):
        return None
    values = {}
    for part, segment in zip(expected, given, strict=True):
        if part.startswith("{") and part.endswith("}") and segment:
            values[part[1:-1]] = unquote(segment)
        elif part != segment:
            return None
    return values


def _from_text(text: str, kind: str) -> object:
    """The value that a text of an address or header stands for, where it is written as such."""
    if kind not in _WRITTEN:
        return text
    form, convert = _WRITTEN[kind]
    return convert(text) if form.fullmatch(text) else text
