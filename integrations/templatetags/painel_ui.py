"""How times and shares are shown on the Painel."""

from django import template

from integrations.painel import words

register = template.Library()

register.filter("lasting", words.lasting)
register.filter("percent", words.percent)
