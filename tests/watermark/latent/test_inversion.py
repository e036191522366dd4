"""Tests of octarine.watermark.latent.inversion on a tiny model with random weights."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="heavy: needs the extra 'diffusers'")
diffusers = pytest.importorskip("diffusers", reason="heavy: needs the extra 'diffusers'")

from octarine.core.errors import InputError  # noqa: E402
from octarine.watermark import Confidence  # noqa: E402
from octarine.watermark.latent import GaussianShading  # noqa: E402
from octarine.watermark.latent.inversion import invert  # noqa: E402
from tests.watermark import tiny_pipelines as tiny  # noqa: E402
from tests.watermark.pictures import KEY, OTHER  # noqa: E402

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]
SHADING = GaussianShading(KEY)
WORDS, SUMMARY = torch.zeros(1, 4, 8), torch.zeros(1, 8)
STEPS = 20


class Blocks(torch.nn.Module):
    """A VAE that can be undone, as a trained one nearly can: 4 latents are the brightness of 2×2 pixels, grey
    on all colours. ``scale`` keeps them within what a picture can show."""

    scale = 1 / 80
    config = SimpleNamespace(
        scaling_factor=0.5, shift_factor=0.0, force_upcast=False, block_out_channels=(8, 8)
    )
    dtype, device = torch.float32, torch.device("cpu")

    def decode(self, z, return_dict=True, generator=None):
        return (torch.pixel_shuffle(z * self.scale, 2).expand(-1, 3, -1, -1),)

    def encode(self, x):
        mean = torch.pixel_unshuffle(x.mean(1, keepdim=True), 2) / self.scale
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: mean))


@pytest.fixture(scope="module")
def pipe():
    return undone(tiny.stable_diffusion())


def undone(made):
    """The pipeline with a VAE that can be undone, and one prompt."""
    made.vae = Blocks()
    made.vae_scale_factor = 2
    made.image_processor.config["vae_scale_factor"] = 2
    summed = isinstance(made, diffusers.StableDiffusionXLPipeline | diffusers.StableDiffusion3Pipeline)
    made.encode_prompt = lambda *given, **more: (WORDS, None, SUMMARY, None) if summed else (WORDS, None)
    return made


def drawn(pipe, latents):
    out = pipe(
        prompt_embeds=WORDS,
        latents=latents,
        num_inference_steps=STEPS,
        guidance_scale=1.0,
        height=64,
        width=64,
        **({} if isinstance(pipe, diffusers.StableDiffusionPipeline) else {"pooled_prompt_embeds": SUMMARY}),
    )
    return out.images[0]


def test_a_payload_is_read_from_the_picture(pipe):
    latents = SHADING.latents((1, 4, 32, 32), torch.Generator().manual_seed(1), payload=0x5EED)
    assert latents.dtype == torch.float32
    image = drawn(pipe, latents)
    back = invert(image, pipe, STEPS)
    assert np.corrcoef(back.ravel(), latents.ravel())[0, 1] > 0.9
    found = SHADING.detect_image(image, pipe, steps=STEPS)
    assert (found.payload, found.confidence) == (0x5EED, Confidence.HIGH)


def test_pictures_without_it_have_none(pipe):
    image = drawn(pipe, torch.randn((1, 4, 32, 32), generator=torch.Generator().manual_seed(2)))
    assert SHADING.detect_image(image, pipe, steps=STEPS).confidence is Confidence.NONE
    marked = drawn(pipe, SHADING.latents((1, 4, 32, 32), torch.Generator().manual_seed(1), 1))
    assert GaussianShading(OTHER).detect_image(marked, pipe, steps=STEPS).confidence is Confidence.NONE


BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
OTHERS = {
    "euler": lambda: diffusers.EulerDiscreteScheduler(**BETAS),
    "euler, velocity": lambda: diffusers.EulerDiscreteScheduler(**BETAS, prediction_type="v_prediction"),
    "dpm-solver": lambda: diffusers.DPMSolverMultistepScheduler(**BETAS),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("made", [tiny.stable_diffusion, tiny.stable_diffusion_xl])
def test_whatever_deterministic_sampler_made_it(made, name):
    """Their configurations neither say that nothing is clipped, nor have a spacing that inversion knows."""
    pipe = undone(made())
    pipe.scheduler = OTHERS[name]()
    _is_read(pipe)


@pytest.mark.parametrize("shifted", [False, True])
def test_flow_matching_is_run_backwards(shifted):
    pipe = undone(tiny.stable_diffusion_3())
    pipe.scheduler = diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=shifted)
    _is_read(pipe)


def _is_read(pipe):
    latents = SHADING.latents((1, 4, 32, 32), torch.Generator().manual_seed(1), payload=0x5EED)
    image = drawn(pipe, latents)
    assert np.corrcoef(invert(image, pipe, STEPS).ravel(), latents.ravel())[0, 1] > 0.9
    found = SHADING.detect_image(image, pipe, steps=STEPS)
    assert (found.payload, found.confidence) == (0x5EED, Confidence.HIGH)


@pytest.mark.parametrize("turn", [lambda x: x[:, ::-1], np.rot90, lambda x: np.roll(x, 5, 1)])
def test_there_is_no_geometry(pipe, turn):
    """As the documentation says: where this begins to pass, say so there."""
    image = np.asarray(drawn(pipe, SHADING.latents((1, 4, 32, 32), torch.Generator().manual_seed(1), 1)))
    assert SHADING.detect_image(turn(image), pipe, steps=STEPS).payload is None


def test_other_pipelines_are_refused():
    picture = np.zeros((256, 256, 3), np.uint8)
    with pytest.raises(InputError, match="has no unet"):
        SHADING.detect_image(picture, tiny.flux())
    for scheduler, why in (
        (diffusers.DDIMScheduler(prediction_type="sample"), "cannot be run backwards"),
        (diffusers.FlowMatchEulerDiscreteScheduler(), "cannot be run backwards"),
        (diffusers.EulerAncestralDiscreteScheduler(), "draws new noise"),
        (diffusers.DPMSolverMultistepScheduler(algorithm_type="sde-dpmsolver++"), "draws new noise"),
        (diffusers.SASolverScheduler(), "draws new noise"),
    ):
        pipe = tiny.stable_diffusion()
        pipe.scheduler = scheduler
        with pytest.raises(InputError, match=why):
            SHADING.detect_image(picture, pipe)
    pipe = tiny.stable_diffusion_3()
    pipe.scheduler = diffusers.FlowMatchEulerDiscreteScheduler(stochastic_sampling=True)
    with pytest.raises(InputError, match="draws new noise") as told:
        SHADING.detect_image(picture, pipe)
    assert "FlowMatchEuler" in told.value.hint
    inpainting = tiny.stable_diffusion()
    inpainting.unet = tiny.unet(in_channels=9)
    for pipe in (inpainting, tiny.animate_diff()):
        with pytest.raises(InputError, match="cannot be run backwards"):
            SHADING.detect_image(picture, pipe)
    with pytest.raises(InputError, match="uint8"):
        SHADING.detect_image(picture / 255, tiny.stable_diffusion())
