"""Getting official data: from its own repository at the commit that we read, or from a copy without a
network.

Each file whose SHA-256 is known is checked; what is not the official file is not taken.
"""

from __future__ import annotations

import fnmatch
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from octarine.core.errors import DataError, InputError
from octarine.core.files import make_folder, write_bytes, write_text
from octarine.evaluate.benchmarks.files import found, present
from octarine.evaluate.benchmarks.frame import DataFile, Source

if TYPE_CHECKING:
    import httpx

RECORD = "octarine-data.json"
"""What was got, from where, with which hashes; written last."""
LARGEST = 512 * 1024 * 1024
"""Bytes of an archive or of one unpacked file that are taken at most."""


@dataclass(frozen=True, slots=True)
class Got:
    """One file that was taken; ``checked`` is whether its SHA-256 was known and is right."""

    path: str
    sha256: str
    checked: bool


def get(
    name: str,
    source: Source,
    to: Path,
    *,
    copy_of: Path | None = None,
    transport: httpx.BaseTransport | None = None,
) -> list[Got]:
    """Put the files of a benchmark into ``to``: out of the folder ``copy_of``, or from the network.

    Raises:
        DataError: a file is not there or is not the official one; nothing is written then.
        InputError: the source cannot be reached.
    """
    taken = list(_copied(name, source, copy_of) if copy_of else _fetched(name, source, transport))
    got = [Got(path, hashlib.sha256(data).hexdigest(), checked) for path, data, checked in taken]
    _place({path: data for path, data, _ in taken}, to)
    record = {
        "benchmark": name,
        "home": source.home,
        "commit": source.commit,
        "licence": source.licence,
        "from": "a copy" if copy_of else "the network",
        "files": {item.path: item.sha256 for item in got},
    }
    write_text(to / RECORD, json.dumps(record, indent=1) + "\n")
    return got


def _place(files: Mapping[str, bytes], to: Path) -> None:
    """Write all files apart first, then move them there: a full disk leaves nothing behind. A folder that is
    there may be another disk's, or a link to one: apart is then inside it, else beside it."""
    make_folder(to.parent)
    beside = to if to.is_dir() else to.parent
    try:
        apart = tempfile.TemporaryDirectory(prefix=f".{to.name[:80]}.", dir=beside)
    except OSError as error:
        raise InputError(f"nothing can be written in {beside}: {error.strerror}") from None
    with apart as unfinished:
        for path, data in files.items():
            make_folder((Path(unfinished) / path).parent)
            write_bytes(Path(unfinished) / path, data)
        for path in files:
            make_folder((to / path).parent)
            try:
                (Path(unfinished) / path).replace(to / path)
            except OSError as error:
                raise InputError(f"{to / path} was not written: {error.strerror}") from None


def standing(source: Source, folder: Path) -> str:
    """What a folder has of a source, in words. The official bytes are ``as published``; what is short of that
    names the file."""
    if not folder.is_dir():
        return "not here"
    lacking = [file.path for file in source.files if not file.optional and not _there(folder, file.path)]
    if lacking:
        whole = len(lacking) == len([file for file in source.files if not file.optional])
        return "not here" if whole else f"partly here: no {lacking[0]}"
    known = [file for file in source.files if file.sha256 and present(folder, file.path)]
    for file in known:
        if hashlib.sha256(_bytes(found(folder, file.path))).hexdigest() != file.sha256:
            return f"changed: {file.path}"
    if not known:
        return "here, without hashes to check"
    there = sum(_there(folder, file.path) for file in source.files)
    return (
        "as published" if len(known) == there else f"as published where there are hashes ({len(known)} files)"
    )


def _there(folder: Path, path: str) -> bool:
    if "*" not in path:
        return present(folder, path)
    above, _, pattern = path.rpartition("/")
    return present(folder, above) and any(found(folder, above).glob(pattern))


def _copied(name: str, source: Source, folder: Path) -> Iterator[tuple[str, bytes, bool]]:
    if not folder.is_dir():
        raise InputError(
            f"there is no folder {folder}", hint="--from takes a folder with the official files."
        )
    for file in source.files:
        if file.optional and not present(folder, file.path):
            continue
        if "*" not in file.path:
            place = found(folder, file.path, name)
            yield file.path, *_checked(file, _bytes(place), str(place))
            continue
        above, _, pattern = file.path.rpartition("/")
        places = sorted(found(folder, above, name).glob(pattern))
        if not places:
            raise DataError(f"holds no {pattern}", path=folder / above)
        for place in places:
            yield f"{above}/{place.name}", _bytes(place), False


def _bytes(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=place) from None


def _checked(file: DataFile, data: bytes, where: str) -> tuple[bytes, bool]:
    if file.sha256 and hashlib.sha256(data).hexdigest() != file.sha256:
        raise DataError(
            "is not the official file: its SHA-256 differs",
            path=where,
            hint="Another version, a changed copy or a broken download. To read it as it is: --data FOLDER.",
        )
    return data, bool(file.sha256)


def _fetched(
    name: str, source: Source, transport: httpx.BaseTransport | None
) -> Iterator[tuple[str, bytes, bool]]:
    alone = [file for file in source.files if file.url]
    for file in alone:
        yield file.path, *_checked(file, _download(name, file.url, transport), file.url)
    rest = [file for file in source.files if not file.url]
    if rest:
        url = _archive(name, source)
        yield from _unpacked(rest, source, url, _download(name, url, transport))


def _archive(name: str, source: Source) -> str:
    parts = urlsplit(source.home)
    if source.by_hand or parts.hostname != "github.com" or not source.commit:
        raise InputError(
            f"the data of '{name}' cannot be fetched: {source.note or 'its home gives no archive'}",
            hint=f"Get it from {source.home} and give its folder: octarine data get {name} --from FOLDER",
        )
    return f"https://codeload.github.com{parts.path.rstrip('/')}/tar.gz/{source.commit}"


def _download(name: str, url: str, transport: httpx.BaseTransport | None) -> bytes:
    import httpx

    hint = f"Where there is no network: octarine data get {name} --from FOLDER"
    data = bytearray()
    try:
        with (
            httpx.Client(transport=transport, timeout=60.0, follow_redirects=True) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise InputError(f"{url} answered {response.status_code}", hint=hint)
            for piece in response.iter_bytes():
                data += piece
                if len(data) > LARGEST:
                    raise InputError(f"{url} is larger than {LARGEST // 2**20} MiB", hint=hint)
    except httpx.HTTPError as error:
        raise InputError(f"{url} cannot be had: {type(error).__name__}: {error}", hint=hint) from None
    return bytes(data)


def _unpacked(
    files: list[DataFile], source: Source, url: str, archive: bytes
) -> Iterator[tuple[str, bytes, bool]]:
    members: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
            commit = opened.pax_headers.get("comment", "")
            for member in opened:
                path = member.name.partition("/")[2]
                wanted = any(fnmatch.fnmatchcase(path, file.path) for file in files)
                if wanted and member.isfile() and member.size <= LARGEST:
                    stream = opened.extractfile(member)
                    members[path] = stream.read() if stream else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"not an archive: {error}", path=url, hint="Try again.") from None
    if commit and commit != source.commit:
        raise DataError(f"is of the commit {commit}, not {source.commit}", path=url)
    for file in files:
        paths = sorted(path for path in members if fnmatch.fnmatchcase(path, file.path))
        if not paths:
            raise DataError(f"holds no {file.path}", path=url)
        for path in paths:
            exact = file if "*" not in file.path else DataFile(path)
            yield path, *_checked(exact, members[path], f"{url}!{path}")
