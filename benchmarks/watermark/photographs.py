"""The photographs that a benchmark is run on, and the options that name them."""

from __future__ import annotations

import argparse
import re
import zlib
from pathlib import Path

import numpy as np
from attacks import Picture
from PIL import Image


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """A parser that knows ``--data`` and ``--pictures``: see ``chosen``."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, nargs="+", help="folders of PNGs")
    parser.add_argument("--pictures", default="", help="a regular expression of photographs")
    return parser


def chosen(options: argparse.Namespace) -> list[Path]:
    """The photographs of ``--data`` whose names match ``--pictures``."""
    every = (path for folder in options.data for path in folder.glob("*.png"))
    return sorted(path for path in every if re.search(options.pictures, path.stem))


def photograph(path: Path) -> Picture:
    return np.asarray(Image.open(path).convert("RGB"))


def random_of(path: Path, seed: int) -> np.random.Generator:
    """A photograph's own generator, so that it does not depend on which others were chosen."""
    return np.random.default_rng([seed, zlib.crc32(path.stem.encode())])
