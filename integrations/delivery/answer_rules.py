"""Which rules read the answer of a request: its own, else those of the platform. Pure."""

from typing import Any

from integrations.delivery.context import RenderContext
from integrations.delivery.outcomes import Rules
from vitrines.platforms.parts import ParamRef, resolve
from vitrines.platforms.steps import Request, Step


def rules_for(asked: Request, given: RenderContext) -> Rules:
    """What makes a step accepted says nothing about a question: a lookup, a probe, a token request
    and a list of statuses are judged by a ``success`` of their own, else by the HTTP status."""
    platform = given.platform
    general, limits = platform.answers, platform.limits
    tells = isinstance(asked, Step) and not asked.lookup
    success = _own(asked, "success")
    if success is None and tells:
        success = general.success
    if isinstance(success, ParamRef):
        success = resolve(success, given.params) or None
    already = _own(asked, "already_applied")
    if already is None and tells:
        already = general.already_applied
    return Rules(
        success=success,
        already_applied=already,
        rejected=_own(asked, "rejected") or general.rejected,
        auth_refused=_own(asked, "auth_refused") or general.auth_refused,
        transient=_own(asked, "transient") or general.transient,
        error_message=_own(asked, "error_message") or general.error_message,
        throttled=limits.throttled,
        retry_after=limits.retry_after,
        answer_scope=platform.names.answer,
    )


def _own(asked: Request, name: str) -> Any:
    """A rule of the request itself; only steps may have each kind."""
    return getattr(asked, name, None)
