"""How ages, times and shares are shown on the Painel."""

from datetime import datetime

from django import template
from django.utils import timezone

from integrations.painel import words

register = template.Library()

register.filter("lasting", words.lasting)
register.filter("percent", words.percent)


@register.filter
def ago(moment: datetime | None) -> str:
    return words.ago(moment, timezone.now())
