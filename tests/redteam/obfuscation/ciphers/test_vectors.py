"""Ciphers against published examples."""

from __future__ import annotations

import codecs
import itertools
import json

import numpy as np

from octarine.redteam.obfuscation.ciphers import (
    alphabetic,
    fractions,
    hiding,
    machines,
    polyalphabetic,
    puzzles,
    squares,
    transposition,
    words,
)
from octarine.redteam.seed import Seed

EAST = "DEFENDTHEEASTWALLOFTHECASTLE"
DISCOVERED = "WEAREDISCOVEREDFLEEATONCE"


def seed(text: str, **parameters: object) -> Seed:
    return Seed(text, "en", np.random.default_rng(0), parameters=parameters)


def run_on(text: str) -> str:
    return text.replace(" ", "")


def test_one_alphabet() -> None:
    assert alphabetic.to_caesar("Hello, Wörld", 13, "letters") == codecs.encode("Hello, W", "rot13") + "öeyq"
    assert alphabetic.to_caesar("Hello, World!", 47, "printable") == "w6==@[ (@C=5P"
    assert alphabetic.to_atbash("Abc xyz") == "Zyx cba"
    assert alphabetic.to_affine("AFFINECIPHER", "5,8") == "IHHWVCSWFRCP"
    assert alphabetic.to_keyed_alphabet("flee at once. we are discovered!", "zebras") == (
        "siaa zq lkba. va zoa rfpbluaoar!"
    )
    assert alphabetic.to_rotated("日本", 1) == "旦札"
    assert alphabetic.to_rotated("~\ud7ff", 1) == "\xa0\ue000"


def test_frequent_letters_have_more_homophones() -> None:
    table = alphabetic._many(alphabetic._homophones(seed("x")))
    codes = [code for codes in table.values() for code in codes]
    assert len(codes) == len(set(codes)) <= 100
    assert len(table["E"]) > len(table["N"]) > len(table["Q"]) == 1


def test_many_alphabets() -> None:
    assert polyalphabetic.to_vigenere("Attack at dawn", "lemon", "") == "Lxfopv ef rnhr"
    assert polyalphabetic.to_beaufort(EAST, "fortification") == "CKMPVCPVWPIWUJOGIUAPVWRIWUUK"
    assert polyalphabetic.to_porta(EAST, "fortification") == "SYNNJSCVRNRLAHUTUKUCVRYRLANY"
    assert polyalphabetic.to_autokey("attack at dawn", "queenly", "text") == "qnxepv yt wtwp"


def test_chaocipher_as_rubin_describes_it() -> None:
    key = "HXUCZVAMDSLKPEFJRIGTWOBNYQ/PTLNBQDEOYSFAVZKGJRIHWXUMC"
    made = polyalphabetic.to_chaocipher("WELLDONEISBETTERTHANWELLSAID", key)
    assert run_on(made) == "OAHQHCNYNXTSZJRRHJBYHQKSOUJY"


def test_word_and_letter_shift_by_hand() -> None:
    assert polyalphabetic.to_word_shift("aa a", "a") == "bc c"


def test_squares() -> None:
    assert squares.to_polybius("Hello", "a", "digits") == "23 15 31 31 34"
    assert squares.to_polybius("ah", "a", "knocks") == ". .  .. ..."
    pairs = squares.to_playfair("Hide the gold in the tree stump", "playfair example")
    assert run_on(pairs) == "BMODZBXDNABEKUDMUIXMMOUVIF"
    key = "zgptfoihmuwdrcnykeqaxvsbl-mfnbdcrhsaxyogvituewlqzkp"
    assert run_on(squares.to_four_square("attack at dawn", key)) == "TIYBFHTIZBSY"
    assert squares.to_nihilist("dynamite winter palace", "zebras-russian") == (
        "37 106 62 36 67 47 86 26 104 53 62 77 27 55 57 66 55 36 54 27"
    )
    assert run_on(squares.to_hill("HELP", "3,3,2,5")) == "HIAT"


def test_fractions_of_letters() -> None:
    assert run_on(fractions.to_bifid("FLEEATONCE", "BGWKZQPNDSIOAXEFCLUMTHYVR", 10)) == "UAEOLWRINS"
    aid = fractions.to_trifid("Aide-toi, le ciel t’aidera", "Felix Marie Delastelle", 5)
    assert aid == "FMJFV OISSU FTFPU FEQQC"
    key = "ph0qg64mea1yl2nofdxkr3cvs5zw7bj9uti8-german"
    assert (
        run_on(fractions.to_adfgvx(EAST, key)) == "FFDVDFADFXFGFGAVFAFFDXDXFFDVDFFDGGAGVGVXFAGGDGADFADVFXGX"
    )
    assert run_on(fractions.to_fractionated_morse("defend the east", "roundtable")) == "ESOAVVLJRSSTRX"
    assert fractions.to_checkerboard("ear", "a") == "039"


def test_the_rotor_machine_reads_a_message_of_1941() -> None:
    message = (
        "EDPUDNRGYSZRCXNUYTPOMRMBOFKTBZREZKMLXLVEFGUEYSIOZVEQMIKUBPMMYLKLTTDEISMDICAGYKUACTCDOMOHWXMUUIAUBSTSLRNBZ"
        "SZWNRFXWFYSSXJZVIJHIDISHPRKLKAYUPADTXQSPINQMATLPIFSVKDASCTACDPBOPVHJK"
    )
    plain = machines.from_enigma(message, "II IV V / BUL / BLA / AV BS CG DL FU HZ IN KM OW RX")
    assert plain.startswith("AUFKLXABTEILUNGXVONXKURTINOWAXKURTINOWAXNORDWESTLXSEBEZXSEBEZX")
    assert run_on(machines.to_enigma("AAAAA", "I II III / AAA / AAA / ")) == "BDZGO"
    assert run_on(machines.to_enigma("AAAAA", "I II III / BBB / AAA / ")) == "EWTYX"


def test_solitaire_as_its_author_tested_it() -> None:
    assert run_on(machines.to_solitaire("A" * 15, "foo")) == "ITHZUJIWGRFARMW"
    assert run_on(machines.to_solitaire("SOLITAIREX", "cryptonomicon")) == "KIRAKSFJAN"


def test_ciphers_of_computers() -> None:
    assert machines._rc4(b"Plaintext", b"Key").hex().upper() == "BBF316E8D940AF0AD3"
    assert machines.to_xor("ab", "01FF") == "60 9D"
    assert machines.to_feistel("ab", "00000000") == "6291"  # by hand
    assert machines.from_shares("x=1: 100\nx=2: 103") == "a"


def test_transpositions() -> None:
    assert transposition.to_rails(DISCOVERED, 3, "characters") == "WECRLTEERDSOEEFEAOCAIVDEN"
    assert transposition.to_rails("one two three four", 2, "words") == "one three two four"
    assert transposition.to_columns(DISCOVERED, "zebras", 1) == "EVLNACDTESEAROFODEECWIREE"
    assert transposition.to_route("ABCDEFGHI", "spiral", 3) == "ABCFIHGDE"
    assert transposition.to_route("ABCDEFGHI", "columns", 3) == "ADGBEHCFI"
    assert transposition.to_route("ABCDEFGHI", "snake", 3) == "ADGHEBCFI"
    assert transposition.to_route("ABCDEFGHI", "diagonals", 3) == "ABDCEGFHI"
    assert transposition.counting_order(41, 3)[-1] == 30  # Josephus stood at place 31
    assert transposition.turned_order(8, "1") == [1, 2, 3, 4, 5, 6, 7, 0]


def test_a_knight_visits_the_whole_board_by_its_own_moves() -> None:
    path = transposition._tour(8)
    assert len(set(path)) == 64
    jumps = {tuple(sorted((abs(a - c), abs(b - d)))) for (a, b), (c, d) in itertools.pairwise(path)}
    assert jumps == {(1, 2)}


def test_a_grille_opens_every_cell_once() -> None:
    assert sorted(transposition.grille_order("031220113")) == list(range(36))


def test_words() -> None:
    assert words.to_reversed_words("mend the wheel") == "wheel the mend"
    assert words.to_tree("one two three") == '[[null, "one ", null], "two ", [null, "three", null]]'
    assert words.to_sorted_words("mend a wheel", "length", seed("")) == '"a " 2\n"mend " 1\n"wheel" 3'
    passage, _, coded = words.to_book("a bee", seed("a bee")).rpartition("\n")
    lines = json.loads(passage)
    told = [tuple(map(int, place.split("."))) for place in coded.split(" ")]
    assert "".join(lines[line - 1][place - 1] for line, place in told) == "a bee"


def test_hidden_texts() -> None:
    carried = hiding.to_bacon("b", seed("b"))
    assert "".join("b" if c.isupper() else "a" for c in carried if c.isalpha()) == "aaaab"
    assert hiding.to_null_letters("abc", 2, seed("abc"))[1::2] == "abc"
    assert hiding.to_null_words("mend it", 3, seed("mend it")).split(" ")[2::3] == ["mend", "it"]
    assert "".join(line[0] for line in hiding.to_acrostic("cat", seed("cat")).split("\n")) == "CAT"


def test_puzzles() -> None:
    sums = puzzles.to_sums("az", seed("az"))
    assert [eval(part) for part in sums.split(", ")] == [1, 26]
    assert puzzles.initials(seed("Mend the wheel 12?", dots=True)) == "M... t.. w.... 12?"
    mixed = puzzles.anagrams(seed("mend the bicycle"))
    assert isinstance(mixed, str)
    assert mixed != "mend the bicycle"
    assert sorted(mixed.split(" ")[2]) == sorted("bicycle")


def test_words_of_a_word_search_stand_in_its_grid() -> None:
    made = puzzles.word_search(seed("please mend the bicycle"))
    assert isinstance(made, str)
    head, _, rows = made.partition("\n\n")
    assert head.startswith("[1] [2] the [3]")
    grid = [row.split(" ") for row in rows.split("\n")]
    side = len(grid)
    lines = ["".join(row) for row in grid] + ["".join(column) for column in zip(*grid, strict=True)]
    for shift in range(-side, side):
        lines.append("".join(grid[y][y + shift] for y in range(side) if 0 <= y + shift < side))
    for word in ("please", "mend", "bicycle"):
        assert any(word in line for line in lines)
