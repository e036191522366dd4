"""Whether the files of a model are whole, all verifiable, and nothing hides among them."""

from __future__ import annotations

import re
from collections import defaultdict

from octarine.evaluate.artefacts.inventory import PICKLED_WEIGHTS, Check, Files, Found, weights_format

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".whl")
MIN_WEIGHTS_BYTES = 1024
"""A smaller file of weights is a pointer to large-file storage (about 130 bytes) or a failed download."""

_SHARD = re.compile(r"^(?P<stem>.+)-(?P<part>\d{4,6})-of-(?P<total>\d{4,6})(?P<ending>\.\w+)$", re.I)
_SIGNATURE = re.compile(r"\.(sig|asc|sigstore|minisig|p7s|dsse)(\.json|\.bundle)?$|\.intoto\.jsonl$", re.I)
_HASH = re.compile(r"^[0-9a-f]{64}$", re.I)


def _complete(files: Files) -> Found:
    if not files.weights:
        return Found(False, "no weights file is known")
    shards: dict[tuple[str, int, str], set[int]] = defaultdict(set)
    for item in files.weights:
        if found := _SHARD.match(item.name):
            shards[found["stem"], int(found["total"]), found["ending"]].add(int(found["part"]))
    for (stem, total, ending), parts in shards.items():
        if missing := set(range(1, total + 1)) - parts:
            return Found(False, f"part {min(missing)} of {total} of {stem}{ending} is missing")
    return Found(True, "every part is there" if shards else "one file, not in parts", files.weights[0].name)


def _not_pointers(files: Files) -> Found:
    small = [item for item in files.weights if item.size < MIN_WEIGHTS_BYTES]
    if small:
        size = f"has {small[0].size} bytes" if small[0].size else "is of unknown size"
        return Found(False, f"{small[0].name} {size}", small[0].name)
    if not files.weights:
        return Found(False, "no weights file is known")
    return Found(True, f"{files.weights[0].size} bytes", files.weights[0].name)


def _signed(files: Files) -> Found:
    for item in files.artefacts:
        if _SIGNATURE.search(item.name):
            return Found(True, f"signature file {item.name}", item.name)
    return Found(False, "no signature file")


def _hashed(files: Files) -> Found:
    if not files.artefacts:
        return Found(False, "no file is known")
    bare = [item.name for item in files.artefacts if not _HASH.match(item.sha256)]
    if bare:
        return Found(False, f"no SHA-256 is known of {bare[0]} and {len(bare) - 1} more", bare[0])
    return Found(True, f"SHA-256 of {len(files.artefacts)} files")


def _none_named(files: Files, endings: tuple[str, ...], what: str) -> Found:
    if not files.artefacts:
        return Found(False, "no file is known")
    names = files.named(endings)
    return Found(not names, f"{what}: {names[0]}" if names else f"no {what}", names[0] if names else "")


def _no_archives(files: Files) -> Found:
    return _none_named(files, ARCHIVES, "archive")


def _no_pickles(files: Files) -> Found:
    if not files.artefacts:
        return Found(False, "no file is known")
    names = [item.name for item in files.artefacts if weights_format(item) in PICKLED_WEIGHTS]
    if names:
        return Found(False, f"can execute code when loaded: {names[0]}", names[0])
    return Found(True, f"none of {len(files.artefacts)} files")


CHECKS = (
    Check("weights.complete", "Every part of the weights is there.", _complete),
    Check("weights.not_pointers", "The weights are there themselves, not pointers to them.", _not_pointers),
    Check("weights.signed", "A signature comes with the model.", _signed),
    Check("files.hashed", "The SHA-256 of every file is known.", _hashed),
    Check("files.no_archives", "No archive whose content cannot be seen comes with the model.", _no_archives),
    Check(
        "files.no_pickles", "No file, weights or other, is in a format that can execute code.", _no_pickles
    ),
)
