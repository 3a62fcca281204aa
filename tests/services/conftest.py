"""Real services for `make test-services`. One that is missing fails; it is never skipped."""

from collections.abc import Iterator

import pytest

from tests.services.vendure_server import VendureNotRunning, running
from tests.services.vendure_shop import VendureShop, VendureStaff


@pytest.fixture(scope="session")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendureShop]:
    try:
        with running(tmp_path_factory.mktemp("vendure")) as address:
            yield VendureShop(address)
    except VendureNotRunning as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="session")
def staff(vendure: VendureShop) -> VendureStaff:
    return vendure.staff()


@pytest.fixture(scope="session")
def api_key(staff: VendureStaff) -> str:
    return staff.create_api_key()
