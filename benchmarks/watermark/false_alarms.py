"""What is said of pictures that were never marked with the key: ``python benchmarks/watermark/false_alarms.py
--data FOLDER``.

Whole detections on photographs under attacks drawn from ``attacks.py``, each with a key of its own: unmarked
photographs, and photographs that are marked with another key. Told after each photograph, over all so far:
counts by confidence, and the highest score (−log₁₀ of the p-value). Wrong keys by the million:
``wrong_keys.py``.
"""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
from attacks import Picture, attacks
from photographs import chosen, parser_of, photograph, random_of

from octarine.core.stats import proportion
from octarine.watermark import Confidence, Found, ImageWatermark, Key

OTHER = Key(b"another key, that marks all here")


def looked(image: Picture, detections: int, generator: np.random.Generator) -> list[Found]:
    """What is found after so many attacks, each under a new key."""
    every = list(attacks(generator, 2))
    found = []
    for i in generator.permutation(len(every))[:detections]:
        attacked = every[i][2](image, generator)
        found.append(ImageWatermark(generator.bytes(32)).detect(attacked, edits=False))
    return found


def told(name: str, found: list[Found]) -> str:
    counts = Counter(one.confidence for one in found)
    alarms = len(found) - counts[Confidence.NONE]
    rate = proportion(alarms, len(found))
    by = ", ".join(f"{confidence.value} {counts[confidence]}" for confidence in Confidence)
    return (
        f"{name}: {len(found)} detections: {by}; highest score {max(one.score for one in found):.2f}; "
        f"payloads {sum(one.payload is not None for one in found)}; alarms at most {rate.high:.2g} (95 %)"
    )


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--attacks", type=int, default=55, help="for each unmarked photograph")
    parser.add_argument("--attacks-marked", type=int, default=14, help="for each that another key marked")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    unmarked: list[Found] = []
    marked: list[Found] = []
    for path in chosen(options):
        generator = random_of(path, options.seed)
        image = photograph(path)
        unmarked += looked(image, options.attacks, generator)
        marked += looked(ImageWatermark(OTHER).embed(image, 1), options.attacks_marked, generator)
        print(path.stem)
        for name, found in (("unmarked", unmarked), ("marked with another key", marked)):
            if found:
                print(" ", told(name, found), flush=True)


if __name__ == "__main__":
    main()
