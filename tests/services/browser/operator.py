"""What an operator does on the screen, in the words of the screen."""

import re

from playwright.sync_api import Page, expect

from tests.services.engine_processes import wait_until

LOJA_SP = "/vitrines/LOJA-SP/configuracoes-adicionais/"
#: The inputs of *Status de Pedidos* carry the code of their status.
PROBLEMAS, EMBARCADO, ENTREGUE = 6, 7, 4


def search(page: Page, text: str) -> None:
    """From anywhere: ``/``, what is known of the order, Enter."""
    page.keyboard.press("/")
    page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def cell(status: int, column: str = "platform_status") -> str:
    return f"[name='status-{status}-{column}']"


def why(page: Page) -> str:
    """The one sentence of *Por que este status?*."""
    return page.locator(".why .sentence").inner_text()


def wait_for_situation(page: Page, situation: str, *, seconds: float = 30) -> None:
    """Look at the order's page again until it says so: the dispatcher works beside it."""

    def says_so() -> bool:
        page.reload()
        return situation in page.locator("h1").inner_text()

    wait_until(says_so, what=f"the order to be “{situation}”", seconds=seconds, every=0.3)


def expect_message(page: Page, words: str) -> None:
    expect(page.get_by_text(re.compile(words)).first).to_be_visible()
