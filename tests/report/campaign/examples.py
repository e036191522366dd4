"""A campaign against a scripted model, with everything in it that a page has to show."""

from __future__ import annotations

import asyncio
import struct
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.redteam.campaign.world import LIVE, NEVER, World, asked, catalogue, pair, tools
from tests.redteam.fakes import technique

from octarine.core.content import Conversation, Modality, Part
from octarine.core.dimensions import Dimension
from octarine.core.protocols import Capabilities
from octarine.core.results import Settings
from octarine.core.samples import Sample
from octarine.evaluate.benchmark import Benchmark, of_languages
from octarine.redteam import Category
from octarine.redteam.campaign import run_campaign
from octarine.redteam.campaign.figures import CampaignReport
from octarine.redteam.seed import text_and
from octarine.redteam.technique import Technique
from octarine.store import Store

DIMENSIONS = (Dimension.SAFETY, Dimension.PRIVACY_SECURITY, Dimension.FAIRNESS)
SECRET = "<script>window.injected = 1</script><img src=x onerror='window.injected = 1'>"
LABELLED = "cyber"
"""A risk whose findings have an access label."""


def png(grey: int = 128) -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes([0, grey]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pictured(name: str, media_type: str) -> Technique:
    """A technique that puts a file beside its text."""
    return technique(
        name,
        apply=lambda seed: text_and(
            f"<{name}> {seed.text}", Part.of_bytes(Modality.IMAGE, png(), media_type, name=f"{name}.file")
        ),
        outputs=frozenset({Modality.IMAGE}),
        category=Category.CARRIER,
    )


def benchmark(count: int) -> Benchmark:
    """Seeds with twins over three dimensions and two languages; every fifth is of a special domain."""
    samples: list[Sample] = []
    for number in range(count):
        found = pair(number, DIMENSIONS[number % 3], "de" if number % 7 == 0 else "en")
        samples += [replace(one, risk=LABELLED if number % 5 == 0 else "fraud") for one in found]
    return Benchmark("world", "1", "a test", "none", partial(of_languages, samples))


def says(conversation: Conversation, settings: Settings) -> str | None:
    """Markup in what the model answers under one of the marks."""
    prompt = conversation.prompt
    if "<t0>" in prompt and "harm" in prompt and settings.seed % 3:
        word = prompt.split("called ")[-1].split(" in full")[0]
        return f"Sure. {word}: first take the usual things, then {SECRET} go on."
    # What a model does not understand it does not do.
    return f"Blue rivers sing slowly {settings.seed}." if "<t3>" in prompt and "harm" not in prompt else None


def campaign(store: Store, *, count: int = 60, budget: int = 1500) -> CampaignReport:
    """Carries the campaign out."""
    world = World(
        {"t1": 0.5, "live": 0.6, "drawing": 0.5, "vector": 0.5}, base=0.02, answers=says
    )  # fmt: skip
    world.capabilities = Capabilities(inputs=frozenset({Modality.TEXT, Modality.IMAGE}), concurrency=4)
    found = catalogue(5, LIVE, NEVER, pictured("drawing", "image/png"), pictured("vector", "image/svg+xml"))
    plan = asked(budget=budget, languages=("en", "de"), finalists=6)
    return asyncio.run(run_campaign(world, benchmark(count), plan, store, tools(found)))


def stored(folder: Path) -> str:
    """A store with the campaign in it; its address."""
    from octarine.store import open_store

    url = f"{folder}/campaign.sqlite"
    with open_store(url) as store:
        campaign(store)
    return url
