import re

import pytest
from pytest_httpserver import HTTPServer

from integrations.delivery.platform_tokens.exchange import Credential
from tests.clock import Clock
from tests.factories import make_connection, make_mapping, make_vitrine
from tests.integrations.platform_token.shop import CLIENT_SECRET, PLATFORM, TokenShop
from tests.integrations.platform_token.story import PREPARING
from tests.platform_samples import platform_from
from vitrines.models import LogPolicy


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def server():
    with HTTPServer(threaded=True) as running:
        yield running


@pytest.fixture
def shop(server):
    server.clear()
    shop = TokenShop()
    server.expect_request(re.compile(".*")).respond_with_handler(shop.answer)
    return shop


@pytest.fixture
def vitrine(server, shop, settings, tmp_path):
    (tmp_path / "com_token.toml").write_text(PLATFORM)
    settings.PLATFORMS_DIR = str(tmp_path)
    vitrine = make_vitrine(platform="com_token", log_policy=LogPolicy.ALL)
    make_connection(
        vitrine,
        params={"base_url": server.url_for("").rstrip("/")},
        secrets={"client_secret": CLIENT_SECRET},
    )
    make_mapping(vitrine, PREPARING, "PICKING")
    return vitrine


@pytest.fixture
def credential(tmp_path, httpserver):
    """What a token of this platform file is obtained with."""

    def of(toml=PLATFORM, params=None, secrets=None, **changes):
        base_url = httpserver.url_for("").rstrip("/")
        return Credential(
            **{
                "platform": platform_from(toml, tmp_path),
                "vitrine": {"code": "LOJA", "description": "Loja", "integration_id": "b0c9"},
                "params": {"base_url": base_url, **(params or {})},
                "secrets": {"client_secret": CLIENT_SECRET, **(secrets or {})},
                "allow_private": True,
                **changes,
            }
        )

    return of
