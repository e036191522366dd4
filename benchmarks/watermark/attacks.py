"""What is done to marked pictures: families of attacks, each with the parameters that are always measured and
a way to draw others. An attack is a function of (H×W×3 uint8, generator) to a picture of any size."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Picture = npt.NDArray[np.uint8]
Random = np.random.Generator
Attack = Callable[[Picture, Random], Picture]


def bytes_of(values: npt.NDArray[np.floating]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def codec(kind: str, quality: float) -> Attack:
    def attack(image: Picture, _: Random) -> Picture:
        out = io.BytesIO()
        Image.fromarray(image).save(out, kind, quality=round(quality))
        return np.asarray(Image.open(out).convert("RGB"))

    return attack


def resized(image: Picture, width: float, height: float) -> Picture:
    smaller = width < image.shape[1]
    size = max(8, round(width)), max(8, round(height))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def resize(x: float, y: float | None = None, back: bool = False) -> Attack:
    def attack(image: Picture, _: Random) -> Picture:
        height, width = image.shape[:2]
        out = resized(image, width * x, height * (x if y is None else y))
        return resized(out, width, height) if back else out

    return attack


def rotate(degrees: float, expand: bool = True) -> Attack:
    def attack(image: Picture, _: Random) -> Picture:
        if degrees % 90 == 0:
            return np.ascontiguousarray(np.rot90(image, int(degrees // 90)))
        return np.asarray(Image.fromarray(image).rotate(degrees, Image.Resampling.BICUBIC, expand=expand))

    return attack


def rotate_crop(degrees: float) -> Attack:
    """Turned, then cut to the largest upright rectangle without a border."""

    def attack(image: Picture, generator: Random) -> Picture:
        height, width = image.shape[:2]
        angle = np.deg2rad(degrees % 180)
        angle = min(angle, np.pi - angle)
        long, short = max(width, height), min(width, height)
        sin, cos = np.sin(angle), np.cos(angle)
        if short <= 2 * sin * cos * long or abs(sin - cos) < 1e-9:
            half = 0.5 * short
            w, h = (half / sin, half / cos) if width >= height else (half / cos, half / sin)
        else:
            twice = cos * cos - sin * sin
            w, h = (width * cos - height * sin) / twice, (height * cos - width * sin) / twice
        out = rotate(degrees)(image, generator)
        w, h = int(w) - 2, int(h) - 2
        x, y = (out.shape[1] - w) // 2, (out.shape[0] - h) // 2
        return np.ascontiguousarray(out[y : y + h, x : x + w])

    return attack


def crop(area: float, anywhere: bool = False) -> Attack:
    """Keep this part of the area."""

    def attack(image: Picture, generator: Random) -> Picture:
        height, width = image.shape[:2]
        h, w = int(height * area**0.5), int(width * area**0.5)
        y, x = (height - h) // 2, (width - w) // 2
        if anywhere:
            y, x = int(generator.integers(0, height - h + 1)), int(generator.integers(0, width - w + 1))
        return np.ascontiguousarray(image[y : y + h, x : x + w])

    return attack


def enhance(kind: str, factor: float) -> Attack:
    return lambda image, _: np.asarray(getattr(ImageEnhance, kind)(Image.fromarray(image)).enhance(factor))


def hue(turn: float) -> Attack:
    def attack(image: Picture, _: Random) -> Picture:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(turn * 180)) % 180
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)

    return attack


def gamma(power: float) -> Attack:
    return lambda image, _: bytes_of(255 * (image / 255.0) ** power)


def noise(sigma: float) -> Attack:
    return lambda image, generator: bytes_of(image + generator.normal(0, sigma, image.shape))


def salt_and_pepper(share: float) -> Attack:
    def attack(image: Picture, generator: Random) -> Picture:
        out, draw = image.copy(), generator.random(image.shape[:2])
        out[draw < share / 2] = 0
        out[draw > 1 - share / 2] = 255
        return out

    return attack


def overlay(image: Picture, _: Random) -> Picture:
    picture = Image.fromarray(image.copy())
    draw, (w, h) = ImageDraw.Draw(picture), picture.size
    font = ImageFont.load_default(size=max(14, h // 9))
    draw.rectangle([w * 0.62, h * 0.05, w * 0.95, h * 0.28], fill=(220, 30, 60))
    draw.ellipse([w * 0.7, h * 0.08, w * 0.86, h * 0.25], fill=(255, 240, 0))
    white, black = (255, 255, 255), (0, 0, 0)
    draw.text((w * 0.05, h * 0.45), "BREAKING NEWS", font=font, fill=white, stroke_width=3, stroke_fill=black)
    draw.text((w * 0.05, h * 0.8), "a caption below", font=font, fill=(20, 220, 60))
    return np.asarray(picture)


def collage(size: float) -> Attack:
    """The picture somewhere on a larger one of soft blots."""

    def attack(image: Picture, generator: Random) -> Picture:
        height, width = image.shape[:2]
        h, w = int(height * size), int(width * size)
        out = bytes_of(cv2.GaussianBlur(generator.normal(128, 300, (h, w, 3)), (0, 0), 6))
        y, x = int(generator.integers(0, h - height + 1)), int(generator.integers(0, w - width + 1))
        out[y : y + height, x : x + width] = image
        return out

    return attack


def erase(area: float) -> Attack:
    def attack(image: Picture, generator: Random) -> Picture:
        out, (height, width) = image.copy(), image.shape[:2]
        h, w = int(height * area**0.5), int(width * area**0.5)
        y, x = int(generator.integers(0, height - h + 1)), int(generator.integers(0, width - w + 1))
        out[y : y + h, x : x + w] = bytes_of(image.mean((0, 1)))
        return out

    return attack


def perspective(reach: float) -> Attack:
    """Every corner moved by up to this part of the sides."""

    def attack(image: Picture, generator: Random) -> Picture:
        height, width = image.shape[:2]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        moved = corners + (generator.uniform(-reach, reach, (4, 2)) * [width, height]).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(corners, moved)
        return cv2.warpPerspective(
            image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )

    return attack


def chain(*attacks: Attack) -> Attack:
    def attack(image: Picture, generator: Random) -> Picture:
        for one in attacks:
            image = one(image, generator)
        return image

    return attack


def flip_h(image: Picture, _: Random) -> Picture:
    return np.ascontiguousarray(image[:, ::-1])


def flip_v(image: Picture, _: Random) -> Picture:
    return np.ascontiguousarray(image[::-1])


def invert(image: Picture, _: Random) -> Picture:
    return 255 - image


def grey(image: Picture, _: Random) -> Picture:
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)


def blur(sigma: float) -> Attack:
    return lambda image, _: cv2.GaussianBlur(image, (0, 0), sigma)


def median(side: int) -> Attack:
    return lambda image, _: cv2.medianBlur(image, side)


def sharpen(image: Picture, _: Random) -> Picture:
    return np.asarray(Image.fromarray(image).filter(ImageFilter.UnsharpMask(2, 150, 2)))


def same(image: Picture, _: Random) -> Picture:
    return image


@dataclass(frozen=True)
class Family:
    """Attacks of a kind: ``listed`` ones by name, and ``draw`` for others of the same range."""

    listed: dict[str, Attack]
    draw: Callable[[Random], tuple[str, Attack]] | None = None
    everyday: bool = False


def one_of(
    name: str, low: float, high: float, make: Callable[[float], Attack]
) -> Callable[[Random], tuple[str, Attack]]:
    """Draws the parameter evenly."""

    def draw(generator: Random) -> tuple[str, Attack]:
        value = float(generator.uniform(low, high))
        return f"{name} {value:.3g}", make(value)

    return draw


def _any_chain(generator: Random) -> tuple[str, Attack]:
    """Two to four of what people do: turn, cut, scale, flip, change light, compress."""
    steps: list[tuple[str, Attack]] = [
        one_of("rot", -45, 45, rotate_crop)(generator),
        one_of("crop", 0.5, 0.9, lambda area: crop(area, True))(generator),
        one_of("resize", 0.6, 1.5, resize)(generator),
        ("flip", flip_h),
        ("invert", invert),
        one_of("bright", 0.7, 1.4, lambda f: enhance("Brightness", f))(generator),
        one_of("gamma", 0.7, 1.4, gamma)(generator),
    ]
    chosen = [steps[i] for i in sorted(generator.permutation(len(steps))[: generator.integers(1, 4)])]
    chosen.append(one_of("jpeg", 60, 95, lambda q: codec("JPEG", q))(generator))
    return " + ".join(name for name, _ in chosen), chain(*(attack for _, attack in chosen))


FAMILIES = {
    "none": Family({"identity": same}, None, True),
    "jpeg": Family(
        {f"jpeg{q}": codec("JPEG", q) for q in (90, 75, 50, 30)},
        one_of("jpeg", 30, 95, lambda q: codec("JPEG", q)),
        True,
    ),
    "webp": Family(
        {f"webp{q}": codec("WEBP", q) for q in (80, 50)},
        one_of("webp", 50, 95, lambda q: codec("WEBP", q)),
        True,
    ),
    "resize": Family(
        {f"resize{f}": resize(f) for f in (0.5, 0.7, 1.5, 2)}, one_of("resize", 0.5, 2, resize), True
    ),
    "quarter": Family({"resize0.25": resize(0.25)}, one_of("resize", 0.25, 0.4, resize)),
    "resize and back": Family(
        {f"resize{f}_back": resize(f, back=True) for f in (0.5, 0.25, 2)},
        one_of("back", 0.3, 2, lambda f: resize(f, back=True)),
    ),
    "aspect": Family(
        {"aspect1.2": resize(1.2, 1.0), "aspect0.8": resize(0.8, 1.0)},
        one_of("aspect", 0.8, 1.25, lambda f: resize(f, 1.0)),
        True,
    ),
    "rotate": Family(
        {f"rot{d}_exp": rotate(d) for d in (1, 5, 15, 45, 90, 180, 270)}, one_of("rot", 0, 360, rotate), True
    ),
    "rotate, same canvas": Family(
        {f"rot{d}_same": rotate(d, False) for d in (5, 15, 45)},
        one_of("rot_same", -180, 180, lambda d: rotate(d, False)),
    ),
    "rotate and crop": Family(
        {f"rot{d}_crop": rotate_crop(d) for d in (5, 15, 45)}, one_of("rot_crop", -45, 45, rotate_crop)
    ),
    "flip": Family({"hflip": flip_h, "vflip": flip_v}, None, True),
    "invert": Family({"invert": invert}, None, True),
    "colour": Family(
        {
            "gray": grey,
            **{f"contrast{f}": enhance("Contrast", f) for f in (1.5, 0.6)},
            **{f"gamma{g}": gamma(g) for g in (0.6, 1.6)},
            **{f"hue{d}": hue(d) for d in (0.1, 0.4)},
        },
        one_of("hue", 0, 1, hue),
        True,
    ),
    "light": Family(
        {
            **{f"bright{f}": enhance("Brightness", f) for f in (1.5, 0.6)},
            **{f"satur{f}": enhance("Color", f) for f in (2.0, 0.3)},
        },
        one_of("bright", 0.5, 1.6, lambda f: enhance("Brightness", f)),
    ),
    "crop 75": Family({"crop75": crop(0.75)}, one_of("crop", 0.6, 0.95, lambda a: crop(a, True))),
    "crop 50": Family(
        {"crop50": crop(0.5), "rcrop50": crop(0.5, True)}, one_of("crop", 0.4, 0.6, lambda a: crop(a, True))
    ),
    "crop 25": Family(
        {"crop25": crop(0.25), "rcrop25": crop(0.25, True)},
        one_of("crop", 0.25, 0.4, lambda a: crop(a, True)),
    ),
    "crop 10": Family({"rcrop10": crop(0.1, True)}, one_of("crop", 0.1, 0.25, lambda a: crop(a, True))),
    "blur": Family({f"blur{s}": blur(s) for s in (1, 2)}, one_of("blur", 0.5, 2, blur)),
    "noise": Family({f"noise{s}": noise(s) for s in (5, 10, 20)}, one_of("noise", 2, 20, noise), True),
    "median": Family({f"median{s}": median(s) for s in (3, 5)}),
    "sharpen": Family({"sharpen": sharpen}),
    "salt and pepper": Family(
        {f"saltpepper{p}": salt_and_pepper(p / 100) for p in (2, 5)},
        one_of("sp", 0.005, 0.05, salt_and_pepper),
    ),
    "overlay": Family({"overlay": overlay}, None, True),
    "collage": Family({"collage": collage(1.6)}, one_of("collage", 1.2, 1.8, collage)),
    "erase": Family({"erase25": erase(0.25)}, one_of("erase", 0.05, 0.35, erase)),
    "perspective": Family({"persp3": perspective(0.03)}, one_of("persp", 0.005, 0.03, perspective)),
    "screenshot": Family(
        {"screenshot": chain(resize(0.83), codec("JPEG", 80))},
        one_of("screenshot", 0.6, 1.2, lambda f: chain(resize(f), codec("JPEG", 80))),
        True,
    ),
    "chain": Family(
        {
            "rot5_crop_jpeg75": chain(rotate_crop(5), codec("JPEG", 75)),
            "flip_inv_r0.5_jpeg80": chain(flip_h, invert, resize(0.5), codec("JPEG", 80)),
            "rot30_r0.7_jpeg60": chain(rotate(30), resize(0.7), codec("JPEG", 60)),
            "crop50_r1.3_bright_jpeg70": chain(
                crop(0.5, True), resize(1.3), enhance("Brightness", 1.2), codec("JPEG", 70)
            ),
        },
        _any_chain,
    ),
}


def attacks(generator: Random, drawn: int) -> Iterator[tuple[str, str, Attack]]:
    """Family, name and attack: all that are listed, and ``drawn`` others of each family that has a range."""
    for family, kind in FAMILIES.items():
        for name, attack in kind.listed.items():
            yield family, name, attack
        for _ in range(drawn if kind.draw else 0):
            name, attack = kind.draw(generator)  # type: ignore[misc]
            yield f"{family}, drawn", name, attack
