"""Encodings against the standards that define them, and against the standard library where it has them."""

from __future__ import annotations

import email.header
import itertools
import quopri
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.redteam.obfuscation.encodings import (
    bases,
    bits,
    containers,
    escapes,
    numbers,
    packing,
    pronounceable,
    signals,
    spelling,
)


def test_base64_and_base32_of_rfc_4648() -> None:
    assert bases.to_base64("foobar") == "Zm9vYmFy"
    assert bases.to_base64("foob", padded=False) == "Zm9vYg"
    assert bases.to_base64("a", layers=2) == "WVE9PQ=="
    assert bases.to_base64("??>>", alphabet="url") == "Pz8-Pg=="
    assert bases.to_base32("foobar", "standard") == "MZXW6YTBOI======"
    assert bases.to_base32("foobar", "hex") == "CPNMUOJ1E8======"


def test_base45_of_rfc_9285() -> None:
    assert bases.to_base45("AB") == "BB8"
    assert bases.to_base45("Hello!!") == "%69 VD92EX0"
    assert bases.to_base45("base-45") == "UJCLQE7W581"
    assert bases.from_base45("QED8WEX0") == "ietf!"


def test_base58_of_the_draft() -> None:
    assert bases.to_radix("Hello World!", "base58") == "2NEpo7TZRRrLZSi2U"
    fox = "The quick brown fox jumps over the lazy dog."
    assert bases.to_radix(fox, "base58") == "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"


def test_other_dense_bases() -> None:
    assert bases.to_ascii85("Man ", "ascii85") == "9jqo^"
    assert bases.to_base91("test") == "fPNKd"
    assert bases.to_wide("a", "braille") == chr(0x2861)
    assert bases.to_wide("a", "hangul") == chr(0xAC00 + (0x61 << 5)) + "5"


def test_proquints_of_the_proposal() -> None:
    assert pronounceable.to_proquints("\x7f\x00\x00\x01") == "lusab-babad"


def test_bubble_babble_of_its_description() -> None:
    assert pronounceable.to_bubble_babble("") == "xexax"
    assert pronounceable.to_bubble_babble("1234567890") == "xesef-disof-gytuf-katof-movif-baxux"
    with pytest.raises(ValueError, match="checksum"):
        pronounceable.from_bubble_babble("xesef-disof-gytuf-katof-movif-baxax")


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=50)
def test_mail_encodings_are_read_by_the_standard_library(text: str) -> None:
    body = escapes.to_quoted_printable(text)
    assert quopri.decodestring(body.encode()).decode() == text
    assert escapes.to_utf7(text, "mail").encode().decode("utf-7") == text
    for letter in "BQ":
        pairs = email.header.decode_header(escapes.to_encoded_words(text, letter))
        assert b"".join(piece for piece, _ in pairs).decode() == text  # type: ignore[arg-type]


def test_escapes() -> None:
    assert escapes.to_percent("a/", 1) == "%61%2F"
    assert escapes.to_percent("a", 3) == "%252561"
    assert escapes.to_entities("<é", "named") == "&lt;&eacute;"
    assert escapes.to_escapes("a😀", "json") == r"\u0061\ud83d\ude00"
    assert escapes.to_escapes("é", "names") == r"\N{LATIN SMALL LETTER E WITH ACUTE}"
    assert escapes.to_punycode("他们为什么不说中文") == "ihqwcrb4cv8a8dqg056pqjye"  # RFC 3492, 7.1 (B)


def test_uuencode() -> None:
    assert containers.to_uu("Cat", "uu").split("\n") == ["begin 644 note.txt", "#0V%T", "`", "end"]


def test_records_of_the_formats_descriptions() -> None:
    assert containers._srecord(b"hello     \0\0", b"\0\0", "0") == "S00F000068656C6C6F202020202000003C"
    data = bytes.fromhex("214601360121470136007EFE09D21901")
    assert containers._intel(data, b"\x01\x00", 0) == ":10010000214601360121470136007EFE09D2190140"
    with pytest.raises(ValueError, match="checksum"):
        containers.from_records(":0100000061AA\n:00000001FF", "intel-hex")


def test_septets_of_text_messages() -> None:
    assert containers.to_sms("hellohello") == "0A E8329BFD4697D9EC37"


def test_keywords_alone_are_encoded() -> None:
    assert containers.to_keywords("Please mend it", 5) == "[b64:UGxlYXNl] mend it"
    nested = "a [b64:YQ==] b"
    assert containers.from_keywords(containers.to_keywords(nested, 5), 5) == nested


def test_numbers() -> None:
    assert numbers.to_code_points("aé", 10) == "97 233"
    assert numbers.to_code_points("a", 16) == "61"
    assert numbers.to_balanced_ternary("\x05\x08", "T01") == "1TT 10T"
    assert numbers.to_goedel("BAD") == str(2**2 * 3**1 * 5**4)
    assert numbers.to_letter_numbers("Ab z", "roman") == "I-II / XXVI"
    assert numbers.to_colours("a") == "white-violet"
    assert numbers.to_polynomial("\x01\x02\x03\x04") == "1 10 49 142"
    assert numbers.to_fractions("\x01\x05\x0d") == "333/106"  # [3; 7, 15]


def test_bits() -> None:
    assert bits.to_binary("A", "01") == "01000001"
    assert bits.to_zeckendorf("@") == "0100100011"  # 65, Fraenkel and Klein
    assert bits._hamming("1011") == "0110011"
    assert bits.to_run_lengths("A") == "0: 1 1 5 1"
    codes = bits.to_gray("".join(map(chr, range(128))), "01").split()
    differing = [sum(a != b for a, b in zip(x, y, strict=True)) for x, y in itertools.pairwise(codes)]
    assert set(differing) == {1}


def test_packing() -> None:
    pairs = packing.to_lz78("AABABBBABAABABBBABBABB")
    assert pairs == '0"A" 1"B" 2"B" 0"B" 2"A" 5"B" 4"B" 3"A" 4"B"'
    assert packing.to_move_to_front("bananaaa") == '"abn"\n1 1 2 1 1 1 0 0'
    text = "mississippi " * 3
    rotations = sorted(text[i:] + text[:i] for i in range(len(text)))
    assert packing.to_burrows_wheeler(text).partition("\n")[2] == "".join(row[-1] for row in rotations)
    codes = packing._codes("aaaaaaaabbbbccde")
    assert sorted(map(len, codes.values())) == [1, 2, 3, 4, 4]
    hello = "++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++."  # noqa: E501
    assert packing.from_brainfuck(hello) == "Hello World!\n"
    with pytest.raises(ValueError, match="does not end"):
        packing.from_brainfuck("+[]")


def test_huge_repeats_are_sorted_as_they_should_be() -> None:
    text = "".join(random.Random(0).choices("ab", k=700))
    rotations = sorted(text[i:] + text[:i] for i in range(len(text)))
    assert packing.to_burrows_wheeler(text).partition("\n")[2] == "".join(row[-1] for row in rotations)


def test_signals() -> None:
    assert signals.to_morse("SOS, é!", ".-") == "... --- ... --..-- / ."
    assert signals.to_braille("Bad 12b") == "⠃⠁⠙⠀⠼⠁⠃⠰⠃"
    assert signals.to_semaphore("AD") == "↓↙ ↓↑"
    assert signals.to_ita2("RY 3") == "01010 10101 00100 11011 00001"
    assert signals.to_multitap("hello") == "44 33 555 555 666"
    assert signals.to_punched_card("AJS9 .") == "12-1 11-1 0-2 9 . 12-3-8"
    assert signals.to_code_39("") == "nWnnWnWnn nWnnWnWnn"
    assert signals.to_key_walk("gh t") == "• →• / ↑←•"


def test_code_39_has_three_wide_of_nine() -> None:
    assert len(signals._CODE_39) == len(set(signals._CODE_39.values())) == 44
    odd = {"$", "/", "+", "%"}  # of these, three of the four spaces are wide
    for sign, code in signals._CODE_39.items():
        assert code.count("1") == 3
        assert code[1::2].count("1") == (3 if sign in odd else 1)


def test_spelling() -> None:
    assert spelling.to_spelling_words("Ab 9", "icao") == "Alfa Bravo / Nine"
    assert spelling.to_elements("banana", "symbols") == "Ba-Na-Na"
    assert spelling.to_elements("banana", "numbers") == "56-11-11"
    assert spelling.to_pigpen("as") == "┘ ∨"
    assert spelling.to_notes("ah") == "C3 C4"
    assert len(spelling._ELEMENTS) == 118
