"""``octarine watermark serve``: what it is told, and what it refuses before it serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from octarine.cli.main import run
from octarine.core.errors import InputError
from octarine.server.detection.config import named_file


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "KEY"
    assert run(["watermark", "keygen", str(path)]) == 0
    return path


def test_a_key_file_has_a_name():
    assert named_file("shop=a/b.key") == ("shop", Path("a/b.key"))
    assert named_file("a/b.key") == ("b", Path("a/b.key"))
    for wrong in ("=a", "x=", "a b=c", "a/b=c"):
        with pytest.raises(InputError):
            named_file(wrong)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--key-file", "{key}", "--host", "192.0.2.7"], "can be reached by others"),
        (["--key-file", "{key}", "--key-file", "KEY={key}"], "two key files are named KEY"),
        (["--key-file", "shop={key}x"], "KEYx"),
        (["--key-file", "{key}", "--tls-key", "{key}"], "go together"),
        (["--key-file", "{key}", "--store", "/nowhere/at/all.sqlite"], "/nowhere/at"),
        (["--key-file", "{key}", "--trust", "/nowhere/root.pem"], "/nowhere/root.pem"),
        ([], "--key-file"),
    ],
)
def test_mistakes_are_told_before_anything_is_served(key, capsys, options, words):
    arguments = [option.replace("{key}", str(key)) for option in options]
    assert run(["watermark", "serve", "--port", "0", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_the_guard_serves_detection_by_one_worker(key, capsys):
    told = ["guard", "serve", "--watermark-key-file", str(key), "--workers", "2", "--check-only"]
    assert run(told) == 2
    assert "one worker" in capsys.readouterr().err
