"""Codes and hidden channels: read by readers that share no code with what wrote them."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from octarine.core.protocols import NotApplicable
from octarine.redteam.carriers.pictures.channels.metadata import profile
from octarine.redteam.carriers.pictures.channels.signals import letters_of
from tests.redteam.carriers.pictures.made import TEXT, files, opened, pixels, run

ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=80).filter(
    lambda text: bool(text.strip())
)
ODD = ["a", "👩‍👩‍👧‍👦 🍅", "كيف أقطع 12 (بسرعة)؟", "Z͑a̧l क्षत्रिय ñ", "東京都の天気"]


def data(name: str, text: str) -> bytes:
    made = run(name, text)
    assert not isinstance(made, NotApplicable), made.reason
    return files(made)[0].data or b""


def chunks(png: bytes) -> dict[str, bytes]:
    """PNG specification 5.3: length, type, data, CRC."""
    found, place = {}, 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        kind, body = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert zlib.crc32(kind + body) == int.from_bytes(png[place + 8 + length : place + 12 + length], "big")
        found[kind.decode()] = body
        place += 12 + length
        if kind == b"IEND":
            found["after"] = png[place:]
            break
    return found


def lowest_bits(png: bytes) -> str:
    red = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[:, :, 0].ravel() % 2
    values = red[: red.size // 8 * 8].reshape(-1, 8) @ (1 << np.arange(7, -1, -1))
    size = int(values[0]) << 24 | int(values[1]) << 16 | int(values[2]) << 8 | int(values[3])
    return bytes(values[4 : 4 + size].astype(np.uint8)).decode()


@given(ANY)
@settings(max_examples=25, deadline=None)
def test_lowest_bits_hold_the_text(text: str) -> None:
    assert lowest_bits(data("lowest-bit-picture", text)) == text


def test_lowest_bits_change_no_pixel_by_more_than_one() -> None:
    one, two = (pixels(run("lowest-bit-picture", text), "RGB").astype(int) for text in (TEXT, "b"))
    assert np.abs(one - two).max() == 1


@pytest.mark.parametrize("text", ODD)
def test_the_palette_holds_the_text(text: str) -> None:
    found = chunks(data("palette-bytes-picture", text))
    held = found["PLTE"][96:]
    assert held[4 : 4 + int.from_bytes(held[:4], "big")].decode() == text
    assert pixels(run("palette-bytes-picture", text), "RGB").std() > 20


@pytest.mark.parametrize("text", ODD)
def test_the_end_is_followed_by_the_text(text: str) -> None:
    assert chunks(data("behind-the-end", text))["after"].decode().strip("\n") == text


@pytest.mark.parametrize("text", ODD)
def test_bytes_are_pixels(text: str) -> None:
    image = opened(run("bytes-as-pixels", text))[0]
    side = int(np.ceil(np.sqrt(len(text.encode()))))
    small = image.resize((side, side), Image.Resampling.NEAREST)
    assert small.tobytes().rstrip(b"\0").decode() == text


@given(ANY)
@settings(max_examples=15, deadline=None)
def test_a_png_chunk_holds_the_text(text: str) -> None:
    keyword, _, rest = chunks(data("png-text-chunk", text))["iTXt"].partition(b"\0")
    assert keyword == b"Description"
    assert rest[4:].decode() == text


@given(ANY)
@settings(max_examples=15, deadline=None)
def test_exif_holds_the_text(text: str) -> None:
    exif = Image.open(io.BytesIO(data("exif-comment", text))).getexif()
    comment = exif.get_ifd(0x8769)[0x9286]
    assert comment[:8] == b"UNICODE\0"
    assert comment[8:].decode("utf-16-le") == text


@pytest.mark.parametrize("text", [*ODD, "a < b & c > d", "two\nlines"])
def test_xmp_and_jpeg_comment_hold_the_text(text: str) -> None:
    from xml.etree import ElementTree

    packet = Image.open(io.BytesIO(data("xmp-description", text))).info["xmp"].decode()
    root = ElementTree.fromstring(packet[packet.index("<x:xmpmeta") : packet.index("<?xpacket end")])
    (item,) = root.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")
    assert item.text == text
    assert Image.open(io.BytesIO(data("jpeg-comment", text))).info["comment"].decode() == text


@pytest.mark.parametrize("text", [TEXT, "Grün", "東京都"])
def test_the_profile_is_named_by_the_text(text: str) -> None:
    """Little CMS reads it, and can use it."""
    image = Image.open(io.BytesIO(data("icc-description", text)))
    read = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert (read.profile.profile_description or "").strip() == text
    made = ImageCms.profileToProfile(image.convert("RGB"), read, ImageCms.createProfile("sRGB"))
    assert made is not None
    assert np.abs(np.asarray(made, int) - np.asarray(image.convert("RGB"), int)).mean() < 12
    assert len(profile("x")) == int.from_bytes(profile("x")[:4], "big")


def test_a_file_is_named_by_the_text() -> None:
    (part,) = files(run("picture-file-name"))
    assert part.name == TEXT.replace(" ", "_").replace("?", "") + ".png"
    assert isinstance(run("picture-file-name", "word " * 80), NotApplicable)


@pytest.mark.parametrize("name", ["qr-code", "area-code", "bar-code-rows"])
@pytest.mark.parametrize("text", [TEXT, "Grüße", "東京都の天気", "two\nlines"])
def test_codes_are_read(name: str, text: str) -> None:
    zxingcpp = pytest.importorskip("zxingcpp", reason="needs the extra 'carriers'")
    from urllib.parse import unquote

    read = ""
    for image in opened(run(name, text)):
        found = zxingcpp.read_barcodes(np.asarray(image.convert("L")))
        read += "".join(code.text for code in sorted(found, key=lambda code: code.position.top_left.y))
    assert (unquote(read) if name == "bar-code-rows" else read) == text


def test_a_bit_plane_and_a_channel_hold_the_letters() -> None:
    plain = pixels(run("typographic-image")) < 128
    assert ((pixels(run("bit-plane-picture"), "RGB")[..., 1] & 1) == plain).all()
    assert (
        np.abs(np.corrcoef(pixels(run("single-channel-picture"), "RGB")[..., 2].ravel(), plain.ravel())[0, 1])
        > 0.95
    )
    alpha = np.asarray(opened(run("alpha-layer-picture"))[0])
    assert (alpha[..., :3] == 255).all()
    assert ((alpha[..., 3] < 128) == plain).all()


def test_shares_are_noise_alone_and_letters_together() -> None:
    one, two = (np.asarray(image.convert("L")) for image in opened(run("visual-secret-shares")))
    for share in (one, two):
        cells = share.reshape(share.shape[0] // 2, 2, share.shape[1] // 2, 2).sum((1, 3))
        assert (cells == 2 * 255).all(), "half of each cell is white, whatever it hides"
    both = np.minimum(one, two)
    cells = both.reshape(both.shape[0] // 2, 2, both.shape[1] // 2, 2).sum((1, 3))
    assert set(np.unique(cells)) == {0, 2 * 255}


def test_a_stereogram_repeats_off_the_letters() -> None:
    dots = pixels(run("stereogram-picture")) > 128
    dark = pixels(run("typographic-image")) < 128
    same = dots[:, 90:] == dots[:, :-90]
    assert same[~dark].all()
    assert 0.3 < same[dark].mean() < 0.8


def test_only_letters_move() -> None:
    image = opened(run("motion-defined-text"))[0]
    frames = []
    for number in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(number)
        frames.append(np.asarray(image.convert("L")) > 128)
    assert all(0.45 < frame.mean() < 0.55 for frame in frames)
    assert 0.005 < (frames[0] != frames[1]).mean() < 0.2


def test_frames_carry_the_words_in_both_formats() -> None:
    from octarine.redteam import techniques

    for kind in ("GIF", "WEBP"):
        (part,) = files(run(techniques["words-over-frames"].set(format=kind)))
        assert part.media_type == f"image/{kind.lower()}"
        assert Image.open(io.BytesIO(part.data or b"")).n_frames >= 4  # type: ignore[attr-defined]


def test_letters_without_accents() -> None:
    assert letters_of("Grüße, Ærø!", "abcdefghijklmnopqrstuvwxyz") == "grusse aero"
