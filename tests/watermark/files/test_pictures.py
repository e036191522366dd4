"""Picture files keep what they carry, are written whole, and are never overwritten by chance."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from octarine.core.errors import DataError, InputError
from octarine.watermark import ImageWatermark
from octarine.watermark.files.folders import embed_file
from octarine.watermark.files.metadata import png_pieces, with_pieces
from octarine.watermark.files.pictures import Picture, read_picture, write_picture
from tests.watermark.pictures import KEY, scene

MARK = ImageWatermark(KEY)
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>made by hand</x:xmpmeta>"
PROFILE = b"not a real profile, but kept byte for byte"


def exif():
    tags = Image.Exif()
    tags[0x010E] = "a description"
    tags[0x0112] = 6
    return tags


SUFFIXES = (".png", ".jpg", ".webp", ".tif")


@pytest.mark.parametrize("after", SUFFIXES)
@pytest.mark.parametrize("before", SUFFIXES)
def test_exif_profile_resolution_and_xmp_are_kept(before, after, tmp_path):
    source, target = tmp_path / f"in{before}", tmp_path / f"out{after}"
    kept = {"exif": exif(), "icc_profile": PROFILE, "dpi": (300, 300), "xmp": XMP}
    if before == ".tif":
        kept["exif"][700] = kept.pop("xmp")
    Image.fromarray(scene(128, 160)).save(source, quality=90, **kept)
    if before == ".png":
        data = source.read_bytes()
        source.write_bytes(with_pieces("PNG", data, png_pieces({"xmp": XMP})))
    picture = read_picture(source)
    write_picture(target, picture, picture.pixels)
    with Image.open(source) as wanted, Image.open(target) as written:
        assert written.getexif()[0x010E] == "a description"
        assert written.info["icc_profile"] == PROFILE
        assert written.info["xmp"] == XMP
        if ".webp" not in (before, after):
            assert written.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        # A viewer shows both alike: the orientation is kept, or applied and gone.
        seen, expected = (
            np.asarray(ImageOps.exif_transpose(one.convert("RGB"))) for one in (written, wanted)
        )
        assert seen.shape == expected.shape
        assert np.abs(seen.astype(int) - expected).mean() < 3


def test_a_jpeg_keeps_its_quantisation(tmp_path):
    source, target = tmp_path / "in.jpg", tmp_path / "out.jpg"
    Image.fromarray(scene(128, 160)).save(source, quality=71, subsampling=0)
    picture = read_picture(source)
    write_picture(target, picture, picture.pixels)
    with Image.open(source) as before, Image.open(target) as after:
        assert before.quantization == after.quantization
    assert target.stat().st_size < 1.1 * source.stat().st_size


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "I;16", "1"])
def test_modes_of_png(mode, tmp_path):
    source = tmp_path / "in.png"
    if mode == "I;16":
        Image.fromarray(scene(128, 160)[..., 0].astype(np.uint16) * 200).save(source)
    else:
        Image.fromarray(scene(128, 160)).convert(mode).save(source)
    picture = read_picture(source)
    assert picture.pixels.dtype == (np.uint16 if mode == "I;16" else np.uint8)
    write_picture(tmp_path / "out.png", picture, picture.pixels)
    assert (read_picture(tmp_path / "out.png").pixels == picture.pixels).all()


@pytest.mark.parametrize("channels", [3, 4])
def test_a_16_bit_png_keeps_depth_and_chunks(channels, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 65536, (70, 80, channels)).astype(np.uint16)
    data = cv2.imencode(".png", pixels[..., [2, 1, 0, 3][:channels]])[1].tobytes()
    body = b"prof\0\0" + zlib.compress(PROFILE)
    chunk = struct.pack(">I", len(body)) + b"iCCP" + body + struct.pack(">I", zlib.crc32(b"iCCP" + body))
    source, target = tmp_path / "in.png", tmp_path / "out.png"
    source.write_bytes(data[:33] + chunk + data[33:])
    picture = read_picture(source)
    assert (picture.pixels == pixels).all()
    write_picture(target, picture, picture.pixels)
    assert (read_picture(target).pixels == pixels).all()
    assert chunk in target.read_bytes()


def test_what_exists_is_not_overwritten(tmp_path):
    target = tmp_path / "out.png"
    target.write_bytes(b"precious")
    picture = Picture(scene(80, 80), tmp_path / "in.png")
    with pytest.raises(InputError, match="exists"):
        write_picture(target, picture, picture.pixels)
    assert target.read_bytes() == b"precious"
    write_picture(target, picture, picture.pixels, overwrite=True)
    assert read_picture(target).pixels.shape == (80, 80, 3)


def test_a_format_that_is_not_known_is_told(tmp_path):
    picture = Picture(scene(80, 80), tmp_path / "in.png")
    with pytest.raises(InputError, match="not known"):
        write_picture(tmp_path / "out.bmp", picture, picture.pixels)
    deep = picture.pixels.astype(np.uint16)
    with pytest.raises(InputError, match="16 bits"):
        write_picture(tmp_path / "out.jpg", picture, deep)


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_is_no_picture_is_told_by_name(content, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.png"):
        read_picture(path)


def test_a_truncated_picture_is_told(tmp_path):
    path = tmp_path / "half.jpg"
    Image.fromarray(scene(128, 160)).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(DataError, match=r"half\.jpg"):
        read_picture(path)


def test_several_pictures_in_one_file_are_told(tmp_path):
    path = tmp_path / "moving.webp"
    frames = [Image.fromarray(scene(80, 80, seed)) for seed in range(2)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match="2 pictures"):
        read_picture(path)


def test_the_original_stays_unless_it_is_asked_for(tmp_path):
    path = tmp_path / "in.png"
    Image.fromarray(scene(256, 256)).save(path)
    with pytest.raises(InputError, match="exists"):
        embed_file(MARK, path, path, 1, None)
    assert (read_picture(path).pixels == scene(256, 256)).all()
    embed_file(MARK, path, path, 1, None, overwrite=True)
    assert MARK.detect(read_picture(path).pixels, edits=False).payload == 1
