"""An authorised NF-e of nobody, for the demo, the sample data and previews.

It has the form of a real one: a key with its check digit, a true XML signature (by a key made for
this run, certified by nobody) and SEFAZ's protocol, in the homologation environment (tpAmb 2).
Issuer and consumer are fictitious. ``python -m integrations.nfe_sample VT-12345 > nfe.xml`` writes
one for an order.
"""

import base64
import hashlib
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from integrations.intake.nfe import check_digit

CNPJ = "11222333000181"
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NFE = "{http://www.portalfiscal.inf.br/nfe}"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
_TEMPLATE = Path(__file__).with_name("nfe_sample.xml")


@dataclass(frozen=True)
class SampleNfe:
    key: str
    number: int
    series: int
    issued_at: datetime
    total: Decimal
    xml: bytes


def sample_nfe(
    *,
    number: int,
    order_number: str,
    total: Decimal,
    issued_at: datetime,
    series: int = 1,
    signed: bool = True,
) -> SampleNfe:
    """``signed`` off: without digest and signature, so the same bytes every time."""
    issued_at = issued_at.astimezone(SAO_PAULO).replace(microsecond=0)
    code = f"{(number * 7_919 + 1_234_567) % 10**8:08d}"
    stem = f"35{issued_at:%y%m}{CNPJ}55{series:03d}{number:09d}1{code}"
    key = stem + check_digit(stem)
    text = Template(_TEMPLATE.read_text(encoding="utf-8").strip()).substitute(
        key=key,
        code=code,
        series=series,
        number=number,
        issued_at=issued_at.isoformat(),
        check_digit=key[-1],
        cnpj=CNPJ,
        total=f"{total:.2f}",
        order_number=order_number,
        protocol=f"135{issued_at:%y}{number:010d}",
    )
    root = etree.fromstring(text.encode())
    if signed:
        _sign(root)
    xml = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return SampleNfe(key, number, series, issued_at, total, xml)


def _sign(root: etree._Element) -> None:
    """Fill in the digest, the signature over it, and the protocol's copy of the digest."""
    info = _one(root, f"{NFE}infNFe")
    digest = hashlib.sha1(_canonical(info), usedforsecurity=False).digest()
    encoded = base64.b64encode(digest).decode()
    _one(root, f"{DSIG}DigestValue").text = encoded
    _one(root, f"{NFE}digVal").text = encoded
    key, certificate = _signer()
    signed_info = _canonical(_one(root, f"{DSIG}SignedInfo"))
    # The NF-e 4.00 layout prescribes RSA with SHA-1.
    signature = key.sign(signed_info, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    _one(root, f"{DSIG}SignatureValue").text = base64.b64encode(signature).decode()
    _one(root, f"{DSIG}X509Certificate").text = base64.b64encode(certificate).decode()


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n")


def _one(root: etree._Element, tag: str) -> etree._Element:
    return next(root.iter(tag))


@lru_cache(maxsize=1)
def _signer() -> tuple[rsa.RSAPrivateKey, bytes]:
    """A key of this process and its self-signed certificate, as DER."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"DEMONSTRACAO:{CNPJ}")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(Encoding.DER)


def main(order_number: str, *, now: datetime) -> bytes:
    """Another note each second."""
    number = int(now.timestamp()) % 999_999_999 + 1
    total = Decimal("199.90")
    return sample_nfe(number=number, order_number=order_number, total=total, issued_at=now).xml


if __name__ == "__main__":
    sys.stdout.buffer.write(main(sys.argv[1], now=datetime.now(UTC)))
