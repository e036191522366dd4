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
WORDS = torch.zeros(1, 4, 8)
STEPS = 20


class Blocks:
    """A VAE that can be undone, as a trained one nearly can: 4 latents are the brightness of 2×2 pixels, grey
    on all colours. ``scale`` keeps them within what a picture can show."""

    scale = 1 / 80
    config = SimpleNamespace(scaling_factor=0.5, force_upcast=False, block_out_channels=(8, 8))
    dtype = torch.float32

    def decode(self, z, return_dict=True, generator=None):
        return (torch.pixel_shuffle(z * self.scale, 2).expand(-1, 3, -1, -1),)

    def encode(self, x):
        mean = torch.pixel_unshuffle(x.mean(1, keepdim=True), 2) / self.scale
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: mean))

    def parameters(self):
        return iter(())


@pytest.fixture(scope="module")
def pipe():
    made = tiny.stable_diffusion()
    made.vae = Blocks()
    made.vae_scale_factor = 2
    made.image_processor.config["vae_scale_factor"] = 2
    made.encode_prompt = lambda *given, **more: (WORDS, None)
    return made


def drawn(pipe, latents):
    out = pipe(
        prompt_embeds=WORDS,
        latents=latents,
        num_inference_steps=STEPS,
        guidance_scale=1.0,
        height=64,
        width=64,
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


@pytest.mark.parametrize("turn", [lambda x: x[:, ::-1], np.rot90, lambda x: np.roll(x, 5, 1)])
def test_there_is_no_geometry(pipe, turn):
    """As the documentation says: where this begins to pass, say so there."""
    image = np.asarray(drawn(pipe, SHADING.latents((1, 4, 32, 32), torch.Generator().manual_seed(1), 1)))
    assert SHADING.detect_image(turn(image), pipe, steps=STEPS).payload is None


def test_other_pipelines_are_refused():
    picture = np.zeros((256, 256, 3), np.uint8)
    with pytest.raises(InputError, match="has no unet"):
        SHADING.detect_image(picture, tiny.flux())
    with pytest.raises(InputError, match="cannot be run backwards"):
        SHADING.detect_image(picture, tiny.stable_diffusion_xl())
    with pytest.raises(InputError, match="uint8"):
        SHADING.detect_image(picture / 255, tiny.stable_diffusion())
