"""Whose word counts: signers of what came before, and time-stamp authorities."""

from __future__ import annotations

import shutil

import pytest

from octarine.cli.main import run
from octarine.credentials import (
    Act,
    Signer,
    State,
    Statement,
    TrustList,
    make_test_certificates,
    sign,
    verify,
)
from octarine.credentials.library import context
from octarine.credentials.manifest import definition
from octarine.credentials.reading import _statuses
from tests.credentials import files, time_stamps
from tests.credentials.conftest import GENERATED


@pytest.fixture
def two(tmp_path, signer, certificates):
    """A file by one signer, opened by another, who records that the first is trusted; their roots."""
    import c2pa

    other = make_test_certificates(tmp_path / "other")
    first = sign(files.noise(tmp_path / "in.jpg"), tmp_path / "first.jpg", signer, GENERATED).path
    told = definition(Statement(Act.OPENED, title="second.jpg"), "p", (), None)
    trusting = context(TrustList.read(certificates.root).anchors)
    second, pen = tmp_path / "second.jpg", Signer.read(other.chain, other.key).open()
    with first.open("rb") as file, second.open("w+b") as out, c2pa.Builder(told, trusting) as builder:
        builder.add_ingredient(
            {"title": "first.jpg", "relationship": "parentOf", "instance_id": "p"}, "image/jpeg", file
        )
        file.seek(0)
        builder.sign(pen, "image/jpeg", file, out)
    return second, certificates.root, other.root


def test_the_newest_signer_decides_and_each_earlier_one_is_told(two, capsys):
    path, first, second = two
    expected = {
        (first, second): (State.TRUSTED, [True, True]),
        (second,): (State.TRUSTED, [True, False]),  # whatever the second signer recorded of the first
        (first,): (State.VALID, [False, True]),
        (): (State.VALID, [False, False]),
    }
    for roots, (state, trusted) in expected.items():
        verdict = verify(path, TrustList.read(*roots))
        assert verdict.state is state
        assert [manifest.signature.trusted for manifest in verdict.manifests] == trusted
    assert run(["credentials", "verify", str(path), "--trust", str(second)]) == 0
    shown = capsys.readouterr().out
    assert "Of first.jpg, which it was made from" in shown


def test_a_record_vouches_for_no_other_manifest_than_its_own():
    """A signer who writes that somebody else's certificate is trusted is not believed."""

    def status(code: str, label: str) -> dict[str, str]:
        return {"code": code, "url": f"self#jumbf=/c2pa/{label}/c2pa.signature"}

    good, bad = "signingCredential.trusted", "claimSignature.mismatch"
    recorded = {
        "success": [status(good, "b"), status(good, "c"), status(good, "a")],
        "failure": [status(bad, "c")],
    }
    ingredient = {"active_manifest": "b", "validation_results": {"activeManifest": recorded}}
    report = {"active_manifest": "a", "manifests": {"a": {"ingredients": [ingredient]}, "b": {}, "c": {}}}
    found = _statuses(report)
    assert found["b"].passed == {good}
    assert found["c"].passed == set()
    assert found["c"].failed.keys() == {bad}
    assert "a" not in found


@pytest.mark.heavy
def test_a_time_stamp_counts_where_its_authority_is_trusted(tmp_path, signer, trust, certificates):
    if shutil.which("openssl") is None:
        pytest.skip("needs the program openssl")
    source, out = files.noise(tmp_path / "in.jpg"), tmp_path / "out.jpg"
    with time_stamps.authority(tmp_path) as address:
        sign(source, out, signer, GENERATED, timestamp_authority=address)
    known = verify(out, TrustList.read(certificates.root, tmp_path / "tsa-root.pem"))
    assert (known.state, known.problems) == (State.TRUSTED, ())
    assert known.active.signature.time_trusted
    assert known.active.signature.time.startswith(f"{files.NOW:%Y-}")
    unknown = verify(out, trust)
    assert (unknown.state, [one.code for one in unknown.problems]) == (State.TRUSTED, ["timeStamp.untrusted"])
    assert not unknown.active.signature.time_trusted
