"""Put credentials onto a file: marked first where asked, then signed, written whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from io import BufferedRandom, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from octarine.core.errors import DataError, InputError
from octarine.core.files import writing
from octarine.credentials import marks
from octarine.credentials.library import Kind, c2pa, context, kind_of
from octarine.credentials.manifest import Act, Statement, definition
from octarine.credentials.marking import marked_file
from octarine.credentials.marks import Bound
from octarine.credentials.reading import verify
from octarine.credentials.signer import Signer
from octarine.credentials.verdict import DAMAGED, State, Verdict
from octarine.store import KeptManifest, Store

if TYPE_CHECKING:
    from octarine.credentials.marks import Progress
    from octarine.watermark import ImageWatermark


@dataclass(frozen=True, slots=True)
class Signed:
    """What was done.

    Attributes:
        path: the signed file.
        label: the name of its manifest.
        manifest: the manifest's bytes, with those of the files that it was made from.
        bound: the watermark that it names.
        marked: whether that was put in now; False where the picture carried it already.
        kept: the store that holds the manifest.
        warnings: what a person should know.
    """

    path: Path
    label: str
    manifest: bytes = field(repr=False)
    bound: Bound | None = None
    marked: bool = False
    kept: str = ""
    warnings: tuple[str, ...] = ()


def sign(
    source: Path | str,
    target: Path | str,
    signer: Signer,
    statement: Statement,
    *,
    ingredients: Sequence[Path | str] = (),
    mark: ImageWatermark | None = None,
    payload: int | None = None,
    store: Store | None = None,
    timestamp_authority: str = "",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Signed:
    """Sign ``source`` as ``target``: PNG, JPEG, WebP, TIFF or MP4. The source is never changed.

    Args:
        ingredients: files that it was made from. Of an edited or opened file the parent is ``source`` itself,
            where its own credentials hold or no ingredient is named, and otherwise the first of these.
        mark: looked for in the picture or video and, where it is not there, put in; a video is coded anew.
        payload: of the mark, 0 ≤ payload < 2**48; by default the one that is there, or a random one.
        store: where the manifest of a marked file is kept, to be recovered by the mark.
        timestamp_authority: the http address of an authority (RFC 3161) that vouches for the time. It is the
            only thing that is ever asked over the network, and only where it is named.
        progress: of marking a video, told how much is done and how much there is.

    Raises:
        InputError, DataError: what was given does not fit together or cannot be read; nothing was written.
        MissingExtra: without the extra ``credentials``, or ``watermark`` for a mark.
    """
    source, target = Path(source), Path(target)
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists", hint="Name another file, or say --overwrite.")
    _check_address(timestamp_authority)
    kind = kind_of(source)
    statement = statement if statement.title else replace(statement, title=target.name)
    statement.check()
    parent, others, warnings = _history(source, statement.act, [Path(one) for one in ingredients])
    with tempfile.TemporaryDirectory(prefix="octarine-") as folder:
        if not kind.picture:
            # Nobody should wait for the marking of a video to hear of its name.
            _check_name(target, kind)
        marked = marked_file(source, Path(folder) / target.name, mark, payload, store, progress)
        kind = kind_of(marked.path)
        _check_name(target, kind)
        parts = _Parts(marked.path, kind, parent, others, marked.bound)
        done = _write(parts, target, signer, statement, timestamp_authority, store)
    return replace(done, marked=marked.new, warnings=(*signer.warnings, *warnings, *marked.warnings))


def _check_address(authority: str) -> None:
    if authority and not authority.startswith(("http://", "https://")):
        raise InputError(
            f"'{authority}' is no address of a time-stamp authority", hint="Give one of http or https."
        )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What goes into one signature."""

    taken: Path
    kind: Kind
    parent: Path | None
    others: tuple[Path, ...]
    bound: Bound | None


def _history(
    source: Path, act: Act, ingredients: list[Path]
) -> tuple[Path | None, tuple[Path, ...], tuple[str, ...]]:
    """The parent, the other ingredients, and what is wrong with any of them."""
    before = _whole(source)
    warnings = []
    if act is Act.CREATED:
        if before.state is not State.NONE:
            raise InputError(
                f"{source} carries credentials already, and 'created' would hide them",
                hint="Say what was done to it:  --action edited  or  --action opened",
            )
        parent, others = None, ingredients
    elif before.state in (State.VALID, State.TRUSTED) or not ingredients:
        parent, others = source, ingredients
    else:
        parent, others = ingredients[0], ingredients[1:]
        if before.state is State.INVALID:
            # An editor that keeps what it does not understand leaves the original's credentials behind.
            warnings.append(f"{source}: the credentials in it do not hold, and are replaced.")
    for path in [*([parent] if parent else []), *others]:
        warnings += _warnings(before if path == source else _whole(path))
    return parent, tuple(others), tuple(warnings)


def _whole(path: Path) -> Verdict:
    """The verdict on a file that goes in.

    Raises:
        DataError: it is damaged, so that nothing can be said of it.
    """
    kind_of(path)
    verdict = verify(path)
    for problem in verdict.problems:
        if problem.code == DAMAGED:
            raise DataError(problem.means, path=path, hint=problem.todo)
    return verdict


def _warnings(verdict: Verdict) -> list[str]:
    if verdict.state is not State.INVALID:
        return []
    return [f"{verdict.path}: {one.means} The new credentials record that." for one in verdict.problems[:1]]


def _check_name(target: Path, kind: Kind) -> None:
    if target.suffix.lower() not in kind.suffixes:
        raise InputError(
            f"{target}: what is signed is {kind.name}", hint=f"End the name in {' or '.join(kind.suffixes)}."
        )


def _write(
    parts: _Parts, target: Path, signer: Signer, statement: Statement, authority: str, store: Store | None
) -> Signed:
    library = c2pa()
    names = [f"octarine:component:{number}" for number in range(len(parts.others))]
    parent = "octarine:parent" if parts.parent else ""
    told = definition(statement, parent, names, parts.bound)
    try:
        with library.Builder(told, context()) as builder:
            if parts.parent:
                _add(builder, parts.parent, "parentOf", parent)
            for path, name in zip(parts.others, names, strict=True):
                _add(builder, path, "componentOf", name)
            with parts.taken.open("rb") as file, signer.open(authority) as pen, writing(target) as out:
                manifest = builder.sign(pen, parts.kind.media_type, file, out)
                done = Signed(target, _label(library, manifest), manifest, parts.bound)
                # Before the file has its name: none is there whose credentials should be kept and are not.
                return done if store is None else _kept(done, parts, out, store)
    except library.C2paError as error:
        raise _refused(parts.taken, authority, str(error)) from None


def _label(library: Any, manifest: bytes) -> str:
    with library.Reader("application/c2pa", BytesIO(manifest), context=context()) as reader:
        label: str = json.loads(reader.json())["active_manifest"]
    return label


def _kept(done: Signed, parts: _Parts, out: BufferedRandom, store: Store) -> Signed:
    if done.bound is None:
        return done
    out.seek(0)
    kept = KeptManifest(
        done.label,
        done.bound.payload,
        done.bound.key,
        hashlib.sha256(done.manifest).hexdigest(),
        hashlib.file_digest(out, "sha256").hexdigest(),
        marks.pixels_hash(parts.taken),
        parts.kind.media_type,
        done.path.name,
        dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )
    store.keep_manifest(kept, done.manifest)
    return replace(done, kept=store.url)


def _add(builder: Any, path: Path, relationship: str, name: str) -> None:
    told = {"title": path.name, "relationship": relationship, "instance_id": name}
    with path.open("rb") as file:
        builder.add_ingredient(told, kind_of(path).media_type, file)


def _refused(path: Path, authority: str, said: str) -> InputError:
    if authority and ("http" in said.lower() or "timestamp" in said.lower()):
        return InputError(
            f"the time-stamp authority {authority} gave no time-stamp: {said}",
            hint="Nothing was written. Try again later, or sign without one.",
        )
    return InputError(f"{path} could not be signed: {said}", hint="Nothing was written. Is the file whole?")
