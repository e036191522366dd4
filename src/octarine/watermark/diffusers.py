"""Marks whatever leaves a pipeline of ``diffusers``.

The outermost place is the safest one: a third of the pipelines of diffusers 0.42 have no processor that turns
tensors into pictures (pixel-space models, Kandinsky, Shap-E), several have no VAE, and inpainting pastes the
original over what the VAE decoded. So the class of the pipeline is replaced by a subclass of the same name
whose ``__call__`` marks what the old one returns. Where latents leave the pipeline and are decoded later, its
VAE's ``decode`` is the place.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from octarine.core.errors import InputError, MissingExtra
from octarine.watermark.image_watermark import ImageWatermark
from octarine.watermark.marker import FrameMark, Marker, Payload, within

P = TypeVar("P")
At = Literal["output", "decoder"]
PICTURES, VIDEOS = ("images", "image"), ("frames", "video")
"""Fields of what pipelines return."""
UNMARKABLE = ("latent", "latents", "mesh", "seq", "text")
"""Output types that are no pixels."""
_ATTACHED = "_octarine_attached"
_DECODED_FROM = "_octarine_decode"


@dataclass(frozen=True)
class _Attached:
    marker: Marker
    at: At


def attach(
    pipe: P,
    mark: ImageWatermark | FrameMark,
    payload: Payload = 0,
    *,
    psnr: float | None = None,
    at: At = "output",
) -> P:
    """``pipe`` itself, which from now on marks every picture that it returns. Attaching again replaces the
    mark.

    Args:
        pipe: any pipeline of diffusers for pictures or video.
        mark: an ``ImageWatermark``; for video better a mark that has ``embed_frames``.
        payload: a number, or a function of the index in the call and the prompt. At the decoder the index
            counts what one call of ``decode`` gives, and there is no prompt.
        psnr: as ``ImageWatermark.embed`` takes it.
        at: ``output``, what the pipeline returns; or ``decoder``, what its ``vae`` decodes.

    Raises:
        MissingExtra: diffusers is not installed.
        InputError: no such pipeline, or it has no ``vae`` to be marked at. By the pipeline later: an output
            type that cannot be marked (nothing is computed then), or something that is no picture.
    """
    _check(pipe)
    detach(pipe)
    attached = _Attached(Marker(mark, payload, psnr), at)
    if at == "decoder":
        _attach_decoder(pipe, Marker(mark, payload, psnr, (-1.0, 1.0)))
    else:
        given: Any = type(pipe)
        about = {"__module__": given.__module__, "__qualname__": given.__qualname__, "__doc__": given.__doc__}
        about["__call__"] = functools.wraps(given.__call__)(_Marked.__call__)
        pipe.__class__ = type(given.__name__, (_Marked, given), about)
    vars(pipe)[_ATTACHED] = attached
    return pipe


def detach(pipe: P) -> P:
    """``pipe`` as it was before ``attach``; one that has no mark is left alone."""
    attached: _Attached | None = vars(pipe).pop(_ATTACHED, None)
    if isinstance(pipe, _Marked):
        pipe.__class__ = _unmarked(type(pipe))
    if attached is not None and attached.at == "decoder":
        _detach_decoder(getattr(pipe, "vae", None))
    return pipe


class _Marked:
    """Laid over the class of a pipeline, which is the next one behind it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _ATTACHED not in vars(self):
            raise InputError(
                "this pipeline was made from the class of a marked one, and has no mark itself",
                hint="attach(pipe, mark) marks it, detach(pipe) lets it go without.",
            )
        call = _unmarked(type(self)).__call__
        given = inspect.signature(call).bind(self, *args, **kwargs)
        given.apply_defaults()
        bound = given.arguments
        kind = bound.get("output_type", bound.get("kwargs", {}).get("output_type"))
        if kind in UNMARKABLE:
            raise InputError(
                f"the output type '{kind}' holds no pictures that could be marked",
                hint="Attach with at='decoder' where the pipeline's vae decodes them, or detach(pipe).",
            )
        marker: Marker = vars(self)[_ATTACHED].marker
        return _mark_output(marker, call(self, *args, **kwargs), _prompts(bound.get("prompt")))


def _unmarked(marked: type) -> Any:
    """The class that ``_Marked`` is laid over."""
    return marked.__mro__[marked.__mro__.index(_Marked) + 1]


def _mark_output(marker: Marker, made: Any, prompts: list[str]) -> Any:
    if isinstance(made, tuple):
        mark = marker.videos if made and _is_video(made[0]) else marker
        return within(made, 0, lambda pictures: mark(pictures, prompts))
    for name in (*PICTURES, *VIDEOS):
        if getattr(made, name, None) is not None:
            mark = marker.videos if name in VIDEOS else marker
            pictures = mark(getattr(made, name), prompts)
            # An output is a dictionary and has attributes; setting the one sets the other.
            setattr(made, name, pictures)
            return made
    raise InputError(
        f"the pipeline returned a {type(made).__name__} without pictures, so nothing was marked",
        hint=f"Of an output, {', '.join((*PICTURES, *VIDEOS))} are marked. detach(pipe) if it makes none.",
    )


def _is_video(made: Any) -> bool:
    if getattr(made, "ndim", 0) == 5:
        return True
    if not isinstance(made, list | tuple) or not made:
        return False
    return isinstance(made[0], list | tuple) or getattr(made[0], "ndim", 0) == 4


def _prompts(prompt: Any) -> list[str]:
    if isinstance(prompt, str):
        return [prompt]
    return [str(one) for one in prompt] if isinstance(prompt, list | tuple) else []


def _check(pipe: Any) -> None:
    try:
        from diffusers import DiffusionPipeline
    except ImportError:
        raise MissingExtra("diffusers", "Marking a pipeline of diffusers") from None
    if not isinstance(pipe, DiffusionPipeline):
        raise InputError(
            f"a {type(pipe).__name__} is no pipeline of diffusers",
            hint="Any other function that makes pictures:  octarine.watermark.marking(function, mark)",
        )


def _attach_decoder(pipe: Any, marker: Marker) -> None:
    vae = getattr(pipe, "vae", None)
    if vae is None or not hasattr(vae, "decode"):
        raise InputError(f"a {type(pipe).__name__} has no vae", hint="Leave at='decoder' out.")
    _detach_decoder(vae)
    import torch

    before, own = vae.decode, vars(vae).get("decode")
    # Whoever compiles ``decode`` afterwards must not trace into what is numpy.
    disable: Any = torch.compiler.disable
    decoded = disable(functools.partial(_decoded, marker))

    @functools.wraps(before)
    def decode(*args: Any, **kwargs: Any) -> Any:
        made = before(*args, **kwargs)
        if isinstance(made, tuple):
            return (decoded(made[0]), *made[1:])
        made.sample = decoded(made.sample)
        return made

    setattr(decode, _DECODED_FROM, (own,))
    vae.decode = decode


def _detach_decoder(vae: Any) -> None:
    before = getattr(vars(vae).get("decode"), _DECODED_FROM, None) if vae is not None else None
    if before is None:
        return
    del vae.decode
    if before[0] is not None:
        vae.decode = before[0]


def _decoded(marker: Marker, sample: Any) -> Any:
    """Pictures B×C×H×W, or videos B×C×F×H×W."""
    if sample.ndim == 5:
        return marker.videos(sample.transpose(1, 2)).transpose(1, 2)
    return marker(sample)
