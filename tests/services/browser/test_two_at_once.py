"""Two people at one DE-PARA: the second is told what changed, and neither loses a word."""

import pytest
from playwright.sync_api import expect

from tests.services.browser.conftest import SignIn
from tests.services.browser.operator import (
    EMBARCADO,
    ENTREGUE,
    LOJA_SP,
    cell,
    expect_message,
)
from tests.services.browser.watching import Watch

pytestmark = pytest.mark.services


def test_second_of_two_savers_is_told_what_changed_and_loses_nothing(
    sign_in: SignIn, watch: Watch
) -> None:
    watch.expected.append("409")
    first, second = sign_in("mapeamento"), sign_in("admin")
    first.goto(LOJA_SP)
    second.goto(LOJA_SP)

    first.locator(cell(EMBARCADO)).fill("em_transito")
    second.locator(cell(ENTREGUE)).fill("entregue")
    first.keyboard.press("Control+s")
    expect_message(first, "Revisão 2 salva")
    second.keyboard.press("Control+s")

    expect(second.locator("#mudou")).to_contain_text("mapeamento salvou a revisão 2")
    expect(second.locator("#mudou")).to_contain_text("“shipped” → “em_transito”")
    assert second.locator(cell(EMBARCADO)).input_value() == "em_transito"
    assert second.locator(cell(ENTREGUE)).input_value() == "entregue"

    second.keyboard.press("Control+s")
    expect_message(second, "Revisão 3 salva: 1 linha alterada")


def test_who_leaves_with_something_unsaved_is_asked_first(sign_in: SignIn) -> None:
    page = sign_in("mapeamento")
    page.goto(LOJA_SP)
    page.locator(cell(ENTREGUE)).press_sequentially("x")
    expect(page.get_by_text("1 alteração não salva")).to_be_visible()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    page.goto("/pedidos/")

    assert asked == ["beforeunload"]
