"""Maria, who may save, and the vitrine that she works on."""

import pytest

from tests.factories import make_vitrine
from tests.status_mapping.page.acts import TABLES, make_person, save


@pytest.fixture
def maria():
    return make_person("maria", "view_statusmapping", "change_statusmapping", "view_vitrine")


@pytest.fixture
def vitrine():
    return make_vitrine(platform="linx_commerce")


@pytest.fixture
def saved(vitrine, maria):
    return save(vitrine, TABLES, base=0, author=maria)


@pytest.fixture
def client(client, maria):
    client.force_login(maria)
    return client
