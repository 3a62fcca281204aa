"""The pictures of the operator's guide in README, taken of the product as it is.

``make screenshots`` writes them where README shows them; otherwise they are taken and thrown away.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.services.browser.conftest import SignIn
from tests.services.browser.operator import LOJA_SP, PROBLEMAS, cell
from tests.services.engine_processes import ROOT

pytestmark = pytest.mark.services

GUIDE = ROOT / "backoffice" / "guide"
#: Where the pictures go, if they are wanted.
WANTED = "GUIDE_PICTURES"
PICTURES = (
    "painel",
    "por-que-este-status",
    "corrigir",
    "status-de-pedidos",
    "revisar",
    "atualizacoes-por-causa",
    "alarmes",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = Path(os.environ.get(WANTED, tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_guide_shows_the_pages_as_they_are(sign_in: SignIn, folder: Path) -> None:
    page = sign_in("mapeamento")

    def picture(name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", animations="disabled")

    page.goto("/")
    picture("painel")
    page.goto("/pedidos/LOJA-RJ/55014/")
    picture("por-que-este-status")
    page.goto("/pedidos/LOJA-SP/100493/?corrigir=rastreio")
    page.locator("#rastreio").scroll_into_view_if_needed()
    picture("corrigir")
    page.goto(LOJA_SP)
    picture("status-de-pedidos")
    _review(page)
    picture("revisar")
    page.goto("/atualizacoes/?agrupar=causa")
    picture("atualizacoes-por-causa")
    page.goto("/vitrines/LOJA-SP/alarmes/")
    picture("alarmes")

    assert sorted(path.stem for path in folder.glob("*.png")) == sorted(PICTURES)


def _review(page: Page) -> None:
    page.locator(cell(PROBLEMAS)).fill("on_hold")
    page.get_by_role("button", name="Revisar").click()
    page.wait_for_url("**/revisar/")


def test_readme_shows_every_picture_of_the_guide() -> None:
    readme = (ROOT / "README.md").read_text()
    shown = [name for name in PICTURES if f"(backoffice/guide/{name}.png)" in readme]
    assert shown == list(PICTURES)
    assert all((GUIDE / f"{name}.png").is_file() for name in PICTURES)
