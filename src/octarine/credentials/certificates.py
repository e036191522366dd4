"""Certificates for tests: a root that nobody trusts, and a leaf that it issued."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from octarine.core.errors import InputError, MissingExtra
from octarine.core.files import make_folder

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

ORGANISATION = "Octarine test certificates"
"""Stands in every signature that is made with them."""
EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
DAYS = 365
_WORDS = """\
For tests only. Whoever wants can make certificates like these, with any name in them: a signature by them
says nothing about who signed, and nobody should trust this root beyond the machine of a test.
For others to believe, get a certificate from an authority of the C2PA trust list.
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class TestCertificates:
    """Where they were written: ``root`` is what to trust, ``chain`` and ``key`` are what to sign with."""

    __test__ = False  # no test, whatever its name begins with

    root: Path
    chain: Path
    key: Path


def make_test_certificates(
    folder: Path | str,
    *,
    starts: dt.datetime | None = None,
    ends: dt.datetime | None = None,
    usages: Sequence[str] = (EMAIL_PROTECTION,),
    self_signed: bool = False,
) -> TestCertificates:
    """Write ``root.pem``, ``chain.pem`` and ``key.pem`` (ES256, readable by its owner alone) into ``folder``.

    The root's key is forgotten at once: it can issue nothing else.

    Args:
        starts, ends: of the leaf's validity; a day ago, and a year from now.
        usages: the leaf's extended key usages, as dotted numbers.
        self_signed: whether the leaf is its own issuer; the root then is of no use to it.

    Raises:
        InputError: one of the files exists, or the folder cannot be written to.
        MissingExtra: without the extra ``credentials``.
    """
    now = dt.datetime.now(dt.UTC)
    starts, ends = starts or now - dt.timedelta(days=1), ends or now + dt.timedelta(days=DAYS)
    folder = make_folder(Path(folder))
    made = TestCertificates(folder / "root.pem", folder / "chain.pem", folder / "key.pem")
    for path in (made.root, made.chain, made.key):
        if path.exists():
            raise InputError(f"{path} exists, and is not overwritten", hint="Name another folder.")
    root = issue_root()
    leaf = issue_leaf(None if self_signed else root, starts, ends, usages)
    _write(made.key, _key_pem(leaf.key), 0o600)
    _write(made.chain, _pem(leaf.certificate), 0o644)
    _write(made.root, _pem(root.certificate), 0o644)
    return made


def issue_root() -> Identity:
    """A new certificate authority, valid from two years ago for as many to come."""
    now, key = dt.datetime.now(dt.UTC), _new_key()
    span = dt.timedelta(days=2 * DAYS)
    built = _builder("Test root", "Test root", key, key, now - span, now + span, authority=True)
    return Identity(_signed(built, key), key)


def issue_leaf(
    issuer: Identity | None,
    starts: dt.datetime,
    ends: dt.datetime,
    usages: Sequence[str] = (EMAIL_PROTECTION,),
    *,
    key: EllipticCurvePrivateKey | None = None,
) -> Identity:
    """A certificate that signs content, of ``issuer`` or, where that is None, of itself."""
    from cryptography import x509

    key = key or _new_key()
    issuer_name = "Test root" if issuer else "Test signer"
    issuer_key = issuer.key if issuer else key
    built = _builder("Test signer", issuer_name, key, issuer_key, starts, ends, authority=False)
    if usages:
        numbers = [x509.ObjectIdentifier(usage) for usage in usages]
        built = built.add_extension(x509.ExtendedKeyUsage(numbers), critical=False)
    return Identity(_signed(built, issuer_key), key)


def _builder(
    name: str,
    issuer: str,
    key: EllipticCurvePrivateKey,
    issuer_key: EllipticCurvePrivateKey,
    starts: dt.datetime,
    ends: dt.datetime,
    *,
    authority: bool,
) -> x509.CertificateBuilder:
    """The profile of C2PA 2.2, section 14.5.1."""
    from cryptography import x509

    key_usage = x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(key_usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issued_by, critical=False)
    )


def _name(common: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _new_key() -> EllipticCurvePrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise MissingExtra("credentials", "Making certificates") from None
    return ec.generate_private_key(ec.SECP256R1())


def _signed(built: x509.CertificateBuilder, key: EllipticCurvePrivateKey) -> x509.Certificate:
    from cryptography.hazmat.primitives.hashes import SHA256

    return built.sign(key, SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    pem: bytes = certificate.public_bytes(Encoding.PEM)
    return pem


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def _write(path: Path, pem: bytes, mode: int) -> None:
    # PEM allows text before its first line; it goes where the file goes.
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_WORDS.encode() + pem)
    except OSError as error:
        raise InputError(f"{path} was not written: {error.strerror}") from None
