"""From a picture back to the latents that it was made from: DDIM run backwards (Song et al., 2021; Mokady et
al., 2023, section 3), without a prompt, as in Gaussian Shading."""

from __future__ import annotations

from typing import Any

import numpy as np

from octarine.core.errors import InputError, MissingExtra

NEEDED = ("vae", "unet", "encode_prompt", "scheduler")
PREDICTIONS = ("epsilon", "v_prediction")


def invert(image: Any, pipe: Any, steps: int) -> Any:
    """The latents, of one picture, as a tensor.

    Raises:
        InputError: the pipeline is of another kind than ``GaussianShading.detect_image`` says.
        MissingExtra: diffusers is not installed.
    """
    try:
        import torch
        from diffusers import DDIMInverseScheduler
    except ImportError:
        raise MissingExtra("diffusers", "Going back from a picture to its latents") from None
    _check(pipe)
    with torch.no_grad():
        inverse = DDIMInverseScheduler.from_config(pipe.scheduler.config)
        inverse.set_timesteps(steps)
        z = _encoded(image, pipe)
        words = pipe.encode_prompt("", z.device, 1, False)[0].to(z.dtype)
        for time in inverse.timesteps:
            noise = pipe.unet(z, time, encoder_hidden_states=words).sample
            z = inverse.step(noise, time, z).prev_sample
    return z


def _check(pipe: Any) -> None:
    missing = [name for name in NEEDED if getattr(pipe, name, None) is None]
    if missing:
        raise InputError(
            f"a {type(pipe).__name__} has no {', '.join(missing)}",
            hint="Run your own inversion, and give the latents to GaussianShading.detect.",
        )
    kind = getattr(pipe.scheduler.config, "prediction_type", "")
    conditions = getattr(pipe.unet.config, "addition_embed_type", None)
    if kind not in PREDICTIONS or conditions is not None:
        raise InputError(
            f"a {type(pipe).__name__} cannot be run backwards here",
            hint="Its model predicts neither noise nor velocity, or takes more than a prompt. Run your own "
            "inversion, and give the latents to GaussianShading.detect.",
        )


def _encoded(image: Any, pipe: Any) -> Any:
    import torch

    weights = next(pipe.vae.parameters(), None)
    dtype = torch.float32 if weights is None else weights.dtype
    pixels = np.asarray(image)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise InputError(
            f"a picture of shape {pixels.shape} and type {pixels.dtype}",
            hint="Give H×W×3 of uint8, or PIL RGB.",
        )
    x = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].to(pipe.device, dtype) / 127.5 - 1
    return pipe.vae.encode(x).latent_dist.mode() * pipe.vae.config.scaling_factor
