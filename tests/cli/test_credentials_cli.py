"""``octarine credentials`` as a user types it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from PIL import Image

from octarine.cli.main import run
from tests.credentials import files
from tests.watermark.pictures import scene

PEN = ("--cert", "c/chain.pem", "--key", "c/key.pem")
MARK = ("--watermark-key-file", "KEY", "--store", "s.sqlite")
TRUST = ("--trust", "c/root.pem")
LOOK = ("--key-file", "KEY", "--store", "s.sqlite")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OCTARINE_STORE", "default.sqlite")
    assert run(["credentials", "certificates", "c"]) == 0
    assert run(["watermark", "keygen", "KEY"]) == 0
    Image.fromarray(scene()).save("in.png")
    return tmp_path


def octarine(capsys, *args):
    capsys.readouterr()
    code = run(["credentials", *args])
    out, err = capsys.readouterr()
    return code, out, err


def test_certificates_are_told_to_be_for_tests(capsys):
    code, out, _ = octarine(capsys, "certificates", "d")
    assert code == 0
    assert "For tests only" in out
    code, out, _ = octarine(capsys, "certificates", "e", "--json")
    assert json.loads(out)["root"] == "e/root.pem"
    assert octarine(capsys, "certificates", "e")[0] == 2


def test_signed_and_verified(capsys):
    code, out, err = octarine(
        capsys, "sign", "in.png", "out.png", *PEN, "--ai-generated", "--generator", "SD"
    )
    assert (code, err) == (0, "")
    assert "signed by Test signer" in out
    code, out, _ = octarine(capsys, "verify", "out.png", *TRUST)
    assert code == 0
    assert "TRUSTED" in out
    assert "AI-generated: yes" in out
    assert "created, with SD (trainedAlgorithmicMedia)" in out
    code, out, _ = octarine(capsys, "verify", "out.png")
    assert code == 0
    assert "VALID, NOT TRUSTED" in out
    assert "nobody that you trust" in out
    octarine(capsys, "certificates", "other")
    assert octarine(capsys, "verify", "out.png", "--trust", "other/root.pem")[0] == 1
    row = json.loads(octarine(capsys, "verify", "out.png", *TRUST, "--json")[1])
    assert (row["state"], row["ai_generated"], row["problems"]) == ("trusted", "generated", [])
    assert row["manifests"][0]["signer"] == "Test signer (Octarine test certificates)"


def test_a_change_ends_with_1_and_says_what_to_do(capsys, place):
    octarine(capsys, "sign", "in.png", "out.png", *PEN, "--ai-generated")
    files.flipped(place / "out.png", place / "changed.png", -2000)
    code, out, _ = octarine(capsys, "verify", "changed.png", *TRUST)
    assert code == 1
    assert "INVALID" in out
    assert "changed (or cut short) after it was signed" in out
    assert "Ask for the file as it was signed" in out
    assert "What they say, unproven" in out


def test_taken_off_and_recovered(capsys, place):
    code, out, _ = octarine(capsys, "sign", "in.png", "out.png", *PEN, *MARK, "--ai-generated", "--json")
    payload = json.loads(out)["payload"]
    Image.open("out.png").rotate(20, expand=True).save("later.jpg", quality=75)
    code, out, _ = octarine(capsys, "verify", "later.jpg")
    assert (code, "NO CREDENTIALS" in out) == (1, True)
    code, out, _ = octarine(capsys, "verify", "later.jpg", *TRUST, *LOOK)
    assert code == 1  # what was recovered does not vouch for this file
    assert payload in out
    assert "not for this file" in out
    code, out, _ = octarine(capsys, "recover", "later.jpg", *LOOK, *TRUST, "--out", "found.c2pa")
    assert code == 0
    assert "Its own signature is TRUSTED" in out
    assert "changed since it was signed" in out
    assert b"jumb" in (place / "found.c2pa").read_bytes()
    assert octarine(capsys, "verify", "later.jpg", "--sidecar", "found.c2pa")[0] == 1
    assert octarine(capsys, "recover", "later.jpg", *LOOK, "--out", "found.json")[0] == 0
    assert json.loads((place / "found.json").read_text())["likeness"] == "changed"
    row = json.loads(octarine(capsys, "verify", "later.jpg", *LOOK, "--json")[1])
    assert row["state"] == "none"
    assert row["recovered"]["payload"] == payload
    assert row["recovered"]["manifests"][0]["state"] == "valid"


def test_nothing_to_recover_ends_with_1(capsys):
    code, out, _ = octarine(capsys, "recover", "in.png", *LOOK)
    assert (code, "no watermark of this key" in out) == (1, True)
    octarine(capsys, "sign", "in.png", "out.png", *PEN, *MARK, "--ai-generated", "--payload", "0x5EED")
    code, out, _ = octarine(capsys, "recover", "out.png", "--key-file", "KEY", "--store", "empty.sqlite")
    assert code == 1
    assert "0x5eed" in out
    assert "keeps no credentials" in out


def test_a_chain_is_shown(capsys):
    octarine(capsys, "sign", "in.png", "one.png", *PEN, "--ai-generated")
    octarine(capsys, "sign", "one.png", "two.png", *PEN, "--action", "opened")
    args = ("sign", "in.png", "three.png", *PEN, "--action", "edited", "--ingredient", "two.png")
    assert octarine(capsys, *args)[0] == 0
    _, out, _ = octarine(capsys, "verify", "three.png", *TRUST)
    assert "edit of   two.png: see 2" in out
    assert "edit of   one.png: see 3" in out
    assert "3  one.png" in out


def test_a_password_comes_from_a_file_and_a_key_that_others_read_is_warned_of(capsys, place):
    key = load_pem_private_key((place / "c/key.pem").read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
    (place / "locked.pem").write_bytes(locked)
    (place / "locked.pem").chmod(0o644)
    pen = ("--cert", "c/chain.pem", "--key", "locked.pem", "--ai-generated")
    code, _, err = octarine(capsys, "sign", "in.png", "out.png", *pen)
    assert (code, "encrypted" in err, "--key-password-file" in err) == (2, True, True)
    (place / "password").write_text("open sesame\n")
    code, out, err = octarine(capsys, "sign", "in.png", "out.png", *pen, "--key-password-file", "password")
    assert (code, "chmod 600" in err) == (0, True)
    assert "sesame" not in out + err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("sign", "in.png", "out.png", *PEN), "--ai-generated"),
        (("sign", "in.png", "in.png", *PEN, "--ai-generated"), "exists"),
        (("sign", "in.png", "out.jpg", *PEN, "--ai-generated"), "PNG"),
        (("sign", "KEY", "out.png", *PEN, "--ai-generated"), "none of the kinds"),
        (("sign", "in.png", "out.png", *PEN, "--ai-generated", "--payload", "1"), "without a key"),
        (("sign", "in.png", "out.png", *PEN, "--ai-generated", "--payload", "cat", *MARK), "no number"),
        (
            ("sign", "in.png", "out.png", "--cert", "KEY", "--key", "c/key.pem", "--ai-generated"),
            "certificate",
        ),
        (
            ("sign", "in.png", "out.png", "--cert", "c/chain.pem", "--key", "KEY", "--ai-generated"),
            "private key",
        ),
        (("verify", "KEY"), "none of the kinds"),
        (("verify", "nowhere.png"), "nowhere.png"),
        (("verify", "in.png", "--store", "s.sqlite"), "--key-file"),
        (("verify", "in.png", "--trust", "KEY"), "no PEM certificate"),
        (("recover", "in.png", "--key-file", "in.png"), "in.png"),
        (("recover", "in.png", *LOOK, "--out", "found.txt"), ".c2pa or .json"),
        (("recover", "in.png", *LOOK, "--out", "c/root.pem"), ".c2pa or .json"),
    ],
)
def test_a_mistake_is_told_and_ends_with_2(capsys, place, args, message):
    before = sorted(path.name for path in place.iterdir())
    code, _, err = octarine(capsys, *args)
    assert code == 2
    assert message in err
    assert sorted(path.name for path in place.iterdir() if ".sqlite" not in path.name) == before


def test_names_in_credentials_cannot_play_with_the_terminal(capsys, place):
    from octarine.credentials import Signer, Statement, sign

    signer = Signer.read("c/chain.pem", "c/key.pem")
    evil = Statement(
        ai_generated=True, generator="\x1b[2Kclean \N{RIGHT-TO-LEFT OVERRIDE}exe", title="a\r\nTRUSTED"
    )
    sign(place / "in.png", place / "out.png", signer, evil)
    _, out, _ = octarine(capsys, "verify", "out.png")
    assert not {"\x1b", "\r", "\N{RIGHT-TO-LEFT OVERRIDE}"} & set(out)
    assert "\nTRUSTED" not in out


DOCS = Path(__file__).parents[2] / "docs" / "credentials.md"


def test_the_commands_of_the_documentation_run_as_they_stand(capsys, place):
    (place / "KEY").unlink()
    blocks = re.findall(r"```\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    codes = [run(shlex.split(line)[1:]) for line in lines]
    # The last one looks up a picture that was never marked.
    assert codes == [0] * (len(lines) - 1) + [1], capsys.readouterr()
    assert len(lines) == 8
