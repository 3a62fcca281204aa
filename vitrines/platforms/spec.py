"""A platform as data: what one file of this folder says once it was read and checked."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from vitrines.platforms.auth import Auth
from vitrines.platforms.inspection import Problem, problems, unfilled_auth
from vitrines.platforms.limits import Limits
from vitrines.platforms.names import Names
from vitrines.platforms.parts import CHANNELS, MappingNeeds, Name, Param, Part, Text
from vitrines.platforms.steps import Answers, ListStatuses, Send
from vitrines.statuses import OrderStatus

_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
#: The host of a ``base_url`` that is written out, and the parameters inside it.
_HOST = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_HOST_PARAM = re.compile(r"\{\{\s*params\.(\w+)")
_PART_OF_HOST = re.compile(r"[A-Za-z0-9.-]+")


class Platform(Part):
    name: Name
    label: str
    help: str = ""
    #: sha256 of the file; set by the loader, never written in the file.
    digest: str = ""
    base_url: Text | None = None
    sequence: Literal["free", "strict"] = "free"
    params: tuple[Param, ...] = ()
    mapping: MappingNeeds = Field(default_factory=MappingNeeds)
    auth: Auth = Field(default_factory=Auth)
    limits: Limits = Field(default_factory=Limits)
    answers: Answers = Field(default_factory=Answers)
    list_statuses: ListStatuses | None = None
    #: Stand for what a platform has not given yet, in previews: captured name → any JSON value.
    examples: dict[Name, Any] = Field(default_factory=dict)
    sends: tuple[Send, ...] = Field(alias="send", min_length=1)

    @model_validator(mode="after")
    def _usable(self) -> "Platform":
        found = [*self._twice(), *self._problems(self.fill({}))]
        if found:
            text = "; ".join(f"key '{problem.key}': {problem.reason}" for problem in found)
            # Carried whole, so that the loader can say the line of each.
            raise PydanticCustomError("platform_problems", "{text}", {"text": text, "found": found})
        return self

    def _twice(self) -> Iterator[Problem]:
        names = [param.name for param in self.params]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield Problem(f"params[{place}].name", f"'{name}' is given twice")
        seen = set()
        for place, send in enumerate(self.sends):
            for status in send.statuses:
                if (send.channel, status) in seen:
                    reason = f"{send.channel} for {status.name} is given twice"
                    yield Problem(f"send[{place}].statuses", reason)
                seen.add((send.channel, status))

    def _problems(self, values: Mapping[str, str]) -> list[Problem]:
        return list(problems(self, values))

    @cached_property
    def names(self) -> Names:
        """What the templates of this platform may name."""
        return Names.of(self.params, self.sends, self.auth)

    @property
    def strict(self) -> bool:
        """It wants every step in sequence: one that is not sent keeps the later ones waiting."""
        return self.sequence == "strict"

    @cached_property
    def most_requests(self) -> int:
        """How many requests one update comes to at most, each ``for_each`` counted once."""
        return max(sum(1 + bool(step.probe) for step in send.steps) for send in self.sends)

    def channels_for(self, status: OrderStatus) -> tuple[str, ...]:
        offered = {send.channel for send in self.sends if status in send.statuses}
        return tuple(channel for channel in CHANNELS if channel in offered)

    def find_send(self, kind: str, channel: str, status: OrderStatus) -> Send | None:
        """What is sent for a status, or for a tracking that came without a change of status.

        A late tracking prefers the sending of the order's status and takes any other of the
        channel if there is none: the store is to have the code, whatever the order's step.
        """
        sends = [send for send in self.sends if send.channel == channel]
        if kind == "tracking":
            sends = [send for send in sends if send.late_tracking]
        for send in sends:
            if status in send.statuses:
                return send
        return sends[0] if sends and kind == "tracking" else None

    def fill(self, params: Mapping[str, str]) -> dict[str, str]:
        """Every parameter that is no secret, with its default where nothing was given."""
        return {name: str(params.get(name) or other) for name, other in self._defaults.items()}

    def fill_secrets(self, secrets: Mapping[str, str]) -> dict[str, str]:
        return {name: str(secrets.get(name) or "") for name in self._secret_names}

    @cached_property
    def _defaults(self) -> dict[str, str]:
        return {param.name: param.default for param in self.params if not param.secret}

    @cached_property
    def _secret_names(self) -> tuple[str, ...]:
        return tuple(param.name for param in self.params if param.secret)

    def validate_params(
        self, params: Mapping[str, str], secrets: Mapping[str, str]
    ) -> dict[str, str]:
        """What is wrong with an admin's values: parameter → a sentence in Portuguese."""
        values = self.fill(params)
        given = {**values, **self.fill_secrets(secrets)}
        errors = {}
        for param in self.params:
            error = _value_error(param, given[param.name])
            if error is None and param.name in self._host_params:
                error = _host_error(given[param.name])
            if error:
                errors[param.name] = error
        if not errors:
            for problem in self._problems(values):
                if problem.param is not None:
                    errors.setdefault(problem.param, problem.sentence)
            for name in unfilled_auth(self.auth, self.names, given):
                errors.setdefault(name, "A autenticação escolhida precisa deste campo.")
        return errors

    @cached_property
    def _host_params(self) -> frozenset[str]:
        """Those that stand inside the server's name, as ``shop`` in ``{{shop}}.example.com``."""
        host = _HOST.match(self.base_url) if isinstance(self.base_url, str) else None
        return frozenset(_HOST_PARAM.findall(host[1])) if host else frozenset()

    def params_problem(self, params: Mapping[str, str], secrets: Mapping[str, str]) -> str:
        """The first thing that is wrong, with its field's label; empty if nothing is."""
        errors = self.validate_params(params, secrets)
        for param in self.params:
            if param.name in errors:
                return f"Parâmetro “{param.label}”: {errors[param.name]}"
        return ""


def _value_error(param: Param, value: str) -> str | None:
    if not value.strip():
        return "Preencha este campo." if param.required else None
    if param.kind == "choice" and value not in param.choice_values:
        return "Escolha uma das opções da lista."
    if param.kind == "number" and not _NUMBER.fullmatch(value):
        return "Informe um número."
    if param.kind == "url":
        return _url_error(value)
    if param.kind == "text" and not value.isprintable() and not param.multiline:
        return "O valor não pode ter quebras de linha nem caracteres de controle."
    return None


def _host_error(value: str) -> str | None:
    if value and not _PART_OF_HOST.fullmatch(value):
        return "Informe só o nome, sem https:// e sem barras: ele faz parte do endereço da loja."
    return None


def _url_error(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "Este endereço não é válido."
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\\]", value):
        return "Informe um endereço completo, como https://loja.exemplo.com.br."
    if parts.username is not None or parts.password is not None:
        return "Não ponha usuário e senha no endereço; use os campos de autenticação."
    if parts.query or parts.fragment:
        return "O endereço da loja termina antes de “?” e “#”."
    return None
