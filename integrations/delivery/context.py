"""What the templates of a request may read, and with which token it is made. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from vitrines.platforms import Platform
from vitrines.platforms.names import Scopes


@dataclass(frozen=True)
class AccessToken:
    """What a token exchange gave."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    #: Which of the vitrine's tokens it is, from 1; a later one replaces it.
    number: int = 0

    @property
    def sensitive(self) -> tuple[str, ...]:
        return self.access, self.refresh


@dataclass(frozen=True)
class RenderContext:
    """What the templates of one request may read."""

    platform: Platform
    context: Mapping[str, Any]
    #: Only authentication and headers see them.
    secrets: Mapping[str, str] = field(repr=False)
    #: Which names each part of the request may use.
    scopes: Scopes
    #: What the platform's token exchange gave; None before it, and where there is none.
    token: AccessToken | None = None

    @classmethod
    def of(
        cls,
        platform: Platform,
        *,
        context: Mapping[str, Any],
        params: Mapping[str, str],
        secrets: Mapping[str, str],
        captured: Mapping[str, Any],
        token: AccessToken | None = None,
    ) -> "RenderContext":
        """For the steps of a sending."""
        filled = {**context, "params": platform.fill(params), "captured": dict(captured)}
        secrets = platform.fill_secrets(secrets)
        return cls(platform, filled, secrets, platform.names.once, token)

    def with_item(self, item: Any) -> "RenderContext":
        """For one request of a step that is made ``for_each``."""
        context = {**self.context, "item": item}
        return replace(self, context=context, scopes=self.platform.names.per_item)

    def with_captured(self, captured: Mapping[str, Any]) -> "RenderContext":
        """With what was captured meanwhile."""
        merged = {**self.context["captured"], **captured}
        kept = {name: value for name, value in merged.items() if value is not None}
        return replace(self, context={**self.context, "captured": kept})

    @property
    def params(self) -> Mapping[str, str]:
        params: Mapping[str, str] = self.context["params"]
        return params

    @cached_property
    def for_auth(self) -> dict[str, Any]:
        token = self.token or AccessToken("")
        told = {"access": token.access, "refresh": token.refresh}
        return {**self.context, "secrets": self.secrets, "token": told}

    @cached_property
    def condition_context(self) -> dict[str, Any]:
        """In a condition, what was not captured yet is null."""
        nothing = dict.fromkeys(self.platform.names.captured)
        return {**self.context, "captured": {**nothing, **self.context.get("captured", {})}}
