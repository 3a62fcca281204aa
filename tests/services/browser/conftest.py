"""A real browser on the real product. Debian's chromium; nothing is downloaded."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from integrations.demo.users import DEFAULT_PASSWORD
from tests.services.browser.site import Sample, Site, load_sample, open_site
from tests.services.browser.watching import Watch
from tests.services.engine_processes import NotRunning, program_path

#: A notebook and a phone.
WIDE, NARROW = {"width": 1366, "height": 800}, {"width": 390, "height": 844}
#: Without them a browser asks for addresses of its maker.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--lang=pt-BR",
]

#: Opens a page as one of the sample's people; further options are those of a browser context.
SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    try:
        path = program_path("chromium", package="chromium")
    except NotRunning as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    return {**browser_type_launch_args, "executable_path": path, "args": QUIET}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return load_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def site(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with open_site(sample, folder) as site:
        yield site
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    """Every page of a test is held to it at the end."""
    watch = Watch(site.url)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def sign_in(browser: Browser, site: Site, watch: Watch) -> Iterator[SignIn]:
    contexts: list[BrowserContext] = []

    def enter(username: str, **options: Any) -> Page:
        settings = {"viewport": WIDE, "locale": "pt-BR", "base_url": site.url, **options}
        context = browser.new_context(**settings)
        context.set_default_timeout(15_000)
        contexts.append(context)
        watch.over(context)
        page = context.new_page()
        page.goto("/entrar/")
        page.get_by_label("Usuário").fill(username)
        page.get_by_label("Senha").fill(DEFAULT_PASSWORD)
        page.get_by_role("button", name="Entrar").click()
        page.wait_for_url("**/")
        return page

    yield enter
    for context in contexts:
        context.close()
