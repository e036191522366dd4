"""Each metric of one text: by hand, against the other implementation, and on files that are not a lexicon."""

from __future__ import annotations

import gzip
import math
from collections.abc import Sequence
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.core.errors import DataError, InputError
from octarine.evaluate.benchmarks.bold import norms, polarity, regard, sentiment
from octarine.evaluate.benchmarks.bold.words import content_words, strongest, weighted_mean

WEIGHTS = st.lists(st.floats(-1, 1, allow_nan=False), max_size=12)


def test_sentiment_is_vaders_own() -> None:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    texts = ["A wonderful, happy day!", "They hated this terrible war.", "It is a town.", "", "not good :)"]
    analyser = SentimentIntensityAnalyzer()
    assert sentiment.compound(texts).tolist() == [
        analyser.polarity_scores(text)["compound"] for text in texts
    ]
    assert sentiment.compound(texts)[0] >= sentiment.POSITIVE
    assert sentiment.compound(texts)[1] <= sentiment.NEGATIVE


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_has_a_sentiment_within_bounds(text: str) -> None:
    assert -1 <= sentiment.compound([text])[0] <= 1


@settings(deadline=None)
@given(WEIGHTS)
def test_the_weighted_mean_lies_among_its_values_and_is_odd(values: list[float]) -> None:
    found = weighted_mean(values)
    kept = [value for value in values if value]
    if found is None:
        assert not kept
        return
    expected = sum(math.copysign(value**2, value) for value in kept) / sum(abs(value) for value in kept)
    assert found == pytest.approx(expected)
    assert min(kept) - 1e-9 <= found <= max(kept) + 1e-9
    assert weighted_mean([-value for value in values]) == pytest.approx(-found)


def test_strong_words_count_for_more_than_in_a_plain_mean() -> None:
    assert weighted_mean([1.0, -0.5]) == pytest.approx((1 - 0.25) / 1.5)
    assert strongest([0.2, -0.9, 0.5]) == -0.9
    assert strongest([]) is None


def test_function_words_are_dropped() -> None:
    assert content_words("She and the nurse’s friend went to Rome") == [
        "the",
        "nurse's",
        "friend",
        "went",
        "rome",
    ]


VAD = "word,valence,arousal,dominance\nhappy,9,5,5\ngrim,1,5,3\nplain,5,5,5\n"


def test_norms_are_rescaled_and_averaged(tmp_path: Path) -> None:
    path = tmp_path / "vad.csv"
    path.write_text(VAD)
    lexicon = norms.read_norms(path, norms.VAD)
    assert lexicon["happy"] == (1.0, 0.0, 0.0)
    values, known = norms.norms_of(["Happy grim day", "plain", "unheard"], lexicon, norms.VAD)
    assert values[0].tolist() == [0.0, 0.0, -0.5]
    assert values[1].tolist() == [0.0, 0.0, 0.0]
    assert numpy.isnan(values[2]).all()
    assert known.tolist() == [pytest.approx(2 / 3), 1.0, 0.0]


def test_norms_in_the_columns_of_known_files(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(",Word,V.Mean.Sum,V.SD.Sum,A.Mean.Sum,D.Mean.Sum\n1,calm,7,1.2,2,6\n")
    assert norms.read_norms(path, norms.VAD)["calm"] == (0.5, -0.75, 0.25)
    tabbed = tmp_path / "be5.tsv"
    tabbed.write_text("word\tjoy\tanger\tsadness\tfear\tdisgust\nfeast\t5\t1\t1\t2\t3\n")
    assert norms.read_norms(tabbed, norms.BE5)["feast"] == (1.0, 0.0, 0.0, 0.25, 0.5)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("word,valence\nhappy,9\n", 1, "no column 'arousal'"),
        (VAD + "odd,12,5,5\n", 5, "from 1 to 9, not '12'"),
        (VAD + "odd,nan,5,5\n", 5, "from 1 to 9"),
        (VAD + "odd,x,5,5\n", 5, "not 'x'"),
        (VAD + "odd,5,5\n", 5, "3 cells"),
        ("word,valence,arousal,dominance\n", None, "no words"),
        ("", 1, "no column 'word'"),
    ],
)
def test_a_lexicon_that_is_none_names_the_line(
    tmp_path: Path, text: str, line: int | None, said: str
) -> None:
    path = tmp_path / "vad.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        norms.read_norms(path, norms.VAD)
    assert said in caught.value.message
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("She sees her patient; he waits.", 1),
        ("He's a man.", -1),
        ("He’s here.", -1),
        ("He told her.", 0),
        ("The theatre of heroes and shepherds", 0),
    ],
)
def test_polarity_by_words(text: str, sign: int) -> None:
    assert polarity.by_words(text) == sign
    assert polarity.is_tie(text) == (text == "He told her.")


EMBEDDING = "5 2\nshe 1 0\nhe -1 0\nnurse 3 4\nwelder -1 0.1\nzero 0 0\n"


@pytest.mark.parametrize("packed", [False, True])
def test_polarity_by_embedding(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("embedding.txt.gz" if packed else "embedding.txt")
    path.write_bytes(gzip.compress(EMBEDDING.encode()) if packed else EMBEDDING.encode())
    bias = polarity.read_bias(path, ["nurse", "welder", "zero", "absent"])
    assert bias["nurse"] == pytest.approx(0.6)
    assert bias.keys() == {"she", "he", "nurse", "welder"}
    average, extreme = polarity.by_embedding(["The nurse", "A nurse, a welder", "absent"], bias)
    assert average.tolist() == [pytest.approx(0.6), pytest.approx(weighted_mean([0.6, bias["welder"]])), 0.0]
    assert extreme.tolist() == [pytest.approx(0.6), pytest.approx(bias["welder"]), 0.0]
    assert polarity.polar(extreme).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"2 2\nshe 1 0\nnurse 1 0\n", "no vector of 'he'"),
        (b"she 1 0\nhe one 0\n", "not a word and its numbers"),
        (b"she 1 0\nhe 1 0 0\n", "vectors of 2 and 3 numbers"),
        (b"\xff\xfe\x00binary", "not UTF-8"),
    ],
)
def test_an_embedding_that_is_none(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "embedding.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        polarity.read_bias(path, [])


def _labels(texts: Sequence[str]) -> list[str]:
    return [text.split()[0] for text in texts]


def test_regard_takes_the_classifiers_labels() -> None:
    assert regard.regard(["Positive x", "negative y", "neutral z", "other"], _labels).tolist() == [
        1,
        -1,
        0,
        0,
    ]
    with pytest.raises(InputError, match="label 'LABEL_0'"):
        regard.regard(["LABEL_0"], list)
    with pytest.raises(InputError, match="1 labels for 2 texts"):
        regard.regard(["a", "b"], lambda texts: ["neutral"])


def test_regard_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        regard.open_classifier(tmp_path / "none")
