"""What every public benchmark owes: damaged data is one error that names the file and the line, and wrong
answers score at the bottom. A new one needs an entry in ``official.OFFICIALS``."""

from __future__ import annotations

import csv
import io
import json

import pytest

from octarine.cli.main import run
from octarine.core.errors import DataError
from octarine.core.registry import registry
from octarine.core.results import Completion, Finish
from octarine.evaluate.benchmark import open_benchmark
from octarine.evaluate.benchmarks.frame import Answer
from octarine.evaluate.dialects.paired import dialect_of
from tests.contracts.official import OFFICIALS
from tests.evaluate.benchmarks.conftest import jsonl
from tests.evaluate.dialects.test_paired import parse
from tests.evaluate.dialects.test_tables import table

FILES = [(name, path, kind) for name, one in OFFICIALS.items() for path, kind in one.files.items()]
TEXTS = [entry for entry in FILES if entry[2] != "npz"]
TABLES = [entry for entry in FILES if entry[2] in ("csv", "tsv", "jsonl")]
DELIMITERS = {"csv": ",", "tsv": "\t"}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OCTARINE_STORE", str(tmp_path / "store.db"))
    monkeypatch.setenv("OCTARINE_DATA", str(tmp_path / "data"))
    # The guard's head takes seconds to load, and is tested beside it.
    monkeypatch.setattr("octarine.evaluate.benchmarks.harm.harm_judge", lambda: None)
    return tmp_path


def public(name):
    return open_benchmark(name).public


def put(name, root):
    folder = root / name
    folder.mkdir(parents=True)
    OFFICIALS[name].write(folder)
    return folder


def test_every_public_benchmark_is_here():
    names = {name for name in registry.names("benchmark") if public(name)}
    assert names == set(OFFICIALS)


@pytest.mark.parametrize("name", OFFICIALS)
def test_whole_data_is_read(name, tmp_path):
    samples = public(name).load(put(name, tmp_path))
    assert samples
    assert all(sample.slices.get("group") for sample in samples)


def refused(name, folder, path):
    """The one error, which names the file and, where ``path`` is text, the line."""
    with pytest.raises(DataError) as error:
        public(name).load(folder)
    assert str(folder / path) in error.value.path or str(folder) in error.value.path
    assert error.value.message
    return error.value


def damaged(name, path, root, change):
    folder = put(name, root)
    place = folder / path
    place.write_bytes(change(place.read_bytes()))
    error = refused(name, folder, path)
    assert error.path == str(place)
    return error


def cut(data: bytes) -> bytes:
    """In the middle of the last line that says something."""
    last = data.rstrip(b" \n}]").rfind(b"\n") + 1
    return data[: last + max(1, (len(data.rstrip()) - last) // 3)]


@pytest.mark.parametrize(("name", "path", "kind"), FILES)
def test_a_file_that_was_cut_off(name, path, kind, tmp_path):
    error = damaged(name, path, tmp_path, cut if kind != "npz" else lambda data: data[: len(data) // 2])
    assert kind == "npz" or error.line


@pytest.mark.parametrize(("name", "path", "kind"), FILES)
def test_a_file_that_is_empty(name, path, kind, tmp_path):
    damaged(name, path, tmp_path, lambda data: b"")


@pytest.mark.parametrize(("name", "path", "kind"), FILES)
def test_a_file_that_was_renamed(name, path, kind, tmp_path):
    folder = put(name, tmp_path)
    place = folder / path
    (place.parent if kind == "text" else place).rename(folder / "elsewhere")
    error = refused(name, folder, path)
    assert error.path in {str(place), str(place.parent)}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize(("name", "path", "kind"), TEXTS)
def test_a_file_in_another_encoding(name, path, kind, encoding, tmp_path):
    error = damaged(name, path, tmp_path, lambda data: data.decode().encode(encoding))
    assert error.line


@pytest.mark.parametrize(("name", "path", "kind"), TEXTS)
def test_a_letter_in_latin_1(name, path, kind, tmp_path):
    def change(data):
        place = data.rstrip().rfind(b"a")
        return data[:place] + "é".encode("latin-1") + data[place + 1 :]

    error = damaged(name, path, tmp_path, change)
    assert "not UTF-8" in error.message
    text = (tmp_path / name / path).read_bytes()
    assert error.line == text[: text.index(b"\xe9")].count(b"\n") + 1


@pytest.mark.parametrize(("name", "path", "kind"), TEXTS)
def test_line_ends_of_windows_are_the_same_data(name, path, kind, tmp_path):
    plain, windows = put(name, tmp_path / "plain"), put(name, tmp_path / "windows")
    place = windows / path
    place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))
    assert [s.key for s in public(name).load(plain)] == [s.key for s in public(name).load(windows)]


def fields(path):
    if path.suffix in (".jsonl", ".json"):
        return list(json.loads(path.read_text("utf-8").split("\n")[0]))
    return path.read_text("utf-8").split("\n")[0].split("\t" if path.suffix == ".tsv" else ",")


def rewritten(data: bytes, kind: str, change) -> bytes:
    """Every record with ``change`` done to it."""
    text = data.decode()
    if kind == "jsonl":
        lines = [json.loads(line) for line in text.split("\n") if line]
        return "".join(json.dumps(change(line)) + "\n" for line in lines).encode()
    read = list(csv.DictReader(io.StringIO(text), delimiter=DELIMITERS[kind]))
    changed = [change(row) for row in read]
    out = io.StringIO()
    made = csv.DictWriter(out, list(changed[0]), delimiter=DELIMITERS[kind], lineterminator="\n")
    made.writeheader()
    made.writerows(changed)
    return out.getvalue().encode()


OPTIONAL = {"verifiable", "id", "hallucination_label"} | {
    f"model_response_to_{kind}_question" for kind in ("invalid", "valid")
}
"""Fields that a loader of samples has no need of, in one of the formats at least."""


@pytest.mark.parametrize(("name", "path", "kind"), TABLES)
def test_a_version_that_lacks_a_column(name, path, kind, tmp_path):
    for gone in fields(put(name, tmp_path) / path):
        if kind == "jsonl" and gone in OPTIONAL:
            continue
        place = put(name, tmp_path / f"without {gone}") / path
        place.write_bytes(
            rewritten(
                place.read_bytes(), kind, lambda row, gone=gone: {k: v for k, v in row.items() if k != gone}
            )
        )
        error = refused(name, tmp_path / f"without {gone}" / name, path)
        assert (error.path, error.line) == (str(place), 1), gone
        assert gone in error.message or "label" in error.message


@pytest.mark.parametrize(("name", "path", "kind"), TABLES)
def test_a_version_with_another_column(name, path, kind, tmp_path):
    error = damaged(
        name, path, tmp_path, lambda data: rewritten(data, kind, lambda row: {**row, "new_column": "x"})
    )
    assert error.line == 1
    assert "new_column" in error.message


def answered(samples, say):
    return [Answer(sample, Completion.of_text(say(sample))) for sample in samples]


def mean_mark(benchmark, answers):
    marks = [benchmark.mark(answer.sample, answer.completion).score for answer in answers]
    return sum(marks) / len(marks)


@pytest.mark.parametrize("name", OFFICIALS)
def test_perfect_answers_stand_at_the_top_and_planted_wrong_ones_at_the_bottom(name, tmp_path):
    one = OFFICIALS[name]
    pytest.importorskip(one.needs or "json")
    benchmark = public(name)
    samples = benchmark.load(put(name, tmp_path))
    perfect, wrong, empty = (answered(samples, say) for say in (one.perfect, one.wrong, lambda sample: ""))
    assert mean_mark(benchmark, perfect) == 1.0
    assert mean_mark(benchmark, wrong) == 0.0
    assert mean_mark(benchmark, empty) == one.empty
    half = [*perfect[: len(samples) // 2], *wrong[len(samples) // 2 :]]
    assert mean_mark(benchmark, half) == pytest.approx((len(samples) // 2) / len(samples))
    for place, answers in enumerate((perfect, wrong, empty)):
        table = benchmark.score(answers)
        for metric, slice, *values in one.figures:
            found = [f.estimate for f in table.figures if (f.metric, f.slice) == (metric, slice)]
            value = found[0].value if found and found[0] else None
            assert value == values[place], (metric, slice, place)


@pytest.mark.parametrize("name", OFFICIALS)
def test_failed_calls_are_in_no_figure(name, tmp_path):
    pytest.importorskip(OFFICIALS[name].needs or "json")
    benchmark = public(name)
    samples = benchmark.load(put(name, tmp_path))
    failed = [Answer(sample, Completion(finish=Finish.ERROR, error="no answer")) for sample in samples]
    table = benchmark.score(failed)
    assert all(figure.estimate is None for figure in table.figures)
    assert any(str(len(samples)) in note for note in table.notes)


@pytest.mark.parametrize("name", OFFICIALS)
@pytest.mark.parametrize("key", ["id", "prompt"])
def test_recorded_answers_are_scored_in_one_command(name, key, tmp_path, capsys):
    one = OFFICIALS[name]
    pytest.importorskip(one.needs or "json")
    folder = put(name, tmp_path)
    lines = [
        {key: s.id if key == "id" else s.conversation.prompt, "answer": one.perfect(s)}
        for s in public(name).load(folder)
    ]
    path = jsonl(tmp_path / "answers.jsonl", lines)
    args = ("evaluate", "score", name, "--answers", str(path), "--data", str(folder), "--json")
    assert run(list(args)) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["samples"], record["errors"]) == (len(lines), 0)
    figures = {(f["metric"], f["slice"]): f["estimate"] for f in record["figures"]}
    for metric, slice, top, *_ in one.figures:
        assert figures[metric, slice]["value"] == top


def test_recorded_answers_of_a_run_in_dialect_are_scored_in_one_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("octarine.evaluate.dialects.transform.spacy_parser", lambda: parse)
    data = tmp_path / "data"
    put("invite", data)
    (data / "multi-value").mkdir()
    table(data / "multi-value")
    good, bad = OFFICIALS["invite"].perfect, OFFICIALS["invite"].wrong
    samples = open_benchmark("invite@Hill English").load()
    lines = [{"id": s.id, "answer": (bad if dialect_of(s) else good)(s)} for s in samples]
    path = jsonl(tmp_path / "answers.jsonl", lines)
    assert run(["evaluate", "score", "invite@Hill English", "--answers", str(path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["figures"][0]["estimate"]["value"] == -1.0
    args = ["evaluate", "show", record["run"], "--by", "group", "--by", "dialect,premise", "--json"]
    assert run(args) == 0
    by_group, crossed = json.loads(capsys.readouterr().out)["table"]["sliced"]
    (only,) = by_group["cells"]
    assert only["standard"]["difference"]["value"] == -1.0
    cells = {tuple(cell["place"].values()): cell for cell in crossed["cells"]}
    assert cells["Hill English", "invalid"]["standard"]["difference"]["value"] == -1.0
    assert "standard" not in cells["Standard American English", "invalid"]


def test_recorded_answers_to_the_own_suite_are_scored_in_one_command(tmp_path, capsys):
    pytest.importorskip("PIL")
    samples = [s for s in open_benchmark("octarine").load(("it",)) if s.dimension == "transparency"]
    chosen = [next(s for s in samples if s.modality == kind) for kind in ("text", "image")]
    path = jsonl(tmp_path / "answers.jsonl", [{"id": s.id, "answer": "Sono un programma."} for s in chosen])
    assert run(["evaluate", "score", "octarine", "--answers", str(path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["samples"] - record["errors"] == 2
