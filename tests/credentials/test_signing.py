"""What is signed, what is refused, and what is left behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from octarine.core.errors import DataError, InputError
from octarine.credentials import Act, Source, State, Statement, sign, verify
from octarine.credentials.marks import ALGORITHM, find, fresh_payload, pixels_hash
from octarine.store import open_store
from tests.credentials import files
from tests.credentials.conftest import GENERATED
from tests.watermark.pictures import scene


@pytest.fixture
def source(tmp_path):
    return files.noise(tmp_path / "in.png")


def test_the_pixels_are_not_touched_and_the_source_stays(source, tmp_path, signer):
    before = source.read_bytes()
    out = sign(source, tmp_path / "out.png", signer, GENERATED).path
    assert source.read_bytes() == before
    assert pixels_hash(out) == pixels_hash(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png"]


def test_nothing_is_overwritten_unless_asked(source, tmp_path, signer):
    out = tmp_path / "out.png"
    out.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists"):
        sign(source, out, signer, GENERATED)
    assert out.read_bytes() == b"mine"
    sign(source, out, signer, GENERATED, overwrite=True)
    assert verify(out).state is State.VALID


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (Statement(), "how was it made"),
        (Statement(Act.OPENED, ai_generated=True), "only opened"),
        (Statement(Act.EDITED, source=Source.CAMERA), "a source is for"),
        (Statement(ai_generated=True, source=Source.CAMERA), "a source is for"),
    ],
)
def test_a_statement_that_contradicts_itself_is_refused(source, tmp_path, signer, statement, message):
    with pytest.raises(InputError, match=message):
        sign(source, tmp_path / "out.png", signer, statement)
    assert not (tmp_path / "out.png").exists()


def test_created_does_not_hide_a_history(source, tmp_path, signer):
    once = sign(source, tmp_path / "once.png", signer, GENERATED).path
    with pytest.raises(InputError, match="carries credentials already"):
        sign(once, tmp_path / "twice.png", signer, GENERATED)


def test_an_edit_of_a_file_without_credentials_has_it_as_parent(source, tmp_path, signer):
    out = sign(source, tmp_path / "out.png", signer, Statement(Act.EDITED)).path
    (parent,) = verify(out).active.ingredients
    assert (parent.title, parent.relationship, parent.label) == ("in.png", "parentOf", "")


def test_credentials_that_an_editor_left_in_what_it_changed_are_replaced(source, tmp_path, signer):
    original = sign(source, tmp_path / "original.png", signer, GENERATED).path
    edited = files.flipped(original, tmp_path / "edited.png", -2000)
    done = sign(edited, tmp_path / "out.png", signer, Statement(Act.EDITED), ingredients=[original])
    assert done.warnings == (f"{edited}: the credentials in it do not hold, and are replaced.",)
    verdict = verify(done.path)
    assert [one.title for one in verdict.ancestry()] == ["out.png", "original.png"]
    assert all(problem.mild for manifest in verdict.manifests for problem in manifest.problems)


@pytest.mark.parametrize(
    ("name", "message"),
    [("out.jpg", "signed is PNG"), ("out", "PNG"), ("nowhere/out.png", "not written")],
)
def test_a_name_that_does_not_fit_is_refused(source, tmp_path, signer, name, message):
    with pytest.raises(InputError, match=message):
        sign(source, tmp_path / name, signer, GENERATED)
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_what_cannot_be_signed_leaves_nothing_behind(source, tmp_path, signer):
    cut, text = tmp_path / "cut.png", tmp_path / "text.png"
    cut.write_bytes(source.read_bytes()[:5000])
    text.write_text("hello")
    with pytest.raises(DataError, match="ends too early"):
        sign(cut, tmp_path / "out.png", signer, GENERATED)
    with pytest.raises(DataError, match="none of the kinds"):
        sign(text, tmp_path / "out.png", signer, GENERATED)
    with pytest.raises(DataError, match="No such file"):
        sign(source, tmp_path / "out.png", signer, GENERATED, ingredients=[tmp_path / "nowhere.png"])
    with pytest.raises(DataError, match="none of the kinds"):
        sign(source, tmp_path / "out.png", signer, Statement(Act.EDITED), ingredients=[text])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.png", "in.png", "text.png"]


def test_a_picture_is_marked_and_signed_in_one_go(made, trust):
    signed = made.signed
    assert signed.marked
    assert 0 <= signed.bound.payload < 2**48
    verdict = verify(signed.path, trust)
    assert verdict.state is State.TRUSTED
    assert [action.name for action in verdict.active.actions] == ["c2pa.created", "c2pa.watermarked.bound"]
    (mark,) = verdict.active.marks
    assert (mark.algorithm, mark.value) == (ALGORITHM, f"{signed.bound.payload:012x}")
    assert int(mark.value, 16) == made.mark.detect(scene_of(signed.path)).payload


def scene_of(path):
    from octarine.watermark.files import read_picture

    return read_picture(path).pixels


def test_a_mark_that_is_there_is_named_and_not_put_in_again(made, signer, tmp_path):
    next_one = sign(made.path, tmp_path / "next.png", signer, Statement(Act.EDITED), mark=made.mark)
    assert (next_one.bound, next_one.marked) == (made.signed.bound, False)
    assert pixels_hash(next_one.path) == pixels_hash(made.path)
    with pytest.raises(InputError, match="carries the mark"):
        sign(made.path, tmp_path / "x.png", signer, Statement(Act.EDITED), mark=made.mark, payload=7)


def test_a_payload_that_was_asked_for_is_put_in(made, signer, tmp_path):
    Image.fromarray(scene(seed=4)).save(tmp_path / "in.jpg", quality=92)
    done = sign(tmp_path / "in.jpg", tmp_path / "out.jpg", signer, GENERATED, mark=made.mark, payload=0x5EED)
    assert (done.bound.payload, done.marked, done.kept) == (0x5EED, True, "")
    with pytest.raises(InputError, match="does not fit"):
        sign(tmp_path / "in.jpg", tmp_path / "x.jpg", signer, GENERATED, mark=made.mark, payload=2**48)
    with pytest.raises(InputError, match="without a key"):
        sign(tmp_path / "in.jpg", tmp_path / "x.jpg", signer, GENERATED, payload=1)


def test_a_video_is_marked_and_signed_in_one_go(film, made, trust):
    signed, url, steps = film.signed, film.url, film.steps
    assert (signed.marked, signed.kept) == (True, f"sqlite:///{url}")
    verdict = verify(signed.path, trust)
    assert verdict.state is State.TRUSTED
    assert [action.name for action in verdict.active.actions] == ["c2pa.created", "c2pa.watermarked.bound"]
    assert [one.value for one in verdict.active.marks] == [f"{signed.bound.payload:012x}"]
    assert find(made.mark, signed.path).payload == signed.bound.payload
    assert steps == sorted(steps)
    assert 0.9 < steps[-1] <= 1.0
    with open_store(url) as store:
        (kept,) = store.manifests(signed.bound.payload, signed.bound.key)
    assert (kept.media_type, kept.pixels) == ("video/mp4", pixels_hash(signed.path))
    assert sorted(one.name for one in signed.path.parent.iterdir()) == ["in.mp4", "out.mp4", "store.sqlite"]


def test_a_mark_of_a_video_that_is_there_is_named(film, made, signer, tmp_path):
    with pytest.raises(InputError, match="carries the mark"):
        sign(film.path, tmp_path / "x.mp4", signer, Statement(Act.EDITED), mark=made.mark, payload=7)
    done = sign(film.path, tmp_path / "next.mp4", signer, Statement(Act.EDITED), mark=made.mark)
    assert (done.bound, done.marked) == (film.signed.bound, False)
    assert pixels_hash(done.path) == pixels_hash(film.path)
    assert [one.title for one in verify(done.path).ancestry()] == ["next.mp4", "out.mp4"]


def test_parts_of_a_video_under_another_payload_are_not_its_own(film, made, signer, tmp_path, monkeypatch):
    found = find(made.mark, film.path)
    (span,) = found.spans
    halves = tuple(
        replace(span, start=start, end=start + found.seconds / 2, payload=payload)
        for start, payload in ((0.0, span.payload), (found.seconds / 2, 7))
    )
    monkeypatch.setattr("octarine.credentials.marks.find", lambda *_: replace(found, spans=halves))
    done = sign(film.path, tmp_path / "next.mp4", signer, Statement(Act.EDITED), mark=made.mark)
    assert [one for one in done.warnings if "50 % of it carries the mark" in one]


def test_what_a_video_cannot_be_marked_for_is_told_before_the_work(film, made, signer, tmp_path):
    source = film.path.parent / "in.mp4"
    with pytest.raises(InputError, match="signed is MP4"):
        sign(source, tmp_path / "x.mkv", signer, GENERATED, mark=made.mark, progress=never)
    small = files.video(tmp_path / "small.mp4")
    with pytest.raises((DataError, InputError), match="small"):
        sign(small, tmp_path / "x.mp4", signer, GENERATED, mark=made.mark)
    assert [one.name for one in tmp_path.iterdir()] == ["small.mp4"]


def never(done, total):
    raise AssertionError("it was looked at")


def test_a_random_payload_is_one_that_is_not_taken(made, monkeypatch):
    drawn = iter([made.signed.bound.payload, 5])
    monkeypatch.setattr("octarine.credentials.marks.secrets.randbits", lambda bits: next(drawn))
    with open_store(made.url) as store:
        assert fresh_payload(made.signed.bound.key, store) == 5
