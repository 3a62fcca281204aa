"""Signatures: what proves who sends, made of the finished request. Pure, given the time."""

from datetime import datetime

from integrations.delivery.render import RenderContext, RenderedRequest


def signed(request: RenderedRequest, given: RenderContext, *, at: datetime) -> RenderedRequest:
    """The request with its signature; unchanged where the platform wants none."""
    return request
