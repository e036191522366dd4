"""Credentials that were taken off are found again by the mark, and say for what they vouch."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from PIL import Image

from octarine.core.errors import DataError
from octarine.credentials import Act, Likeness, State, Statement, recover, sign, verify
from octarine.store import open_store
from octarine.watermark import Confidence, ImageWatermark
from tests.watermark.pictures import OTHER, scene


@pytest.fixture
def store(made):
    with open_store(made.url) as store:
        yield store


def test_a_stripped_picture_leads_back(made, store, trust, tmp_path):
    Image.open(made.path).save(tmp_path / "stripped.png")
    assert verify(tmp_path / "stripped.png").state is State.NONE
    (found,) = recover(tmp_path / "stripped.png", made.mark, store, trust).manifests
    assert found.likeness is Likeness.SAME_PIXELS
    assert (found.verdict.state, found.verdict.problems) == (State.TRUSTED, ())
    assert found.manifest == made.signed.manifest
    assert found.kept.label == made.signed.label


@pytest.mark.parametrize(("turn", "quality"), [(0, 75), (20, 75), (0, 40)])
def test_a_stripped_and_re_encoded_picture_leads_back(made, store, trust, tmp_path, turn, quality):
    later = tmp_path / "later.jpg"
    Image.open(made.path).rotate(turn, expand=True).save(later, quality=quality)
    recovery = recover(later, made.mark, store, trust)
    (found,) = recovery.manifests
    assert recovery.found.payload == made.signed.bound.payload
    assert found.likeness is Likeness.CHANGED
    assert found.verdict.state is State.TRUSTED
    assert found.verdict.active.title == "out.png"


def test_the_file_itself_is_known(made, store):
    (found,) = recover(made.path, made.mark, store).manifests
    assert found.likeness is Likeness.IDENTICAL
    assert found.verdict.state is State.VALID  # nobody is trusted here


def test_the_sidecar_says_that_the_file_at_hand_is_another(made, store, trust, tmp_path):
    Image.open(made.path).save(tmp_path / "later.jpg")
    (found,) = recover(tmp_path / "later.jpg", made.mark, store, trust).manifests
    verdict = verify(tmp_path / "later.jpg", trust, sidecar=found.manifest)
    assert verdict.state is State.INVALID
    assert {problem.code for problem in verdict.problems} == {"assertion.dataHash.mismatch"}


def test_nothing_is_found_without_a_mark_or_under_another_key_or_in_another_store(made, store, tmp_path):
    Image.fromarray(scene(seed=9)).save(tmp_path / "other.png")
    unmarked = recover(tmp_path / "other.png", made.mark, store)
    assert (unmarked.found.confidence, unmarked.manifests) == (Confidence.NONE, ())
    assert recover(made.path, ImageWatermark(OTHER), store).manifests == ()
    with open_store(":memory:") as empty:
        recovery = recover(made.path, made.mark, empty)
    assert (recovery.found.payload, recovery.manifests) == (made.signed.bound.payload, ())
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(DataError):
        recover(tmp_path / "text.png", made.mark, store)


def test_an_edit_with_the_same_mark_is_kept_beside_the_first_and_comes_first(made, signer, trust, tmp_path):
    with open_store(":memory:") as store:
        for statement, name in ((Statement(Act.OPENED), "a.png"), (Statement(Act.EDITED), "b.png")):
            sign(made.path, tmp_path / name, signer, statement, mark=made.mark, store=store)
        Image.open(made.path).save(tmp_path / "stripped.png")
        found = recover(tmp_path / "stripped.png", made.mark, store, trust).manifests
    assert [one.kept.title for one in found] == ["b.png", "a.png"]
    assert [one.title for one in found[0].verdict.ancestry()] == ["b.png", "out.png"]


def test_a_manifest_that_somebody_put_under_a_mark_is_not_believed(made, signer, trust, tmp_path):
    """A manifest of another picture, and one of which a byte was changed."""
    (kept,) = open_and_list(made)
    Image.fromarray(scene(seed=5)).save(tmp_path / "in.png")
    other = sign(tmp_path / "in.png", tmp_path / "other.png", signer, Statement(ai_generated=True))
    spoilt = made.signed.manifest.replace(b"trainedAlgorithmicMedia", b"trainedAlgorithmicMedib")
    with open_store(":memory:") as store:
        for label, manifest in (("a", other.manifest), ("b", spoilt)):
            digest = hashlib.sha256(manifest).hexdigest()
            store.keep_manifest(dataclasses.replace(kept, label=label, manifest=digest), manifest)
        found = recover(made.path, made.mark, store, trust).manifests
    assert [one.verdict.state for one in found] == [State.INVALID, State.INVALID]
    assert [one.verdict.problems[-1].code for one in found] == [
        "assertion.hashedURI.mismatch",
        "octarine.mark.mismatch",
    ]


def recoded(source, out, **codec):
    """The pictures of a video, coded anew."""
    import av

    from tests.watermark.video.clips import write

    with av.open(str(source)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return write(out, pictures, **codec)


def remuxed(source, out):
    """The frames of a video as they are coded, in another file."""
    import av

    with av.open(str(source)) as there, av.open(str(out), "w") as here:
        stream = here.add_stream_from_template(there.streams.video[0])
        for packet in there.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                here.mux(packet)
    return out


@pytest.mark.parametrize(
    ("name", "make", "likeness"),
    [
        ("copied.mp4", remuxed, Likeness.SAME_PIXELS),
        ("again.mp4", recoded, Likeness.CHANGED),
        ("again.mkv", recoded, Likeness.CHANGED),
    ],
)
def test_a_video_that_was_stripped_leads_back(film, trust, tmp_path, name, make, likeness):
    later = make(film.path, tmp_path / name)
    with open_store(film.url) as store:
        recovery = recover(later, film.mark, store, trust)
    (found,) = recovery.manifests
    assert recovery.found.payload == film.signed.bound.payload
    assert (found.likeness, found.verdict.state) == (likeness, State.TRUSTED)
    assert found.verdict.active.title == "out.mp4"


def open_and_list(made):
    with open_store(made.url) as store:
        return store.manifests(made.signed.bound.payload, made.signed.bound.key)
