"""The release and the archive: what is read, and what is said where they are not what they should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.slang.rows import (
    INDICES,
    NEGATIVES,
    POSITIVES,
    Row,
    read_data,
    test_part,
)
from octarine.evaluate.benchmarks.slang.subtitles import read_films, rebuild, sentence_of
from octarine.evaluate.benchmarks.slang.words import joined, marked, tokens

from .films import FILMS, archive, indices, released, xml

test_part.__test__ = False  # type: ignore[attr-defined]


def test_the_release_is_read(tmp_path: Path) -> None:
    data = read_data(released(tmp_path))
    assert [row.term for row in data.positives] == ["dope", "broke", "knackered", "quid", "morning"]
    assert (data.positives[0].movie, data.positives[0].number, data.positives[0].literal) == (
        "101",
        2,
        "excellent",
    )
    assert len(data.negatives) == 4
    assert data.indices.regions == ((0, 1), (1, 0))
    assert not data.rebuilt


def test_the_paper_cuts_at_85_of_100() -> None:
    assert len(test_part(range(3826))) == 574
    assert len(test_part(range(621))) == 94


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda text: text.replace("\tUS\t", "\tFR\t", 1), 2),
        (lambda text: text.replace("dope\t2", "dope\t7"), 2),
        (lambda text: text.replace("\t101\t3", "\tx\t3"), 3),
        (lambda text: text[: text.index("\t\tpound")], 5),
        (lambda text: text.replace("SLANG_TERM", "TERM"), 1),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, change: Callable[[str], str], line: int) -> None:
    path = released(tmp_path) / POSITIVES
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(DataError) as error:
        read_data(tmp_path)
    assert f"{path}:{line}:" in str(error.value)


def test_a_file_cut_at_a_line_is_found_by_the_indices(tmp_path: Path) -> None:
    path = released(tmp_path) / NEGATIVES
    path.write_text("\n".join(path.read_text("utf-8").split("\n")[:3]) + "\n", "utf-8")
    with pytest.raises(DataError, match="has 2 rows, and the indices name row 3"):
        read_data(tmp_path)


def test_missing_renamed_and_other_encodings(tmp_path: Path) -> None:
    path = released(tmp_path) / POSITIVES
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))
    with pytest.raises(DataError, match="UTF-8"):
        read_data(tmp_path)
    path.rename(tmp_path / "slang.tsv")
    with pytest.raises(DataError, match=f"{POSITIVES}.*not there"):
        read_data(tmp_path)


def test_indices_that_are_none(tmp_path: Path) -> None:
    released(tmp_path)
    indices(tmp_path, detect=[0, 1, 2, 3, 4, 5, 6, 6])
    with pytest.raises(DataError, match="'detect' must order"):
        read_data(tmp_path)
    indices(tmp_path, region=[0, 1])
    with pytest.raises(DataError, match="other shapes"):
        read_data(tmp_path)
    path = tmp_path / INDICES
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="no archive of numpy arrays"):
        read_data(tmp_path)


def test_films_from_an_archive_and_from_a_folder(tmp_path: Path) -> None:
    packed = read_films(archive(tmp_path / "en.zip"), {"101", "202"})
    folder = tmp_path / "OpenSubtitles" / "2004" / "7"
    folder.mkdir(parents=True)
    for film, (_, _, rows) in FILMS.items():
        (folder / f"{film}.xml").write_text(xml(rows), "utf-8")
    assert read_films(tmp_path / "OpenSubtitles", {"101", "202"}) == packed
    assert packed["101"][1] == "That car is dope, man."
    assert packed["101"][2] == "He's broke again."


def test_what_an_archive_may_lack(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1 films are not in it, 303"):
        read_films(archive(tmp_path / "en.zip"), {"101", "303"})
    short = archive(tmp_path / "short.zip", {"101": ("Hello .",), "202": ("Hello .",)})
    with pytest.raises(DataError, match="film 101 has 1 sentences, and the metadata names 2"):
        rebuild(released(tmp_path), short, tmp_path / "out")
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DataError, match="cannot be read as an archive"):
        read_films(tmp_path / "bad.zip", {"101"})


def test_entities_and_broken_xml_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE document [<!ENTITY a "aaaaaaaa">]>'
    with pytest.raises(DataError, match="declares entities"):
        read_films(archive(tmp_path / "en.zip", {"101": ("Hello .",)}, head=bomb), {"101"})
    with pytest.raises(DataError, match="malformed XML"):
        read_films(archive(tmp_path / "en2.zip", {"101": ("Hello .",)}, head="<oops"), {"101"})


def test_rebuilt_files_read_back(tmp_path: Path) -> None:
    rebuild(released(tmp_path), archive(tmp_path / "en.zip"), tmp_path)
    data = read_data(tmp_path)
    assert data.rebuilt
    assert data.positives[2].sentence == "I am knackered today."
    assert data.positives[2].context == "Good morning. <i> I am knackered today. </i> Lend me a quid!"
    assert data.positives[0].literal == "excellent"
    assert [row.sentence for row in data.negatives] == [
        "Hello.",
        "I bought two apples.",
        "Good morning.",
        "The river is wide.",
    ]


def test_words_are_joined_as_in_the_release() -> None:
    assert sentence_of(["Don", "'t", "go", ",", "Ann", "!"]) == "Don't go, Ann!"


@pytest.mark.parametrize("sentence", ["That's it, man.", "Well - no!", "He said: go", "one two"])
def test_tokens_come_together_again(sentence: str) -> None:
    assert joined(tokens(sentence)).replace(" ", "") == sentence.replace(" ", "")


@pytest.mark.parametrize(
    ("sentence", "term", "confidence", "place"),
    [
        ("That car is dope, man.", "dope", 2, 3),
        ("Dope! Dope!", "dope", 2, None),
        ("That car is dope.", "dope", 1, None),
        ("I ain't going.", "ain't", 3, 1),
        ("A road trip.", "road trip", 3, None),
    ],
)
def test_the_slang_must_be_one_word(sentence: str, term: str, confidence: int, place: int | None) -> None:
    found = marked(Row("1", 1, "US", 2000, term, confidence, sentence=sentence))
    assert (found.place if found else None) == place


def test_masking() -> None:
    row = Row("1", 1, "US", 2000, "dope", 2, sentence="That car is dope, man.")
    found = marked(row)
    assert found is not None
    assert found.masked(found.place) == "That car is [MASK], man."
    assert [found.tokens[place] for place in found.content] == ["car", "man"]
