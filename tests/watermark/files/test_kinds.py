"""Kinds of picture files: what each carries stays, what cannot be marked is told by name."""

from __future__ import annotations

import errno
import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from octarine.core.errors import DataError, InputError
from octarine.watermark import ImageWatermark
from octarine.watermark.files.deep import deep_tiff
from octarine.watermark.files.folders import detect_file, embed_file
from octarine.watermark.files.metadata import png_chunks, webp_lossless
from octarine.watermark.files.pictures import Picture, read_picture, write_picture
from tests.watermark.pictures import KEY, scene

MARK = ImageWatermark(KEY)
SMALL = scene(96, 128)


def deep(channels, seed=0):
    return np.random.default_rng(seed).integers(0, 65536, (70, 80, channels)).astype(np.uint16)


def through(tmp_path, source, name):
    """The file after reading and writing."""
    picture = read_picture(source)
    write_picture(tmp_path / name, picture, picture.pixels)
    return tmp_path / name


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_16_bit_tiff_keeps_depth_and_what_it_carries(channels, compression, tmp_path):
    pixels = deep(channels)
    exif = Image.Exif()
    exif[0x010E] = "a description"
    exif.get_ifd(0x8769)[0x9003] = "2026:11:29 10:00:00"
    carried = {"exif": exif.tobytes(), "icc_profile": b"profile", "dpi": (300, 300), "xmp": b"<x/>"}
    source = tmp_path / "in.tif"
    source.write_bytes(deep_tiff(pixels, {**carried, "compression": compression}))
    picture = read_picture(source)
    assert (picture.pixels == pixels).all()
    target = through(tmp_path, source, "out.tif")
    assert (cv2.imread(str(target), cv2.IMREAD_UNCHANGED)[..., [2, 1, 0, 3][:channels]] == pixels).all()
    with Image.open(target) as written:
        assert (np.asarray(written) == pixels >> 8).all()
        assert written.getexif()[0x010E] == "a description"
        assert written.getexif().get_ifd(0x8769)[0x9003] == "2026:11:29 10:00:00"
        assert written.info["icc_profile"] == b"profile"
        assert written.info["xmp"] == b"<x/>"
        assert written.info["dpi"] == (300, 300)


@pytest.mark.parametrize("flags", [[], [cv2.IMWRITE_TIFF_COMPRESSION, 5]])
def test_a_16_bit_tiff_of_another_writer_is_read_whole(flags, tmp_path):
    pixels, source = deep(3), tmp_path / "in.tif"
    source.write_bytes(cv2.imencode(".tif", pixels[..., ::-1], flags)[1].tobytes())
    assert (read_picture(source).pixels == pixels).all()


@pytest.mark.parametrize(("before", "after"), [("tif", "png"), ("png", "tif")])
def test_16_bits_go_from_one_format_to_the_other(before, after, tmp_path):
    picture = Picture(deep(3), tmp_path / "made", "", {"icc_profile": b"profile", "dpi": (254, 254)})
    write_picture(tmp_path / f"in.{before}", picture, picture.pixels)
    target = through(tmp_path, tmp_path / f"in.{before}", f"out.{after}")
    again = read_picture(target)
    assert (again.pixels == picture.pixels).all()
    assert again.carried["icc_profile"] == b"profile"
    assert again.carried["dpi"] == pytest.approx((254, 254), abs=0.1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("deeply", [False, True])
def test_a_tiff_is_seen_the_same_way_up(orientation, deeply, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = tmp_path / "in.tif"
    if deeply:
        source.write_bytes(deep_tiff(SMALL.astype(np.uint16) * 257, {"exif": exif.tobytes()}))
    else:
        Image.fromarray(SMALL).save(source, exif=exif)
    target = through(tmp_path, source, "out.tif")
    with Image.open(source) as before, Image.open(target) as after:
        assert (np.asarray(before) == np.asarray(after)).all()


def test_a_turned_jpeg_is_marked_as_it_lies_and_shown_as_before(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    source, target = tmp_path / "in.jpg", tmp_path / "out.jpg"
    Image.fromarray(scene(256, 320)).save(source, exif=exif, quality=95)
    embed_file(MARK, source, target, 7, None)
    with Image.open(source) as before, Image.open(target) as after:
        assert after.size == before.size
        assert after.getexif()[0x0112] == 6
        shown = ImageOps.exif_transpose(after)
    for pixels in (read_picture(target).pixels, np.asarray(shown)):
        assert MARK.detect(pixels, edits=False).payload == 7


PNG_CHUNKS = {
    b"gAMA": struct.pack(">I", 45455),
    b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
    b"sRGB": b"\0",
    b"pHYs": struct.pack(">IIB", 11811, 11811, 1),
    b"tEXt": b"Author\0someone",
    b"zTXt": b"Comment\0\0" + zlib.compress(b"long"),
    b"iTXt": b"XML:com.adobe.xmp\0\0\0\0\0<x/>",
    b"tIME": b"\x07\xea\x0b\x1d\x0a\0\0",
}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_a_png_keeps_its_chunks(mode, tmp_path):
    source = tmp_path / "in.png"
    info = PngImagePlugin.PngInfo()
    for name, body in PNG_CHUNKS.items():
        if name != b"pHYs":
            info.add(name, body)
    image = Image.fromarray(SMALL[..., 0].astype(np.uint16)) if mode == "I;16" else Image.fromarray(SMALL)
    (image if mode == "I;16" else image.convert(mode)).save(source, pnginfo=info, dpi=(300, 300))
    target = through(tmp_path, source, "out.png")
    found = dict(png_chunks(target.read_bytes()))
    assert {name: found.get(name) for name in PNG_CHUNKS} == PNG_CHUNKS
    with Image.open(target) as written:
        written.load()


def test_what_is_kept_comes_before_the_pixels_and_once(tmp_path):
    source = tmp_path / "in.png"
    Image.fromarray(SMALL).save(source, icc_profile=b"profile", dpi=(300, 300))
    names = [name for name, _ in png_chunks(through(tmp_path, source, "out.png").read_bytes())]
    assert names[0] == b"IHDR"
    assert names.index(b"iCCP") < names.index(b"IDAT")
    assert names.count(b"iCCP") == names.count(b"pHYs") == 1


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB"])
def test_a_transparent_colour_becomes_alpha(mode, tmp_path):
    source = tmp_path / "in.png"
    image = Image.fromarray(SMALL).convert(mode)
    key = (1, 2, 3) if mode == "RGB" else 0
    image.putpixel((5, 6), key)
    image.save(source, transparency=key)
    picture = read_picture(source)
    assert picture.pixels.shape[2] == (2 if mode in ("L", "1") else 4)
    assert picture.pixels[6, 5, -1] == 0
    with Image.open(source) as before, Image.open(through(tmp_path, source, "out.png")) as after:
        assert (np.asarray(before.convert("RGBA")) == np.asarray(after.convert("RGBA"))).all()


def test_a_grey_picture_with_alpha_stays_grey(tmp_path):
    source, target = tmp_path / "in.png", tmp_path / "out.png"
    Image.fromarray(scene(256, 256)).convert("LA").save(source)
    done = embed_file(MARK, source, target, 7, 42)
    assert done.psnr == pytest.approx(42, abs=0.3)
    with Image.open(target) as written:
        assert written.mode == "LA"
    assert detect_file(MARK, target).payload == 7


def test_a_16_bit_grey_png_with_alpha_is_kept(tmp_path):
    grey = deep(2)
    source = tmp_path / "in.png"
    rows = grey.astype(">u2")
    lines = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    source.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 80, 70, 16, 4, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
    assert (read_picture(source).pixels == grey).all()
    assert (read_picture(through(tmp_path, source, "out.png")).pixels == grey[..., [0, 0, 0, 1]]).all()


def test_a_progressive_jpeg_stays_one_and_keeps_its_segments(tmp_path):
    source = tmp_path / "in.jpg"
    Image.fromarray(SMALL).save(source, quality=80, progressive=True, comment=b"a comment", xmp=b"<x/>")
    data = source.read_bytes()
    iptc = b"Photoshop 3.0\0 8BIM and so on"
    segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    source.write_bytes(data[:2] + data[2:20] + segment + data[20:])
    target = through(tmp_path, source, "out.jpg")
    with Image.open(target) as written:
        assert written.info["progressive"]
        assert written.info["comment"] == b"a comment"
        assert written.info["xmp"] == b"<x/>"
    assert target.read_bytes().count(segment) == 1


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_stays_lossless_or_not(lossless, tmp_path):
    source = tmp_path / "in.webp"
    alpha = np.full((96, 128, 1), 255, np.uint8)
    alpha[:20] = 0
    pixels = np.concatenate([SMALL, alpha], 2)
    Image.fromarray(pixels).save(source, lossless=lossless, exact=True, quality=80, exif=Image.Exif())
    target = through(tmp_path, source, "out.webp")
    assert webp_lossless(source.read_bytes()) == webp_lossless(target.read_bytes()) == lossless
    if lossless:
        assert (read_picture(target).pixels == pixels).all()


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {}), ("TIFF", {})])
def test_print_colours_are_told(kind, options, tmp_path):
    path = tmp_path / "print.file"
    Image.fromarray(SMALL).convert("CMYK").save(path, kind, **options)
    with pytest.raises(DataError, match=r"print\.file.*CMYK"):
        read_picture(path)


def test_ycck_is_told(tmp_path):
    # Adobe's transform 2: the same bytes, read as YCCK.
    path = tmp_path / "ycck.jpg"
    Image.fromarray(SMALL).convert("CMYK").save(path, "JPEG")
    data = path.read_bytes()
    at = data.index(b"Adobe")
    path.write_bytes(data[: at + 11] + b"\x02" + data[at + 12 :])
    with pytest.raises(DataError, match="CMYK"):
        read_picture(path)


def several(kind):
    frames = [Image.fromarray(scene(80, 80, seed)) for seed in range(3)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "MPO"])
def test_several_pictures_in_one_file_are_told(kind, tmp_path):
    path = tmp_path / "moving.file"
    path.write_bytes(several(kind))
    with pytest.raises(DataError, match=r"moving\.file.*3 pictures"):
        read_picture(path)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "PPM"])
def test_other_formats_are_told(kind, tmp_path):
    path = tmp_path / "other.png"
    Image.fromarray(SMALL).save(path, kind)
    with pytest.raises(DataError, match=f"is {kind}"):
        read_picture(path)


def test_a_folder_or_nothing_in_place_of_a_picture_is_told(tmp_path):
    with pytest.raises(DataError, match="Is a directory"):
        read_picture(tmp_path)
    with pytest.raises(DataError, match="No such file"):
        read_picture(tmp_path / "nowhere.png")


def test_a_link_is_followed_to_read_and_replaced_when_written(tmp_path):
    original, link = tmp_path / "in.png", tmp_path / "link.png"
    Image.fromarray(scene(256, 256)).save(original)
    before = original.read_bytes()
    link.symlink_to(original)
    with pytest.raises(InputError, match="exists"):
        embed_file(MARK, original, link, 7, None)
    embed_file(MARK, link, link, 7, None, overwrite=True)
    assert original.read_bytes() == before
    assert not link.is_symlink()
    assert detect_file(MARK, link).payload == 7


class FullDisk:
    """Takes so many bytes and no more."""

    def __init__(self, file):
        self._file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def write(self, data):
        self._file.write(data[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_nothing_behind(there, tmp_path, monkeypatch):
    target = tmp_path / "out.png"
    if there:
        target.write_bytes(b"precious")
    opened = Path.open
    picture = Picture(SMALL, tmp_path / "in.png")
    monkeypatch.setattr(Path, "open", lambda path, *args, **kw: FullDisk(opened(path, *args, **kw)))
    with pytest.raises(InputError, match="no space is left"):
        write_picture(target, picture, SMALL, overwrite=True)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == (["out.png"] if there else [])
    assert not there or target.read_bytes() == b"precious"


def test_a_place_that_cannot_be_written_to_is_told_before_the_work(tmp_path):
    source = tmp_path / "in.png"
    Image.fromarray(scene(256, 256)).save(source)
    with pytest.raises(InputError, match="nowhere"):
        embed_file(MARK, source, tmp_path / "nowhere" / "out.png", 7, None)
    if os.geteuid():
        (tmp_path / "locked").mkdir(mode=0o500)
        with pytest.raises(InputError, match="cannot be written to"):
            embed_file(MARK, source, tmp_path / "locked" / "out.png", 7, None)


def test_jpeg_is_not_given_what_is_transparent(tmp_path):
    clear = np.dstack([SMALL, np.full(SMALL.shape[:2], 200, np.uint8)])
    with pytest.raises(InputError, match="transparency"):
        write_picture(tmp_path / "out.jpg", Picture(clear, tmp_path / "in.png"), clear)
    clear[..., 3] = 255
    write_picture(tmp_path / "out.jpg", Picture(clear, tmp_path / "in.png"), clear)
    assert read_picture(tmp_path / "out.jpg").pixels.shape == SMALL.shape


def test_what_a_format_cannot_hold_is_told(tmp_path):
    wide = np.zeros((64, 17_000, 3), np.uint8)
    with pytest.raises(InputError, match=r"out\.webp: WEBP cannot hold"):
        write_picture(tmp_path / "out.webp", Picture(wide, tmp_path / "in.png"), wide)
    assert not (tmp_path / "out.webp").exists()
