"""What the files and the metadata of a model have to be."""

from __future__ import annotations

import re
from collections.abc import Callable

from octarine.evaluate.artefacts.inventory import (
    PICKLED_WEIGHTS,
    SAFE_WEIGHTS,
    Check,
    Files,
    Found,
    weights_format,
)

EXECUTABLE = (
    ".exe",
    ".dll",
    ".so",
    ".dylib",
    ".sh",
    ".bat",
    ".cmd",
    ".ps1",
    ".msi",
    ".scr",
    ".com",
    ".jar",
    ".apk",
    ".app",
    ".vbs",
    ".wasm",
)
SCRIPTS = (".py", ".pyc", ".js", ".rb", ".pl", ".lua")
_HASH = re.compile(r"^[0-9a-f]{64}$", re.I)
_CUSTOM_CODE = re.compile(
    r'"(auto_map|custom_pipelines|trust_remote_code)"\s*:(?!\s*(?:false|null|\{\s*\}|\[\s*\]))', re.I
)
_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|\bhf_[A-Za-z0-9]{30,}|\bsk-[A-Za-z0-9_-]{32,}"
    r"|\bxox[baprs]-[A-Za-z0-9-]{20,}|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAIza[0-9A-Za-z_-]{35}\b"
)
_DANGEROUS_JINJA = re.compile(
    r"__\w+__|\b(?:config|request|self|cycler|joiner|lipsum|get_flashed_messages)\s*\.|\|\s*attr\b"
    r"|\{%-?\s*(?:import|include|extends|from)\b|\b(?:popen|subprocess|builtins|getattr|eval|exec|open)\s*\(",
    re.I,
)
_REPOSITORY = re.compile(r"https?://[^\s\"'<>)\]]+", re.I)


def _weights_present(files: Files) -> Found:
    if not files.weights:
        return Found(False, "no weights file is known")
    return Found(True, ", ".join(item.name for item in files.weights[:3]), files.weights[0].name)


def _weights_safe(files: Files) -> Found:
    unsafe = [item.name for item in files.weights if weights_format(item) in PICKLED_WEIGHTS]
    if unsafe:
        return Found(False, f"can execute code when loaded: {unsafe[0]}", unsafe[0])
    if not files.weights:
        return Found(False, "no weights file is known")
    return Found(True, f"{weights_format(files.weights[0])} holds no code", files.weights[0].name)


def _weights_hashed(files: Files) -> Found:
    bare = [item.name for item in files.weights if not _HASH.match(item.sha256)]
    if bare or not files.weights:
        return Found(False, f"no SHA-256 is known of {bare[0]}" if bare else "no weights file is known")
    return Found(True, f"sha256 {files.weights[0].sha256}", files.weights[0].name)


def _affirmed(missing: str, *names: str) -> Callable[[Files], Found]:
    def run(files: Files) -> Found:
        known = files.affirmed(*names)
        if known is None:
            return Found(False, missing)
        return Found(known, f"{names[0]} = {files.fact(*names)[:80]}", names[0])

    return run


def _fact(*names: str) -> Callable[[Files], Found]:
    def run(files: Files) -> Found:
        for name in names:
            if value := files.fact(name):
                return Found(True, f"{name} = {value[:80]}", name)
        return Found(False, f"the metadata do not hold {names[0]}")

    return run


def _publisher(files: Files) -> Found:
    return _fact(
        "general.organization",
        "general.author",
        "publisher",
        "general.publisher",
        "package.author",
        "general.quantized_by",
    )(files)


def _no_executables(files: Files) -> Found:
    return _none_of(files.named(EXECUTABLE), "executable file", files)


def _no_scripts(files: Files) -> Found:
    return _none_of(files.named(SCRIPTS), "program beside the weights", files)


def _none_of(names: list[str], what: str, files: Files) -> Found:
    if not files.artefacts:
        return Found(False, "no file is known")
    return Found(not names, f"{what}: {names[0]}" if names else f"no {what}", names[0] if names else "")


def _no_custom_code(files: Files) -> Found:
    for item in files.configs:
        if found := _CUSTOM_CODE.search(item.text):
            return Found(False, f"{item.name} asks for code: {found[1]}", item.name)
    if not files.configs and not files.weights:
        return Found(False, "neither a configuration nor weights are known")
    return Found(True, "no configuration asks for code of its own")


def _no_secrets(files: Files) -> Found:
    readable = [item for item in files.artefacts if item.text]
    for item in readable:
        if _SECRET.search(item.text):
            return Found(False, f"{item.name} holds what looks like a key", item.name)
    if not readable and not files.facts:
        return Found(False, "no readable file is known")
    return Found(True, f"no key found in {len(readable)} readable files")


def _plain_paths(files: Files) -> Found:
    bad = [
        i.name
        for i in files.artefacts
        if i.name.startswith(("/", "\\")) or ".." in re.split(r"[\\/]", i.name)
    ]
    return _none_of(bad, "path that leaves its folder", files)


def _checksums(files: Files) -> Found:
    if files.checksums:
        return Found(True, f"checksum file {files.checksums[0].name}", files.checksums[0].name)
    return Found(False, "no checksum file")


def _tokenizer(files: Files) -> Found:
    if files.tokenizers:
        return Found(True, f"tokenizer file {files.tokenizers[0].name}", files.tokenizers[0].name)
    return _fact("tokenizer.ggml.model", "tokenizer.model", "tokenizer.ggml.pre")(files)


def _template(files: Files) -> str:
    if value := files.fact("tokenizer.chat_template", "chat_template"):
        return value
    for item in files.artefacts:
        if item.name.endswith(("chat_template.jinja", "chat_template.json")):
            return item.text
        if found := re.search(r'"chat_template"\s*:\s*"((?:[^"\\]|\\.)*)"', item.text):
            return found[1]
    return ""


def _template_present(files: Files) -> Found:
    template = _template(files)
    return Found(
        bool(template), f"chat template of {len(template)} characters" if template else "no chat template"
    )


def _template_safe(files: Files) -> Found:
    template = _template(files)
    if not template:
        return Found(False, "no chat template to look at")
    found = _DANGEROUS_JINJA.search(template)
    return Found(found is None, f"the template uses '{found[0]}'" if found else "only plain Jinja")


def _source(files: Files) -> Found:
    known = _fact(
        "source.url",
        "general.source.url",
        "general.source.repo_url",
        "general.repo_url",
        "general.url",
        "source",
    )(files)
    if known.passed:
        return known
    found = _REPOSITORY.search(files.card_text)
    return Found(found is not None, f"card: {found[0]}" if found else "nothing says where the files are from")


def _revision(files: Files) -> Found:
    return _fact(
        "source.revision", "source.version", "general.source.revision", "package.version", "revision"
    )(files)


CHECKS = (
    Check("weights.present", "The weights can be named.", _weights_present),
    Check(
        "weights.safe_format",
        f"The weights are in a format without code ({', '.join(SAFE_WEIGHTS)}).",
        _weights_safe,
    ),
    Check("weights.hashed", "The SHA-256 of every weights file is known.", _weights_hashed),
    Check(
        "weights.pinned",
        "The weights are pinned to one hash or revision.",
        _affirmed("nothing says that they are pinned", "weights.pinned"),
    ),
    Check(
        "weights.verified",
        "The weights were checked against the pinned hash.",
        _affirmed("nothing says that they were verified", "weights.verified"),
    ),
    Check("files.checksums", "A file of checksums comes with the model.", _checksums),
    Check("files.no_executables", "No executable file comes with the model.", _no_executables),
    Check("files.no_scripts", "No program has to be run to load the model.", _no_scripts),
    Check(
        "files.no_custom_code", "No configuration asks the loader to run code of its own.", _no_custom_code
    ),
    Check("files.no_secrets", "No key or password is left in the files.", _no_secrets),
    Check("files.plain_paths", "No file name leads out of the model's folder.", _plain_paths),
    Check("tokenizer.present", "The tokenizer comes with the model.", _tokenizer),
    Check("chat_template.present", "The chat template comes with the model.", _template_present),
    Check("chat_template.safe", "The chat template uses no construct that could run code.", _template_safe),
    Check("metadata.name", "The metadata name the model.", _fact("general.name", "name", "general.basename")),
    Check("metadata.publisher", "The metadata name who publishes the model.", _publisher),
    Check(
        "metadata.version",
        "The metadata state the version.",
        _fact("general.version", "version", "source.version", "package.version", "source.revision"),
    ),
    Check(
        "metadata.architecture",
        "The metadata state the architecture.",
        _fact("general.architecture", "architecture"),
    ),
    Check(
        "metadata.context_length",
        "The metadata state the context length.",
        lambda files: _fact(
            *sorted(k for k in files.facts if k.endswith("context_length")), "context_length"
        )(files),
    ),
    Check("source.known", "It is known where the files are from.", _source),
    Check("source.revision", "The exact revision of the source is known.", _revision),
)
