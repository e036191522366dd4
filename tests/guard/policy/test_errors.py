"""Every way to get a policy wrong: one error that names line and column, and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from octarine.core.errors import DataError, InputError
from octarine.guard.policy import policy_from_text, read_policy

WRONG = [
    # (what, text, line, column, in the message, in the hint)
    ("empty", "", 1, None, "empty", "name:"),
    ("only comments", "# nothing\n", 1, None, "empty", ""),
    ("a list", "- name\n", 1, 1, "expected a mapping", ""),
    ("no version", "name: a\n", 1, 1, "the key 'version' is missing", "version:"),
    ("version is no semver", "name: a\nversion: 1.0\n", 2, 10, "'1.0' is no semantic version", "1.0.0"),
    ("name", "name: A b\nversion: 1.0.0\n", 1, 7, "'A b' is no name", "Lower-case"),
    (
        "unknown key",
        "name: a\nversion: 1.0.0\ncategorys: {}\n",
        3,
        1,
        "unknown key 'categorys'",
        "'categories'",
    ),
    ("key twice", "name: a\nversion: 1.0.0\nname: b\n", 3, 1, "'name' stands on line 1 too", "Keep one"),
    ("null", "name:\nversion: 1.0.0\n", 1, 6, "name: expected a text, found nothing", ""),
    ("tab", "name: a\nversion: 1.0.0\nlimits:\n\tmax_characters: 1\n", 4, 1, "not YAML", "spaces"),
    ("colon", "name: a\nversion: 1.0.0\ndescription: a: b\n", 3, 15, "not YAML", "quotation marks"),
    ("two documents", "name: a\n---\nname: b\n", 2, 1, "another document", "One file holds one policy"),
    ("nul", "name: a\nversion: 1.0.0\ndescription: a\0b\n", 3, None, "U+0000", "Take it out"),
    ("tag", "name: !!python/name:os.system x\nversion: 1.0.0\n", 1, 7, "the tag", "plain data"),
    ("own tag", "name: !a x\nversion: 1.0.0\n", 1, 7, "the tag", "plain data"),
    ("binary", "name: !!binary YQ==\nversion: 1.0.0\n", 1, 7, "the tag", "plain data"),
    ("alias", "name: &a x\nversion: *a\n", 2, 10, "aliases are not allowed", ""),
    ("bomb", "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 2, 8, "aliases are not allowed", ""),
    ("merge key", "name: a\nversion: 1.0.0\n<<: {shadow: true}\n", 3, 1, "unknown key '<<'", ""),
    ("deep", "name: " + "[" * 200 + "]" * 200, 1, None, "nested too deeply", ""),
    ("list as key", "? [a]\n: b\n", 1, 3, "a key must be a word", "quotation marks"),
    ("null key", "name: a\n~: b\n", 2, 1, "a key must be a word", ""),
    ("shadow", "name: a\nversion: 1.0.0\nshadow: 'true'\n", 3, 9, "expected true or false, found 'true'", ""),
    (
        "position",
        "name: a\nversion: 1.0.0\npositions: [user, outputs]\n",
        3,
        19,
        "'outputs' is no position",
        "output",
    ),
    ("position twice", "name: a\nversion: 1.0.0\npositions: [user, user]\n", 3, 19, "twice", "Keep one"),
    ("no position", "name: a\nversion: 1.0.0\npositions: []\n", 3, 12, "names no position", "shadow"),
    (
        "positions no list",
        "name: a\nversion: 1.0.0\npositions: user\n",
        3,
        12,
        "expected a list, found 'user'",
        "[",
    ),
]

CATEGORIES = [
    ("harmful_reqest: {action: block}", 3, "unknown category 'harmful_reqest'", "'harmful_request'"),
    ("harmful_request.wepons: {action: block}", 3, "unknown category", "'weapons'"),
    ("jailbreak.soft: {action: block}", 3, "unknown category 'jailbreak.soft'", "has no kinds"),
    ("personal_data.emial: {action: flag}", 3, "nothing ever finds 'personal_data.emial'", "email"),
    ("denied_word.none: {action: flag}", 3, "nothing ever finds 'denied_word.none'", "no word list"),
    ("corrupted.bidis: {action: flag}", 3, "unknown category", "'bidi'"),
    ("jailbreak: block", 14, "expected a mapping", ""),
    ("jailbreak: {}", 14, "it says nothing", "action"),
    ("jailbreak: {strength: low}", 3, "no action is given", "action: block"),
    ("jailbreak: {action: stop}", 23, "'stop' is no action", "allow, block, flag, mask, replace"),
    ("jailbreak: {action: block, strength: hihg}", 40, "'hihg' is no strength", "'high'"),
    ("jailbreak: {action: block, threshold: 1.5}", 41, "1.5 is not between 0 and 1", ""),
    ("jailbreak: {action: block, threshold: .nan}", 41, "expected a number, found .nan", ""),
    ("jailbreak: {action: block, threshold: '0.5'}", 41, "expected a number, found '0.5'", ""),
    ("jailbreak: {action: block, threshold: 0.5, strength: low}", 41, "both given", "Keep one"),
    ("jailbreak: {action: block, thresh: 0.5}", 30, "unknown key 'thresh'", "'threshold'"),
    ("jailbreak: {action: block, positions: [system]}", 41, "does not scan 'system'", "Add it"),
    ("jailbreak: {action: block, action: flag}", 30, "'action' stands on line 4 too", ""),
    ("'a b': {action: block}", 3, "unknown category 'a b'", ""),
]

BELOW = [
    ("words: [{id: a}]", "it needs 'terms' or 'file'", "terms:"),
    ("words: [{id: a, terms: [x], file: y}]", "one of the two", ""),
    ("words: [{id: a, terms: []}]", "it holds no term", "Add one"),
    ("words: [{id: a, terms: [x, x]}]", "twice", ""),
    ("words: [{id: a, terms: [x]}]", "nothing says what to do about 'a'", "action: block"),
    ("words: [{id: A, terms: [x]}]", "'A' is no id", "Lower-case"),
    ("words: [{terms: [x]}]", "the key 'id' is missing", "id:"),
    ("words: [{id: a, terms: [x], action: flag}, {id: a, terms: [y]}]", "stands on line 3 too", "another id"),
    ("words: [{id: a, terms: [x], action: flag, languages: [eng]}]", "no language of the guard", "'en'"),
    ("words: [{id: a, terms: [x], action: flag, category: topic.a}]", "another kind of rule", "denied_word"),
    ("words: [{id: a, file: missing.txt, action: flag}]", "cannot be used", "beside the policy"),
    ("words: [{id: a, terms: [[x]], action: flag}]", "expected a text, found a list", ""),
    (
        "words: [{id: a, terms: [x], action: flag, category: secret.key},"
        " {id: b, terms: [y], action: block, category: secret.key}]",
        "ask for different things",
        "categories",
    ),
    ("patterns: [{id: a, pattern: '(?=x)y', action: flag}]", "lookaround", "RE2"),
    ("patterns: [{id: a, pattern: '(', action: flag}]", "pattern", "RE2"),
    ("patterns: [{id: a, pattern: 'x*', action: flag}]", "empty text", ""),
    ('patterns: [{id: a, pattern: "\\d+", action: flag}]', "escape", "single quotation marks"),
    ("patterns: [{id: a, pattern: x, action: flag, validate: ibna}]", "'ibna' is no check", "'iban'"),
    ("topics: [{id: a, action: flag}]", "'description' is missing", ""),
    ("topics: [{id: a, description: b, action: flag, threshold: -1}]", "", ""),
    ("unscannable: mask", "'mask' is no action for what cannot be scanned", "allow, block, flag"),
    ("unscannable: {pictures: block}", "unknown key 'pictures'", "'picture'"),
    ("messages: {xx: a}", "'xx' is no language", ""),
    ("messages: {en: {all: a}}", "'all' is no category", ""),
    ("messages: {en: ' '}", "it is empty", ""),
    ("limits: {max_characters: 0}", "0 is not between 1 and", ""),
    ("limits: {max_characters: 1e5}", "expected a whole number", ""),
    ("limits: {max_characters: 99999999999999999999999999}", "expected a whole number", ""),
    ("limits: {normaliser: {depht: 3}}", "unknown key 'depht'", "'depth'"),
    ("remove: {words: [a]}", "'a' is not inherited", "inherits none"),
    ("remove: {word: [a]}", "unknown key 'word'", "'words'"),
    ("remove: {words: [a]}\nwords: [{id: a, terms: [x], action: flag}]", "also given", "replaces"),
    ("extends: default", "expected a list", "["),
    ("extends: [defualt]", "no policy is called 'defualt'", "'default'"),
    ("extends: [none.yaml]", "there is no file", "relative"),
    ("extends: [default, default]", "twice", ""),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_the_error_names_the_place(text: str, line: int, column: int | None, message: str, hint: str) -> None:
    error = refused(text)
    assert error.line == line
    assert message in error.message
    assert hint in error.hint
    if column is not None:
        assert f"column {column}:" in error.message


@pytest.mark.parametrize(
    ("entry", "column", "message", "hint"), CATEGORIES, ids=[entry[0] for entry in CATEGORIES]
)
def test_categories(entry: str, column: int, message: str, hint: str) -> None:
    error = refused(f"name: a\nversion: 1.0.0\ncategories:\n  {entry}\n")
    assert (error.line, f"column {column}:" in error.message) == (4, True), error.message
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(("entry", "message", "hint"), BELOW, ids=[entry[0][:50] for entry in BELOW])
def test_everything_else(entry: str, message: str, hint: str) -> None:
    error = refused(f"name: a\nversion: 1.0.0\n{entry}\n")
    assert error.line == 3
    assert "column" in error.message
    assert message in error.message
    assert hint in error.hint


def refused(text: str) -> DataError:
    with pytest.raises(DataError) as caught:
        policy_from_text(text, "mine.yaml")
    assert caught.value.path == "mine.yaml"
    assert caught.value.message.startswith(f"mine.yaml:{caught.value.line}: ")
    return caught.value


def test_a_name_that_is_none() -> None:
    with pytest.raises(InputError, match="no policy is called 'strickt'") as caught:
        read_policy("strickt")
    assert "'strict'" in caught.value.hint


def test_no_name_at_all() -> None:
    with pytest.raises(InputError, match="no policy is named"):
        read_policy()


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_policy(tmp_path / "missing.yaml")


def test_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: a\nversion: \xff\n")
    with pytest.raises(DataError, match=r"mine\.yaml:2: not UTF-8"):
        read_policy(path)


def test_too_long() -> None:
    error = refused("name: a\n#" + "x" * (1 << 20))
    assert "longer than" in error.message
    assert "file:" in error.hint


def test_cycles_name_the_chain(tmp_path: Path) -> None:
    for name, below in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nversion: 1.0.0\nextends: [./{below}.yaml]\n")
    with pytest.raises(DataError, match="extend each other") as caught:
        read_policy(tmp_path / "a.yaml")
    assert caught.value.message.count("→") == 3
    assert caught.value.line == 3
    assert caught.value.path.endswith("c.yaml")


def test_a_policy_that_extends_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("name: a\nversion: 1.0.0\nextends:\n  - a.yaml\n")
    with pytest.raises(DataError, match=r"a\.yaml:4: column 5: extends: the policies extend each other"):
        read_policy(path)
