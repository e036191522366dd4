"""What is said of files: whole, changed, cut, and signed with what should not sign."""

from __future__ import annotations

import pytest

from octarine.core.errors import DataError
from octarine.credentials import (
    Act,
    Ai,
    Signer,
    Source,
    State,
    Statement,
    TrustList,
    make_test_certificates,
    sign,
    verify,
)
from octarine.credentials.library import USAGES, kind_of
from octarine.credentials.verdict import SOURCES, Verdict, known_problems
from tests.credentials import files
from tests.credentials.conftest import GENERATED


def codes(verdict: Verdict) -> list[str]:
    return [problem.code for problem in verdict.problems]


@pytest.fixture
def signed(tmp_path, signer):
    """suffix → a signed picture of that kind."""

    def make(suffix: str):
        source = files.noise(tmp_path / f"in.{suffix}")
        return sign(source, tmp_path / f"out.{suffix}", signer, GENERATED).path

    return make


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_a_signed_picture_is_trusted_by_who_trusts_its_root(signed, trust, suffix):
    verdict = verify(signed(suffix), trust)
    assert (verdict.state, verdict.problems, verdict.ai) == (State.TRUSTED, (), Ai.GENERATED)
    (manifest,) = verdict.manifests
    assert manifest.signature.signer == "Test signer (Octarine test certificates)"
    assert manifest.signature.issuer == "Test root (Octarine test certificates)"
    (action,) = manifest.actions
    assert (action.name, action.agent) == ("c2pa.created", "a model")
    assert action.source == f"{SOURCES}trainedAlgorithmicMedia"
    assert action.when


def test_a_video_is_signed_and_verified_and_a_change_is_seen(tmp_path, signer, trust):
    pytest.importorskip("av", reason="needs PyAV (octarine[carriers])")
    source = files.video(tmp_path / "in.mp4")
    out = sign(source, tmp_path / "out.mp4", signer, GENERATED).path
    assert verify(out, trust).state is State.TRUSTED
    at = out.read_bytes().index(b"mdat") + 40
    changed = verify(files.flipped(out, tmp_path / "changed.mp4", at), trust)
    assert changed.state is State.INVALID
    assert codes(changed) == ["assertion.bmffHash.mismatch"]
    assert "changed" in changed.problems[0].means


def test_without_a_trust_list_the_signer_is_a_claim(signed):
    verdict = verify(signed("png"))
    assert verdict.state is State.VALID
    assert codes(verdict) == ["signingCredential.untrusted"]


def test_another_root_is_not_the_signers(signed, tmp_path):
    other = make_test_certificates(tmp_path / "other")
    verdict = verify(signed("png"), TrustList.read(other.root))
    assert (verdict.state, codes(verdict)) == (State.VALID, ["signingCredential.untrusted"])
    assert not verdict.active.signature.trusted


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_one_changed_bit_of_a_picture_makes_it_invalid(signed, trust, tmp_path, suffix):
    path = signed(suffix)
    data = path.read_bytes()
    # The manifest's place differs; a byte of the original that stands far from it is one of the picture.
    original = (tmp_path / f"in.{suffix}").read_bytes()
    at = data.index(original[len(original) // 2 :][:64])
    verdict = verify(files.flipped(path, tmp_path / f"changed.{suffix}", at), trust)
    assert verdict.state is State.INVALID
    assert codes(verdict) == ["assertion.dataHash.mismatch"]
    assert verdict.problems[0].means == "The file was changed (or cut short) after it was signed."


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_a_changed_statement_makes_it_invalid(signed, trust, tmp_path, suffix):
    path = signed(suffix)
    at = path.read_bytes().index(b"trainedAlgorithmicMedia")
    verdict = verify(files.flipped(path, tmp_path / f"changed.{suffix}", at), trust)
    assert verdict.state is State.INVALID
    assert "assertion.hashedURI.mismatch" in codes(verdict)


def test_a_changed_signature_does_not_match(signed, trust, tmp_path):
    path = signed("jpg")
    at = path.read_bytes().rindex(b"\xf6\x58\x40") + 20  # no payload, then the 64 bytes of the signature
    verdict = verify(files.flipped(path, tmp_path / "changed.jpg", at), trust)
    assert (verdict.state, codes(verdict)) == (State.INVALID, ["claimSignature.mismatch"])


def test_an_expired_certificate_is_told(tmp_path):
    source, out = files.noise(tmp_path / "in.jpg"), tmp_path / "out.jpg"
    root = files.signed_by_unfit(source, out, starts=files.NOW - 9 * files.DAY, ends=files.NOW - files.DAY)
    verdict = verify(out, _trusting(root, tmp_path))
    assert verdict.state is State.INVALID
    assert codes(verdict) == ["signingCredential.expired"]
    assert verdict.active.signature.expires.startswith(f"{files.NOW - files.DAY:%Y-%m-%d}")


def test_a_certificate_for_something_else_is_told(tmp_path):
    source, out = files.noise(tmp_path / "in.jpg"), tmp_path / "out.jpg"
    root = files.signed_by_unfit(source, out, usages=(files.SERVER,))
    verdict = verify(out, _trusting(root, tmp_path))
    assert verdict.state is State.INVALID
    assert codes(verdict) == ["signingCredential.invalid"]


def test_the_unfit_signatures_of_these_tests_are_right_but_for_the_certificate(tmp_path):
    source, out = files.noise(tmp_path / "in.jpg"), tmp_path / "out.jpg"
    root = files.signed_by_unfit(source, out)
    assert verify(out, _trusting(root, tmp_path)).state is State.TRUSTED


def _trusting(root, folder) -> TrustList:
    from cryptography.hazmat.primitives.serialization import Encoding

    (folder / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    return TrustList.read(folder / "root.pem")


@pytest.mark.parametrize("usage", USAGES)
def test_every_usage_that_may_sign_is_trusted(tmp_path, usage):
    """The library's own default leaves out the one that the C2PA trust list asks for."""
    own = make_test_certificates(tmp_path / "own", usages=(usage,))
    signer = Signer.read(own.chain, own.key)
    out = sign(files.noise(tmp_path / "in.png"), tmp_path / "out.png", signer, GENERATED).path
    assert verify(out, TrustList.read(own.root)).state is State.TRUSTED


def test_a_self_signed_certificate_is_told_apart(tmp_path, trust):
    own = make_test_certificates(tmp_path / "own", self_signed=True)
    signer = Signer.read(own.chain, own.key)
    assert any("self-signed" in warning for warning in signer.warnings)
    out = sign(files.noise(tmp_path / "in.png"), tmp_path / "out.png", signer, GENERATED).path
    verdict = verify(out, trust)
    assert (verdict.state, codes(verdict)) == (State.VALID, ["octarine.selfSigned"])
    assert verify(out, TrustList.read(own.chain)).state is State.TRUSTED


@pytest.mark.parametrize("suffix", files.SUFFIXES)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_file_that_is_cut_short_is_invalid(signed, trust, tmp_path, suffix, share):
    data = signed(suffix).read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(data[: int(len(data) * share)])
    verdict = verify(cut, trust)
    assert verdict.state is State.INVALID
    assert "cut" in verdict.problems[0].means + verdict.problems[0].todo


def test_damaged_credentials_are_told(signed, tmp_path):
    path = signed("jpg")
    at = path.read_bytes().index(b"jumb")
    verdict = verify(files.flipped(path, tmp_path / "changed.jpg", at))
    assert (verdict.state, codes(verdict)) == (State.INVALID, ["octarine.credentials.damaged"])


def test_an_unsigned_picture_has_none(tmp_path, trust):
    verdict = verify(files.noise(tmp_path / "in.png"), trust)
    assert (verdict.state, verdict.problems, verdict.active) == (State.NONE, (), None)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x7fELF" + bytes(100), bytes(1000)])
def test_what_is_no_picture_is_refused(tmp_path, data):
    path = tmp_path / "it.png"
    path.write_bytes(data)
    for call in (verify, kind_of):
        with pytest.raises(DataError, match="empty" if not data else "none of the kinds"):
            call(path)
    with pytest.raises(DataError, match="No such file"):
        verify(tmp_path / "nowhere.png")


def test_a_chain_of_three_is_followed_back(tmp_path, signer, trust, signed):
    first, beside = signed("png"), files.noise(tmp_path / "beside.webp", 1)
    second = sign(first, tmp_path / "second.png", signer, Statement(Act.OPENED)).path
    edited = files.noise(tmp_path / "edited.jpg", 2)
    third = sign(
        edited,
        tmp_path / "third.jpg",
        signer,
        Statement(Act.EDITED, ai_generated=True),
        ingredients=[second, beside],
    ).path
    verdict = verify(third, trust)
    assert (verdict.state, verdict.troubles) == (State.TRUSTED, ())
    assert [one.title for one in verdict.ancestry()] == ["third.jpg", "second.png", "out.png"]
    assert [one.ai for one in verdict.manifests] == [Ai.EDITED, Ai.SILENT, Ai.GENERATED]
    assert all(one.signature.trusted for one in verdict.manifests)
    names = [action.name for action in verdict.active.actions]
    assert names == ["c2pa.opened", "c2pa.placed", "c2pa.edited"]
    kinds = [(one.title, one.relationship, bool(one.label)) for one in verdict.active.ingredients]
    assert kinds == [("second.png", "parentOf", True), ("beside.webp", "componentOf", False)]


def test_an_ingredient_that_was_changed_is_warned_of_and_told_later(tmp_path, signer, trust, signed):
    changed = files.flipped(signed("png"), tmp_path / "changed.png", -2000)
    done = sign(changed, tmp_path / "next.png", signer, Statement(Act.EDITED))
    assert any("changed" in warning for warning in done.warnings)
    verdict = verify(done.path, trust)
    assert [(one.title, problem.code) for one, problem in verdict.troubles] == [
        ("out.png", "assertion.dataHash.mismatch")
    ]


def test_ai_is_said_of_an_edit_and_of_a_component(tmp_path, signer, trust, signed):
    model = signed("png")
    photo = files.noise(tmp_path / "photo.jpg", 3)
    taken = sign(photo, tmp_path / "taken.jpg", signer, Statement(source=Source.CAMERA)).path
    assert verify(taken, trust).ai is Ai.SILENT
    pasted = sign(taken, tmp_path / "pasted.jpg", signer, Statement(Act.EDITED), ingredients=[model]).path
    assert verify(pasted, trust).ai is Ai.EDITED


def test_every_problem_is_told_with_what_to_do():
    for code, problem in known_problems().items():
        assert problem.means.endswith((".", ")")), code
        assert problem.todo, code
    wanted = {"assertion.dataHash.mismatch", "signingCredential.expired", "signingCredential.untrusted"}
    wanted |= {
        "octarine.selfSigned",
        "claimSignature.mismatch",
        "claimSignature.missing",
        "timeStamp.mismatch",
    }
    assert wanted <= known_problems().keys()
