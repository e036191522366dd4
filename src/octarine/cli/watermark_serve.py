"""``octarine watermark serve``: detection over HTTP, and the page on which a person drops a file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from octarine.cli import options as shared
from octarine.core.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from octarine.server.access import Keys
    from octarine.server.application import Application, Door
    from octarine.server.detection import DetectionConfig
    from octarine.server.limits import Limits

PORT = 8767
_file = click.Path(dir_okay=False, path_type=Path)
_size = click.IntRange(1024)

_what = shared.stacked(
    click.option(
        "--key-file", "key_files", multiple=True, required=True, metavar="[NAME=]PATH",
        help="A watermark key and the name by which requests ask for it; repeatable.",
    ),
    click.option(
        "--store", metavar="URL", default="",
        help="Where manifests are kept, so that credentials are found again by the mark.",
    ),
    click.option(
        "--trust", multiple=True, type=click.Path(path_type=Path),
        help="PEM certificates of authorities that you trust, or a folder of them; repeatable.",
    ),
)  # fmt: skip
_listening = shared.stacked(
    click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at."),
    click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one."
    ),
    click.option("--keys", "keys_file", type=_file, help="File of API keys, one a line: NAME: KEY."),
    click.option(
        "--allow-anonymous", is_flag=True, help="Serve without API keys at an address that others reach."
    ),
    click.option("--allow-host", "hosts", multiple=True, help="Another name that the server answers under."),
    click.option("--audit", type=_file, help="File of the audit log; hashes of files, no files."),
    click.option("--tls-certificate", type=_file, help="PEM; with --tls-key."),
    click.option("--tls-key", type=_file, help="PEM, not encrypted."),
)  # fmt: skip
_limits = shared.stacked(
    click.option("--max-upload", type=_size, default=4 * 2**30, show_default=True, help="Bytes of a file."),
    click.option(
        "--max-picture", type=_size, default=256 * 2**20, show_default=True, help="Bytes of a picture."
    ),
    click.option(
        "--max-pixels", type=click.IntRange(4096), default=64_000_000, show_default=True, help="Of a picture."
    ),
    click.option(
        "--max-uploads", type=click.IntRange(1), default=8, show_default=True, help="Files at a time."
    ),
    click.option(
        "--max-per-key", type=click.IntRange(0), default=0, show_default=True, help="At a time; 0: no bound."
    ),
    click.option(
        "--pictures", type=click.IntRange(1, 256), default=2, show_default=True, help="Looked at at a time."
    ),
    click.option(
        "--videos", type=click.IntRange(1, 256), default=1, show_default=True, help="Looked at at a time."
    ),
    click.option(
        "--timeout", type=shared.Number(0, min_open=True), default=3600.0, show_default=True,
        help="Seconds for one request, its upload included.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the command is given, by the names of its options."""

    key_files: tuple[str, ...]
    store: str
    trust: tuple[Path, ...]
    host: str
    port: int
    keys_file: Path | None
    allow_anonymous: bool
    hosts: tuple[str, ...]
    audit: Path | None
    tls_certificate: Path | None
    tls_key: Path | None
    max_upload: int
    max_picture: int
    max_pixels: int
    max_uploads: int
    max_per_key: int
    pictures: int
    videos: int
    timeout: float

    def check(self, keys: Keys) -> None:
        """Raise where options do not go together."""
        from octarine.models.http.client import is_loopback

        if not is_loopback(self.host) and not keys and not self.allow_anonymous:
            raise InputError(
                f"{self.host} can be reached by others, and no key is asked for",
                hint="Name API keys with --keys FILE or OCTARINE_SERVE_KEYS, or say --allow-anonymous.",
            )
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise click.UsageError("--tls-certificate and --tls-key go together")

    def door(self, keys: Keys) -> Door:
        """Who comes in. Where a key is asked for, no page can have a browser send it."""
        from octarine.models.http.client import is_loopback
        from octarine.server.application import Door
        from octarine.server.serving import hosts_of

        if keys or not is_loopback(self.host):
            return Door(keys)
        return Door(keys, hosts_of(self.host) | frozenset(self.hosts))

    def config(self, keys: Keys) -> DetectionConfig:
        """How detection is served."""
        from octarine.server.audit import audit_key
        from octarine.server.detection import DetectionConfig
        from octarine.server.detection.config import named_file

        return DetectionConfig(
            keys=tuple(named_file(text) for text in self.key_files),
            store=self.store,
            trust=self.trust,
            audit=self.audit,
            audit_key=audit_key(),
            page=not keys,
            upload_bytes=self.max_upload,
            picture_bytes=self.max_picture,
            pixels=self.max_pixels,
            uploads=self.max_uploads,
            pictures=self.pictures,
            videos=self.videos,
        )

    def limits(self) -> Limits:
        """Of the application."""
        from octarine.server.limits import Limits

        return Limits(exchange_s=self.timeout, per_key=self.max_per_key)


@click.command()
@_what
@_listening
@_limits
def serve(**given: Any) -> None:
    """Answer "is this ours, was it edited, who says how it was made?" over HTTP and on a page.

    \b
    Examples:
      octarine watermark serve --key-file KEY
      octarine watermark serve --key-file shop=KEY --key-file old=OLD --store s.sqlite --trust roots.pem
      curl -F file=@later.jpg http://127.0.0.1:8767/v1/watermark/detect

    \b
    Requests name watermark keys and never carry one. Files are deleted once they were looked at.
    API keys that clients must have: --keys FILE or OCTARINE_SERVE_KEYS; then only the API is served, no
    page. Both are read again on SIGHUP. A loopback address by default.
    """
    if any(util.find_spec(name) is None for name in ("granian", "starlette", "python_multipart")):
        raise MissingExtra("server", "octarine watermark serve")
    from octarine.credentials import TrustList
    from octarine.server.access import read_keys
    from octarine.server.audit import Audit
    from octarine.server.detection.config import Keyring
    from octarine.server.serving import free_port
    from octarine.server.workers import Listening, serve_workers
    from octarine.store import open_store

    told = ServeOptions(**given)
    keys = read_keys(told.keys_file)
    told.check(keys)
    config = told.config(keys)
    keyring = Keyring.read(config.keys)
    if config.trust:
        TrustList.read(*config.trust)
    if config.store:
        open_store(config.store).close()
    if told.audit is not None:
        Audit(told.audit, config.audit_key).close()
    port = free_port(told.host, told.port, every=True)
    host = f"[{told.host}]" if ":" in told.host else told.host
    address = f"{'https' if told.tls_key else 'http'}://{host}:{port}"
    path = "/watermark" if config.page else "/v1/watermark/detect"
    click.echo(f"looking for marks of {', '.join(keyring.keys)} at {address}{path}  (Ctrl-C ends)")
    with tempfile.TemporaryDirectory(prefix="octarine-serve-") as folder:
        build = partial(
            build_application, config, told.door(keys), told.limits(), told.keys_file, Path(folder)
        )
        where = Listening(
            told.host, port, workers=1, certificate=told.tls_certificate, key=told.tls_key, grace_s=10
        )
        serve_workers(build, where)


def build_application(
    config: DetectionConfig, door: Door, limits: Limits, keys_file: Path | None, folder: Path
) -> Application:
    """The application of the worker."""
    from octarine.server.access import read_keys
    from octarine.server.application import Application
    from octarine.server.detection import DetectionPart
    from octarine.server.workers import log_to_stderr

    log_to_stderr()
    again = partial(read_keys, keys_file) if door.keys else None
    return Application([DetectionPart(config)], door, limits, folder, again)
