"""The vendors' documents, read once; where they are absent, the tests are skipped and say so."""

import os

import pytest

from tests.contracts.vendor_document import (
    FOLDER_VARIABLE,
    VendorDocument,
    document_path,
    load_contents,
)

#: Adobe's document names an example host and the store view "default"; both are the shop's own.
ADOBE_SERVER = "https://{host}/rest/{store}"


@pytest.fixture(scope="session")
def vtex_document() -> VendorDocument:
    return _document("vtex-orders.json")


@pytest.fixture(scope="session")
def adobe_document() -> VendorDocument:
    return _document("adobe-admin-2.4.9.yaml", server=ADOBE_SERVER)


def _document(name: str, *, server: str | None = None) -> VendorDocument:
    path = document_path(name)
    if path.exists():
        return VendorDocument(load_contents(path), server=server)
    if os.environ.get(FOLDER_VARIABLE):
        pytest.fail(f"{FOLDER_VARIABLE} names a folder without {name}: {path}")
    pytest.skip(
        f"the vendor's document is not here: {path} (or name its folder: {FOLDER_VARIABLE})"
    )
