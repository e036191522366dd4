"""The answer in plain words: what a person may believe, and what not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MEANING = (
    "At most this is the probability that a file without any of these marks gives such evidence, over "
    "everything that the search tried, all keys among it. It is no probability that the file is yours."
)
HEADLINES = {
    "high": "This {kind} carries your mark.",
    "medium": "This {kind} very probably carries your mark.",
    "low": "There are weak signs of your mark in this {kind}. Do not rely on them.",
    "none": "No mark of yours was found in this {kind}.",
}
_ABSENT = (
    "That does not show that it is not yours: a mark can be lost or removed, and none is put in by what does "
    "not know your key."
)


def headline(kind: str, confidence: str) -> str:
    """The finding in one sentence."""
    return HEADLINES[confidence].format(kind=kind)


def sentences(kind: str, watermark: Mapping[str, Any]) -> list[str]:
    """What there is to say of the mark, the finding first."""
    confidence = watermark["confidence"]
    told = [headline(kind, confidence)]
    if confidence == "none":
        return [*told, _ABSENT]
    told.append(f"The probability of a false alarm is at most {chance(watermark)}.")
    told += _read(watermark)
    if kind == "picture":
        told += _edited(watermark)
    else:
        told += _parts(watermark)
    return told


def chance(watermark: Mapping[str, Any]) -> str:
    """The p-value as people read one."""
    score = watermark["score"]
    if score < 1:
        return f"{100 * watermark['p_value']:.0f} in 100"
    if score < 6:
        return f"1 in {round(10**score, 1 - int(score)):,.0f}"
    return f"1 in 10{str(int(score)).translate(_RAISED)}"


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _read(watermark: Mapping[str, Any]) -> Iterator[str]:
    key = watermark["key"]["name"] if watermark["key"] else ""
    if watermark["payload"] is not None:
        yield f"It says {watermark['payload']}, under the key {key}."
    elif watermark.get("zero_bit"):
        yield f"It is a mark without a number, under the key {key}."
    else:
        yield f"What it says could not be read; it is of the key {key}."
    geometry = watermark["geometry"]
    if geometry and geometry["words"] != "upright":
        yield f"Since it was marked it was changed as a whole: {geometry['words']}."


def _edited(watermark: Mapping[str, Any]) -> Iterator[str]:
    regions = watermark["regions"] or ()
    if watermark["edited"]:
        share = f"{100 * watermark['edited_share']:.1f} % of it"
        places = "one place" if len(regions) == 1 else f"{len(regions)} places"
        yield f"It was edited after marking: in {places} the mark is gone, {share}."
    elif watermark["edited"] is False:
        yield f"No edited part was found, in the {100 * watermark['told_share']:.0f} % that can be told."
    elif watermark["told_share"] is not None:
        yield "Whether parts of it were edited cannot be told: the mark is too faint there."


def _parts(watermark: Mapping[str, Any]) -> Iterator[str]:
    spans = watermark["spans"]
    if watermark["share"] >= 0.99:
        yield "All that could be read of it is yours." if watermark["notes"] else "All of it is yours."
    elif spans:
        count = "one part" if len(spans) == 1 else f"{len(spans)} parts"
        yield f"{100 * watermark['share']:.0f} % of it is yours, in {count}."
    yield from (f"The file {note}." for note in watermark["notes"])
