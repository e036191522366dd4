"""Marks what a generator makes: ``Marker`` takes pictures in any form, and gives the same form back.

PIL pictures, numpy arrays and torch tensors (one picture or a batch, channels first or last, whole numbers or
numbers with a fraction), encoded files as bytes, lists and tuples of them.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import functools
import inspect
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from octarine.core.errors import InputError
from octarine.watermark.image_watermark import ImageWatermark

Pixels = npt.NDArray[Any]
Payload = int | Callable[[int, str], int]
"""A number, or a function of the index of the picture (or video) in one result, and of its prompt (empty
where it is not known)."""
CHANNELS = (1, 3, 4)
PIL_MODES = ("L", "RGB", "RGBA")


class FrameMark(Protocol):
    """A mark that is put into a video as a whole, such as ``VideoWatermark``. A single picture is a video of
    one frame to it."""

    def embed_frames(
        self, frames: Iterable[npt.NDArray[np.uint8]], payload: int = 0, *, psnr: float | None = None
    ) -> Iterator[npt.NDArray[np.uint8]]:
        """The marked frames, H×W×3 of uint8."""


@dataclasses.dataclass(frozen=True)
class Marker:
    """Puts ``mark`` into whatever holds pictures.

    Attributes:
        mark: for pictures; or a ``FrameMark``.
        payload: see ``Payload``.
        psnr: as ``ImageWatermark.embed`` takes it.
        values: what black and white are, where pixels are numbers with a fraction; beyond is cut off.
    """

    mark: ImageWatermark | FrameMark
    payload: Payload = 0
    psnr: float | None = None
    values: tuple[float, float] = (0.0, 1.0)

    def __call__(self, made: Any, prompts: Sequence[str] = ()) -> Any:
        """The same with every picture marked; nothing is changed in place.

        Args:
            made: a picture, a batch, or a list or tuple of them.
            prompts: as many as pictures, or fewer where each made several, one after the other.

        Raises:
            InputError: something in it is no picture, or cannot be marked.
        """
        return self._each(made, Payloads(self.payload, prompts, _count(made)))

    def videos(self, made: Any, prompts: Sequence[str] = ()) -> Any:
        """The same for videos: an array or tensor of five dimensions, of four for one video, or a list of
        videos that are lists, arrays or tensors of frames. The frames of a video carry one payload.

        Raises:
            InputError: as for pictures.
        """
        if _is_one_video(made):
            return self._video(made, Payloads(self.payload, prompts, 1).next())
        payloads = Payloads(self.payload, prompts, len(made))
        return _like(made, [self._video(video, payloads.next()) for video in made])

    def _video(self, frames: Any, payload: int) -> Any:
        if not hasattr(self.mark, "embed_frames"):
            return dataclasses.replace(self, payload=payload)(frames)
        # Only the frames that the mark holds back are kept in their other form.
        waiting: deque[_Form] = deque()

        def pixels() -> Iterator[npt.NDArray[np.uint8]]:
            for frame in frames:
                waiting.append(_form(frame, self.values))
                yield _eight(waiting[-1].pixels)

        done = []
        for new in cast(FrameMark, self.mark).embed_frames(pixels(), payload, psnr=self.psnr):
            form = waiting.popleft()
            done.append(form.back(_as_deep(new, form)))
        return _like(frames, done)

    def _each(self, made: Any, payloads: Payloads) -> Any:
        if isinstance(made, list | tuple) or _is_batch(made):
            return _like(made, [self._each(one, payloads) for one in made])
        return self._picture(made, payloads.next())

    def _picture(self, made: Any, payload: int) -> Any:
        form = _form(made, self.values)
        if isinstance(self.mark, ImageWatermark):
            return form.back(self.mark.embed(form.pixels, payload, psnr=self.psnr))
        (marked,) = self.mark.embed_frames(iter([_eight(form.pixels)]), payload, psnr=self.psnr)
        return form.back(_as_deep(marked, form))


def marking(
    function: Callable[..., Any],
    mark: ImageWatermark | FrameMark,
    payload: Payload = 0,
    *,
    psnr: float | None = None,
    values: tuple[float, float] = (0.0, 1.0),
    field: str | int | None = None,
) -> Callable[..., Any]:
    """``function`` with every picture marked that it returns. Of a coroutine function, a coroutine function,
    which marks in a thread.

    Args:
        field: where in the result the pictures are: the name of an attribute, a key, or a place. Without it
            the result is the pictures.

    Raises:
        InputError: by the function that is returned: something that it made cannot be marked.
    """
    marker = Marker(mark, payload, psnr, values)

    def marked(made: Any) -> Any:
        return marker(made) if field is None else within(made, field, marker)

    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    ):

        @functools.wraps(function)
        async def later(*args: Any, **kwargs: Any) -> Any:
            return await asyncio.to_thread(marked, await function(*args, **kwargs))

        return later

    @functools.wraps(function)
    def now(*args: Any, **kwargs: Any) -> Any:
        return marked(function(*args, **kwargs))

    return now


def within(made: Any, field: str | int, change: Callable[[Any], Any]) -> Any:
    """``made`` with ``change`` of what is at ``field`` in its place; a copy.

    Raises:
        InputError: there is nothing at that place.
    """
    try:
        if hasattr(made, "_replace") and isinstance(field, str):
            return made._replace(**{field: change(getattr(made, field))})
        if isinstance(made, tuple):
            at = range(len(made))[cast(int, field)]
            return (*made[:at], change(made[at]), *made[at + 1 :])
        if dataclasses.is_dataclass(made) and not hasattr(made, "__getitem__"):
            return dataclasses.replace(cast(Any, made), **{str(field): change(getattr(made, str(field)))})
        new = copy.copy(made)
        if hasattr(made, "__getitem__"):
            new[field] = change(made[field])
        else:
            setattr(new, str(field), change(getattr(made, str(field))))
        return new
    except (KeyError, IndexError, AttributeError, TypeError):
        raise InputError(
            f"a result of type {type(made).__name__} has no pictures at {field!r}",
            hint="Name with 'field' where in the result the pictures are.",
        ) from None


class Payloads:
    """The payloads of the pictures of one result, in their order."""

    def __init__(self, payload: Payload, prompts: Sequence[str], pictures: int) -> None:
        self._payload = payload
        self._prompts = prompts
        self._each = max(1, pictures // len(prompts)) if prompts else 1
        self._index = -1

    def next(self) -> int:
        """That of the next picture."""
        self._index += 1
        if not callable(self._payload):
            return self._payload
        at = self._index // self._each
        return self._payload(self._index, self._prompts[at] if at < len(self._prompts) else "")


@dataclasses.dataclass(frozen=True)
class _Form:
    """A picture as the mark takes it, and the way back."""

    pixels: Pixels
    back: Callable[[Pixels], Any]


def _form(made: Any, values: tuple[float, float]) -> _Form:
    image = sys.modules.get("PIL.Image")
    if image is not None and isinstance(made, image.Image):
        return _pil(made)
    if isinstance(made, bytes):
        return _file(made)
    if isinstance(made, np.ndarray):
        return _array(made, values)
    if _is_tensor(made):
        torch: Any = sys.modules["torch"]
        told = made.detach().cpu()
        form = _array((told.float() if told.is_floating_point() else told).numpy(), values)
        return _Form(
            form.pixels,
            lambda new: torch.from_numpy(form.back(new)).to(device=made.device, dtype=made.dtype),
        )
    raise InputError(
        f"a {type(made).__name__} is no picture that can be marked",
        hint="Give PIL pictures, numpy arrays, torch tensors, or the bytes of a PNG, JPEG or WebP file. "
        "Where they lie within a result, name the place with 'field'.",
    )


def _pil(made: Any) -> _Form:
    if made.mode not in PIL_MODES:
        raise InputError(f"a picture of mode {made.mode}", hint="Convert it to RGB.")

    def back(new: Pixels) -> Any:
        image: Any = sys.modules["PIL.Image"]
        picture = image.fromarray(new)
        picture.info = dict(made.info)
        return picture

    return _Form(np.asarray(made), back)


def _file(made: bytes) -> _Form:
    from octarine.watermark.files import decode_picture, encode_picture

    picture = decode_picture(made, Path("picture"))
    return _Form(picture.pixels, lambda new: encode_picture(picture.kind, picture, new, picture.path))


def _array(made: Pixels, values: tuple[float, float]) -> _Form:
    first = made.ndim == 3 and made.shape[2] not in CHANNELS and made.shape[0] in CHANNELS
    pixels = np.moveaxis(made, 0, 2) if first else made
    if made.dtype.kind != "f":
        form = _Form(np.ascontiguousarray(pixels), lambda new: new)
    else:
        form = _fractions(pixels, values)
    if not first:
        return form
    return _Form(form.pixels, lambda new: np.ascontiguousarray(np.moveaxis(form.back(new), 2, 0)))


def _fractions(made: Pixels, values: tuple[float, float]) -> _Form:
    """Numbers with a fraction as 16 bits; what the mark changes is added to the numbers themselves."""
    if not np.isfinite(made).all():
        raise InputError(
            "a picture has values that are no numbers", hint="The model overflowed: see its dtype."
        )
    low, high = values
    exact: Any = np.float64 if made.dtype == np.float64 else np.float32
    unit = np.clip((made.astype(exact) - low) / (high - low), 0, 1)
    whole = np.rint(unit * 65535).astype(np.uint16)

    def back(new: Pixels) -> Pixels:
        marked = np.clip(unit + (new.astype(exact) - whole) / 65535, 0, 1)
        return np.asarray(low + marked * (high - low), made.dtype)

    return _Form(whole, back)


def _eight(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """H×W×3 of uint8, as a ``FrameMark`` takes it."""
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError(f"a frame of shape {pixels.shape}", hint="Frames are H×W×3.")
    if pixels.dtype == np.uint16:
        return np.asarray(np.rint(pixels / 257), np.uint8)
    return np.asarray(pixels, np.uint8)


def _as_deep(new: npt.NDArray[np.uint8], form: _Form) -> Pixels:
    """What changed, on the scale of ``form``."""
    if form.pixels.dtype != np.uint16:
        return new
    changed = new.astype(np.int64) - _eight(form.pixels)
    return np.asarray(np.clip(form.pixels + 257 * changed, 0, 65535), np.uint16)


def _is_tensor(made: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(made, torch.Tensor)


def _is_array(made: Any) -> bool:
    return isinstance(made, np.ndarray) or _is_tensor(made)


def _is_batch(made: Any) -> bool:
    return _is_array(made) and made.ndim > 3


def _is_one_video(made: Any) -> bool:
    if _is_array(made):
        return bool(made.ndim < 5)
    return not made or not (isinstance(made[0], list | tuple) or _is_batch(made[0]))


def _count(made: Any) -> int:
    return sum(map(_count, made)) if isinstance(made, list | tuple) or _is_batch(made) else 1


def _like(made: Any, new: list[Any]) -> Any:
    """What came of a list, a tuple, an array or a tensor, in the same form."""
    if isinstance(made, list):
        return new
    if isinstance(made, tuple):
        return tuple(new)
    if not new:
        return made
    return sys.modules["torch"].stack(new) if _is_tensor(made) else np.stack(new)
