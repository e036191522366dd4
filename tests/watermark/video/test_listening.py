"""What is heard over time, and which frames are ours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.watermark import Confidence, Key, VideoWatermark
from octarine.watermark.video.detect import WINDOW, Watch
from octarine.watermark.video.labels import Sample, ours
from octarine.watermark.video.listen import Listener, add_up, coarse
from tests.watermark.pictures import KEY, OTHER
from tests.watermark.video.clips import frames, times_of, write

MARK = VideoWatermark(KEY)
PAYLOAD = 0x1234_5678_9ABC


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A marked video file of two seconds."""
    folder = tmp_path_factory.mktemp("clip")
    write(folder / "in.mp4", frames())
    MARK.embed(folder / "in.mp4", folder / "out.mp4", PAYLOAD)
    return folder / "out.mp4"


def test_a_marked_video_is_found_and_an_unmarked_one_is_not(clip):
    found = MARK.detect(clip)
    assert (found.confidence, found.payload, found.key) == (Confidence.HIGH, PAYLOAD, KEY.fingerprint)
    assert str(found.geometry) == "upright"
    assert [(span.start, span.end, span.payload) for span in found.spans] == [(0.0, 2.0, PAYLOAD)]
    assert found.share == 1
    assert [frame.time for frame in found.frames] == times_of(clip)
    assert all(frame.ours for frame in found.frames)
    assert found.notes == ()
    other = VideoWatermark(OTHER).detect(clip)
    assert (other.confidence, other.payload, other.spans, other.key) == (Confidence.NONE, None, (), None)
    assert not any(frame.ours for frame in other.frames)
    assert VideoWatermark(OTHER, retired=(KEY,)).detect(clip).payload == PAYLOAD
    assert MARK.detect(clip.with_name("in.mp4")).confidence is Confidence.NONE


def test_the_share_of_a_video_that_does_not_begin_at_nought_is_of_what_it_has(clip):
    found = MARK.detect(clip)
    later = replace(
        found,
        seconds=found.seconds + 1.4,
        frames=tuple(replace(one, time=one.time + 1.4) for one in found.frames),
        spans=tuple(replace(one, start=one.start + 1.4, end=one.end + 1.4) for one in found.spans),
    )
    assert later.share == pytest.approx(1)


def test_every_key_is_another_chance_of_a_false_alarm(clip):
    third = Key(b"a third key of 32 bytes, at least")
    alone, found = MARK.detect(clip), VideoWatermark(KEY, retired=(OTHER, third)).detect(clip)
    assert (found.payload, found.key) == (PAYLOAD, KEY.fingerprint)
    assert found.score == pytest.approx(alone.score - np.log10(3))


def test_frames_together_say_more_than_one(tmp_path):
    made = list(MARK.embed_frames(frames(20), PAYLOAD, psnr=48))
    rng = np.random.default_rng(1)
    noisy = [np.clip(f + rng.normal(0, 14, f.shape), 0, 255).astype(np.uint8) for f in made]
    write(tmp_path / "noisy.mkv", noisy, options={"crf": "12"})
    write(tmp_path / "one.mkv", noisy[:1], options={"crf": "12"})
    one, all_ = MARK.detect(tmp_path / "one.mkv"), MARK.detect(tmp_path / "noisy.mkv")
    assert all_.score > one.score + 10
    assert all_.payload == PAYLOAD


def test_our_frames_within_another_clip_are_told(tmp_path):
    others, own = frames(16, seed=9), list(MARK.embed_frames(frames(16), PAYLOAD))
    write(tmp_path / "mixed.mp4", [*others[:8], *own[:10], *others[8:], *own[10:]])
    found = MARK.detect(tmp_path / "mixed.mp4")
    assert [(span.start, span.end) for span in found.spans] == [(0.8, 1.8), (2.6, 3.2)]
    assert [frame.ours for frame in found.frames] == [False] * 8 + [True] * 10 + [False] * 8 + [True] * 6


def test_geometry_and_payload_may_change_at_a_cut(tmp_path):
    first = list(MARK.embed_frames(frames(12), 1))
    second = [np.ascontiguousarray(f[:, ::-1]) for f in MARK.embed_frames(frames(12, seed=4), 2)]
    write(tmp_path / "two.mp4", first + second)
    found = MARK.detect(tmp_path / "two.mp4")
    assert [(s.start, s.end, s.payload, s.geometry.mirrored) for s in found.spans] == [
        (0.0, 1.2, 1, False),
        (1.2, 2.4, 2, True),
    ]


def test_what_is_read_late_is_asked_early(tmp_path):
    """The first shot is too short and too noisy to be read by itself; its frames are ours all the same."""
    own = list(MARK.embed_frames(frames(3) + frames(12, seed=4), PAYLOAD))
    rng = np.random.default_rng(1)
    own[:3] = [np.clip(f + rng.normal(0, 30, f.shape), 0, 255).astype(np.uint8) for f in own[:3]]
    write(tmp_path / "late.mp4", own)
    found = MARK.detect(tmp_path / "late.mp4")
    assert found.payload == PAYLOAD
    assert sum(frame.ours for frame in found.frames[:3]) >= 2


def test_memory_does_not_grow_with_the_video():
    seen = Watch(Listener(OTHER), searching=False)
    rng = np.random.default_rng(0)
    for i in range(3 * WINDOW):
        seen.see(coarse(rng.normal(0, 1, (64, 64)).astype(np.float32)), 1.0, Sample(i / 8, i == 0), (64, 64))
        assert len(seen._flats) <= WINDOW
    seen.finish()
    assert [sample.time for sample in seen.samples] == [i / 8 for i in range(3 * WINDOW)]


def test_every_sum_is_a_try():
    listener = Listener(KEY)
    for n in range(1, 4):
        listener.listen(np.random.default_rng(n).normal(0, 1, (128, 160)).astype(np.float32), 1.0)
        assert listener.log_tries >= np.log(n)


@given(st.integers(0, 2**32 - 1))
def test_coarsely_kept_frames_add_up_to_their_sum(seed):
    rng = np.random.default_rng(seed)
    flats = [rng.uniform(-10, 10, (6, 5)).astype(np.float32) for _ in range(4)]
    assert np.abs(add_up([coarse(flat) for flat in flats]) - np.sum(flats, 0)).max() < 4 * 0.5 / 12 + 1e-4


def told(*values, cuts=()):
    return [Sample(i / 8, i in cuts, value, 0) for i, value in enumerate(values)]


def test_neighbours_help_a_frame_that_says_little():
    assert ours(told(20, 20, 1, 20, 20)) == [True] * 5
    assert ours(told(0.5, -1, 4, 0, 1)) == [False] * 5
    assert ours(told(0.5, -1, 0, 20, 18, 21)) == [False] * 3 + [True] * 3
    assert ours([]) == []


def test_a_cut_is_where_labels_change():
    weak = (0, 0, 3.5, 3.5, 0, 0)
    assert ours(told(*weak)) == [False] * 6
    assert ours(told(*weak, cuts=(2, 4))) == [False, False, True, True, False, False]


def test_frames_that_no_known_mark_was_asked_for_are_not_ours():
    assert ours([Sample(0, True), Sample(1, False)]) == [False, False]


def test_frames_without_a_mark_are_seldom_ours():
    rng = np.random.default_rng(0)
    wrong = [sum(ours(told(*rng.normal(0, 1, 40), cuts=(0, 10, 25)))) for _ in range(200)]
    assert sum(wrong) < 0.01 * 40 * 200
