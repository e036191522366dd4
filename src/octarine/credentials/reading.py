"""From a file to the verdict on its credentials: the library's report, put into our words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from octarine.core.errors import DataError
from octarine.credentials.library import KINDS, c2pa, context, kind_of
from octarine.credentials.trust import TrustList
from octarine.credentials.verdict import (
    DAMAGED,
    Action,
    Ingredient,
    Manifest,
    Mark,
    Problem,
    Signature,
    State,
    Verdict,
    explained,
)

_STATES = {"Trusted": State.TRUSTED, "Valid": State.VALID, "Invalid": State.INVALID}
_TRUSTED, _UNTRUSTED = "signingCredential.trusted", "signingCredential.untrusted"
_TIME_TRUSTED, _TIME_UNTRUSTED = "timeStamp.trusted", "timeStamp.untrusted"
_OPPOSITES = {_TRUSTED: _UNTRUSTED, _TIME_TRUSTED: _TIME_UNTRUSTED}
BINDINGS = ("assertion.dataHash.", "assertion.bmffHash.", "assertion.boxesHash.", "assertion.collectionHash.")
"""How codes begin that say whether credentials belong to the bytes of a file."""


def verify(path: Path | str, trust: TrustList | None = None, *, sidecar: bytes | None = None) -> Verdict:
    """The verdict on a file. Nothing is fetched from anywhere.

    Args:
        trust: whom to trust; without it nobody is, and ``VALID`` is the best that a file can be.
        sidecar: credentials that lie beside the file (``.c2pa``); those in it are then not looked at.

    Raises:
        DataError: the file cannot be read, or is of no kind that carries credentials.
        MissingExtra: without the extra ``credentials``.
    """
    path, library = Path(path), c2pa()
    told = context(trust.anchors if trust else "")
    try:
        with path.open("rb") as file, library.Reader(None, file, sidecar, context=told) as reader:
            report, certificates = json.loads(reader.json()), _certificates(json.loads(reader.crjson()))
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None
    except library.C2paError as error:
        return _unread(path, error, library)
    return _verdict(path, report, certificates)


def verify_alone(path: Path, manifest: bytes, trust: TrustList | None = None) -> Verdict:
    """The verdict on credentials by themselves, for a file of a kind that carries none.

    Raises:
        MissingExtra: without the extra ``credentials``.
    """
    library = c2pa()
    told = context(trust.anchors if trust else "")
    try:
        with library.Reader("application/c2pa", BytesIO(manifest), context=told) as reader:
            report, certificates = json.loads(reader.json()), _certificates(json.loads(reader.crjson()))
    except library.C2paError as error:
        return _unread(path, error, library)
    return _verdict(path, report, certificates)


def _unread(path: Path, error: Any, library: Any) -> Verdict:
    """What it means that the library gave up."""
    if isinstance(error, library.C2paError.ManifestNotFound):
        return Verdict(str(path), State.NONE)
    said = str(error)
    if isinstance(error, library.C2paError.NotSupported):
        kind_of(path)  # says that it is empty, or none of ours
        names = ", ".join(kind.name for kind in KINDS)
        raise DataError("is no kind of file that carries credentials", path=path, hint=f"{names} are.")
    if " from url " in said:
        return Verdict(str(path), State.NONE, remote=said.rpartition(" from url ")[2])
    parsed = "asset could not be parsed" in said or isinstance(error, library.C2paError.Io)
    code = DAMAGED if parsed else "octarine.credentials.damaged"
    return Verdict(str(path), State.INVALID, (explained(code, said),))


def without_binding(verdict: Verdict) -> Verdict:
    """The verdict on the credentials alone, whatever file they were read with: what only says that they
    belong to other bytes is left out."""
    active = verdict.active
    if active is None:
        return verdict
    left = tuple(one for one in verdict.problems if not one.code.startswith(BINDINGS))
    broken = any(not one.mild for one in left)
    signature = active.signature
    trusted = signature is not None and signature.trusted
    state = State.INVALID if broken or signature is None else State.TRUSTED if trusted else State.VALID
    kept = replace(active, problems=left)
    return replace(verdict, state=state, problems=left, manifests=(kept, *verdict.manifests[1:]))


@dataclass(slots=True)
class _Statuses:
    """What was found of one manifest: codes that are well, and the others with the library's words."""

    passed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, status: Mapping[str, Any], *, passed: bool) -> None:
        """A later one counts: whoever made the successor may have trusted others than the reader does."""
        code = status["code"]
        if passed:
            self.passed.add(code)
            self.failed.pop(_OPPOSITES.get(code, ""), None)
        else:
            self.failed[code] = status.get("explanation", "")
            self.passed -= {good for good, bad in _OPPOSITES.items() if bad == code}


def _verdict(path: Path, report: Mapping[str, Any], certificates: Mapping[str, Any]) -> Verdict:
    statuses = _statuses(report)
    manifests = tuple(
        _manifest(label, report["manifests"][label], statuses, certificates.get(label, {}))
        for label in _in_order(report)
    )
    state = _STATES.get(report.get("validation_state", ""), State.INVALID)
    if state is State.VALID and _trusted(manifests):
        # The library's word depends on what the signer recorded of its ingredients' signers; ours does not.
        state = State.TRUSTED
    return Verdict(str(path), state, manifests[0].problems if manifests else (), manifests)


def _trusted(manifests: Sequence[Manifest]) -> bool:
    """Whether the newest signer is trusted, and nothing is wrong but who signed what came before."""
    signature = manifests[0].signature if manifests else None
    mild = all(problem.mild for manifest in manifests for problem in manifest.problems)
    return signature is not None and signature.trusted and mild


def _in_order(report: Mapping[str, Any]) -> list[str]:
    """The active manifest, its parent and what that was made of, then its other ingredients: depth first."""
    manifests, found = report["manifests"], dict[str, None]()
    waiting = [report.get("active_manifest", "")]
    while waiting:  # no recursion: how long the chain is, whoever made the file decides
        label = waiting.pop()
        if label in found or label not in manifests:
            continue
        found[label] = None
        ingredients = _mappings(manifests[label].get("ingredients"))
        parents_last = sorted(ingredients, key=lambda one: one.get("relationship") == "parentOf")
        waiting += [one.get("active_manifest", "") for one in parents_last]
    return list(found)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of what should be a list of them: what stands in an assertion, nobody has checked."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _data(manifest: Mapping[str, Any], label: str) -> Iterator[Mapping[str, Any]]:
    """What the assertions of a kind hold."""
    for assertion in _mappings(manifest.get("assertions")):
        data = assertion.get("data")
        if str(assertion.get("label", "")).startswith(label) and isinstance(data, Mapping):
            yield data


def _statuses(report: Mapping[str, Any]) -> dict[str, _Statuses]:
    """Label → what was found. Of a manifest further back, what its successor recorded when it was made and
    what reading it now added.

    A record is what some signer wrote. What it says is wrong is taken from anybody; what it says is well only
    of the manifest that the record is about, which the library looked at again, and told where it differs.
    """
    found: dict[str, _Statuses] = {}
    for results, about in _all_results(report):
        told = [(one, True) for one in results.get("success") or () if about in ("", _label_of(one, report))]
        told += [(one, False) for one in results.get("failure") or ()]
        # Of time-stamps the library only remarks what is wrong: without one, the signer's time would stand.
        remarks = results.get("informational") or ()
        told += [(one, False) for one in remarks if one["code"].startswith("timeStamp.")]
        for one, passed in told:
            found.setdefault(_label_of(one, report), _Statuses()).add(one, passed=passed)
    return found


def _all_results(report: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Results, and the label of the manifest that a record is about; empty for what was found just now, which
    comes last."""
    for manifest in report["manifests"].values():
        for ingredient in _mappings(manifest.get("ingredients")):
            for results in _results(ingredient.get("validation_results") or {}):
                yield results, ingredient.get("active_manifest") or "none"
    for results in _results(report.get("validation_results") or {}):
        yield results, ""


def _results(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    deltas = [one["validationDeltas"] for one in results.get("ingredientDeltas") or ()]
    return [results.get("activeManifest") or {}, *deltas]


def _label_of(status: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    _, _, rest = status.get("url", "").partition("/c2pa/")
    return rest.partition("/")[0] or str(report.get("active_manifest", ""))


def _manifest(
    label: str, manifest: Mapping[str, Any], statuses: Mapping[str, _Statuses], certificate: Mapping[str, Any]
) -> Manifest:
    found = statuses.get(label, _Statuses())
    signature = _signature(manifest.get("signature_info"), certificate, found)
    agents = [_agent(one) for one in manifest.get("claim_generator_info") or ()]
    return Manifest(
        label,
        manifest.get("title") or "",
        ", ".join(filter(None, agents)) or manifest.get("claim_generator") or "",
        signature,
        tuple(_actions(manifest)),
        tuple(
            Ingredient(one.get("title") or "", one.get("relationship", ""), one.get("active_manifest", ""))
            for one in _mappings(manifest.get("ingredients"))
        ),
        tuple(_marks(manifest)),
        tuple(_problems(found, signature)),
    )


def _problems(found: _Statuses, signature: Signature | None) -> Iterator[Problem]:
    unfit = any(code.startswith("signingCredential.") and code != _UNTRUSTED for code in found.failed)
    for code, words in found.failed.items():
        if code == _UNTRUSTED and unfit:
            continue  # the library follows no path to a root from a certificate that is unfit
        own = code == _UNTRUSTED and signature is not None and signature.self_signed
        yield explained("octarine.selfSigned" if own else code, words)


def _actions(manifest: Mapping[str, Any]) -> Iterator[Action]:
    for data in _data(manifest, "c2pa.actions"):
        for one in _mappings(data.get("actions")):
            name, when, source = (str(one.get(key) or "") for key in ("action", "when", "digitalSourceType"))
            yield Action(name, when, source, _agent(one.get("softwareAgent")))


def _marks(manifest: Mapping[str, Any]) -> Iterator[Mark]:
    for data in _data(manifest, "c2pa.soft-binding"):
        for block in _mappings(data.get("blocks")):
            yield Mark(str(data.get("alg", "")), str(block.get("value", "")))


def _agent(agent: Any) -> str:
    """``name version`` of a piece of software; older manifests give text."""
    if not isinstance(agent, Mapping):
        return str(agent or "")
    return f"{agent.get('name', '')} {agent.get('version') or ''}".strip()


def _signature(
    info: Mapping[str, Any] | None, certificate: Mapping[str, Any], found: _Statuses
) -> Signature | None:
    if not info:
        return None
    subject, issuer = certificate.get("subject", {}), certificate.get("issuer", {})
    claimed = {"CN": info.get("common_name", ""), "O": info.get("issuer", "")}
    return Signature(
        _name(subject or claimed),
        _name(issuer),
        certificate.get("validity", {}).get("notAfter", ""),
        info.get("time") or "",
        _TRUSTED in found.passed,
        _TIME_TRUSTED in found.passed,
        bool(subject) and subject == issuer,
    )


def _name(parts: Mapping[str, str]) -> str:
    common, organisation = parts.get("CN", ""), parts.get("O", "")
    return f"{common} ({organisation})" if common and organisation else common or organisation


def _certificates(report: Mapping[str, Any]) -> dict[str, Any]:
    """Label → the signer's certificate, from the library's other report: the first one has no dates."""
    return {
        one.get("label", ""): (one.get("signature") or {}).get("certificateInfo", {})
        for one in report.get("manifests", ())
    }
