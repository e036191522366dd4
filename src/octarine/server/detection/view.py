"""A result as the page's templates take it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from octarine.credentials.recovery import Likeness
from octarine.credentials.telling import ACTIONS, AI, LIKE, SAYS, VOUCHES
from octarine.credentials.verdict import SOURCES, Ai, State
from octarine.server.detection.jobs import Outcome
from octarine.server.detection.looking import STILL

WIDTH, HEIGHT = 960, 56
COLUMNS = 240
LOUD = 12.0
"""Strength of a frame that is drawn at full height."""
_BADGES = {
    State.TRUSTED: ("Trusted", "right"),
    State.VALID: ("Valid, signer not trusted", "cost"),
    State.INVALID: ("Not valid", "wrong"),
    State.NONE: ("No credentials", "soft"),
}
_TONES = {"high": "right", "medium": "right", "low": "cost", "none": "soft"}
_FROM = {"parentOf": "edit of", "componentOf": "made from", "inputTo": "made from"}


def result_values(outcome: Outcome) -> dict[str, Any]:
    """What ``detection_result.html`` needs."""
    answer = outcome.answer
    mark = answer["watermark"]
    return {
        "answer": answer,
        "mark": mark,
        "tone": _TONES[mark["confidence"]],
        "pictures": sorted(outcome.pictures),
        "timeline": timeline(mark, answer["file"]["seconds"], outcome.pictures)
        if answer["kind"] == "video"
        else None,
        "credentials": answer["credentials"] and _credentials(answer["credentials"]),
        "facts": list(_facts(answer)),
    }


def timeline(mark: Mapping[str, Any], seconds: float, pictures: Iterable[str] = ()) -> dict[str, Any]:
    """Frames as columns over time, and the stretches that are ours, in the units of the drawing.

    Args:
        pictures: names, among them those of small pictures of frames.
    """
    frames: Sequence[Mapping[str, Any]] = mark["frames"]
    whole = max(seconds, frames[-1]["time"] if frames else 0.0, 0.001)
    spans = [
        {
            "x": round(span["start"] / whole * WIDTH, 2),
            "width": round(max((span["end"] - span["start"]) / whole * WIDTH, 1), 2),
            "start": span["start"],
            "from": clock(span["start"]),
            "to": clock(span["end"]),
            "payload": span["payload"],
            "words": span["geometry"]["words"] if span["geometry"] else "",
        }
        for span in mark["spans"]
    ]
    return {
        "bars": list(_bars(frames, whole)),
        "stills": list(_stills(frames, pictures)),
        "spans": spans,
        "ticks": [clock(whole * part / 4) for part in range(5)],
        "seconds": whole,
        "frames": len(frames),
        "width": WIDTH,
        "height": HEIGHT,
    }


def _bars(frames: Sequence[Mapping[str, Any]], whole: float) -> Iterator[dict[str, Any]]:
    """One for each frame, or for a few that follow each other where there are too many; each reaches to the
    next."""
    step = -(-len(frames) // COLUMNS) or 1
    groups = [frames[at : at + step] for at in range(0, len(frames), step)]
    begins = [group[0]["time"] / whole * WIDTH for group in groups]
    for group, x, until in zip(groups, begins, [*begins, WIDTH][1:], strict=True):
        strength = max(frame["strength"] for frame in group)
        wide = until - x
        yield {
            "x": round(x, 2),
            "width": round(wide - 1 if wide > 3 else max(wide, 0.3), 2),
            "height": round(max(3.0, min(strength / LOUD, 1.0) * (HEIGHT - 4)), 1),
            "ours": 2 * sum(frame["ours"] for frame in group) >= len(group),
        }


def _stills(frames: Sequence[Mapping[str, Any]], names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Small pictures, and whether the frame that was looked at nearest to each is ours."""
    times = sorted(int(name.removeprefix(STILL)) for name in names if name.startswith(STILL))
    for time in (one / 1000 for one in times):
        nearest = min(frames, key=lambda frame: abs(frame["time"] - time), default=None)
        yield {
            "name": f"{STILL}{round(1000 * time)}",
            "at": time,
            "clock": clock(time),
            "ours": nearest is not None and nearest["ours"],
        }


def clock(seconds: float) -> str:
    """``1:02:03.4``; hours where there are any."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{minutes:02d}:{tenths / 10:04.1f}" if hours else f"{minutes}:{tenths / 10:04.1f}"
    return f"{hours}:{tail}" if hours else tail


def _credentials(told: Mapping[str, Any]) -> dict[str, Any]:
    shown = _verdict(told)
    shown["remote"] = told.get("remote")
    recovered = told["recovered"]
    numbers = {one["label"]: number for number, one in enumerate(told["manifests"], 1)}
    shown["asked_store"] = recovered is not None
    shown["recovered"] = [_again(one, numbers) for one in recovered or ()]
    shown["vouches"] = VOUCHES
    return shown


def _again(one: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    """A recovered verdict; ``above`` is its number where the file holds the same credentials, else 0."""
    return {
        **_verdict(one),
        "title": one["title"],
        "at": one["signed_at"],
        "likeness": LIKE[Likeness(one["likeness"])],
        "above": next((numbers[m["label"]] for m in one["manifests"] if m["label"] in numbers), 0),
    }


def _verdict(told: Mapping[str, Any]) -> dict[str, Any]:
    state = State(told["state"])
    badge, tone = _BADGES[state]
    numbers = {one["label"]: number for number, one in enumerate(told["manifests"], 1)}
    return {
        "badge": badge,
        "tone": tone,
        "says": SAYS[state],
        "ai": AI[Ai(told["ai_generated"])],
        "made_by_ai": told["ai_generated"] != Ai.SILENT.value,
        "problems": told["problems"],
        "chain": [_link(one, numbers) for one in told["manifests"]],
    }


def _link(one: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    when = one["time_stamp"] or next((act["when"] for act in one["actions"] if act["when"]), "")
    return {
        "number": numbers[one["label"]],
        "title": one["title"] or one["label"],
        "signer": one["signer"] or "nobody",
        "trusted": one["trusted"],
        "when": when and when[:19].replace("T", " "),
        "said": bool(when) and not one["time_stamp"],
        "generator": one["generator"],
        "did": [_did(act, one["generator"]) for act in one["actions"]],
        "marks": one["marks"],
        "from": [
            f"{_FROM.get(part['relationship'], part['relationship'])} {part['title']}"
            + (f" (see {numbers[part['manifest']]})" if part["manifest"] in numbers else "")
            for part in one["ingredients"]
        ],
        "problems": one["problems"],
    }


def _did(act: Mapping[str, Any], generator: str) -> str:
    """An action, and what did it where that is not what wrote the credentials."""
    words = str(ACTIONS.get(act["action"], act["action"]))
    source = (act["source"] or "").removeprefix(SOURCES)
    if source == "trainedAlgorithmicMedia":
        words += ", by a generative model"
    elif source:
        words += f" ({source})"
    agent = act["agent"].strip()
    return f"{words}, with {agent}" if agent not in generator else words


def _facts(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    mark, file = answer["watermark"], answer["file"]
    yield "confidence", mark["confidence"]
    yield "score (−log₁₀ of the p-value)", f"{mark['score']:g}"
    yield "p-value", f"{mark['p_value']:.2g}" if mark["p_value"] > 0 else f"1e-{mark['score']:.0f}"
    if mark["payload"] is not None:
        yield "payload", mark["payload"]
    if mark["key"]:
        yield "key", f"{mark['key']['name']} ({mark['key']['fingerprint']})"
    yield "keys tried", str(mark["keys_tried"])
    if mark["geometry"]:
        yield "geometry", mark["geometry"]["words"]
    if "width" in file:
        yield "picture", f"{file['width']} × {file['height']}, {file['format']}"
    if "seconds" in file:
        yield "video", f"{clock(file['seconds'])}, {file['frames_read']} frames read"
    yield "file", f"{file['bytes']:,} bytes"
    yield "SHA-256", file["sha256"]
