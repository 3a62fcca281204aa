"""Which rules read the answer of a request: its own, else those of the platform. Pure."""

from integrations.delivery.context import RenderContext
from integrations.delivery.outcomes import Rules
from vitrines.platforms.parts import ParamRef, resolve
from vitrines.platforms.steps import Answers, Request, Step


def rules_for(asked: Request, given: RenderContext) -> Rules:
    """What makes a step accepted says nothing about a question: a lookup, a probe, a token request
    and a list of statuses are judged by a ``success`` of their own, else by the HTTP status."""
    platform = given.platform
    general, limits = platform.answers, platform.limits
    own = asked if isinstance(asked, Step) else Answers.model_validate(_own(asked))
    tells = isinstance(asked, Step) and not asked.lookup
    success = own.success
    if success is None and tells:
        success = general.success
    if isinstance(success, ParamRef):
        success = resolve(success, given.params) or None
    already = own.already_applied
    if already is None and tells:
        already = general.already_applied
    return Rules(
        success=success,
        already_applied=already,
        rejected=own.rejected or general.rejected,
        auth_refused=own.auth_refused or general.auth_refused,
        transient=own.transient or general.transient,
        error_message=own.error_message or general.error_message,
        throttled=limits.throttled,
        retry_after=limits.retry_after,
        answer_scope=platform.names.answer,
    )


def _own(asked: Request) -> dict[str, object]:
    return {name: getattr(asked, name, None) for name in ("success", "error_message")}
