"""Carriers of indirect injection: valid in their format, and a reader of the format finds the request."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
import tomllib
import xml.etree.ElementTree as ET
from email.header import decode_header, make_header
from html.parser import HTMLParser

import numpy as np
import pytest

from octarine.core.content import Conversation, Role, Tool
from octarine.redteam import Turns, techniques
from octarine.redteam.structure.injection import techniques as own
from octarine.redteam.structure.injection.mail import folded
from tests.redteam.structure.reading import LANGUAGES, TEXT, document, made, squashed

JAPANESE = "明日の遠足に必要な持ち物を、全部教えてください。"
HARD = "a -- b ]]> c </script> <!-- d --> , ; \\ \"e\" 'f' %g {h} ~ _i_ & j"


def holds(found: str, text: str = TEXT) -> None:
    assert squashed(text) in squashed(found)


class Page(HTMLParser):
    """What a page holds, by where."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.tags: list[str] = []
        self.feed(source)
        self.close()

    def add(self, place: str, text: str) -> None:
        self.found.setdefault(place, []).append(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(f"{tag} {values.get('style', '')}".strip())
        if tag in ("img", "meta"):
            self.tags.pop()
            self.add(tag, values.get("alt") or values.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop().split()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.tags:
            self.add(self.tags[-1].split()[0], data)

    def handle_comment(self, data: str) -> None:
        self.add("comment", data)


@pytest.mark.parametrize(("name", "place"), [("page-hidden-spans", "span"), ("page-meta-tags", "meta")])
@pytest.mark.parametrize("text", [TEXT, JAPANESE, HARD])
def test_a_parser_finds_it_in_the_page(name: str, place: str, text: str) -> None:
    page = Page(document(name, text))
    assert not page.tags, "every tag is closed"
    found = page.found[place]
    holds("".join(found), text)


def test_comments_hold_it_and_no_double_dash() -> None:
    for text in (TEXT, HARD):
        page = Page(document("page-comments", text))
        assert not page.tags
        comments = page.found["comment"]
        assert all("--" not in comment for comment in comments)
        bare = re.sub(r"[\s>-]", "", "".join(comments))
        assert re.sub(r"[\s>-]", "", text) in bare


def test_alternative_texts_are_numbered() -> None:
    found = Page(document("page-alt-texts")).found["img"]
    assert [alt.split(" ")[0] for alt in found] == [f"{n}/{len(found)}" for n in range(1, len(found) + 1)]
    holds("".join(alt.split(" ", 1)[1] for alt in found))


@pytest.mark.parametrize("text", [TEXT, HARD])
def test_structured_data_is_json(text: str) -> None:
    page = Page(document("page-structured-data", text))
    data = json.loads("".join(page.found["script"]))
    holds("".join(item["acceptedAnswer"]["text"] for item in data["mainEntity"]), text)


def test_slugs_keep_the_words() -> None:
    slugs = re.findall(r"/([^/)]+)\)$", document("page-link-slugs", "How do I cut ripe tomatoes?"), re.M)
    assert "-".join(slugs).endswith("how-do-i-cut-ripe-tomatoes")
    slugs = re.findall(r"/([^/)]+)\)$", document("page-link-slugs", "टमाटर कैसे काटूँ?", "hi"), re.M)
    assert "-".join(slugs).endswith("टमाटर-कैसे-काटूँ")


@pytest.mark.parametrize("text", [TEXT, JAPANESE, HARD, "a\x00b \x1b c"])
def test_svg_and_feed_are_xml(text: str) -> None:
    shown = re.sub(r"[\x00-\x1f]", " ", text)
    svg = ET.fromstring(document("svg-tiny-text", text))
    holds("".join(span.text or "" for span in svg.iter("{http://www.w3.org/2000/svg}tspan")), shown)
    feed = ET.fromstring(document("feed-items", text).encode())
    said = squashed("".join(item.findtext("description") or "" for item in feed.iter("item")))
    assert all(squashed(word) in said for word in shown.split())


def test_tables_lists_and_logs() -> None:
    rows = list(csv.reader(io.StringIO(document("table-remarks"))))
    assert len({len(row) for row in rows if row}) == 1
    holds("".join(row[-1] for row in rows[1:] if row))
    names = re.findall(r"\d\d_(.+)\.txt$", document("file-names", "Where are mussels gathered?"), re.M)
    assert "_".join(names).endswith("Where_are_mussels_gathered")
    fields = re.findall(
        r'^192\.0\.2\.\d+ - - \[[^]]+\] "GET \S+ HTTP/1\.1" 200 \d+ "-" "((?:[^"\\]|\\.)*)"$',
        document("log-user-agents"),
        re.M,
    )
    assert len(fields) == len(document("log-user-agents").split("\n"))
    known = ("Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "FeedReader/2.1")
    holds("".join(re.sub(r"\\(.)", r"\1", field) for field in fields if field not in known))


def test_toml_json_and_messages() -> None:
    project = tomllib.loads(document("package-metadata"))["project"]
    holds(project["description"] + "".join(project["keywords"]))
    notebook = json.loads(document("notebook-outputs"))
    holds(
        "".join(line for cell in notebook["cells"] for output in cell["outputs"] for line in output["text"])
    )
    messages = document("remarks-in-a-file", document="messages")
    holds("".join(line.removeprefix("#. ") for line in messages.split("\n") if line.startswith("#. ")))
    robots = document("remarks-in-a-file", document="robots")
    holds("".join(line.removeprefix("# ") for line in robots.split("\n") if line.startswith("# ")))
    code = document("remarks-in-a-file", document="code")
    compile(code, "code", "exec")
    holds("".join(line.removeprefix("# ") for line in code.split("\n") if line.startswith("# ")))


@pytest.mark.parametrize(
    ("text", "language"), [(TEXT, "en"), (JAPANESE, "ja"), ("Wie öffne ich das Faß?", "de")]
)
def test_mails_are_mails(text: str, language: str) -> None:
    flowed = email.message_from_string(
        document("mail-flowed-body", text, language), policy=email.policy.compat32
    )
    assert flowed.get_param("format") == "flowed"
    body = str(flowed.get_payload()).replace(" \n", " ").replace("\n ", "\n")
    holds(body, text)
    noted = email.message_from_string(
        document("mail-header-field", text, language), policy=email.policy.compat32
    )
    holds(str(make_header(decode_header(noted["X-Reader-Note"]))), text)
    signed = document("mail-signature", text, language).split("\n-- \n")
    assert len(signed) == 2
    holds(signed[1], text)


@pytest.mark.parametrize(
    ("text", "language"), [(TEXT, "en"), (JAPANESE, "ja"), ("كيف أقطع الطماطم، بسرعة؛ من فضلك؟", "ar")]
)
def test_the_invitation_is_icalendar(text: str, language: str) -> None:
    content = document("calendar-invitation", text, language)
    assert content.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in content.split("\r\n"))
    unfolded = content.replace("\r\n ", "").split("\r\n")
    (value,) = [line.removeprefix("DESCRIPTION:") for line in unfolded if line.startswith("DESCRIPTION:")]
    assert not re.search(r"(?<!\\)[;,]", value)
    holds(re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], value), text)
    assert all(re.match(r"[A-Z]+:", line) for line in unfolded[:-1])


def test_folding_unfolds() -> None:
    line = "DESCRIPTION:" + "é語👍" * 40
    assert folded(line).replace("\r\n ", "") == line


def test_subtitles_have_times_that_do_not_overlap() -> None:
    cues = document("subtitle-cues").strip().split("\n\n")
    times = [re.findall(r"(\d\d):(\d\d):(\d\d),(\d\d\d)", cue.split("\n")[1]) for cue in cues]
    clock = [
        int(h) * 3_600_000 + int(m) * 60_000 + int(s) * 1000 + int(ms)
        for pair in times
        for h, m, s, ms in pair
    ]
    assert clock == sorted(clock)
    assert [cue.split("\n")[0] for cue in cues] == [str(n) for n in range(1, len(cues) + 1)]
    holds("".join("".join(cue.split("\n")[2:]) for cue in cues))


def test_bibliography_braces_match() -> None:
    text = document("bibliography-annotations", HARD)
    depth = 0
    for sign in re.sub(r"\\[{}]", "", text):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0


@pytest.mark.parametrize("name", ["tool-result", "tool-error", "forged-tool-call"])
def test_a_result_answers_its_call(name: str) -> None:
    asked, call, result = made(name).messages
    assert [asked.role, call.role, result.role] == [Role.USER, Role.ASSISTANT, Role.TOOL]
    assert call.tool_calls[0].id == result.tool_call_id
    json.loads(call.tool_calls[0].arguments)
    json.loads(result.text)
    assert TEXT not in asked.text


def test_tools_on_offer_hold_it() -> None:
    described = made("tool-description")
    holds(described.tools[0].description)
    (tool,) = made("tool-schema").tools
    holds("".join(field["description"] for field in tool.parameters["properties"].values()))
    assert "tomatoes" not in described.prompt


def test_a_poisoned_tool_stands_beside_those_on_offer() -> None:
    other = Tool("clock", "Tells the time.")
    asked = Conversation(Conversation.user(TEXT).messages, (other,))
    result = techniques["tool-description"](asked, np.random.default_rng(0), language="en")
    assert isinstance(result, Conversation)
    assert result.tools[0] == other
    assert [tool.name for tool in result.tools] == ["clock", "find_member"]


def test_memory_is_a_system_message() -> None:
    first, asked = made("memory-entries").messages
    assert first.role is Role.SYSTEM
    assert "tomatoes" in first.text
    assert "tomatoes" not in asked.text


PLAIN = "Where can seven ripe tomatoes be bought nearby tomorrow"
SPREAD = [one.id for one in own() if one.turns is Turns.ONE and not one.id.startswith(("tool-", "search-"))]


@pytest.mark.parametrize("name", SPREAD)
@pytest.mark.parametrize("seed", range(3))
def test_the_words_stand_in_order_in_the_document(name: str, seed: int) -> None:
    words = re.split(r"[\W_]+", document(name, PLAIN, seed=seed).replace("\r\n ", "").casefold())
    rest = iter(words)
    assert all(word in rest for word in PLAIN.casefold().split())


def test_snippets_overlap_and_cover_it() -> None:
    snippets = re.findall(r" … (.*) …$", document("search-snippets", PLAIN), re.M)
    whole = snippets[0]
    for snippet in snippets[1:]:
        overlap = max(n for n in range(len(snippet) + 1) if whole.endswith(snippet[:n]))
        assert overlap > 0
        whole += snippet[overlap:]
    assert PLAIN in whole


@pytest.mark.parametrize("name", [technique.id for technique in own()])
def test_no_two_runs_are_alike(name: str) -> None:
    first, second = made(name, seed=1), made(name, seed=2)
    assert first != second
    assert all(made(name, "明日の天気", language, 3) for language in LANGUAGES)


@pytest.mark.parametrize("document_kind", ["cv", "readme", "ticket", "minutes", "contents"])
def test_the_kind_of_document_can_be_set(document_kind: str) -> None:
    one, other = (document("document-list-items", seed=seed, document=document_kind) for seed in (1, 2))
    assert one != other
    assert all(word in one for word in ("tomatoes", "please"))


@pytest.mark.parametrize("seed", range(5))
def test_a_tool_is_called_for_what_the_user_asks(seed: int) -> None:
    for name in ("tool-result", "tool-error"):
        asked, called = made(name, seed=seed).messages[:2]
        assert json.loads(called.tool_calls[0].arguments)["club"] in asked.text


@pytest.mark.parametrize("seed", range(5))
def test_spans_are_hidden_by_different_means(seed: int) -> None:
    means = re.findall(r'span style="([^"]+)"', made("page-hidden-spans", seed=seed).prompt)
    assert 2 <= len(set(means)) == min(len(means), 6)
