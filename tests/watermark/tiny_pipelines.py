"""Pipelines of diffusers with random weights, small enough to run in a moment; nothing is downloaded."""

from __future__ import annotations

from typing import Any

import diffusers
import torch

SIDE = 256


def _vae(channels: int = 4) -> Any:
    torch.manual_seed(0)
    return diffusers.AutoencoderKL(
        block_out_channels=[8, 8, 8, 8],
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=channels,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=SIDE,
        shift_factor=0.0,
    ).eval()


def unet(**more: Any) -> Any:
    """A U-Net that listens to prompts of 8 numbers a word."""
    torch.manual_seed(1)
    return diffusers.UNet2DConditionModel(
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=4,
        cross_attention_dim=8,
        sample_size=SIDE // 8,
        **more,
    ).eval()


def stable_diffusion() -> Any:
    """Stable Diffusion 1."""
    pipe = diffusers.StableDiffusionPipeline(
        vae=_vae(), text_encoder=None, tokenizer=None, unet=unet(), scheduler=_ddim(), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    return _quiet(pipe)


def stable_diffusion_xl() -> Any:
    """Stable Diffusion XL, without the mark of its own."""
    model = unet(
        addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=56
    )
    pipe = diffusers.StableDiffusionXLPipeline(
        vae=_vae(), text_encoder=None, text_encoder_2=None, tokenizer=None, tokenizer_2=None, unet=model,
        scheduler=_ddim(), add_watermarker=False,
    )  # fmt: skip
    return _quiet(pipe)


def stable_diffusion_3() -> Any:
    """Stable Diffusion 3: a transformer on latents as they are, flow matching."""
    torch.manual_seed(1)
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=SIDE // 8, patch_size=1, in_channels=4, num_layers=1, attention_head_dim=8,
        num_attention_heads=2, joint_attention_dim=8, caption_projection_dim=16, pooled_projection_dim=8,
        out_channels=4, pos_embed_max_size=SIDE // 8,
    ).eval()  # fmt: skip
    pipe = diffusers.StableDiffusion3Pipeline(
        transformer=transformer, scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0), vae=_vae(),
        text_encoder=None, tokenizer=None, text_encoder_2=None, tokenizer_2=None, text_encoder_3=None,
        tokenizer_3=None,
    )  # fmt: skip
    return _quiet(pipe)


def flux() -> Any:
    """Flux: a transformer on packed latents, flow matching."""
    torch.manual_seed(1)
    transformer = diffusers.FluxTransformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=1,
        joint_attention_dim=8, pooled_projection_dim=8, axes_dims_rope=[4, 4, 8],
    ).eval()  # fmt: skip
    pipe = diffusers.FluxPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), vae=_vae(), text_encoder=None, tokenizer=None,
        text_encoder_2=None, tokenizer_2=None, transformer=transformer,
    )  # fmt: skip
    return _quiet(pipe)


def animate_diff() -> Any:
    """AnimateDiff: a U-Net of pictures that learned to move."""
    torch.manual_seed(2)
    adapter = diffusers.MotionAdapter(
        block_out_channels=(8, 16),
        motion_layers_per_block=1,
        motion_norm_num_groups=4,
        motion_num_attention_heads=2,
    )
    pipe = diffusers.AnimateDiffPipeline(
        vae=_vae(), text_encoder=None, tokenizer=None, unet=unet(), motion_adapter=adapter.eval(),
        scheduler=_ddim(),
    )  # fmt: skip
    return _quiet(pipe)


def wan() -> Any:
    """Wan: a transformer and a VAE that see a video as a whole."""
    torch.manual_seed(5)
    vae = diffusers.AutoencoderKLWan(
        base_dim=4, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 4, latents_std=[1.0] * 4,
    )  # fmt: skip
    transformer = diffusers.WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=4, text_dim=8, freq_dim=16,
        ffn_dim=16, num_layers=1, rope_max_seq_len=32,
    )  # fmt: skip
    pipe = diffusers.WanPipeline(
        tokenizer=None, text_encoder=None, vae=vae.eval(), transformer=transformer.eval(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0),
    )  # fmt: skip
    return _quiet(pipe)


def arguments(pipe: Any, pictures: int = 1) -> dict[str, Any]:
    """What each of them is called with, beside the output type."""
    torch.manual_seed(3)
    words = torch.randn(pictures, 4, 8)
    given: dict[str, Any] = {
        "prompt_embeds": words, "num_inference_steps": 1, "guidance_scale": 1.0,
        "height": SIDE, "width": SIDE, "generator": torch.Generator().manual_seed(4),
    }  # fmt: skip
    if isinstance(pipe, diffusers.StableDiffusionXLPipeline | diffusers.FluxPipeline):
        given["pooled_prompt_embeds"] = torch.randn(pictures, 8)
    if isinstance(pipe, diffusers.AnimateDiffPipeline):
        given["num_frames"] = 2
    if isinstance(pipe, diffusers.WanPipeline):
        given["num_frames"] = 5
    return given


def _ddim() -> Any:
    return diffusers.DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                                   clip_sample=False, set_alpha_to_one=False, steps_offset=1)  # fmt: skip


def _quiet(pipe: Any) -> Any:
    pipe.set_progress_bar_config(disable=True)
    return pipe
