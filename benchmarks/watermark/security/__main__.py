"""What attacks with knowledge of the scheme, but not of the key, do to marks:
``python benchmarks/watermark/security --data FOLDER``.

FOLDER holds photographs. Every scenario takes squares of them (``--side``), marks them, attacks them and
reads what is left. Shares have Wilson's 95 % intervals; pieces of one photograph depend on each other, so
read them as no narrower than they are. ``--only`` and ``--most`` bound the time.
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path

import cv2
from alone import keyless, regeneration, removal
from averaging import averaging
from keys import live, wrong
from mixing import again, collusion, copying
from pictures import Setting, photographs

SCENARIOS = {
    "averaging": averaging,
    "removal": removal,
    "keyless": keyless,
    "collusion": collusion,
    "again": again,
    "copying": copying,
    "regeneration": regeneration,
    "wrong": wrong,
    "live": live,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pictures", default="", help="a regular expression of photographs")
    parser.add_argument("--only", default="", help=f"a regular expression of {', '.join(SCENARIOS)}")
    parser.add_argument("--side", type=int, default=512, help="pixels of the squares")
    parser.add_argument("--most", type=int, default=24, help="pictures that each attack is tried on")
    parser.add_argument("--keys", type=int, default=1000, help="wrong keys: about 0.3 s each")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    setting = Setting(
        photographs(options.data, options.pictures), options.side, options.most, options.keys, options.seed
    )
    for name, scenario in SCENARIOS.items():
        if not re.search(options.only, name):
            continue
        started = time.process_time()
        print(f"\n{name}", flush=True)
        for line in scenario(setting):
            print(f"  {line}", flush=True)
        print(f"  ({time.process_time() - started:.0f} s of CPU)")


if __name__ == "__main__":
    main()
