"""The demo's sample NF-e is as good as a real one: schema, key, signature and our own intake."""

import base64
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import nfelib
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from integrations.intake.nfe import parse_authorised_nfe
from integrations.nfe_sample import DSIG, sample_nfe

SCHEMA = Path(nfelib.__file__).parent / "nfe/schemas/v4_0/procNFe_v4.00.xsd"


@pytest.fixture(scope="module")
def sample():
    return sample_nfe(
        number=29_248,
        series=3,
        order_number="VT-100482",
        total=Decimal("199.9"),
        issued_at=datetime(2026, 11, 23, 17, 2, 11, tzinfo=UTC),
    )


def test_sample_nfe_follows_the_official_schema(sample):
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    assert schema.validate(etree.fromstring(sample.xml)), schema.error_log


def test_sample_nfe_is_accepted_by_intake(sample):
    invoice = parse_authorised_nfe(sample.xml)
    assert invoice.chave_nfe == sample.key
    assert (invoice.number, invoice.series) == (29_248, 3)
    assert invoice.total == Decimal("199.90")
    assert invoice.issued_at == datetime(2026, 11, 23, 17, 2, 11, tzinfo=UTC)
    assert invoice.order_hint == "VT-100482"
    assert invoice.xml == sample.xml


def test_sample_nfe_signature_verifies_with_its_own_certificate(sample):
    root = etree.fromstring(sample.xml)
    certificate = x509.load_der_x509_certificate(
        base64.b64decode(root.findtext(f".//{DSIG}X509Certificate"))
    )
    certificate.public_key().verify(
        base64.b64decode(root.findtext(f".//{DSIG}SignatureValue")),
        etree.tostring(root.find(f".//{DSIG}SignedInfo"), method="c14n"),
        padding.PKCS1v15(),
        hashes.SHA1(),  # noqa: S303
    )


def test_sample_nfe_of_another_number_has_another_key():
    keys = {
        sample_nfe(
            number=number,
            order_number="1",
            total=Decimal(1),
            issued_at=datetime(2026, 1, 1, tzinfo=UTC),
        ).key
        for number in range(1, 50)
    }
    assert len(keys) == 49


def test_sample_nfe_for_an_order_is_written_by_the_command_line():
    command = [sys.executable, "-m", "integrations.nfe_sample", "VT-12345"]
    written = subprocess.run(command, capture_output=True, check=True)
    assert parse_authorised_nfe(written.stdout).order_hint == "VT-12345"
    assert written.stderr == b""
