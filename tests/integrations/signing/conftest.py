import pytest

from integrations.delivery.context import RenderContext
from tests.integrations.signing.asked import SECRETS
from tests.platform_samples import ONE_SEND, platform_from, sample_context


@pytest.fixture
def given(tmp_path):
    """The context of a platform whose file has this ``[auth]``."""

    def context(auth, secrets, step=""):
        toml = ONE_SEND.replace("[[send]]", SECRETS, 1) + step + auth
        platform = platform_from(toml, tmp_path)
        return RenderContext.of(
            platform,
            context=sample_context(),
            params={"base_url": "https://loja.example"},
            secrets=secrets,
            captured={},
        )

    return context
