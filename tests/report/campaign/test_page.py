"""The page of a campaign: every figure of it, no answer as markup, nothing that has an access label."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from octarine.core.results import Finding, Outcome
from octarine.redteam.campaign import read_campaign
from octarine.redteam.campaign.figures import CampaignReport
from octarine.report.campaign import transcripts, write
from octarine.report.campaign.transcripts import MOST_HITS
from octarine.store import Store, open_store

from .examples import LABELLED, SECRET, png, stored


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stored(tmp_path_factory.mktemp("campaign"))


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(store: Store) -> CampaignReport:
    return read_campaign(store)


@pytest.fixture(scope="module")
def page(report: CampaignReport, store: Store) -> str:
    return write(report, store)


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


class Markup(HTMLParser):
    """Counts the elements of a page and sees that each is closed."""

    VOID = frozenset(
        {"meta", "link", "img", "input", "br", "col", "rect", "line", "circle", "path", "polygon"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.ids.update(value for name, value in attrs if name == "id" and value)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_its_ids_are_its_own(page: str) -> None:
    markup = Markup()
    markup.feed(page)
    assert markup.open == []
    assert max(markup.ids.values()) == 1
    assert markup.seen["script"] == 1
    assert markup.seen["style"] == 1


def test_the_policy_lets_its_own_style_and_script_pass_alone(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert "http" not in policy[1]
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        assert body
        wanted = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{wanted}'" in policy[1]
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_an_answer_is_never_markup(page: str, report: CampaignReport) -> None:
    assert any(hit.attack == "t0" for hit in report.hits)
    assert SECRET not in page
    assert "&lt;script&gt;window.injected = 1&lt;/script&gt;" in page


def test_every_attack_of_the_report_is_there_with_its_interval(page: str, report: CampaignReport) -> None:
    shown = text(page)
    places = [page.index(f"<h4><code>{one.attack.id}</code>") for one in report.attacks]
    assert places == sorted(places)
    assert len(report.attacks) >= 5
    for one in report.attacks:
        assert one.rate
        value = one.rate.estimate
        assert f"[{100 * value.low:.0f}, {100 * value.high:.0f}] n={value.n}" in shown
    assert f"{len(report.found)} of {len(report.attacks)} attacks of the report work" in shown
    assert "The plain seeds, without any attack" in shown
    assert shown.count("benign twins understood") == sum(
        one.comprehension is not None for one in report.attacks
    )
    assert report.error_rate in shown


def test_the_baseline_is_marked_in_every_plot(page: str, report: CampaignReport) -> None:
    assert report.baseline
    stroke = f'class="threshold" x1="{100 * report.baseline.estimate.value:.2f}%"'
    cells = [cell for cell in report.cells if not cell.exploratory]
    assert page.count(stroke) >= len(report.attacks) + len(cells)


def test_categories_and_dimensions_have_their_cells(page: str, report: CampaignReport) -> None:
    tables = re.findall(r'<table class="cells">.*?</table>', page, re.S)
    assert len(tables) == 2
    for table, exploratory in zip(tables, (False, True), strict=True):
        cells = [cell for cell in report.cells if cell.exploratory is exploratory]
        assert table.count("<td title=") == len(cells)
        for cell in cells:
            assert f"{cell.rate.successes} of {cell.rate.estimate.n} attempts" in table


def test_a_cell_where_nothing_was_tried_is_no_nought(report: CampaignReport, store: Store) -> None:
    some = [cell for cell in report.cells if not cell.exploratory]
    page = write(replace(report, cells=tuple(some[1:])), store)
    assert page.count('<td class="missing">') == 1


def test_the_steps_and_the_samples(page: str, report: CampaignReport) -> None:
    (live,) = [one for one in report.attacks if one.attack.id == "live"]
    assert any(point.step == 2 for point in live.steps)
    assert page.count('<svg class="curve"') == 1
    shown = text(page)
    assert "at least one success in k samples k = 1 k = 2 k = 3 plain seeds" in shown
    for at in live.at_k:
        assert f"[{100 * at.estimate.low:.0f}, {100 * at.estimate.high:.0f}]" in shown


def test_seeds_search_and_judges_are_told(page: str, report: CampaignReport) -> None:
    shown = text(page)
    seeds = report.seeds
    assert f"{seeds.eligible} of {seeds.seen} are deflected in all of 3 samples" in shown
    assert page.count('<th scope="row"><code>g') == len(seeds.rows)
    assert f"{len(report.searched)} attacks that were searched" in shown
    assert "There is no second judge." in shown
    assert "judge unvalidated here" in shown
    for note in report.notes:
        assert note in shown


def test_every_success_has_its_transcript_and_its_command(
    page: str, report: CampaignReport, store: Store
) -> None:
    found = transcripts.transcripts(store, report)
    assert len(found.rows) == page.count('<details class="sample"')
    assert len(found.rows) + sum(found.withheld.values()) + found.more == len(report.hits)
    replayed = [row.hit for row in found.rows if row.hit.replay]
    assert replayed
    for hit in replayed:
        assert f"<code>octarine redteam replay {hit.id}</code>" in page
    named = write(report, store, at="my store.sqlite")
    assert f"octarine redteam replay {replayed[0].id} --store &#39;my store.sqlite&#39;" in named


def test_the_turns_that_the_model_filled_are_in_the_transcript(report: CampaignReport, store: Store) -> None:
    found = transcripts.transcripts(store, report)
    (row, *_) = [row for row in found.rows if row.hit.attack == "live"]
    assert [turn.role for turn in row.turns] == ["user", "assistant", "user", "answer"]
    assert row.turns[1].text


def test_pictures_are_drawn_from_the_store_and_nothing_that_can_run(page: str) -> None:
    sources = set(re.findall(r'<img src="([^"]*)"', page))
    assert sources == {f"data:image/png;base64,{base64.b64encode(png()).decode()}"}
    assert "image/svg" not in page
    assert "[image vector.file]" in page


def test_what_has_an_access_label_is_left_out_and_counted(
    page: str, report: CampaignReport, store: Store
) -> None:
    special = [hit for hit in report.hits if hit.risk == LABELLED]
    words = {hit.request.split("called ")[1].split()[0] for hit in special}
    assert words
    assert not [word for word in words if re.search(rf"\b{word}\b", page)]
    assert f"{len(special)} Offensive cyber" in text(page)


def test_a_finding_may_say_otherwise_of_who_may_read_it(
    report: CampaignReport, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = list(store.findings())
    labelled = next(one for one in kept if one.sample.risk == LABELLED)
    open_one = next(one for one in kept if one.sample.risk != LABELLED)
    said = {labelled.id: "public", open_one.id: "embargo"}

    def findings(**_: object) -> Iterator[Finding]:
        yield from (replace(one, access=said.get(one.id, one.access)) for one in kept)

    monkeypatch.setattr(store, "findings", findings)
    found = transcripts.transcripts(store, report)
    shown = {row.hit.id for row in found.rows}
    assert labelled.id in shown
    assert open_one.id not in shown
    assert found.withheld["Embargo"] == 1


def test_more_than_a_page_holds_is_said(
    report: CampaignReport, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(report.hits) < MOST_HITS
    monkeypatch.setattr(transcripts, "MOST_HITS", 3)
    page = write(report, store)
    assert page.count('<details class="sample"') == 3
    assert re.search(r"\d+ more are in the store", page)


def test_too_many_pictures_are_named_instead(
    report: CampaignReport, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcripts, "MOST_BYTES", len(png()) + 1)
    page = write(report, store)
    assert page.count("<img ") == 1
    assert "[image drawing.file]" in page


def test_bytes_that_are_in_another_store_are_named(
    report: CampaignReport, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from octarine.core.errors import StoreError

    def gone(sha256: str) -> bytes:
        raise StoreError("not here")

    monkeypatch.setattr(store, "blob", gone)
    page = write(report, store)
    assert "<img " not in page
    assert "[image drawing.file]" in page


def test_a_campaign_that_found_nothing_or_is_not_finished_has_a_page(
    report: CampaignReport, store: Store
) -> None:
    nothing = dict.fromkeys(("attacks", "searched", "untried", "cells", "hits", "judges"), ())
    empty = replace(report, complete=False, baseline=None, **nothing)
    shown = text(write(empty, store))
    assert "No attack came to the report." in shown
    assert "not finished" in shown
    assert "There is no success to show." in shown


def test_the_command_writes_the_page(url: str, tmp_path: Path, report: CampaignReport) -> None:
    from octarine.cli.main import cli

    folder = tmp_path / "reports"
    done = CliRunner().invoke(cli, ["redteam", "report", report.id[:6], "--to", str(folder), "--store", url])
    assert done.exit_code == 0, done.output
    (path,) = folder.iterdir()
    assert path.name == f"campaign-{report.id}.html"
    assert str(path) in done.output
    assert f"--store {url}" in path.read_text("utf-8")


def test_successes_alone_are_shown(report: CampaignReport) -> None:
    assert {hit.judgement.outcome for hit in report.hits} == {Outcome.COMPLIED}
