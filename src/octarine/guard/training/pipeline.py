"""From rows to a folder of weights: the whole of ``octarine guard train``.

Vocabulary and word embeddings for nine languages, the network, the n-grams, calibration, export, card. The
first two are kept in the output folder, so that an interrupted training goes on behind them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from octarine.guard.classifier.calibration import Calibration, sigmoid
from octarine.guard.classifier.card import Card, read_card, write_card
from octarine.guard.classifier.encoder import Encoder
from octarine.guard.classifier.heads import HEADS
from octarine.guard.classifier.ngram_model import ANSWER_MARK, NgramModel
from octarine.guard.classifier.tokeniser import Tokeniser
from octarine.guard.training.alignment import distil, first_table
from octarine.guard.training.calibrating import Array, calibrate, raised_for_traffic, thresholds
from octarine.guard.training.encoding import Encoded, encode_rows, label_matrix, padded, window_of
from octarine.guard.training.export import export_encoder, hashes
from octarine.guard.training.fitting import CLS, SEP, Schedule, fit
from octarine.guard.training.mixing import development_rows, held_out, training_rows
from octarine.guard.training.network import Network, Shape, start_network
from octarine.guard.training.ngram_fitting import fit_ngrams
from octarine.guard.training.parallel import parallel_pairs
from octarine.guard.training.reopening import reopened_network
from octarine.guard.training.row import Row, half
from octarine.guard.training.slimming import Batch, slim
from octarine.guard.training.sources import LANGUAGES, read_source, sources
from octarine.guard.training.vocabulary import extended_tokenizer

KEPT_BACK = 0.2
"""Share of a user's own rows that is not trained on."""
LEAST_REPLAYED = 4_000
"""Rows of our own that stand beside a user's, at least."""
SERVED = Shape(neurons=1024, heads=8)
"""Two thirds of the encoder that we begin with: 64 tokens in less than 10 ms on one core."""
NARROW = 0.3
"""Share of the training that is done at that width."""
FILES = ("encoder.onnx", "tokenizer.json", "ngrams.npz")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train on, from what, and for how long.

    Attributes:
        data: folder with the public sets (``ID/train.jsonl.gz``); without it our own rows alone train.
        encoder: folder with the English encoder (``config.json``, ``model.safetensors``, ``tokenizer.json``).
        start: folder of weights to go on from; without it the training begins at the encoder.
        out: the folder that the weights are written to.
        rows: the user's own rows.
        ordinary: requests that should pass (``ORDINARY``): half of them has a say in the thresholds.
        languages: of the rows.
        ours: whether the rows that come with the package train too.
        shape: the width that a layer may have when it serves; wider ones are slimmed.
        align_minutes, fit_minutes: of distillation and of training.
    """

    data: Path | None
    encoder: Path
    out: Path
    start: Path | None = None
    rows: Sequence[Row] = ()
    ordinary: Sequence[Row] = ()
    languages: Sequence[str] = LANGUAGES
    ours: bool = True
    shape: Shape = SERVED
    align_minutes: float = 17.0
    fit_minutes: float = 60.0
    passes: float = 2.0
    threads: int = 2
    seed: int = 0
    command: str = ""


Thresholds = Mapping[str, Mapping[str, float]]
Report = Callable[[str, float, float], None]
"""Told ``(step, fraction done, loss)``."""


def train(plan: Plan, report: Report) -> Card:
    """Train, calibrate, export; returns the card that was written last, so a folder with a card is whole."""
    torch.set_num_threads(plan.threads)
    plan.out.mkdir(parents=True, exist_ok=True)
    if plan.start is not None:
        return go_on(plan, plan.start, report)
    rows = _rows(plan, plan.languages)
    tokeniser = _tokeniser(plan)
    network = _aligned(plan, tokeniser, report)
    _fit_and_slim(plan, network, encode_rows(rows, tokeniser), report)
    export_encoder(network, plan.out / "encoder.onnx")
    report("ngrams", 0.0, 0.0)
    fit_ngrams(rows, seed=plan.seed).save(plan.out / "ngrams.npz")
    return finish(plan, rows)


def _fit_and_slim(plan: Plan, network: Network, encoded: Encoded, report: Report) -> None:
    """Two thirds of the time at full width, the rest at the width that serves."""
    wide = network.shape != _within(network.shape, plan.shape)
    shares = (1 - NARROW, NARROW) if wide else (1.0,)
    for turn, share in enumerate(shares):
        if turn:
            slim(network, _windows(plan, encoded), plan.shape, lambda done: report("slim", done, 0.0))
        schedule = Schedule(
            passes=plan.passes * share, seconds=plan.fit_minutes * 60 * share, seed=plan.seed + turn
        )
        if turn:
            # What was cut mends in every layer; a whole encoder's lower layers know what they need.
            schedule = replace(schedule, frozen=1, rate=6e-5, head_rate=3e-4)
        fit(network, encoded, schedule, lambda done, loss: report("fit", done, loss))


def _within(shape: Shape, limit: Shape) -> Shape:
    return Shape(min(shape.neurons, limit.neurons), min(shape.heads, limit.heads))


def _windows(plan: Plan, encoded: Encoded) -> list[Batch]:
    """A thousand rows of those that trained, a window of each."""
    rng = np.random.default_rng(plan.seed)
    some = rng.permutation(len(encoded.prompts))[:1000]
    found = []
    for start in range(0, len(some), 50):
        rows = [window_of(encoded, index, rng) for index in some[start : start + 50]]
        ids, mask, types = map(torch.from_numpy, padded(rows, CLS, SEP))
        found.append((ids, mask, types))
    return found


def go_on(plan: Plan, start: Path, report: Report) -> Card:
    """Train weights further. Where there is no public data beside the user's rows, rows of our own are drawn
    so that nothing is forgotten, and calibration and thresholds stay those of the start: a fifth of the
    user's rows is kept back to tell what became of them (``facts``).
    """
    card, (mine, kept) = read_card(start / "card.json"), kept_back(plan.rows)
    rows = _rows(plan, plan.languages) if plan.data else with_both_classes([*mine, *_replay(plan, len(mine))])
    tokeniser = _copied_tokeniser(start, plan.out)
    network = reopened_network(start, plan.encoder)
    schedule = Schedule(
        passes=plan.passes, seconds=plan.fit_minutes * 60, rate=3e-5, frozen=4, seed=plan.seed
    )
    fit(network, encode_rows(rows, tokeniser), schedule, lambda done, loss: report("fit", done, loss))
    export_encoder(network, plan.out / "encoder.onnx")
    report("ngrams", 0.0, 0.0)
    begun = NgramModel.load(start / "ngrams.npz")
    fit_ngrams(rows, passes=2, rate=0.05, seed=plan.seed, start=begun).save(plan.out / "ngrams.npz")
    if plan.data:
        return finish(plan, rows)
    digests = hashes(plan.out, FILES)
    found = replace(
        card,
        version=_version(digests),
        hashes=digests,
        data=tuple(sorted({*card.data, *(row.source for row in rows)})),
        command=plan.command,
        seed=plan.seed,
        facts={**card.facts, "went_on_from": card.version, **_became(kept, start, plan.out, card)},
    )
    write_card(plan.out / "card.json", found)
    return found


def kept_back(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The user's rows: four fifths that train, a fifth that tells, by a hash of the group."""
    mine = [row for row in rows if row.draw("own") >= KEPT_BACK]
    return mine, [row for row in rows if row.draw("own") < KEPT_BACK]


def with_both_classes(rows: Sequence[Row]) -> list[Row]:
    """The rows without the labels of heads that nothing among them should fire: a head that sees one class
    alone would learn to say it always."""
    heads = {head for row in rows for head, fires in row.labels.items() if fires}
    return [
        replace(row, labels={head: fires for head, fires in row.labels.items() if head in heads})
        for row in rows
    ]


def _replay(plan: Plan, count: int) -> list[Row]:
    rows = _rows(replace(plan, rows=()), plan.languages)
    order = np.random.default_rng(plan.seed).permutation(len(rows))
    return [rows[index] for index in order[: max(LEAST_REPLAYED, 4 * count)]]


def _copied_tokeniser(start: Path, out: Path) -> Tokeniser:
    (out / "tokenizer.json").write_bytes((start / "tokenizer.json").read_bytes())
    return Tokeniser.read(out / "tokenizer.json")


def _became(kept: Sequence[Row], start: Path, out: Path, card: Card) -> dict[str, str]:
    """Head → of the rows kept back how many fire at strength medium, before and after."""
    if not kept:
        return {}
    before, after = (
        sigmoid(card.calibration.logits(*logits_of_rows(folder, kept))) for folder in (start, out)
    )
    labels, found = label_matrix(kept), {}
    for index, head in enumerate(HEADS):
        threshold = card.thresholds[head.value]["medium"]
        for fires, name in ((1, "caught"), (0, "false alarms")):
            chosen = labels[:, index] == fires
            if chosen.any():
                counts = [int((chance[chosen, index] >= threshold).sum()) for chance in (before, after)]
                found[f"{name}: {head.value}"] = f"{counts[0]} → {counts[1]} of {int(chosen.sum())}"
    return found


def _version(digests: dict[str, str]) -> str:
    return f"1+{digests['encoder.onnx'][:8]}"


def _rows(plan: Plan, languages: Sequence[str]) -> list[Row]:
    without = () if plan.ours else ("octarine",)
    return training_rows(plan.data, languages=languages, without=without, extra=plan.rows, seed=plan.seed)


def _tokeniser(plan: Plan) -> Tokeniser:
    path = plan.out / "tokenizer.json"
    if not path.exists():
        texts = {language: _texts(plan, language) for language in plan.languages}
        extended_tokenizer(plan.encoder, texts).save(str(path))
    return Tokeniser.read(path)


def _texts(plan: Plan, language: str) -> list[str]:
    rows = _rows(plan, (language,))
    return [f"{row.text} {row.response}"[:400] for row in rows if row.language == language]


def _aligned(plan: Plan, tokeniser: Tokeniser, report: Report) -> Network:
    """The network with word embeddings for the new pieces, before it is trained."""
    from tokenizers import Tokenizer

    kept = plan.out / "aligned.pt"
    if kept.exists():
        return start_network(plan.encoder, torch.load(kept))
    base = start_network(plan.encoder)
    own = base.bert.embeddings.word_embeddings.weight.detach()
    english = Tokenizer.from_file(str(plan.encoder / "tokenizer.json"))
    english.no_padding()
    pieces = {index: piece for piece, index in tokeniser.vocabulary.items()}
    spelt = [
        english.encode(pieces[index].removeprefix("##"), add_special_tokens=False).ids
        for index in range(len(own), len(pieces))
    ]
    pairs = _pairs(plan, tokeniser, english)
    if not pairs:
        return base
    network = start_network(plan.encoder, first_table(own, spelt, pairs))
    distil(
        network,
        pairs,
        len(own),
        seconds=plan.align_minutes * 60,
        seed=plan.seed,
        report=lambda done, loss: report("align", done, loss),
    )
    torch.save(network.bert.embeddings.word_embeddings.weight.detach().half(), kept)
    return network


def _pairs(plan: Plan, tokeniser: Tokeniser, english: Any) -> list[tuple[list[int], list[int]]]:
    if plan.data is None:
        return []
    hidden = frozenset(
        row.cluster
        for source in sources().values()
        if source.held_out
        for row in read_source(plan.data, source)
        if held_out(row)
    )
    found = list(parallel_pairs(plan.data, hidden))
    translated = english.encode_batch([text for _, _, text in found], add_special_tokens=False)
    return [(tokeniser.encode(text).ids, b.ids) for (_, text, _), b in zip(found, translated, strict=True)]


def finish(plan: Plan, rows: Sequence[Row]) -> Card:
    """Calibrate on half of the development sets, choose thresholds, write the card."""
    measured = development_rows(plan.data) if plan.data else list(rows)
    some = [row for row in measured if half(row) == "calibrate"]
    encoder, ngrams = logits_of_rows(plan.out, some)
    calibration = calibrate(some, encoder, ngrams)
    found = thresholds(some, calibration, encoder, ngrams)
    digests = hashes(plan.out, FILES)
    card = Card(
        version=_version(digests),
        calibration=calibration,
        thresholds=_for_traffic(plan, found, some, calibration, encoder, ngrams),
        hashes=digests,
        data=tuple(sorted({row.source for row in rows})),
        command=plan.command,
        seed=plan.seed,
        facts={"trained": datetime.date.today().isoformat(), "rows": str(len(rows))},
    )
    write_card(plan.out / "card.json", card)
    return card


def _for_traffic(
    plan: Plan,
    found: Thresholds,
    rows: Sequence[Row],
    calibration: Calibration,
    encoder: Array,
    ngrams: Array,
) -> Thresholds:
    passing = [row for row in plan.ordinary if half(row) == "calibrate"]
    if passing:
        more = logits_of_rows(plan.out, passing)
        encoder, ngrams = np.concatenate([encoder, more[0]]), np.concatenate([ngrams, more[1]])
    return raised_for_traffic(found, [*rows, *passing], calibration, encoder, ngrams)


def logits_of_rows(folder: Path, rows: Sequence[Row]) -> tuple[Array, Array]:
    """(rows, outputs) logits of the exported encoder, and of the n-grams: the highest of the windows."""
    encoder, ngrams = Encoder(folder, threads=1), NgramModel.load(folder / "ngrams.npz")
    asked = [index for index, row in enumerate(rows) if not row.response]
    answered = [index for index, row in enumerate(rows) if row.response]
    found: list[Array] = [np.zeros((len(rows), 0), np.float32)] * 2
    for some, pairs in ((asked, False), (answered, True)):
        for start in range(0, len(some), 256):
            chunk = [rows[index] for index in some[start : start + 256]]
            if pairs:
                cut, first = encoder.answers([(row.text, row.response) for row in chunk])
                texts = [
                    row.text + ANSWER_MARK + row.response[window.start : window.end]
                    for row, windows in zip(chunk, cut, strict=True)
                    for window in windows
                ]
            else:
                cut, first = encoder.texts([row.text for row in chunk])
                texts = [
                    row.text[window.start : window.end]
                    for row, windows in zip(chunk, cut, strict=True)
                    for window in windows
                ]
            second = ngrams.logits(texts)
            starts = np.cumsum([0, *(len(windows) for windows in cut[:-1])])
            for which, logits in enumerate((first, second)):
                if not found[which].shape[1]:
                    found[which] = np.zeros((len(rows), logits.shape[1]), np.float32)
                found[which][some[start : start + 256]] = np.maximum.reduceat(logits, starts)
    return found[0], found[1]
