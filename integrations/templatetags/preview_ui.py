"""How a preview is told on the page."""

from urllib.parse import urlencode

from django import template

from integrations import send_test_words
from integrations.models import SendTest
from integrations.preview import words as preview_words
from integrations.preview.dry_run import PreviewedSend
from status_mapping.models import Channel
from vitrines.statuses import OrderStatus

register = template.Library()

register.filter("shown_steps", preview_words.shown_steps)
register.filter("problem_told", preview_words.problem_in_words)
register.filter("test_told", send_test_words.told)
register.filter("test_outcome", send_test_words.outcome)
register.filter("test_sentence", send_test_words.sentence)
register.filter("test_tone", send_test_words.tone)


@register.filter
def channel_label(channel: str) -> str:
    return str(Channel(channel).label)


@register.filter
def needs_told(send: PreviewedSend) -> str:
    return preview_words.needs_in_words(send.needs)


@register.filter
def passed_over_told(send: PreviewedSend) -> list[str]:
    return [preview_words.passed_over_in_words(step, send) for step in send.passed_over]


@register.filter
def test_again(test: SendTest) -> str:
    """The query that fills the form with the same test."""
    status = OrderStatus(test.status).name
    return urlencode({"pedido": test.order.number, "status": status, "envio": test.channel})
