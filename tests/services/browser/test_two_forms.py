"""Two forms on one page: saving one asks about what was typed in the other."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.services.browser.conftest import SignIn
from tests.services.browser.operator import expect_message

pytestmark = pytest.mark.services

ALARMS = "/vitrines/LOJA-SP/alarmes/"


def answering(page: Page, *, leave: bool) -> list[str]:
    """What the page asked."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        if leave:
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    return asked


def test_saving_one_form_asks_about_the_other_and_who_stays_loses_nothing(
    sign_in: SignIn,
) -> None:
    page = sign_in("mapeamento")
    page.goto(ALARMS)
    asked = answering(page, leave=False)
    limit = page.locator("#prazos input[name=DESPACHADO]")
    page.get_by_label("E-mails").fill("plantao@loja.example")
    limit.fill("120")

    page.get_by_role("button", name="Salvar prazos").click()

    expect(page.get_by_label("E-mails")).to_have_value("plantao@loja.example")
    expect(limit).to_have_value("120")
    assert asked == ["beforeunload"]

    # Having stayed, it is as before: the other form saved first is asked about, too.
    page.get_by_role("button", name="Salvar", exact=True).click()
    expect(limit).to_have_value("120")
    assert asked == ["beforeunload"] * 2

    limit.fill("")
    page.get_by_role("button", name="Salvar", exact=True).click()
    expect_message(page, "Alarmes salvos.")
    assert asked == ["beforeunload"] * 2


def test_saving_the_only_form_that_was_typed_in_asks_nothing(sign_in: SignIn) -> None:
    page = sign_in("mapeamento")
    page.goto(ALARMS)
    asked = answering(page, leave=False)
    page.locator("#prazos input[name=ENTREGUE]").fill("240")

    page.get_by_role("button", name="Salvar prazos").click()

    expect_message(page, "Prazos salvos.")
    assert asked == []
