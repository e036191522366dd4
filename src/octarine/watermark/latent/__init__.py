"""A mark in the noise that a picture is made from, found again with the same model."""

from octarine.watermark.latent.shading import FoundInLatents, GaussianShading

__all__ = ["FoundInLatents", "GaussianShading"]
