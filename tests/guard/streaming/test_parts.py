"""What a stream is made of: cuts, bytes, placeholders, and the rules that need too much."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.guard import Guard
from octarine.guard.normalise.malformed import read
from octarine.guard.normalise.results import Edit, View, fragment, rewrite
from octarine.guard.policy import policy_from_text, read_policy
from octarine.guard.rules import Placeholders, pattern
from octarine.guard.rules.patterns import UNBOUNDED
from octarine.guard.rules.reach import reach, recognised
from octarine.guard.streaming import HOLD_BACK, LONGEST, SHORTEST, LongRule, long_rules
from octarine.guard.streaming.blocks import next_cut
from octarine.guard.streaming.pieces import encoded_before, parts
from octarine.guard.streaming.received import Received
from octarine.guard.streaming.restoring import MOST_HELD, Restorer

from .answers import FILLER, MAIL, chunked, cuts

LETTERS = st.text(
    st.sampled_from("ab .!?\n”)。 \u0301👍\U0001f3fd\u200d"), min_size=LONGEST + 1, max_size=900
)


@given(LETTERS, st.integers(0, 100), st.data())
def test_a_cut_is_known_once_the_longest_block_is_there(text, start, data):
    start = min(start, len(text) - LONGEST - 1)
    cut = next_cut(text, start)
    assert start + SHORTEST <= cut <= start + LONGEST
    known = data.draw(st.integers(start + LONGEST + 1, len(text)))
    assert next_cut(text[:known], start) == cut
    assert next_cut(text[start:], 0) == cut - start


def test_a_cut_stands_at_the_end_of_a_sentence_else_of_a_word_else_of_a_character():
    sentences = "x" * (SHORTEST - 2) + ". y " + "z" * LONGEST
    assert next_cut(sentences, 0) == SHORTEST
    words = "word " * 200
    assert next_cut(words, 0) == LONGEST - LONGEST % 5
    family = "👩\u200d👩\u200d👧" * 200
    assert family[next_cut(family, 0)] == "👩"
    assert family[next_cut(family, 0) - 1] != "\u200d"
    assert next_cut("e\u0301" * 400, 0) % 2 == 0
    assert next_cut("x" + "\u0301" * 900, 0) == LONGEST


def test_a_long_run_at_the_beginning_may_have_begun_earlier():
    assert encoded_before("\n" + "x" * 24)
    assert not encoded_before("x" * 23 + " " + "y" * 40)
    assert not encoded_before("川を渡った" * 20)


BYTES = st.lists(
    st.sampled_from(
        [b"plain ", "über 川 👍".encode(), b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80\xed\xb0\x80", b"\xff",
         b"\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff",
         b"\xf0\x9f\x91", b"\xef\xbf\xbd", b"a\x00", b"\x00\x00"]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(BYTES | st.binary(max_size=60), st.data())
def test_bytes_read_as_the_normaliser_reads_them_however_they_are_cut(data, draw):
    received = Received()
    for chunk in chunked(data, draw.draw(cuts(len(data)))):
        received.add(chunk)
    received.close()
    assert received.text == read(data).text
    assert received.length == len(received.text)
    start = draw.draw(st.integers(0, received.length))
    end = draw.draw(st.integers(start, received.length))
    window = received.window(start, end)
    if data:
        assert read(window).text == received.slice(start, end)
        if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            whole = read(received.window(0, received.length))
            assert (whole.malformed, whole.lenient) == (read(data).malformed, read(data).lenient)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_a_part_of_wide_text_that_begins_with_nothing_reads_as_it_was(mark):
    received = Received()
    received.add(mark + b"\0\0\0\0\0\0")
    received.close()
    assert received.length > 0
    for start in range(received.length):
        assert read(received.window(start, received.length)).text == received.slice(start, received.length)


def test_many_broken_bytes_are_read_in_time():
    received = Received()
    received.add(b"\xff" * 300_000)
    received.close()
    assert received.text == "\ufffd" * 300_000


def test_what_is_forgotten_is_gone_and_the_rest_stands_where_it_stood():
    received = Received()
    received.add(b"abc\xffdef\xff")
    received.close()
    received.forget(5)
    assert (received.base, received.text, received.length) == (5, "ef\ufffd", 8)
    assert received.window(5, 8) == b"\xef\xbb\xbfef\xff"


PARTS = st.lists(
    st.sampled_from(
        ["<", "&lt;", "&", "lt;", "＜", "[", "{", "《", "EMAIL", "email", "_", "\\_", " ", "-", "1", "12",
         ">", "&gt;", "&g", "t;", "＞", "]", "}", "》",
         "x", ".", "\n", "A", "TEXT", "川", "<EMAIL_1>", "{text 1}",
         "EMAIL_1"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(PARTS, st.data())
def test_pieces_are_restored_as_the_whole_is(text, data):
    restore = Placeholders({"<EMAIL_1>": MAIL, "<TEXT_1>": "<EMAIL_1>", "<EMAIL_12>": "x"}).restore
    restorer = Restorer(restore)
    out = []
    for chunk in chunked(text, data.draw(cuts(len(text)))):
        out.append(restorer.feed(chunk))
        assert len(restorer._held) <= MOST_HELD
    assert "".join((*out, restorer.finish())) == restore(text)


@pytest.mark.parametrize(
    "text", ["xEMAIL_1.", "XEMAIL_1 ", "9EMAIL_1", "\\EMAIL_1", "é EMAIL_1.", "_EMAIL_1"]
)
def test_letters_before_a_bare_placeholder_make_it_none_though_they_are_out(text):
    restore = Placeholders({"<EMAIL_1>": MAIL}).restore
    restorer = Restorer(restore)
    assert "".join((*map(restorer.feed, text), restorer.finish())) == restore(text)


def test_the_longest_placeholder_is_waited_for():
    name = "&lt;   " + "_".join(["A" * 32] * 8)
    value = {f"<{'_'.join(['A' * 32] * 8)}_123456789>": "found"}
    restorer = Restorer(Placeholders(value).restore)
    assert "".join(map(restorer.feed, f"{name}\\_123456789   &gt;.")) == "found."


def test_parts_of_a_view_are_those_that_come_from_a_stretch_of_the_original():
    text, way = rewrite("a-b-c-d-e", [Edit(at, at + 1, "") for at in (1, 3, 5, 7)])
    plain, cleaned = View("a-b-c-d-e"), View(text, ("invisible",), (way,))
    base64 = View("decoded", ("base64",), (fragment("decoded", 2, 5),))
    turned = View("e-d-c-b-a", ("reversed",), (fragment("e-d-c-b-a", 0, 9, -1),))
    found = list(parts([plain, cleaned, base64, turned], 4, 7))
    assert [view.text for view in found] == ["c-d", "cd", "decoded", "e-d-c-b-a"]
    assert found[0].span(0, 3) == (4, 7)
    assert found[1].span(1, 2) == (6, 7)
    assert list(parts([base64], 5, 9)) == []


@pytest.mark.parametrize(
    ("expression", "points"),
    [
        ("ORD-[0-9]+", 5),
        ("ORD-[0-9]{4,9}", 8),
        ("(?:ab|c{3,9}d)x?", 10),
        ("a.*b", UNBOUNDED),
        ("(?i)foo[^\\n]{1,200}bar", 206),
        ("[äöü]{3}川", 4),
        (r"\bx(?P<value>[0-9]{2,}\.[0-9]+)\b", UNBOUNDED),
        (r"(?:(?:ab)+c|d)*e", UNBOUNDED),
        ("ab{3}", 4),
    ],
)
def test_how_much_a_pattern_needs(expression, points):
    assert recognised(expression) == points


@settings(max_examples=100)
@given(st.text(st.sampled_from("abcd"), max_size=30))
def test_a_match_is_seen_in_as_much_as_its_pattern_needs(text):
    import re

    for expression in ("ab+c{2}d?", "(?:a|bb)(?:cd)+a*", "a{2,4}b", "[ab]{3,}"):
        needed = recognised(expression)
        for found in re.finditer(expression, text):
            if needed < UNBOUNDED:
                assert re.match(expression, text[found.start() : found.start() + needed])


def test_the_context_behind_a_match_counts():
    assert reach(pattern("p", "[0-9]{4}", context=["pin"], within=30)) == 34


def test_rules_that_need_too_much_are_listed():
    assert long_rules(read_policy("default")) == (LongRule("json_web_token", None),)
    far = policy_from_text(
        "name: t\nversion: 1.0.0\ntopics: [{id: far, description: far, action: block, examples: ["
        + "word " * 100
        + "]}]"
    )
    assert long_rules(far) == (LongRule("topic.far", 748),)


def long_pattern(rest):
    return policy_from_text(
        f"name: t\nversion: 1.0.0\npatterns: [{{id: notes, pattern: 'BEGIN[^\\n]*END', {rest}}}]"
    )


@pytest.mark.parametrize("action", ["mask", "replace", "block"])
def test_patterns_that_need_too_much_are_refused(action):
    with pytest.raises(InputError, match=r"'notes' may need any number of characters.*512") as error:
        Guard(long_pattern(f"action: {action}"))
    assert "Bound its repetitions" in error.value.hint


def test_patterns_that_change_no_answer_may_need_what_they_like():
    Guard(long_pattern("action: flag"))
    Guard(long_pattern("action: mask, shadow: true"))
    Guard(
        policy_from_text(
            "name: t\nversion: 1.0.0\npatterns: [{id: notes, pattern: 'BEGIN.*END'}]\n"
            "categories: {pattern.notes: {action: block, positions: [user]}}"
        )
    )


def test_a_pattern_goes_on_behind_what_is_held_back():
    guard = Guard(
        policy_from_text(
            "name: t\nversion: 1.0.0\npatterns: [{id: run, pattern: 'RUN-[0-9]+', action: mask}]"
        )
    )
    text = f"{FILLER * 9}RUN-{'7' * 3 * HOLD_BACK} {FILLER * 30}"
    verdict = guard.check_output(text)
    assert verdict.text == f"{FILLER * 9}[RUN] {FILLER * 30}"
