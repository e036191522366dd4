"""What the licence has to be."""

from __future__ import annotations

import re

from octarine.evaluate.artefacts.inventory import Check, Files, Found

_TEXTS: tuple[tuple[str, str], ...] = (
    ("Apache-2.0", r"Apache License\s*,?\s*Version 2\.0"),
    ("MIT", r"Permission is hereby granted, free of charge, to any person obtaining a copy"),
    ("BSD", r"Redistribution and use in source and binary forms"),
    ("GPL-3.0", r"GNU GENERAL PUBLIC LICENSE\s+Version 3"),
    ("GPL-2.0", r"GNU GENERAL PUBLIC LICENSE\s+Version 2"),
    ("AGPL-3.0", r"GNU AFFERO GENERAL PUBLIC LICENSE"),
    ("LGPL", r"GNU LESSER GENERAL PUBLIC LICENSE"),
    ("MPL-2.0", r"Mozilla Public License Version 2\.0"),
    ("CC-BY-NC-ND-4.0", r"Attribution-NonCommercial-NoDerivatives 4\.0"),
    ("CC-BY-NC-SA-4.0", r"Attribution-NonCommercial-ShareAlike 4\.0"),
    ("CC-BY-NC-4.0", r"Attribution-NonCommercial 4\.0"),
    ("CC-BY-ND-4.0", r"Attribution-NoDerivatives 4\.0"),
    ("CC-BY-SA-4.0", r"Attribution-ShareAlike 4\.0"),
    ("CC-BY-4.0", r"Attribution 4\.0 International"),
    ("CC0-1.0", r"CC0 1\.0 Universal"),
    ("Unlicense", r"This is free and unencumbered software released into the public domain"),
    ("OpenRAIL", r"Open(?:\s|&|-)*(?:RAIL|Responsible AI Licen[cs]e)"),
    ("Llama-Community", r"Llama \d[\d.]* COMMUNITY LICENSE"),
    ("Gemma", r"Gemma Terms of Use"),
)
_NAMES: tuple[tuple[str, str], ...] = (
    ("Apache-2.0", r"apache\b(?:[- ]?(?:software )?(?:licen[cs]e)?,?[- ]?(?:version )?v?2(?:\.0)?)?"),
    ("MIT", r"(?<![a-z])mit(?![a-z])"),
    ("BSD", r"\bbsd(?:-[23]-clause)?"),
    ("AGPL-3.0", r"\bagpl"),
    ("LGPL", r"\blgpl"),
    ("GPL-3.0", r"(?<![al])gpl(?:[- ]?v?3)"),
    ("GPL-2.0", r"(?<![al])gpl(?:[- ]?v?2)"),
    ("MPL-2.0", r"\bmpl[- ]?2"),
    ("CC-BY-NC-ND-4.0", r"cc[- ]by[- ]nc[- ]nd"),
    ("CC-BY-NC-SA-4.0", r"cc[- ]by[- ]nc[- ]sa"),
    ("CC-BY-NC-4.0", r"cc[- ]by[- ]nc(?![- ](?:sa|nd))"),
    ("CC-BY-ND-4.0", r"cc[- ]by[- ]nd"),
    ("CC-BY-SA-4.0", r"cc[- ]by[- ]sa"),
    ("CC-BY-4.0", r"cc[- ]by(?![- ](?:nc|nd|sa))"),
    ("CC0-1.0", r"\bcc0"),
    ("Unlicense", r"\bunlicense\b"),
    ("OpenRAIL", r"openrail|\brail\b"),
    ("Llama-Community", r"\bllama ?-?\d"),
    ("Gemma", r"\bgemma\b"),
)
_NO_REDISTRIBUTION = re.compile(
    r"all rights reserved(?!.*(?:permission is hereby granted|redistribution and use))|"
    r"may not (?:be )?(?:re)?distribut|"
    r"proprietary|research[- ]only|evaluation[- ]only",
    re.I | re.S,
)
_CLASSIFIER = re.compile(r"^(?:License(?:-Expression)?|Classifier: License)\s*:+\s*(.+)$", re.M)


def _from_text(text: str) -> str:
    return next((name for name, source in _TEXTS if re.search(source, text, re.I)), "")


def _from_name(value: str) -> str:
    return next((name for name, source in _NAMES if re.search(source, value, re.I)), "")


def _declared(files: Files) -> dict[str, str]:
    """Where a licence is named → the name as it stands there."""
    found = {}
    if value := files.fact("general.license", "license", "licence", "metadata.license"):
        found["metadata"] = value
    if line := re.search(r"^license\s*:\s*(\S[^\n]*)$", files.front_matter, re.M | re.I):
        found["card"] = line[1].strip(" \"'")
    for item in files.artefacts:
        if re.search(r"(^|/)(METADATA|PKG-INFO)$", item.name) and (line := _CLASSIFIER.search(item.text)):
            found["package"] = line[1].strip()
    return found


def _licence(files: Files) -> tuple[str, str]:
    """The licence's short name and where it was found; empty where it is not recognised."""
    for item in files.licences:
        if name := _from_text(item.text):
            return name, item.name
    for place, value in _declared(files).items():
        if name := _from_name(value):
            return name, place
    return "", ""


def _present(files: Files) -> Found:
    held = [item for item in files.licences if item.size or item.text]
    if held:
        return Found(True, f"licence file {held[0].name}", held[0].name)
    return Found(False, "no licence file among the files")


def _named(files: Files) -> Found:
    declared = _declared(files)
    if declared:
        place, value = next(iter(declared.items()))
        return Found(True, f"{place}: {value[:80]}", place)
    return Found(False, "neither metadata nor card name a licence")


def _recognised(files: Files) -> Found:
    name, place = _licence(files)
    return Found(
        bool(name), f"{name} ({place})" if name else "no licence that is known by name or text", place
    )


def _redistribution(files: Files) -> Found:
    name, place = _licence(files)
    if name:
        return Found(True, f"{name} allows redistribution", place)
    texts = [item.text for item in files.licences]
    barred = next((found[0] for text in texts if (found := _NO_REDISTRIBUTION.search(text))), "")
    return Found(False, f"the licence says '{barred[:60]}'" if barred else "no recognised licence allows it")


def _commercial(files: Files) -> Found:
    name, place = _licence(files)
    if not name:
        return Found(False, "no recognised licence says")
    return Found("-NC" not in name, f"{name} ({place})", place)


def _consistent(files: Files) -> Found:
    names = {place: name for place, value in _declared(files).items() if (name := _from_name(value))}
    for item in files.licences:
        if name := _from_text(item.text):
            names[item.name] = name
    if not names:
        return Found(False, "no licence is named anywhere")
    families = {re.sub(r"-\d.*$", "", name) for name in names.values()}
    said = ", ".join(f"{place}: {name}" for place, name in names.items())
    return Found(len(families) == 1, said, next(iter(names)))


CHECKS = (
    Check("licence.present", "The licence's text comes with the model.", _present),
    Check("licence.named", "The metadata or the card name the licence.", _named),
    Check("licence.recognised", "The licence is a known one.", _recognised),
    Check("licence.redistribution", "The licence allows the weights to be passed on.", _redistribution),
    Check("licence.commercial", "The licence says that commercial use is allowed.", _commercial),
    Check("licence.consistent", "Licence file, card and metadata name the same licence.", _consistent),
)
