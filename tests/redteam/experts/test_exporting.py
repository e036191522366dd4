"""What goes out comes back the same; what is not public never goes out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.access import access_labels, keeps_text, label_of, public, without_text
from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.errors import DataError, InputError, StoreError
from octarine.core.lineage import Destination, destination
from octarine.core.results import Completion, Exchange, Finding
from octarine.core.risks import risks
from octarine.evaluate.judging import JudgePanel
from octarine.guard.traffic import read_traffic
from octarine.redteam.experts import (
    Judges,
    Options,
    export,
    import_findings,
    read_all,
    without_secrets,
)
from octarine.store import open_store, with_data
from redteam.experts.outside import ODD, SLOW, finding, findings

PNG = Part.of_bytes(Modality.IMAGE, b"\x89PNG not really", "image/png")


def there_and_back(found: list[Finding], path: Path) -> list[Finding]:
    with open_store(":memory:") as here, open_store(":memory:") as there:
        here.add_findings(found)
        path.write_bytes(export(here.findings(), here).data)
        asyncio.run(import_findings(read_all([path]), there, Judges(JudgePanel())))
        again = list(there.findings())
        for one in again:
            if keeps_text(one):
                with_data(one.sample.conversation, there)
        return again


@SLOW
@given(findings())
def test_a_finding_comes_back_the_same(tmp_path: Path, found: Finding) -> None:
    assert there_and_back([found], tmp_path / "x.jsonl") == [found]


@pytest.mark.parametrize("text", [ODD, "\ud83d\ude00", "a\r\nb\u2028c\x85d", '{"finding": 1}', ""])
def test_odd_texts_come_back_the_same(tmp_path: Path, text: str) -> None:
    turns = (Message(Role.USER, (Part.of_text(text), PNG)),)
    answer = Completion((Part.of_text(text), PNG), exchange=Exchange(turns, 3))
    found = [
        finding(text, name="a" * 16, note=text),
        finding(completion=answer, name="b" * 16),
        finding(name="c" * 16, access="embargo", risk="weapons"),
        finding(name="d" * 16, note="the same conversation and answer, found by another"),
    ]
    assert there_and_back(found, tmp_path / "x.jsonl") == found


def test_bytes_come_back_and_forged_ones_do_not(tmp_path: Path) -> None:
    found = finding(completion=Completion((PNG,)))
    path = tmp_path / "x.jsonl"
    with open_store(":memory:") as store:
        store.add_finding(found)
        path.write_bytes(export(store.findings(), store).data)
    with open_store(":memory:") as store:
        asyncio.run(import_findings(read_all([path]), store, Judges(JudgePanel())))
        assert store.blob(PNG.sha256) == PNG.data
    line = json.loads(path.read_text("utf-8"))
    line["data"][PNG.sha256] = "AAAA"
    path.write_text(json.dumps(line), "utf-8")
    with pytest.raises(DataError, match="another hash"):
        read_all([path])


def test_bytes_that_are_nowhere_are_said() -> None:
    found = [finding(completion=Completion((Part(Modality.IMAGE, sha256="ab" * 32),)))]
    with open_store(":memory:") as store, pytest.raises(StoreError, match="does not hold the bytes"):
        export(found, store)


MARK = "zebra-mark-of-the-text"
LABELS = st.sampled_from(["", "public", "from a later version", *access_labels()])
RISKS = st.sampled_from(["", *risks()])


@SLOW
@given(st.lists(st.tuples(LABELS, RISKS), min_size=1, max_size=6))
def test_what_has_a_label_never_goes_out_in_public(labels: list[tuple[str, str]]) -> None:
    found = [
        finding(f"{MARK} {n} asked", f"{MARK} {n} answered", access=access, risk=risk, note=f"{MARK} {n}",
                name=f"{n:016x}")
        for n, (access, risk) in enumerate(labels)
    ]  # fmt: skip
    with open_store(":memory:") as store:
        done = export(found, store, public_only=True)
        traffic = export(found, store, "traffic", public_only=True)
    for n, one in enumerate(found):
        out = f"{MARK} {n} asked".encode()
        assert (out in done.data) == (out in traffic.data) == public(one) == (label_of(one) == "")
        assert (one.id.encode() in done.data) == public(one)
    assert done.findings + sum(done.left_out.values()) == len(found)


@SLOW
@given(st.lists(st.tuples(LABELS, RISKS), min_size=1, max_size=6), st.sampled_from(["octarine", "traffic"]))
def test_no_word_of_what_endangers_a_child_goes_out_at_all(labels: list[tuple[str, str]], name: str) -> None:
    found = [
        finding(f"{MARK} {n} asked", f"{MARK} {n} answered", access=access, risk=risk, note=f"{MARK} {n}")
        for n, (access, risk) in enumerate(labels)
    ]
    with open_store(":memory:") as store:
        data = export(found, store, name).data
    for n, one in enumerate(found):
        assert (f"{MARK} {n} asked".encode() in data) == keeps_text(one)


@SLOW
@given(findings("child_safety"))
def test_metadata_says_nothing_of_the_text_and_stays_as_it_is(found: Finding) -> None:
    bare = without_text(found)
    assert without_text(bare) == bare
    assert bare.sample.conversation == finding_of_nothing()
    assert (bare.id, bare.model, bare.sample.dimension) == (found.id, found.model, found.sample.dimension)


def finding_of_nothing() -> Conversation:
    return without_text(finding(risk="child_safety")).sample.conversation


def test_secrets_do_not_go_out_in_public() -> None:
    key = "sk-abcdefghijklmnop1234"
    found = finding(f"my key is {key}", f"it was {key}", note=f"they said {key}")
    with open_store(":memory:") as store:
        assert key.encode() not in export([found], store, public_only=True).data
        assert key.encode() in export([found], store).data
    assert without_secrets(finding()) == finding()


def test_attacks_as_the_guard_reads_them(tmp_path: Path) -> None:
    turns = (Message(Role.USER, (Part.of_text("first"),)), Message(Role.USER, (Part.of_text("last"),)))
    found = [
        finding("one", name="a"),
        finding("seed", completion=Completion(exchange=Exchange(turns, 2)), name="b"),
    ]
    path = tmp_path / "x.jsonl"
    with open_store(":memory:") as store:
        done = export([*found, finding("no", risk="child_safety")], store, "traffic")
        with pytest.raises(InputError, match="'csv'"):
            export(found, store, "csv")
    path.write_bytes(done.data)
    assert [(row.text, row.attack) for row in read_traffic(path)] == [("one", True), ("last", True)]
    assert done.findings == 2


def test_a_label_that_is_said_of_all_is_that_of_records_without_one(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with open_store(":memory:") as store:
        found = [finding(name="a" * 16), finding("b", name="b" * 16, access="public")]
        path.write_bytes(export(found, store).data)
        asyncio.run(import_findings(read_all([path]), store, Judges(JudgePanel()), Options(access="embargo")))
        assert [one.access for one in store.findings()] == ["embargo", "public"]


def test_a_judge_that_is_named_adds_its_word_to_a_record(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with open_store(":memory:") as store:
        path.write_bytes(export([finding(answer="I'm sorry, but I can't help with that.")], store).data)
        asyncio.run(import_findings(read_all([path]), store, Judges(JudgePanel(), again=True)))
        (found,) = store.findings()
    assert found.judgement.version == "1"
    assert [one.outcome.value for one in found.confirmed] == ["deflected"]


def test_what_is_routed_to_the_benchmark_is_counted() -> None:
    found = [finding(f"Text number {n}.", name=f"{n:016x}") for n in range(20)]
    wanted = sum(destination(one.sample) is Destination.BENCHMARK for one in found)
    with open_store(":memory:") as store:
        for name in ("octarine", "traffic"):
            done = export(found, store, name)
            assert 0 < done.measured == wanted < done.findings == 20
