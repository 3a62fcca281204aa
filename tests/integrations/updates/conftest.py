import pytest

from tests.factories import make_vitrine
from tests.integrations.people import sign_in
from tests.integrations.replay.pages import REPLAYER


@pytest.fixture
def vitrine():
    return make_vitrine()


@pytest.fixture
def operator(client):
    """May replay, map, and look at everything."""
    sign_in(
        client,
        *REPLAYER,
        "vitrines.view_vitrine",
        "status_mapping.view_statusmapping",
        "integrations.view_connection",
    )
    return client
