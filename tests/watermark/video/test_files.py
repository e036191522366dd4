"""Video files: what is beside the marked picture stays, and what cannot be marked is told."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from octarine.core.errors import DataError, InputError
from octarine.watermark import Confidence, VideoWatermark
from tests.watermark.pictures import KEY
from tests.watermark.video.clips import frames, packets_of, times_of, write

MARK = VideoWatermark(KEY)


def about(path):
    """All that a container says of itself and its first video stream."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        kept = {k: v for k, v in container.metadata.items() if k not in ("encoder", "compatible_brands")}
        return {
            "metadata": kept,
            "chapters": [(c["start"] * c["time_base"], c["metadata"]) for c in container.chapters()],
            "languages": [s.language for s in container.streams],
            "dispositions": [s.disposition for s in container.streams],
            "size": (stream.width, stream.height),
            "codec": stream.codec_context.name,
            "format": frame.format.name,
            "aspect": stream.sample_aspect_ratio,
            "rotation": frame.rotation,
            "colours": (frame.color_range, frame.color_primaries, frame.color_trc, frame.colorspace),
        }


def dressed(container, stream):
    """Everything that a container can say."""
    container.metadata.update({"title": "A title", "mykey": "custom"})
    container.set_chapters(
        [
            {"id": 1, "start": 0, "end": 900, "time_base": Fraction(1, 1000), "metadata": {"title": "one"}},
            {
                "id": 2,
                "start": 900,
                "end": 2000,
                "time_base": Fraction(1, 1000),
                "metadata": {"title": "two"},
            },
        ]
    )
    stream.metadata["language"] = "deu"
    context = stream.codec_context
    context.sample_aspect_ratio = Fraction(4, 3)
    context.color_range, context.color_primaries, context.color_trc, context.colorspace = 1, 9, 16, 9
    stream.set_display_rotation(90)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_everything_beside_the_picture_is_kept(tmp_path, suffix):
    # Frames at uneven times, the first not at 0.
    times = [40 + 90 * i + 7 * (i % 3) for i in range(20)]
    source, target = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    write(source, frames(), times=times, sound=True, prepare=dressed)
    done = MARK.embed(source, target, 77)
    assert (done.frames, done.notes) == (20, ())
    assert times_of(target) == times_of(source)
    assert len(times_of(target)) == 20
    assert packets_of(target, "audio") == packets_of(source, "audio")
    assert about(target) == about(source)
    assert MARK.detect(target).payload == 77


def test_subtitles_are_kept(tmp_path):
    text = tmp_path / "words.srt"
    text.write_text("1\n00:00:00,200 --> 00:00:01,000\nHello\n\n2\n00:00:01,100 --> 00:00:01,900\nWorld\n")
    source, target = tmp_path / "in.mkv", tmp_path / "out.mkv"
    with av.open(str(text)) as words:

        def with_words(container, _):
            stream = container.add_stream_from_template(words.streams[0])
            for packet in words.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    container.mux(packet)

        write(source, frames(), prepare=with_words)
    MARK.embed(source, target, 77)
    assert packets_of(target, "subtitles") == packets_of(source, "subtitles")
    assert len(packets_of(target, "subtitles")) == 2
    with pytest.raises(InputError, match="mp4 cannot hold stream 1"):
        MARK.embed(source, tmp_path / "out.mp4", 77)
    assert not (tmp_path / "out.mp4").exists()


def test_a_cover_picture_is_kept_and_is_not_marked(tmp_path):
    png = cv2.imencode(".png", frames(1)[0])[1].tobytes()
    (tmp_path / "cover.png").write_bytes(png)
    with av.open(str(tmp_path / "cover.png")) as cover:

        def with_cover(container, _):
            stream = container.add_stream_from_template(cover.streams[0])
            stream.disposition = av.stream.Disposition.attached_pic
            packet = next(cover.demux())
            packet.stream = stream
            packet.pts = packet.dts = 0
            container.mux(packet)

        write(tmp_path / "in.mp4", frames(), prepare=with_cover)
    MARK.embed(tmp_path / "in.mp4", tmp_path / "out.mp4", 5)
    for name in ("in.mp4", "out.mp4"):
        with av.open(str(tmp_path / name)) as container:
            (stream,) = (s for s in container.streams.video if s.disposition & 1024)
            assert bytes(next(container.demux(stream))) == png


@pytest.mark.parametrize(
    ("codec", "pixel_format", "suffix", "name", "options"),
    [
        ("libx265", "yuv420p10le", ".mp4", "hevc", {"crf": "18", "x265-params": "log-level=none"}),
        (
            "libvpx-vp9",
            "yuv420p",
            ".webm",
            "vp9",
            {"crf": "20", "b": "0", "cpu-used": "8", "deadline": "realtime"},
        ),
        ("libsvtav1", "yuv420p", ".mkv", "av1", {"crf": "20", "preset": "12"}),
        ("libx264", "yuv422p", ".mkv", "h264", {"crf": "18"}),
        ("libx264", "yuv444p10le", ".mkv", "h264", {"crf": "18"}),
        ("mpeg4", "yuv420p", ".avi", "h264", {"b": "2000000"}),
        ("ffv1", "bgr0", ".mkv", "h264", {}),
    ],
)
def test_codecs_and_formats(tmp_path, codec, pixel_format, suffix, name, options, monkeypatch):
    monkeypatch.setenv("SVT_LOG", "1")
    source, target = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    write(source, frames(12), codec, pixel_format, options=options)
    MARK.embed(source, target, 5)
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        codecs = {"libdav1d": "av1", "libvpx-vp9": "vp9"}
        assert codecs.get(stream.codec_context.name, stream.codec_context.name) == name
        assert stream.codec_context.pix_fmt == ("yuv444p" if pixel_format == "bgr0" else pixel_format)
    assert len(times_of(target)) == 12
    assert MARK.detect(target).payload == 5


def test_a_webm_holds_vp9_whatever_the_original_was(tmp_path):
    write(tmp_path / "in.mp4", frames(6))
    MARK.embed(tmp_path / "in.mp4", tmp_path / "out.webm", 5)
    with av.open(str(tmp_path / "out.webm")) as container:
        assert "vp9" in container.streams.video[0].codec_context.name


def test_what_an_encoder_cannot_hold_another_one_does(tmp_path):
    write(tmp_path / "in.mkv", frames(4), "libx265", "yuv444p12le", options={"x265-params": "log-level=none"})
    write(
        tmp_path / "in10.mkv", frames(4), "libx265", "yuv420p10le", options={"x265-params": "log-level=none"}
    )
    done = MARK.embed(tmp_path / "in10.mkv", tmp_path / "out.webm", 5)
    assert done.notes == ()
    with av.open(str(tmp_path / "out.webm")) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p10le"
    with pytest.raises(InputError, match="no encoder for yuv444p12le in webm"):
        MARK.embed(tmp_path / "in.mkv", tmp_path / "deep.webm", 5)
    MARK.embed(tmp_path / "in.mkv", tmp_path / "deep.mkv", 5)
    assert MARK.detect(tmp_path / "deep.mkv").payload == 5


def test_quality_is_the_encoders(tmp_path):
    write(tmp_path / "in.mp4", frames(10))
    sizes = []
    for crf in (20, 40):
        MARK.embed(tmp_path / "in.mp4", tmp_path / "out.mp4", 5, crf=crf, overwrite=True)
        sizes.append((tmp_path / "out.mp4").stat().st_size)
    assert sizes[1] < 0.4 * sizes[0]


def test_interlaced_video_is_refused(tmp_path):
    def interlaced(_, stream):
        stream.codec_context.flags |= 1 << 18

    options = {"crf": "18", "x264-params": "interlaced=1"}
    write(tmp_path / "in.mkv", frames(4), options=options, prepare=interlaced)
    with pytest.raises(DataError, match="interlaced"):
        MARK.embed(tmp_path / "in.mkv", tmp_path / "out.mkv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mkv"]


def test_a_truncated_video_is_read_as_far_as_it_goes(tmp_path):
    write(tmp_path / "in.mkv", frames(40), options={"crf": "18", "g": "8"})
    MARK.embed(tmp_path / "in.mkv", tmp_path / "out.mkv", 9)
    data = (tmp_path / "out.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) // 2])
    found = MARK.detect(tmp_path / "cut.mkv")
    assert found.payload == 9
    assert 5 < found.frames_read < 35
    assert "ends early" in found.notes[0]
    again = MARK.embed(tmp_path / "cut.mkv", tmp_path / "again.mkv", 9)
    assert again.frames == found.frames_read
    assert "ends early" in again.notes[0]


def test_what_is_no_video_is_told(tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    write(tmp_path / "in.mp4", frames(4))
    whole = (tmp_path / "in.mp4").read_bytes()
    (tmp_path / "headless.mp4").write_bytes(whole[: len(whole) // 2])
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux([*stream.encode(frame), *stream.encode()])
    for name, message in (
        ("nowhere.mp4", "No such file"),
        ("text.mp4", "no video that can be read"),
        ("headless.mp4", "cut short"),
        ("sound.mp4", "no video"),
    ):
        for act in (MARK.detect, lambda path: MARK.embed(path, tmp_path / "out.mp4")):
            with pytest.raises(DataError) as caught:
                act(tmp_path / name)
            assert message in str(caught.value)
            assert name in str(caught.value)
    assert not (tmp_path / "out.mp4").exists()


def test_results_are_not_overwritten_and_originals_never(tmp_path):
    source = write(tmp_path / "in.mp4", frames(4))
    (tmp_path / "out.mp4").write_bytes(b"mine")
    with pytest.raises(InputError, match="exists"):
        MARK.embed(source, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == b"mine"
    with pytest.raises(InputError, match="original"):
        MARK.embed(source, tmp_path / "in.mp4", overwrite=True)
    with pytest.raises(InputError, match="format"):
        MARK.embed(source, tmp_path / "out.gif")
    with pytest.raises(InputError, match="does not fit"):
        MARK.embed(source, tmp_path / "new.mp4", 1 << 48)
    with pytest.raises(InputError, match="PSNR"):
        MARK.embed(source, tmp_path / "new.mp4", psnr=10)
    write(tmp_path / "small.mp4", frames(2, height=48, width=64))
    with pytest.raises(DataError, match="64×48"):
        MARK.embed(tmp_path / "small.mp4", tmp_path / "new.mp4")
    MARK.embed(source, tmp_path / "out.mp4", overwrite=True)
    assert MARK.detect(tmp_path / "out.mp4").confidence is Confidence.HIGH
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4", "small.mp4"]


def test_progress_is_told_in_seconds(tmp_path):
    told: list[tuple[float, float]] = []
    write(tmp_path / "in.mp4", frames(10))
    MARK.embed(tmp_path / "in.mp4", tmp_path / "out.mp4", progress=lambda *at: told.append(at))
    assert told[0] == (0.0, 1.0)
    assert [round(done, 3) for done, _ in told] == [round(0.1 * i, 3) for i in range(10)]
