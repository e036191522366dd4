"""From a picture back to the latents that it was made from, without a prompt, as in Gaussian Shading.

What a deterministic sampler runs forwards is an ordinary differential equation, the same one whatever the
sampler; here it is run backwards by Euler's method. Of models that predict noise or velocity that is DDIM
inversion (Song et al., 2021; Mokady et al., 2023, section 3), of flow matching (Esser et al., 2024) it is a
line from one noise level to the next.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from octarine.core.errors import InputError, MissingExtra

PREDICTIONS = ("epsilon", "v_prediction")
CONDITIONS = (None, "text_time")
"""What a U-Net takes beside words: nothing, or sizes and a summary (Stable Diffusion XL)."""
SPACINGS = ("leading", "trailing")
"""Of time steps, those that DDIM inversion knows."""
RANDOM = ("DDPM", "EulerAncestral", "KDPM2Ancestral", "DPMSolverSDE", "LCM", "SASolver", "TCD")
"""Schedulers that draw new noise at every step: no one knows the way back."""


def invert(image: Any, pipe: Any, steps: int) -> Any:
    """The latents, of one picture, as a tensor.

    Raises:
        InputError: the pipeline is of another kind than ``GaussianShading.detect_image`` says.
        MissingExtra: diffusers is not installed.
    """
    try:
        import torch
        from diffusers import SD3Transformer2DModel
    except ImportError:
        raise MissingExtra("diffusers", "Going back from a picture to its latents") from None
    flows = isinstance(_model(pipe, "transformer"), SD3Transformer2DModel)
    _check(pipe, flows)
    with torch.no_grad():
        z = _encoded(image, pipe)
        return _along_flow(z, pipe, steps) if flows else _by_ddim(z, pipe, steps)


def _model(pipe: Any, name: str) -> Any:
    """A model of the pipeline, also where ``torch.compile`` wrapped it."""
    model = getattr(pipe, name, None)
    return getattr(model, "_orig_mod", model)


def _by_ddim(z: Any, pipe: Any, steps: int) -> Any:
    from diffusers import DDIMInverseScheduler

    config = pipe.scheduler.config
    spacing = config.get("timestep_spacing")
    # What other schedulers do not name would be clipped.
    inverse = DDIMInverseScheduler.from_config(
        config,
        clip_sample=bool(config.get("clip_sample", False)),
        timestep_spacing=spacing if spacing in SPACINGS else "leading",
    )
    inverse.set_timesteps(steps)
    words, *others = pipe.encode_prompt(
        "", device=z.device, num_images_per_prompt=1, do_classifier_free_guidance=False
    )
    given: dict[str, Any] = {"encoder_hidden_states": words.to(z.dtype)}
    if pipe.unet.config.get("addition_embed_type") is not None:
        given["added_cond_kwargs"] = _sizes(z, pipe) | {"text_embeds": others[1].to(z.dtype)}
    for time in inverse.timesteps:
        z = inverse.step(pipe.unet(z, time, **given).sample, time, z).prev_sample
    return z


def _sizes(z: Any, pipe: Any) -> dict[str, Any]:
    """The size of the picture, no crop, and its size again: what is given where nothing is asked."""
    size = [side * pipe.vae_scale_factor for side in z.shape[2:]]
    return {"time_ids": z.new_tensor([[*size, 0, 0, *size]])}


def _along_flow(z: Any, pipe: Any, steps: int) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    # A shift by size moves the steps, not the flow.
    scheduler = FlowMatchEulerDiscreteScheduler.from_config(pipe.scheduler.config, use_dynamic_shifting=False)
    scheduler.set_timesteps(steps, device=z.device)
    words, _, summary, _ = pipe.encode_prompt(
        "", "", "", device=z.device, num_images_per_prompt=1, do_classifier_free_guidance=False
    )
    for at in reversed(range(len(scheduler.timesteps))):
        velocity = pipe.transformer(
            hidden_states=z,
            timestep=scheduler.timesteps[at].expand(1),
            encoder_hidden_states=words.to(z.dtype),
            pooled_projections=summary.to(z.dtype),
        ).sample
        z = z + (scheduler.sigmas[at] - scheduler.sigmas[at + 1]).to(z.dtype) * velocity
    return z


def _check(pipe: Any, flows: bool) -> None:
    own = "Run your own inversion, and give the latents to GaussianShading.detect."
    needed = ("vae", "encode_prompt", "scheduler", *(() if flows else ("unet",)))
    missing = [name for name in needed if getattr(pipe, name, None) is None]
    if missing:
        raise InputError(f"a {type(pipe).__name__} has no {', '.join(missing)}", hint=own)
    scheduler, config = type(pipe.scheduler).__name__, pipe.scheduler.config
    drawn = "sde" in str(config.get("algorithm_type")) or config.get("stochastic_sampling")
    if scheduler.startswith(RANDOM) or drawn:
        other = "FlowMatchEulerDiscreteScheduler" if flows else "DDIMScheduler"
        raise InputError(
            f"a {scheduler} draws new noise at every step, so no picture leads back to its latents",
            hint=f"Make pictures with a scheduler that draws none, such as {other} as it comes.",
        )
    known = scheduler.startswith("FlowMatchEuler") if flows else config.get("prediction_type") in PREDICTIONS
    if not known or not (flows or _takes_words_alone(_model(pipe, "unet"))):
        raise InputError(
            f"a {type(pipe).__name__} with a {scheduler} cannot be run backwards here",
            hint="Its model predicts neither noise nor velocity, or takes more than a prompt. " + own,
        )


def _takes_words_alone(unet: Any) -> bool:
    """Beside the latents: no mask, no other picture, no frames."""
    from diffusers import UNet2DConditionModel

    if not isinstance(unet, UNet2DConditionModel):
        return False
    config = unet.config
    same = config.in_channels == config.out_channels
    return same and config.get("addition_embed_type") in CONDITIONS


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
    config = pipe.vae.config
    shift = getattr(config, "shift_factor", None) or 0.0
    return (pipe.vae.encode(x).latent_dist.mode() - shift) * config.scaling_factor
