"""Whom the reader trusts: certificates of authorities, read from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from octarine.core.errors import DataError, MissingExtra

SUFFIXES = (".pem", ".crt", ".cer")


@dataclass(frozen=True, slots=True)
class TrustList:
    """Certificates of authorities; a signature that leads to one of them is trusted.

    Attributes:
        anchors: the certificates as one PEM text, without what else the files held.
        names: of whom they are, for people.
    """

    anchors: str = ""
    names: tuple[str, ...] = ()

    @classmethod
    def read(cls, *paths: Path | str) -> TrustList:
        """Read bundles of PEM certificates, such as the C2PA trust list, and folders of them.

        Raises:
            DataError: a file cannot be read or holds no certificate, or a folder holds no such file.
            MissingExtra: without the extra ``credentials``.
        """
        from octarine.credentials.signer import certificates_in

        try:
            from cryptography.hazmat.primitives.serialization import Encoding
        except ImportError:
            raise MissingExtra("credentials", "Reading a trust list") from None
        files = [file for path in paths for file in _files(Path(path))]
        found = [certificate for file in files for certificate in certificates_in(file)]
        pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in found)
        return cls(pem.decode("ascii"), tuple(one.subject.rfc4514_string() for one in found))


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not found:
        raise DataError(
            "holds no certificates", path=path, hint=f"Files that end in {', '.join(SUFFIXES)} are read."
        )
    return found
