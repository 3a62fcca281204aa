"""Where the pages of replay are, and what every one of them is held to."""

from tests.html_rules import read_page
from tests.integrations.people import OPERATOR

NEW = "/atualizacoes/reprocessar/"
RUNS = "/atualizacoes/reprocessamentos/"
REPLAYER = (*OPERATOR, "integrations.replay_statusupdate", "integrations.view_replayrun")


def html_of(response):
    assert response.status_code == 200
    html = response.content.decode()
    page = read_page(html)
    assert (page.faults, page.h1) == ([], 1)
    return html


def said(response):
    return [str(message) for message in response.context["messages"]]
