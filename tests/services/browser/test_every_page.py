"""Every page, on a notebook and on a phone, in light and dark, with and without JavaScript."""

from typing import Any

import pytest

from tests.services.browser.conftest import NARROW, WIDE, SignIn
from tests.services.browser.pages import PAGES
from tests.services.browser.watching import grave_findings, overflow

pytestmark = pytest.mark.services

PEOPLE = sorted({page.who for page in PAGES})
PHONE = {"viewport": NARROW, "has_touch": True, "is_mobile": True}
LOOKS = {
    "notebook": {"viewport": WIDE},
    "notebook-dark": {"viewport": WIDE, "color_scheme": "dark"},
    "phone": PHONE,
    "phone-dark": {**PHONE, "color_scheme": "dark"},
}
#: axe takes a second a page; between them these two have all that it looks at.
EXAMINED = ("notebook", "phone-dark")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("who", PEOPLE)
def test_page_has_no_grave_finding_fits_its_window_and_asks_no_other_address(
    who: str, look: str, sign_in: SignIn
) -> None:
    page = sign_in(who, **LOOKS[look])
    found: list[Any] = []

    for each in PAGES:
        if each.who == who:
            page.goto(each.path)
            if look in EXAMINED:
                found += grave_findings(page)
            if wider := overflow(page):
                found.append(f"{each.name}: {wider} px wider than its window")

    assert found == []


@pytest.mark.parametrize("who", PEOPLE)
def test_page_says_the_same_without_javascript(who: str, sign_in: SignIn) -> None:
    with_it = sign_in(who)
    without = sign_in(who, java_script_enabled=False)

    for each in PAGES:
        if each.who == who:
            with_it.goto(each.path)
            without.goto(each.path)
            headings = with_it.locator("h1, h2").all_inner_texts()
            assert (each.name, without.locator("h1, h2").all_inner_texts()) == (
                each.name,
                headings,
            )
