"""How a preview is told on the page."""

from django import template

from integrations.delivery import preview_words
from integrations.delivery.preview import PreviewedSend
from status_mapping.models import Channel

register = template.Library()

register.filter("shown_steps", preview_words.shown_steps)
register.filter("problem_told", preview_words.problem_in_words)


@register.filter
def channel_label(channel: str) -> str:
    return str(Channel(channel).label)


@register.filter
def needs_told(send: PreviewedSend) -> str:
    return preview_words.needs_in_words(send.needs)


@register.filter
def passed_over_told(send: PreviewedSend) -> list[str]:
    return [preview_words.passed_over_in_words(step, send) for step in send.passed_over]
