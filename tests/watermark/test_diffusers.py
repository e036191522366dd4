"""Tests of octarine.watermark.diffusers on tiny pipelines with random weights."""

from __future__ import annotations

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="heavy: needs the extra 'diffusers'")
diffusers = pytest.importorskip("diffusers", reason="heavy: needs the extra 'diffusers'")

from octarine.core.errors import InputError  # noqa: E402
from octarine.watermark import ImageWatermark  # noqa: E402
from octarine.watermark.diffusers import attach, detach  # noqa: E402
from tests.watermark import tiny_pipelines as tiny  # noqa: E402
from tests.watermark.pictures import KEY, scene  # noqa: E402

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]
MARK = ImageWatermark(KEY)
VIDEOS = (diffusers.AnimateDiffPipeline, diffusers.WanPipeline)
MAKERS = [tiny.stable_diffusion, tiny.stable_diffusion_xl, tiny.flux, tiny.animate_diff, tiny.wan]


def read(picture):
    """The payload of a picture in any form that pipelines give."""
    if isinstance(picture, torch.Tensor):
        picture = picture.float().movedim(0, 2).numpy()
    pixels = np.asarray(picture)
    if pixels.dtype.kind == "f":
        pixels = np.rint(pixels * 255).astype(np.uint8)
    return MARK.detect(pixels, edits=False).payload


def made(pipe, pictures=1, **more):
    """What a pipeline gives, as a list of pictures; those of a video one after the other."""
    out = pipe(**tiny.arguments(pipe, pictures), **more)
    name = "images" if hasattr(out, "images") else "frames"
    out = out[0] if isinstance(out, tuple) else getattr(out, name)
    if isinstance(pipe, VIDEOS):
        return [frame for video in out for frame in video]
    return list(out)


class Drawing(diffusers.DiffusionPipeline):
    """A pipeline without any model, as every form of result can be had from it."""

    def __init__(self, picture=None):
        super().__init__()
        self.given = scene(256, 256) if picture is None else picture

    def __call__(self, prompt=("",), output_type="pil", return_dict=True, each=1):
        """``each`` pictures a prompt."""
        prompts = [prompt] if isinstance(prompt, str) else prompt
        pictures = [self.numpy_to_pil(self.given[None] / 255)[0] for _ in range(each * len(prompts))]
        return diffusers.ImagePipelineOutput(images=pictures) if return_dict else (pictures, None)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("kind", ["pil", "np", "pt"])
def test_every_picture_is_marked_in_every_form(make, kind):
    pipe = make()
    before = made(pipe, output_type=kind)
    after = made(attach(pipe, MARK, 0x5EED), output_type=kind)
    assert [read(one) for one in after] == [0x5EED] * len(before)
    assert type(after[0]) is type(before[0])
    if kind != "pil":
        assert (after[0].dtype, after[0].shape) == (before[0].dtype, before[0].shape)
        assert abs(after[0] - before[0]).max() < 0.2


@pytest.mark.parametrize("make", MAKERS)
def test_a_plain_tuple_is_marked_too(make):
    pipe = attach(make(), MARK, 7)
    assert set(map(read, made(pipe, return_dict=False, output_type="np"))) == {7}


def test_pictures_of_a_batch_have_payloads_of_their_own():
    pipe = attach(tiny.stable_diffusion(), MARK, lambda index, prompt: 100 + index)
    assert [read(one) for one in made(pipe, 2, output_type="pt")] == [100, 101]


def test_the_payload_may_come_from_the_prompt():
    asked = []
    pipe = attach(Drawing(), MARK, lambda index, prompt: asked.append((index, prompt)) or len(asked))
    images = pipe(["a mill", "a tower"], each=2).images
    assert asked == [(0, "a mill"), (1, "a mill"), (2, "a tower"), (3, "a tower")]
    assert [read(one) for one in images] == [1, 2, 3, 4]


@pytest.mark.parametrize("make", MAKERS)
def test_latents_are_refused_before_anything_is_computed(make):
    pipe = attach(make(), MARK)
    with pytest.raises(InputError, match="latent"):
        made(pipe, output_type="latent")


@pytest.mark.parametrize("make", MAKERS)
def test_the_decoder_marks_what_the_pipeline_returns(make):
    assert read(made(attach(make(), MARK, 0xDEC0, at="decoder"), output_type="pil")[0]) == 0xDEC0


def test_a_pipeline_that_gives_latents_unless_told_is_refused_too():
    class Latent(Drawing):
        def __call__(self, prompt=("",), output_type="latent"):
            raise AssertionError("it was run")

    with pytest.raises(InputError, match="latent"):
        attach(Latent(), MARK)()


def test_the_decoder_marks_what_is_decoded_later():
    pipe = attach(tiny.stable_diffusion(), MARK, 0xDEC0, at="decoder")
    latents = made(pipe, output_type="latent")[0]
    with torch.no_grad():
        (decoded,) = pipe.vae.decode(latents[None] / pipe.vae.config.scaling_factor, return_dict=False)
    assert read((decoded[0].clamp(-1, 1) + 1) / 2) == 0xDEC0


def test_videos_at_the_decoder_keep_their_order_of_dimensions():
    pipe, shape = tiny.stable_diffusion(), (1, 3, 2, 256, 256)
    frames = [torch.from_numpy(scene(256, 256, seed)).permute(2, 0, 1) for seed in (0, 1)]
    clip = torch.stack(frames, 1)[None] / 127.5 - 1
    pipe.vae.decode = lambda z, return_dict=True: (clip,)
    marked = attach(pipe, MARK, 3, at="decoder").vae.decode(None)[0]
    assert marked.shape == shape
    assert abs(marked - clip).max() < 0.4
    assert [read((marked[0, :, at] + 1) / 2) for at in (0, 1)] == [3, 3]


def test_attaching_again_replaces_the_mark():
    pipe = attach(attach(tiny.stable_diffusion(), MARK, 1), MARK, 2)
    once = made(attach(tiny.stable_diffusion(), MARK, 2), output_type="np")[0]
    assert np.array_equal(made(pipe, output_type="np")[0], once)
    attach(pipe, MARK, 2, at="decoder")
    attach(pipe, MARK, 2)
    assert np.array_equal(made(pipe, output_type="np")[0], once)


@pytest.mark.parametrize("at", ["output", "decoder"])
def test_detach_gives_the_pipeline_back(at):
    pipe = tiny.stable_diffusion()
    before, state = made(pipe, output_type="np")[0], dict(vars(pipe))
    attach(pipe, MARK, 1, at=at)
    assert detach(pipe) is pipe
    assert type(pipe) is diffusers.StableDiffusionPipeline
    assert vars(pipe) == state
    assert "decode" not in vars(pipe.vae)
    assert np.array_equal(made(pipe, output_type="np")[0], before)
    assert detach(pipe) is pipe


def test_the_pipeline_stays_what_it_was(tmp_path):
    pipe = attach(tiny.stable_diffusion(), MARK, 5)
    assert isinstance(pipe, diffusers.StableDiffusionPipeline)
    assert type(pipe).__name__ == "StableDiffusionPipeline"
    assert list(pipe.components) == list(tiny.stable_diffusion().components)
    pipe.save_pretrained(tmp_path)
    assert '"_class_name": "StableDiffusionPipeline"' in (tmp_path / "model_index.json").read_text("utf-8")
    assert isinstance(tiny.stable_diffusion(), type(pipe)) is False
    copied = copy.deepcopy(pipe)
    assert read(made(copied)[0]) == 5


@pytest.mark.parametrize("at", ["output", "decoder"])
def test_dtype_and_device_stay_after_to(at):
    pipe = attach(tiny.stable_diffusion(), MARK, 9, at=at).to(torch.bfloat16)
    given = tiny.arguments(pipe)
    given["prompt_embeds"] = given["prompt_embeds"].bfloat16()
    out = pipe(**given, output_type="pt").images
    assert (out.dtype, out.device) == (torch.bfloat16, pipe.device)
    assert read(out[0]) == 9


@pytest.mark.parametrize("at", ["output", "decoder"])
@pytest.mark.parametrize("first", [True, False])
def test_hooks_of_offloading_are_called_as_before(at, first):
    from accelerate.hooks import ModelHook, add_hook_to_module

    class Counting(ModelHook):
        seen = 0

        def pre_forward(self, module, *args, **kwargs):
            Counting.seen += 1
            return args, kwargs

    pipe = tiny.stable_diffusion()
    steps = [lambda: add_hook_to_module(pipe.vae, Counting()), lambda: attach(pipe, MARK, 4, at=at)]
    for step in steps if first else reversed(steps):
        step()
    assert read(made(pipe)[0]) == 4
    assert Counting.seen == 1


@pytest.mark.parametrize("at", ["output", "decoder"])
def test_compiled_models_are_marked(at):
    pipe = tiny.stable_diffusion()
    pipe.vae.decode = torch.compile(pipe.vae.decode, backend="eager")
    compiled = pipe.vae.decode
    attach(pipe, MARK, 6, at=at)
    assert read(made(pipe)[0]) == 6
    detach(pipe)
    assert pipe.vae.decode is compiled
    pipe = attach(tiny.stable_diffusion(), MARK, 6, at=at)
    pipe.vae.decode = torch.compile(pipe.vae.decode, backend="eager")
    assert read(made(pipe)[0]) == 6


def test_a_pipeline_of_the_class_of_a_marked_one_says_so():
    other = type(attach(Drawing(), MARK))()
    with pytest.raises(InputError, match="no mark itself"):
        other()
    assert type(detach(other)) is Drawing
    assert len(other().images) == 1


def test_a_mark_of_its_own_is_left_to_the_pipeline():
    pipe = tiny.stable_diffusion_xl()
    seen = []

    class Own:
        def apply_watermark(self, images):
            seen.append(images.shape)
            return images

    pipe.watermark = Own()
    assert read(made(attach(pipe, MARK, 8))[0]) == 8
    assert seen == [(1, 3, 256, 256)]


def test_a_picture_that_is_too_small_does_not_leave():
    pipe = attach(Drawing(np.zeros((32, 32, 3), np.uint8)), MARK)
    with pytest.raises(InputError, match="32×32"):
        pipe("a mill")


def test_what_makes_no_pictures_says_so():
    class Silent(diffusers.DiffusionPipeline):
        def __call__(self):
            return diffusers.AudioPipelineOutput(audios=np.zeros((1, 10)))

    with pytest.raises(InputError, match="without pictures"):
        attach(Silent(), MARK)()
    with pytest.raises(InputError, match="no vae"):
        attach(Silent(), MARK, at="decoder")
    with pytest.raises(InputError, match="no pipeline of diffusers"):
        attach(print, MARK)
