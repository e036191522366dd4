"""``octarine credentials``: sign what was made, and verify what somebody else signed (C2PA)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from octarine.cli import options as shared
from octarine.cli.output import print_json
from octarine.cli.progress import bars
from octarine.core.errors import ExitCode, InputError
from octarine.core.files import write_bytes

if TYPE_CHECKING:
    from octarine.cli.progress import ProgressBars
    from octarine.credentials import Recovery, Signed, TrustList

_FILE = click.Path(dir_okay=False, path_type=Path)
trust_option = click.option(
    "--trust",
    "roots",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Certificates of authorities that you trust: a PEM file, such as the C2PA trust list, or a folder; "
    "repeatable.",
)
mark_key = click.option(
    "--key-file", type=_FILE, help="The key of your watermarks: finds credentials that were taken off."
)


@click.group()
def credentials() -> None:
    """Content credentials (C2PA): sign what was made, verify what others signed.

    \b
    Examples:
      octarine credentials certificates test-certificates
      octarine credentials sign in.png out.png --ai-generated --cert chain.pem --key key.pem
      octarine credentials verify out.png --trust roots.pem

    Nothing is sent or fetched, unless you name a time-stamp authority.
    """


@credentials.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@shared.as_json
def certificates(folder: Path, json_out: bool) -> None:
    """Make certificates in FOLDER to try things out with. For tests only: nobody else trusts them."""
    from octarine.credentials import make_test_certificates

    made = make_test_certificates(folder)
    if json_out:
        print_json(
            {"root": str(made.root), "chain": str(made.chain), "key": str(made.key), "for_tests": True}
        )
        return
    click.echo(f"{made.chain} and {made.key}: sign with these.  {made.root}: trust this, for the test.")
    click.echo(
        "For tests only. Anybody can make certificates like these, with any name in them: a signature by"
    )
    click.echo("them proves nothing to others. For that, get one from an authority of the C2PA trust list.")


@credentials.command()
@click.argument("source", metavar="IN", type=_FILE)
@click.argument("target", metavar="OUT", type=_FILE)
@click.option("--cert", required=True, type=_FILE, help="PEM: your certificate, then those that issued it.")
@click.option("--key", required=True, type=_FILE, help="PEM: the private key of the first of them.")
@click.option("--key-password-file", type=_FILE, help="A file whose first line is the key's password.")
@click.option(
    "--action",
    type=click.Choice(["created", "edited", "opened"]),
    default="created",
    show_default=True,
    help="What was done: made, changed, or taken over as it is.",
)
@click.option("--ai-generated", is_flag=True, help="A generative model made it; of an edit, took part in it.")
@click.option(
    "--source",
    "came_from",
    type=click.Choice(
        ["digitalCreation", "digitalCapture", "screenCapture", "algorithmicMedia", "composite"]
    ),
    help="How else it was made: IPTC's name of the digital source.",
)
@click.option("--generator", default="", metavar="NAME", help="What made it, such as the name of a model.")
@click.option(
    "--ingredient",
    "ingredients",
    multiple=True,
    type=_FILE,
    help="A file that it was made from; repeatable. Of an edit, the first is the original, "
    "unless IN has credentials that hold.",
)
@click.option("--watermark-key-file", type=_FILE, help="Look for your watermark; put it in where it is not.")
@click.option("--payload", metavar="NUMBER", help="Of the watermark, up to 48 bits. [default: random]")
@click.option(
    "--timestamp-authority", default="", metavar="URL", help="Have this authority vouch for the time."
)
@click.option("--overwrite", is_flag=True, help="Replace OUT where it exists.")
@shared.store_url
@shared.as_json
def sign(
    source: Path,
    target: Path,
    cert: Path,
    key: Path,
    key_password_file: Path | None,
    action: str,
    ai_generated: bool,
    came_from: str | None,
    generator: str,
    ingredients: tuple[Path, ...],
    watermark_key_file: Path | None,
    payload: str | None,
    timestamp_authority: str,
    overwrite: bool,
    store_url: str | None,
    json_out: bool,
) -> None:
    """Sign the file IN as OUT: PNG, JPEG, WebP, TIFF or MP4.

    \b
    With --watermark-key-file a picture or a video is marked and signed in one go, and its manifest is
    kept in the store under the mark's payload: where the credentials are taken off, the mark leads
    back to them (octarine credentials recover).
    """
    from octarine.credentials import Act, Signer, Source, Statement
    from octarine.credentials import sign as sign_file
    from octarine.credentials.marks import open_mark
    from octarine.store import open_store

    signer = Signer.read(cert, key, password=_password(key_password_file))
    statement = Statement(Act(action), ai_generated, Source(came_from) if came_from else None, generator)
    statement.check()
    mark = open_mark(watermark_key_file) if watermark_key_file else None
    with open_store(store_url) if mark else nullcontext() as store, bars(json_out) as shown:
        done = sign_file(
            source,
            target,
            signer,
            statement,
            ingredients=ingredients,
            mark=mark,
            payload=None if payload is None else _number(payload),
            store=store,
            timestamp_authority=timestamp_authority,
            overwrite=overwrite,
            progress=_told(shown, "marking"),
        )
    for warning in done.warnings:
        click.echo(f"warning: {warning}", err=True)
    _tell_signed(done, signer.name, json_out)


def _password(path: Path | None) -> bytes | None:
    from octarine.core.files import read_text

    return None if path is None else read_text(path).partition("\n")[0].rstrip("\r").encode()


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise InputError(f"--payload: {text} is no number such as 1234 or 0x5EED") from None


def _tell_signed(done: Signed, signer: str, json_out: bool) -> None:
    if json_out:
        print_json(
            {
                "path": str(done.path),
                "signer": signer,
                "manifest": done.label,
                "payload": None if done.bound is None else f"{done.bound.payload:#x}",
                "marked": done.marked,
                "store": done.kept or None,
                "warnings": done.warnings,
            }
        )
        return
    click.echo(f"{done.path}: signed by {signer}.")
    if done.bound is not None:
        click.echo(f"It carries the mark {done.bound.payload:#x}{', put in now' if done.marked else ''}.")
        click.echo(f"The manifest is kept under it in {done.kept}: keep that as long as the file.")


@credentials.command()
@click.argument("path", metavar="FILE", type=_FILE)
@trust_option
@mark_key
@click.option("--sidecar", type=_FILE, help="Credentials that lie beside the file (.c2pa).")
@shared.store_url
@shared.as_json
def verify(
    path: Path,
    roots: tuple[Path, ...],
    key_file: Path | None,
    sidecar: Path | None,
    store_url: str | None,
    json_out: bool,
) -> int:
    """Say who signed FILE, what was done to it, and whether to believe that.

    \b
    With --key-file, a picture or a video without credentials is looked up in the store by its watermark.
    Exit code: 0 trusted, or valid where no --trust was named; 1 everything else.
    """
    from octarine.cli.credentials_view import tell_recovery, tell_verdict
    from octarine.credentials import State
    from octarine.credentials import verify as verify_file
    from octarine.credentials.telling import verdict_row

    if store_url is not None and key_file is None:
        raise InputError("the store is asked by the watermark", hint="Name its key too:  --key-file KEY")
    trust = _trust(roots)
    verdict = verify_file(path, trust, sidecar=None if sidecar is None else _bytes(sidecar))
    recovery = None
    if verdict.state is State.NONE and key_file is not None:
        recovery = _recover(path, key_file, store_url, trust, quiet=json_out)
    if json_out:
        print_json(verdict_row(verdict, recovery))
    else:
        tell_verdict(verdict)
        if recovery is not None:
            tell_recovery(recovery, kept_in=None)
    good = verdict.state is State.TRUSTED or (verdict.state is State.VALID and not roots)
    return ExitCode.OK if good else ExitCode.FINDING


@credentials.command()
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--key-file", required=True, type=_FILE, help="The key of your watermarks.")
@trust_option
@click.option("--out", type=_FILE, help="Write the newest manifest: .c2pa as it was signed, .json to read.")
@click.option("--overwrite", is_flag=True, help="Replace what --out names where it exists.")
@shared.store_url
@shared.as_json
def recover(
    path: Path,
    key_file: Path,
    roots: tuple[Path, ...],
    out: Path | None,
    overwrite: bool,
    store_url: str | None,
    json_out: bool,
) -> int:
    """Find the credentials that were taken off the picture or video FILE, by its watermark.

    \b
    They vouch for what was signed, not for FILE.
    Exit code: 0 found, 1 not.
    """
    from octarine.cli.credentials_view import tell_recovery
    from octarine.credentials.telling import recovery_row

    if out is not None:
        _check_out(out, overwrite)
    recovery = _recover(path, key_file, store_url, _trust(roots), quiet=json_out)
    if out is not None and recovery.manifests:
        _write(out, recovery)
    if json_out:
        print_json(recovery_row(recovery))
    else:
        tell_recovery(recovery, kept_in=out)
    return ExitCode.OK if recovery.manifests else ExitCode.FINDING


def _recover(
    path: Path, key_file: Path, store_url: str | None, trust: TrustList | None, *, quiet: bool
) -> Recovery:
    from octarine.credentials import recover as recover_from
    from octarine.credentials.marks import open_mark
    from octarine.store import open_store

    with open_store(store_url) as store, bars(quiet) as shown:
        return recover_from(path, open_mark(key_file), store, trust, progress=_told(shown, "looking"))


def _told(shown: ProgressBars | None, stage: str) -> Callable[[float, float], None] | None:
    """What shows how far a video is; None where nothing may be shown."""
    if shown is None:
        return None
    return lambda done, total: shown.stage(stage, int(done * 10), int(total * 10))


def _trust(roots: tuple[Path, ...]) -> TrustList | None:
    from octarine.credentials import TrustList

    return TrustList.read(*roots) if roots else None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def _check_out(out: Path, overwrite: bool) -> None:
    if out.suffix not in (".c2pa", ".json"):
        raise InputError(f"{out}: what should be written?", hint="End it in .c2pa or .json.")
    if out.exists() and not overwrite:
        raise InputError(f"{out} exists", hint="Name another file, or say --overwrite.")


def _write(out: Path, recovery: Recovery) -> None:
    import json

    from octarine.credentials.telling import recovered_row

    newest = recovery.manifests[0]
    if out.suffix == ".c2pa":
        write_bytes(out, newest.manifest)
    else:
        write_bytes(out, json.dumps(recovered_row(newest), indent=2).encode())
