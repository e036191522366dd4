"""Who signs: a chain of certificates and the private key of the first one, checked beforehand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from octarine.core.errors import DataError, InputError, MissingExtra
from octarine.credentials.library import USAGES, c2pa

if TYPE_CHECKING:
    from cryptography import x509

_TESTS = "For tests, make some:  octarine credentials certificates FOLDER"
_PRIVATE = 0o077


@dataclass(frozen=True)
class Signer:
    """Certificates and a private key that may sign content. ``repr`` shows no key.

    Attributes:
        name: of the certificate's holder, for people.
        algorithm: es256, es384, es512, ps256 or ed25519: what the key can.
        chain: the certificates as PEM, the signer's first.
        warnings: what a person should know before they sign.
    """

    name: str
    algorithm: str
    chain: str = field(repr=False)
    _key: bytes = field(repr=False)
    warnings: tuple[str, ...] = ()

    @classmethod
    def read(cls, chain: Path | str, key: Path | str, *, password: bytes | None = None) -> Signer:
        """Read PEM files: the chain (the signer's certificate, then those that issued it) and its key.

        Args:
            password: of an encrypted key.

        Raises:
            DataError: a file cannot be read, or is no such file; a password is missing or wrong.
            InputError: the key belongs to another certificate, or the certificate may not sign now.
            MissingExtra: without the extra ``credentials``.
        """
        chain, key = Path(chain), Path(key)
        certificates = certificates_in(chain)
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        private = _private_key(key, password)
        leaf = certificates[0]
        if private.public_key() != leaf.public_key():
            raise InputError(
                f"the key {key} does not belong to the first certificate of {chain}",
                hint="A chain begins with the signer's own certificate. Name the key that it was issued for.",
            )
        _check_profile(chain, leaf)
        _check_order(chain, certificates)
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in certificates).decode("ascii")
        plain = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return cls(holder(leaf), _algorithm(key, private), pem, plain, _warnings(key, leaf))

    def open(self, timestamp_authority: str = "") -> Any:
        """The library's signer."""
        library = c2pa()
        address = timestamp_authority.encode() or None
        info = library.C2paSignerInfo(self.algorithm, self.chain.encode(), self._key, address)
        return library.Signer.from_info(info)


def certificates_in(path: Path) -> list[x509.Certificate]:
    """The certificates of a PEM file, at least one.

    Raises:
        DataError: it cannot be read, or holds none.
        MissingExtra: without the extra ``credentials``.
    """
    try:
        from cryptography import x509
    except ImportError:
        raise MissingExtra("credentials", "Reading certificates") from None
    data = _bytes(path)
    try:
        found: list[x509.Certificate] = x509.load_pem_x509_certificates(data)
    except ValueError:
        what = "a private key and no certificate" if b"PRIVATE KEY" in data else "no PEM certificate"
        raise DataError(f"holds {what}", path=path, hint=_TESTS) from None
    return found


def holder(certificate: x509.Certificate) -> str:
    """``common name (organisation)`` of a certificate's subject."""
    from cryptography.x509.oid import NameOID

    def named(number: x509.ObjectIdentifier) -> str:
        return next((str(one.value) for one in certificate.subject.get_attributes_for_oid(number)), "")

    common, organisation = named(NameOID.COMMON_NAME), named(NameOID.ORGANIZATION_NAME)
    return f"{common} ({organisation})" if common and organisation else common or organisation or "unnamed"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None


def _private_key(path: Path, password: bytes | None) -> Any:
    """The key; no error repeats a byte of the file."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = _bytes(path)
    locked = b"ENCRYPTED" in data
    if locked and password is None:
        raise DataError(
            "is encrypted, and no password was given",
            path=path,
            hint="Put the password into a file and name it:  --key-password-file FILE",
        )
    try:
        return load_pem_private_key(data, password if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if locked:
            raise DataError("cannot be decrypted: the password is wrong", path=path) from None
        raise DataError("holds no private key in PEM form", path=path, hint=_TESTS) from None


def _algorithm(path: Path, private: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ec.EllipticCurvePrivateKey):
        found = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}.get(private.curve.name)
        if found:
            return found
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= 2048:
        return "ps256"
    raise InputError(
        f"the key {path} is of a kind that C2PA does not allow",
        hint="Allowed: elliptic curves P-256, P-384 and P-521, Ed25519, RSA of 2048 bits and more.",
    )


def _check_profile(path: Path, leaf: x509.Certificate) -> None:
    now = dt.datetime.now(dt.UTC)
    if now > leaf.not_valid_after_utc:
        raise InputError(
            f"the certificate in {path} expired on {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
            hint="Get a new one: what is signed with this one is invalid at once.",
        )
    if now < leaf.not_valid_before_utc:
        raise InputError(
            f"the certificate in {path} is not valid before {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC",
            hint="Is the clock of this machine right?",
        )
    _check_usage(path, leaf)


def _check_usage(path: Path, leaf: x509.Certificate) -> None:
    from cryptography import x509

    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise InputError(
            f"the first certificate of {path} is that of an authority",
            hint="The chain begins with the signer's own certificate; those that issued it follow.",
        )
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise InputError(
            f"the certificate in {path} may not make digital signatures (its key usage)", hint=_ASK
        )
    extended = _extension(leaf, x509.ExtendedKeyUsage)
    names = {one.dotted_string for one in extended} if extended is not None else set()
    if not names & set(USAGES):
        found = ", ".join(one._name for one in extended) if extended is not None else "none"
        raise InputError(
            f"the certificate in {path} is not for signing content: its extended key usage is {found}",
            hint=f"It must be one of: {', '.join(USAGES.values())}. {_ASK}",
        )


_ASK = "Ask its issuer for a certificate that signs content."


def _extension(certificate: x509.Certificate, kind: type[Any]) -> Any:
    from cryptography.x509 import ExtensionNotFound

    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None


def _check_order(path: Path, certificates: list[x509.Certificate]) -> None:
    from cryptography.exceptions import InvalidSignature

    for place, (issued, issuer) in enumerate(pairwise(certificates), 2):
        try:
            issued.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            raise InputError(
                f"certificate {place} of {path} did not issue the one before it",
                hint="Put them in order: the signer's own, then the one that issued it, and so on.",
            ) from None


def _warnings(key: Path, leaf: x509.Certificate) -> tuple[str, ...]:
    found = []
    mode = key.stat().st_mode
    if mode & _PRIVATE:
        found.append(f"{key} can be read by others on this machine. Make it yours alone:  chmod 600 '{key}'")
    if leaf.issuer == leaf.subject:
        found.append("The certificate is self-signed: whoever does not know it will not trust the signature.")
    return tuple(found)
