"""However an answer is cut, what goes out and the verdict are those of the whole."""

from __future__ import annotations

import base64
import gzip
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import InputError
from octarine.core.results import Action
from octarine.guard.conversations.cover import Cover
from octarine.guard.conversations.judging import judge_pieces
from octarine.guard.conversations.positions import HEADS, OUTPUT, Place
from octarine.guard.streaming import HOLD_BACK, LONGEST, MOST_HELD, SHORTEST, OutputStream
from octarine.guard.streaming.blocks import next_cut
from octarine.guard.streaming.fold import FAR, NEAR, judge_answer

from .answers import ENCODED, FILLER, HARM, KEY, MAIL, PEM, POLICIES, answers, chunked, cuts, guard, hidden

LABEL = "[AWS_SECRET]"


def streamed(name, chunks, **options):
    stream = OutputStream(guard(name), "q", **options)
    out = []
    for chunk in chunks:
        out.append(stream.feed(chunk))
        assert stream.held <= MOST_HELD
    ended = stream.finish()
    return "".join((*out, ended.text)), ended.verdict


def untimed(verdict):
    return replace(verdict, timings={}), dict(verdict.placeholders)


def batch(name, text):
    judged = judge_answer(guard(name), text, "q")
    return judged.released, judged.verdict


@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_pieces_of_text_give_the_verdict_of_the_whole(name, data):
    text = data.draw(answers())
    out, verdict = streamed(name, chunked(text, data.draw(cuts(len(text)))))
    expected = guard(name).check_output(text, "q")
    assert out == (expected.text if expected.allowed else batch(name, text)[0])
    assert untimed(verdict) == untimed(expected)
    assert verdict.text == (out if verdict.allowed else "")


@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_pieces_of_bytes_give_the_verdict_of_the_whole(name, data):
    text = data.draw(answers(10)).encode("utf-8", "surrogatepass")
    out, verdict = streamed(name, chunked(text, data.draw(cuts(len(text)))))
    expected = guard(name).check_output(text, "q")
    assert out == (expected.text if expected.allowed else batch(name, text)[0])
    assert untimed(verdict) == untimed(expected)


@pytest.mark.parametrize("name", ["mask", "mixed"])
def test_single_bytes_of_long_characters(name):
    text = (f"彼は静かに川を渡った。👩‍👩‍👧‍👦 {MAIL} {KEY} über " * 40).encode()
    out, verdict = streamed(name, [bytes([byte]) for byte in text])
    assert (out, untimed(verdict)) == (batch(name, text)[0], untimed(batch(name, text)[1]))
    assert KEY not in out
    assert MAIL not in out
    assert "\ufffd" not in out


@settings(max_examples=80, deadline=None)
@given(before=st.integers(0, 2000), after=st.integers(0, 2000), secret=st.sampled_from([KEY, hidden(KEY)]))
def test_a_mask_stands_wherever_the_block_ends(before, after, secret):
    text = (FILLER * 50)[:before] + f" {secret} " + (FILLER * 50)[:after]
    out, verdict = streamed("mask", list(text))
    assert out == text.replace(secret, LABEL)
    assert verdict.action is Action.MASK
    assert all(text[span.start : span.end] for span in verdict.spans)


@settings(max_examples=60, deadline=None)
@given(before=st.integers(0, 2500), after=st.integers(0, 1500))
def test_what_is_blocked_ends_before_the_harm(before, after):
    text = (FILLER * 60)[:before] + f" {HARM} " + (FILLER * 60)[:after]
    out, verdict = streamed("default", chunked(text, [*range(7, len(text), 7), len(text)]))
    assert verdict.action is Action.BLOCK
    assert verdict.text == ""
    assert verdict.message
    assert text.startswith(out)
    at = text.index(HARM)
    # The fake scores windows of 200 characters; a sign that is cut by one is seen by the next.
    assert at - LONGEST - HOLD_BACK - 200 <= len(out) <= at or not out


@settings(max_examples=40, deadline=None)
@given(before=st.integers(0, 2500))
def test_what_is_encoded_does_not_begin_to_go_out(before):
    text = (FILLER * 60)[:before] + f" {ENCODED} " + FILLER * 20
    out, verdict = streamed("default", list(text))
    assert verdict.action is Action.BLOCK
    assert ENCODED[:8] not in out
    assert ("base64",) in verdict.decoded


@pytest.mark.parametrize("before", [*range(0, 3000, 137), 700, 701, 702, 703, 704, 705])
def test_what_is_blocked_ends_with_the_block_before_the_one_in_which_it_begins(before):
    text = (FILLER * 70)[:before] + f" {KEY} " + FILLER * 30
    out, verdict = streamed("block", list(text))
    ends = [0]
    while ends[-1] + LONGEST < len(text) and (cut := next_cut(text, ends[-1])) <= text.index(KEY):
        ends.append(cut)
    assert (verdict.action, out) == (Action.BLOCK, text[: ends[-1]])


@pytest.mark.parametrize("before", range(LONGEST - 30, LONGEST + 5))
def test_harm_that_a_cut_goes_through_is_seen(before):
    text = ("word " * 200)[:before] + f"{HARM} " + "word " * 400
    out, verdict = streamed("default", chunked(text, [*range(50, len(text), 50), len(text)]))
    assert verdict.action is Action.BLOCK
    assert HARM not in out


def test_what_was_compressed_is_read_from_where_it_began():
    words = " ".join(str(number * number) for number in range(2000))
    encoded = base64.b64encode(gzip.compress(f"{words} and now {HARM}, then stir".encode())).decode()
    lines = "\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    assert NEAR + MOST_HELD < len(lines) < FAR
    out, verdict = streamed("default", [f"{FILLER * 30}\n\n{lines}\n\n{FILLER * 30}"])
    assert verdict.action is Action.BLOCK
    assert lines[-60:] not in out


def test_the_end_of_a_token_longer_than_everything_held_is_covered():
    token = "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxIn0" * 300 + ".c2lnbmF0dXJl"
    assert len(token) > NEAR + MOST_HELD
    out, _ = streamed("mask", list(f"{FILLER * 9}{token} {FILLER * 30}"))
    assert "c2lnbmF0dXJl" not in out
    assert out.endswith(f"[JWT_SECRET] {FILLER * 30}")


@pytest.mark.parametrize("width", [57, 76])
def test_what_is_encoded_is_read_from_where_it_began(width):
    encoded = base64.b64encode(f"{FILLER * 70} and now {HARM}".encode()).decode()
    lines = "\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))
    assert len(lines) > 4 * NEAR
    text = f"{FILLER * 30}\n\n{lines}\n\n{FILLER * 30}"
    out, verdict = streamed("default", chunked(text, [*range(50, len(text), 50), len(text)]))
    assert verdict.action is Action.BLOCK
    assert text.startswith(out)
    assert len(out) <= text.index(lines[-60:])


@pytest.mark.parametrize("before", [0, 150, 300, 700, 1500])
def test_a_key_longer_than_what_is_held_back_is_covered_whole_and_once(before):
    assert len(PEM) > 4 * HOLD_BACK
    text = (FILLER * 40)[:before] + f"\n{PEM}\n" + FILLER * 30
    out, _ = streamed("mask", list(text))
    assert out == text.replace(PEM, "[PRIVATE_KEY_SECRET]")


def test_an_answer_is_let_go_in_time():
    text = FILLER * 60
    stream = OutputStream(guard("mask"))
    out = 0
    for number, character in enumerate(text, 1):
        out += len(stream.feed(character))
        assert number - out == stream.held <= MOST_HELD
    assert out > len(text) - MOST_HELD
    assert out + len(stream.finish().text) == len(text)


def test_nothing_goes_out_once_it_is_blocked():
    stream = OutputStream(guard("default"), "q")
    before = stream.feed(FILLER * 30 + HARM + FILLER * 30)
    assert before
    assert HARM not in before
    assert stream.blocked is not None
    assert stream.waits("more")
    assert [stream.feed("more"), stream.held] == ["", 0]
    ended = stream.finish()
    assert (ended.text, ended.verdict) == ("", stream.blocked)
    assert stream.finish() == ended


def test_waiting_costs_no_look():
    stream = OutputStream(guard("mask"))
    assert stream.waits("x" * (SHORTEST + HOLD_BACK))
    assert not stream.waits("x" * (SHORTEST + HOLD_BACK + 1))
    for character in FILLER * 40:
        alone = stream.waits(character)
        assert not (stream.feed(character) and alone)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(POLICIES)), st.data())
def test_an_answer_of_one_block_has_the_verdict_of_a_single_look(name, data):
    text = data.draw(answers(3))[: SHORTEST + HOLD_BACK]
    given_as = text if data.draw(st.booleans()) else text.encode("utf-8", "surrogatepass")[: len(text)]
    place = Place(0, OUTPUT, part=0, text=given_as, heads=HEADS[OUTPUT])
    (once,) = judge_pieces(
        guard(name), [place], Cover(), prompt="q", language="", message_language="", evidence=None
    )
    out, verdict = streamed(name, [given_as])
    assert untimed(verdict) == untimed(once)
    assert out == once.text
    assert set(verdict.timings) == set(once.timings)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_placeholders_are_put_back_across_every_boundary(data):
    values = {"<EMAIL_1>": MAIL, "<NATIONAL_ID_2>": "12-3456", "<TEXT_1>": "<EMAIL_1>"}
    written = st.sampled_from(
        ["<EMAIL_1>", "[ email 1 ]", "&lt;National-ID_2&gt;", "NATIONAL_ID_2", "<TEXT_1>", "<EMAIL_7>", "<EM",
         "xEMAIL_1", "XEMAIL_1 ", "《email\\_1》", FILLER, "A", "<", " ", "&", "_", "1"]
    )  # fmt: skip
    text = "".join(data.draw(st.lists(written, max_size=80)))
    for name in ("allow", "mixed"):
        out, verdict = streamed(name, chunked(text, data.draw(cuts(len(text)))), placeholders=values)
        assert out == guard(name).restore(values, verdict.text)


def test_placeholders_of_a_blocked_answer_are_put_back_in_what_went_out():
    text = FILLER * 30 + "<EMAIL_1> " + FILLER * 20 + HARM + FILLER * 20
    out, verdict = streamed("default", list(text), placeholders={"<EMAIL_1>": MAIL})
    assert verdict.action is Action.BLOCK
    assert MAIL in out
    assert text.replace("<EMAIL_1>", MAIL).startswith(out)


def test_what_looked_like_a_placeholder_goes_out_though_the_next_block_is_blocked():
    text = "word " * 70 + "[" + "word " * 60 + HARM + " word" * 200
    out, _ = streamed("default", list(text), placeholders={"<EMAIL_1>": MAIL})
    assert out == text[: next_cut(text, 0)]
    assert "[" in out


def test_equal_things_have_one_placeholder_in_a_long_answer():
    text = f"{MAIL} {FILLER * 40} {MAIL} {FILLER * 40} li@example.com"
    out, verdict = streamed("replace", list(text))
    assert dict(verdict.placeholders) == {"<EMAIL_1>": MAIL, "<EMAIL_2>": "li@example.com"}
    assert out.count("<EMAIL_1>") == 2
    assert guard("replace").restore(verdict, out) == text


def test_a_flag_far_behind_is_in_the_verdict_where_it_stands():
    text = f"{FILLER * 40}{KEY} {FILLER * 40}"
    out, verdict = streamed("flag", list(text))
    assert (out, verdict.action) == (text, Action.FLAG)
    assert [text[span.start : span.end] for span in verdict.spans if span.category == "secret.aws"] == [KEY]


def test_every_topic_in_a_long_answer_is_masked():
    asked = "how to pick the lock of a front door"
    text = f"{FILLER * 20}\n{asked}\n{FILLER * 3}\n{asked}\n{FILLER * 20}\n{asked}"
    out, _ = streamed("mixed", list(text))
    assert asked not in out


def test_an_answer_that_is_too_long_ends_where_nothing_looks_any_more():
    from octarine.guard import Guard
    from octarine.guard.policy import policy_from_text

    short = Guard(policy_from_text("name: s\nversion: 1.0.0\nlimits: {max_characters: 2000}"))
    text = FILLER * 100
    judged = judge_answer(short, text)
    assert judged.verdict.rules == ("unscannable.long_text",)
    assert 2000 - LONGEST - HOLD_BACK <= len(judged.released) <= 2000
    assert text.startswith(judged.released)


def test_bytes_that_are_no_text_are_blocked():
    out, verdict = streamed("default", [bytes([byte]) for byte in range(128, 256)] * 20)
    assert (out, verdict.action) == ("", Action.BLOCK)
    assert "unscannable.malformed" in verdict.rules


def test_text_and_bytes_are_not_mixed():
    stream = OutputStream(guard("mask"))
    stream.feed("text")
    with pytest.raises(InputError, match="by turns"):
        stream.feed(b"bytes")


def test_an_empty_answer():
    assert streamed("default", [])[0] == ""
    assert streamed("default", ["", ""])[1].action is Action.ALLOW
