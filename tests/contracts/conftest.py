"""The vendors' documents, read once; where they are absent, the tests are skipped and say so."""

import os
from typing import Any

import pytest

from tests.contracts.vendor_document import (
    FOLDER_VARIABLE,
    VendorDocument,
    document_path,
    load_contents,
)


@pytest.fixture(scope="session")
def vtex_document() -> VendorDocument:
    return VendorDocument(_contents("vtex-orders.json"))


@pytest.fixture(scope="session")
def adobe_document() -> VendorDocument:
    return VendorDocument(
        _contents("adobe-admin-2.4.9.yaml"),
        # The document names an example host and the store view "default": both are the shop's own.
        server="https://{host}/rest/{store}",
        # developer.adobe.com/commerce/webapi/rest/use-rest/retrieve-filtered-responses
        query_everywhere={"fields"},
    )


def _contents(name: str) -> dict[str, Any]:
    path = document_path(name)
    if path.exists():
        return load_contents(path)
    if os.environ.get(FOLDER_VARIABLE):
        pytest.fail(f"{FOLDER_VARIABLE} names a folder without {name}: {path}")
    pytest.skip(
        f"the vendor's document is not here: {path} (or name its folder: {FOLDER_VARIABLE})"
    )
