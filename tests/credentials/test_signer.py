"""Certificates, keys and trust lists: what is refused before anything is signed."""

from __future__ import annotations

import logging

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from octarine.core.errors import DataError, InputError, MissingExtra
from octarine.credentials import Signer, TrustList, make_test_certificates
from octarine.credentials.certificates import issue_leaf, issue_root
from tests.credentials import files


def pem(key, password: bytes | None = None) -> bytes:
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)


def test_test_certificates_say_what_they_are(certificates):
    for path in (certificates.root, certificates.chain, certificates.key):
        assert path.read_text().startswith("For tests only.")
    assert certificates.key.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="not overwritten"):
        make_test_certificates(certificates.root.parent)


def test_a_key_of_another_certificate_is_refused(certificates, tmp_path):
    other = make_test_certificates(tmp_path / "other")
    with pytest.raises(InputError, match="does not belong"):
        Signer.read(certificates.chain, other.key)


def test_a_certificate_out_of_its_time_is_refused(tmp_path):
    late = make_test_certificates(
        tmp_path / "late", starts=files.NOW - 9 * files.DAY, ends=files.NOW - files.DAY
    )
    with pytest.raises(InputError, match="expired on"):
        Signer.read(late.chain, late.key)
    early = make_test_certificates(
        tmp_path / "early", starts=files.NOW + files.DAY, ends=files.NOW + 2 * files.DAY
    )
    with pytest.raises(InputError, match="not valid before"):
        Signer.read(early.chain, early.key)


@pytest.mark.parametrize(("usages", "found"), [((files.SERVER,), "serverAuth"), ((), "none")])
def test_a_certificate_for_something_else_is_refused(tmp_path, usages, found):
    web = make_test_certificates(tmp_path / "web", usages=usages)
    with pytest.raises(InputError, match=f"not for signing content.*{found}"):
        Signer.read(web.chain, web.key)


def test_the_certificate_of_an_authority_is_refused(tmp_path):
    root = issue_root()
    (tmp_path / "chain.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(pem(root.key))
    with pytest.raises(InputError, match="that of an authority"):
        Signer.read(tmp_path / "chain.pem", tmp_path / "key.pem")


def test_a_chain_out_of_order_is_refused(tmp_path):
    root, other = issue_root(), issue_root()
    leaf = issue_leaf(root, files.NOW - files.DAY, files.NOW + files.DAY)
    (tmp_path / "key.pem").write_bytes(pem(leaf.key))
    for issuer, good in ((root, True), (other, False)):
        parts = (leaf.certificate.public_bytes(Encoding.PEM), issuer.certificate.public_bytes(Encoding.PEM))
        (tmp_path / "chain.pem").write_bytes(b"".join(parts))
        if good:
            Signer.read(tmp_path / "chain.pem", tmp_path / "key.pem")
        else:
            with pytest.raises(InputError, match="did not issue the one before"):
                Signer.read(tmp_path / "chain.pem", tmp_path / "key.pem")


def test_an_encrypted_key_needs_its_password(certificates, tmp_path):
    locked = tmp_path / "locked.pem"
    key = load_pem_private_key(certificates.key.read_bytes(), None)
    locked.write_bytes(pem(key, b"open sesame"))
    with pytest.raises(DataError, match="encrypted, and no password") as told:
        Signer.read(certificates.chain, locked)
    assert "--key-password-file" in told.value.hint
    with pytest.raises(DataError, match="password is wrong"):
        Signer.read(certificates.chain, locked, password=b"open barley")
    assert Signer.read(certificates.chain, locked, password=b"open sesame").algorithm == "es256"


SPOILT = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("data", [b"", b"no key", SPOILT])
def test_what_is_no_key_is_refused_without_showing_it(certificates, tmp_path, data):
    (tmp_path / "key.pem").write_bytes(data)
    with pytest.raises(DataError, match="no private key") as told:
        Signer.read(certificates.chain, tmp_path / "key.pem")
    assert "AAAA" not in str(told.value)


def test_a_key_in_place_of_a_certificate_is_told(certificates):
    with pytest.raises(DataError, match="a private key and no certificate"):
        Signer.read(certificates.key, certificates.key)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "es384"),
        (ec.generate_private_key(ec.SECP521R1()), "es512"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519"),
        (rsa.generate_private_key(65537, 2048), "ps256"),
        (ec.generate_private_key(ec.SECP256K1()), None),
    ],
    ids=["es384", "es512", "ed25519", "ps256", "secp256k1"],
)
def test_the_kind_of_key_says_the_algorithm_and_signs(tmp_path, key, algorithm):
    from octarine.credentials import State, sign, verify
    from tests.credentials.conftest import GENERATED

    root = issue_root()
    leaf = issue_leaf(root, files.NOW - files.DAY, files.NOW + files.DAY, key=key)
    chain, secret, anchor = (tmp_path / name for name in ("chain.pem", "key.pem", "root.pem"))
    chain.write_bytes(leaf.certificate.public_bytes(Encoding.PEM))
    anchor.write_bytes(root.certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(pem(key))
    if algorithm is None:
        with pytest.raises(InputError, match="does not allow"):
            Signer.read(chain, secret)
        return
    signer = Signer.read(chain, secret)
    assert signer.algorithm == algorithm
    out = sign(files.noise(tmp_path / "in.png"), tmp_path / "out.png", signer, GENERATED).path
    assert verify(out, TrustList.read(anchor)).state is State.TRUSTED


def test_a_key_that_others_can_read_is_warned_of(certificates, tmp_path):
    key = tmp_path / "key.pem"
    key.write_bytes(certificates.key.read_bytes())
    key.chmod(0o644)
    (warning,) = Signer.read(certificates.chain, key).warnings
    assert "chmod 600" in warning
    key.chmod(0o600)
    assert Signer.read(certificates.chain, key).warnings == ()


def test_the_key_is_shown_and_logged_nowhere(certificates, tmp_path, caplog):
    from octarine.credentials import sign
    from tests.credentials.conftest import GENERATED

    body = certificates.key.read_text().split("-----")[2].split()
    with caplog.at_level(logging.DEBUG):
        signer = Signer.read(certificates.chain, certificates.key)
        done = sign(files.noise(tmp_path / "in.png"), tmp_path / "out.png", signer, GENERATED)
        with pytest.raises(InputError):
            sign(tmp_path / "in.png", tmp_path / "x.png", signer, GENERATED, timestamp_authority="ftp://x")
    shown = caplog.text + repr(signer) + repr(done) + str(vars(done) if hasattr(done, "__dict__") else "")
    assert not any(line in shown for line in body)


def test_a_trust_list_is_a_bundle_or_a_folder(certificates, tmp_path):
    other = make_test_certificates(tmp_path / "other")
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(certificates.root.read_bytes() + other.root.read_bytes())
    assert len(TrustList.read(bundle).names) == 2
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(DataError, match="holds no certificates"):
        TrustList.read(folder)
    for name, source in (("a.pem", certificates.root), ("b.crt", other.root)):
        (folder / name).write_bytes(source.read_bytes())
    (folder / "README.txt").write_text("not read")
    assert TrustList.read(folder) == TrustList.read(bundle)
    assert TrustList.read(bundle).anchors.startswith("-----BEGIN CERTIFICATE-----")
    with pytest.raises(DataError, match="no PEM certificate"):
        TrustList.read(folder / "README.txt")


@pytest.mark.parametrize("library", ["c2pa", "cryptography"])
def test_a_missing_library_names_the_extra(certificates, tmp_path, monkeypatch, library):
    import sys

    from octarine.credentials import verify

    for name in [name for name in sys.modules if name == library or name.startswith(f"{library}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    calls = {
        "c2pa": [lambda: verify(files_path)],
        "cryptography": [
            lambda: Signer.read(certificates.chain, certificates.key),
            lambda: TrustList.read(certificates.root),
            lambda: make_test_certificates(tmp_path / "new"),
        ],
    }
    files_path = files.noise(tmp_path / "in.png")
    for call in calls[library]:
        with pytest.raises(MissingExtra, match="'credentials'"):
            call()
