"""``octarine guard serve`` and ``octarine guard audit``."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from octarine.cli import options as shared
from octarine.cli.guard_texts import load_guard
from octarine.cli.guard_verdicts import long_lines
from octarine.cli.output import print_json
from octarine.core.errors import ExitCode, InputError, MissingExtra

if TYPE_CHECKING:
    from octarine.guard.streaming.limits import LongRule
    from octarine.models.openai.target import Target
    from octarine.server.access import Keys
    from octarine.server.application import Application, Door
    from octarine.server.detection import DetectionConfig
    from octarine.server.guard import GuardConfig
    from octarine.server.limits import Limits

PORT = 8000
_file = click.Path(dir_okay=False, path_type=Path)

_guarded = shared.stacked(
    click.option(
        "--upstream", metavar="URL", help="The model's server, up to /v1. Without it: verdicts alone."
    ),
    click.option(
        "--policy", "policies", multiple=True, metavar="NAME|FILE", default=("default",), show_default=True,
        help="A shipped policy or a YAML file; given again, each is laid over the one before.",
    ),
    shared.ask,
)  # fmt: skip
_listening = shared.stacked(
    click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at."),
    click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True),
    click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes."),
    click.option("--keys", "keys_file", type=_file, help="File of API keys, one a line: NAME: KEY."),
    click.option(
        "--allow-anonymous", is_flag=True, help="Serve without keys at an address that others reach."
    ),
    click.option("--allow-host", "hosts", multiple=True, help="Another name that the server answers under."),
)
_answers = shared.stacked(
    click.option(
        "--on-block", type=click.Choice(["answer", "error"]), default="answer", show_default=True,
        help="A blocked request is answered with the policy's message, or with an error 400.",
    ),
    click.option(
        "--allow-tool", "tools", multiple=True, metavar="TYPE",
        help="A tool that the model's server runs itself, such as web_search.",
    ),
    click.option("--audit", type=_file, help="File of the audit log; hashes of texts, no texts."),
    click.option("--tls-certificate", type=_file, help="PEM; with --tls-key."),
    click.option("--tls-key", type=_file, help="PEM, not encrypted."),
)  # fmt: skip
_detection = shared.stacked(
    click.option(
        "--watermark-key-file", "watermark_keys", multiple=True, metavar="[NAME=]PATH",
        help="Serve detection too, as 'octarine watermark serve' does, with these watermark keys.",
    ),
    click.option(
        "--watermark-store", metavar="URL", default="", help="Where detection finds kept credentials."
    ),
)  # fmt: skip
_limits = shared.stacked(
    click.option(
        "--max-requests", type=click.IntRange(1), default=256, show_default=True, help="At a time and worker."
    ),
    click.option(
        "--max-per-key", type=click.IntRange(0), default=0, show_default=True, help="At a time; 0: no bound."
    ),
    click.option(
        "--max-body", type=click.IntRange(1024), default=4 * 2**20, show_default=True, help="Bytes."
    ),
    click.option(
        "--max-form", type=click.IntRange(1024), default=64 * 2**20, show_default=True,
        help="Bytes of the pictures that come in one form.",
    ),
    click.option(
        "--timeout", type=shared.Number(0, min_open=True), default=600.0, show_default=True,
        help="Seconds for one request, its answer included.",
    ),
    click.option(
        "--upstream-timeout", type=shared.Number(0, min_open=True), default=120.0, show_default=True,
        help="Seconds that the model's server may be silent.",
    ),
    click.option(
        "--grace", type=click.IntRange(1), default=30, show_default=True, help="Seconds to end requests in."
    ),
    click.option(
        "--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="Checks at a time."
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the command is given, by the names of its options."""

    upstream: str | None
    policies: tuple[str, ...]
    ask: str
    host: str
    port: int
    workers: int
    keys_file: Path | None
    allow_anonymous: bool
    hosts: tuple[str, ...]
    on_block: str
    tools: tuple[str, ...]
    audit: Path | None
    tls_certificate: Path | None
    tls_key: Path | None
    max_requests: int
    max_per_key: int
    max_body: int
    max_form: int
    timeout: float
    upstream_timeout: float
    grace: int
    threads: int
    watermark_keys: tuple[str, ...]
    watermark_store: str
    otel: bool
    check_only: bool

    def check(self, keys: Keys) -> None:
        """Raise where options do not go together."""
        from octarine.models.http.client import is_loopback

        if not is_loopback(self.host) and not keys and not self.allow_anonymous:
            raise InputError(
                f"{self.host} can be reached by others, and no key is asked for",
                hint="Name keys with --keys FILE or OCTARINE_SERVE_KEYS, or say --allow-anonymous.",
            )
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise click.UsageError("--tls-certificate and --tls-key go together")
        if self.watermark_keys and self.workers > 1:
            raise InputError(
                "detection is served by one worker: a job is known to the one that began it",
                hint="Leave out --workers, or serve detection apart:  octarine watermark serve",
            )

    def door(self, keys: Keys) -> Door:
        """Who comes in. Where a key is asked for, no page can have a browser send it."""
        from octarine.models.http.client import is_loopback
        from octarine.server.application import Door
        from octarine.server.serving import hosts_of

        if keys or not is_loopback(self.host):
            return Door(keys)
        return Door(keys, hosts_of(self.host) | frozenset(self.hosts))

    def config(self, keys: Keys) -> GuardConfig:
        """How the guard is served."""
        from octarine.server.audit import audit_key
        from octarine.server.guard import BlockAs, GuardConfig
        from octarine.server.guard.config import FormLimits
        from octarine.server.guard.upstream import UpstreamLimits

        return GuardConfig(
            target=_target(self.upstream) if self.upstream else None,
            policies=self.policies,
            ask=self.ask,
            audit=self.audit,
            audit_key=audit_key(),
            pass_key=not keys,
            block_as=BlockAs(self.on_block),
            upstream=UpstreamLimits(silence_s=self.upstream_timeout, connections=self.max_requests),
            threads=self.threads,
            forms=FormLimits(form_bytes=self.max_form),
            tools=frozenset(self.tools),
        )

    def detection(self, keys: Keys) -> DetectionConfig | None:
        """How detection is served beside the guard; None where it is not."""
        if not self.watermark_keys:
            return None
        from octarine.server.audit import audit_key
        from octarine.server.detection import DetectionConfig
        from octarine.server.detection.config import Keyring, named_file

        files = tuple(named_file(text) for text in self.watermark_keys)
        Keyring.read(files)  # Mistakes are told before anything is served.
        return DetectionConfig(
            files, self.watermark_store, audit=self.audit, audit_key=audit_key(), page=not keys
        )

    def limits(self) -> Limits:
        """Of one worker."""
        from octarine.server.limits import Limits

        return Limits(
            body_bytes=self.max_body,
            exchange_s=self.timeout,
            in_flight=self.max_requests,
            per_key=self.max_per_key,
        )

    @property
    def address(self) -> str:
        """What clients are pointed at."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_key else 'http'}://{host}:{self.port}/v1"


@click.command()
@_guarded
@_listening
@_answers
@_detection
@_limits
@click.option(
    "--otel",
    is_flag=True,
    help="Send traces without content to OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP).",
)
@click.option("--check-only", is_flag=True, help="Load everything, say what would be served, and end.")
def serve(**given: Any) -> None:
    """Put the guard between OpenAI clients and a model's server, streaming included.

    \b
    Examples:
      octarine guard serve --upstream http://localhost:11434/v1 --policy policy.yaml
      octarine guard serve --upstream https://api.openai.com/v1 --keys keys.txt --host 0.0.0.0 --workers 4
      octarine guard serve --policy strict          verdicts alone: /v1/guard and /v1/moderations

    \b
    Point any client at it:  OPENAI_BASE_URL=http://127.0.0.1:8000/v1
    Keys that clients must have: --keys FILE or OCTARINE_SERVE_KEYS. The key of the model's server:
    OCTARINE_API_KEY_<HOST> or OCTARINE_API_KEY; where there is neither and no client key is asked for,
    the client's own goes on.
    The policy is read again when its file changes and on SIGHUP; requests are not dropped.
    """
    if any(util.find_spec(name) is None for name in ("granian", "starlette")):
        raise MissingExtra("server", "octarine guard serve")
    from octarine.server.access import read_keys
    from octarine.server.audit import Audit
    from octarine.server.serving import free_port
    from octarine.server.tracing.telemetry import check_environment
    from octarine.server.workers import Listening, serve_workers

    told = ServeOptions(**given)
    keys = read_keys(told.keys_file)
    told.check(keys)
    config, detection = told.config(keys), told.detection(keys)
    if told.otel:
        check_environment()
    if told.audit is not None:
        Audit(told.audit, config.audit_key).close()
    free_port(told.host, told.port, every=True)
    _announce(told, config, *_load_once(told.policies, told.ask))
    if told.check_only:
        return
    with tempfile.TemporaryDirectory(prefix="octarine-serve-") as folder:
        build = partial(
            build_application, config, told.door(keys), told.limits(), told.keys_file, Path(folder),
            otel=told.otel, detection=detection,
        )  # fmt: skip
        where = Listening(told.host, told.port, told.workers, told.grace, told.tls_certificate, told.tls_key)
        serve_workers(build, where)


def build_application(
    config: GuardConfig,
    door: Door,
    limits: Limits,
    keys_file: Path | None,
    folder: Path,
    *,
    otel: bool,
    detection: DetectionConfig | None = None,
) -> Application:
    """The application of one worker."""
    from octarine.server.access import read_keys
    from octarine.server.application import Application, Part
    from octarine.server.guard import GuardPart
    from octarine.server.tracing.telemetry import otlp_telemetry
    from octarine.server.workers import log_to_stderr

    log_to_stderr()
    again = partial(read_keys, keys_file) if door.keys else None
    tracing = otlp_telemetry() if otel else None
    parts: list[Part] = [GuardPart(config)]
    if detection is not None:
        from octarine.server.detection import DetectionPart

        parts.append(DetectionPart(detection))
    return Application(parts, door, limits, folder, again, tracing)


@click.command("audit")
@click.argument("log", type=_file)
@shared.as_json
def audit_(log: Path, json_out: bool) -> int:
    """Check that an audit log of 'guard serve' is whole and unchanged.

    Where it was written with OCTARINE_AUDIT_KEY, the same key must be set. A log that was cut off at its end
    still holds: compare the last hash with one that you noted.

    \b
    Example:
      octarine guard audit audit.jsonl

    Exit codes: 0 it holds, 1 it does not.
    """
    from octarine.server.audit import audit_key, verify

    found = verify(log, audit_key())
    if json_out:
        problems = [{"line": line, "problem": problem} for line, problem in found.problems]
        print_json({"records": found.records, "last": found.last, "problems": problems})
    else:
        for line, problem in found.problems:
            click.echo(f"{log}:{line}: {problem}")
        click.echo(f"{found.records} records; last hash {found.last}")
    return ExitCode.FINDING if found.problems else ExitCode.OK


def _target(url: str) -> Target:
    from octarine.models.openai.target import url_target

    if not url.lower().startswith(("http://", "https://")):
        raise InputError(f"--upstream '{url}' is no http URL", hint="For example:  http://localhost:11434/v1")
    target = url_target("http", url)
    if target.model:
        raise InputError(
            f"--upstream names a model ('{target.model}')", hint="Leave #… out: clients name the model."
        )
    return target


def _announce(told: ServeOptions, config: GuardConfig, asked: str, long: Sequence[LongRule]) -> None:
    click.echo(f"the guard ({', '.join(told.policies)}) at {told.address}", err=True)
    click.echo(f"before {config.target.base}" if config.target else "verdicts alone", err=True)
    if asked:
        click.echo(f"where its model is unsure it asks {asked}", err=True)
    for line in long_lines(long):
        click.echo(line, err=True)


def _load_once(policies: tuple[str, ...], ask: str) -> tuple[str, tuple[LongRule, ...]]:
    """Load the guard in a process of its own: mistakes are told before anything is served, and no thread of a
    library stays in this one, from which the workers come. Gives whom it asks, and what outruns a stream."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_load, policies, ask).result()


def _load(policies: tuple[str, ...], ask: str) -> tuple[str, tuple[LongRule, ...]]:
    from octarine.guard.streaming.limits import long_rules
    from octarine.server.guard.pictures.marking import check_mark

    policy = load_guard(policies, ask).policy
    check_mark(policy.watermark)
    return policy.ask.adapter if policy.ask else "", long_rules(policy)
