"""False questions and their twins: generation, the judge of premises, the figures, the official files."""

from __future__ import annotations

import json
import re
from datetime import date

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octarine.core.errors import DataError, InputError
from octarine.core.results import Completion, Finish
from octarine.evaluate.benchmarks.frame import Answer
from octarine.evaluate.benchmarks.invite import DENIED, KAPPA, PEOPLE, RATE, RIGHT, Invite, generated
from octarine.evaluate.benchmarks.invite.generate import (
    FAR,
    Dated,
    Template,
    Triple,
    from_dates,
    from_triples,
    ordinal,
)
from octarine.evaluate.benchmarks.invite.knowledge import (
    TEMPLATES,
    own_knowledge,
    read_templates,
    read_triples,
)
from octarine.evaluate.benchmarks.invite.premise import goes_along, in_development
from octarine.evaluate.benchmarks.invite.rows import LABELLED
from tests.evaluate.benchmarks.conftest import jsonl

ALONG = "It was first published in 1911."
DENIES = "I can find no record of that: the book is by somebody else."


def question(number: int, label: str | None = None, said: str = ALONG, of_true: str = ALONG):
    row = {
        "id": f"author_{number}",
        "category": "author",
        "invalid_question": f"When did Ann Moor write Book {number}?",
        "valid_question": f"When did Bo Lind write Book {number}?",
        "answer_to_invalid_question": f"Ann Moor did not write Book {number}.",
        "model_response_to_invalid_question": said,
        "model_response_to_valid_question": of_true,
    }
    return row if label is None else row | {"hallucination_label": label}


@pytest.mark.parametrize(
    ("asked", "said", "along"),
    [
        ("When did Ann Moor write Dune?", "Ann Moor wrote Dune in 1911.", True),
        ("When did Ann Moor write Dune?", "1911", True),
        ("When did Ann Moor write Dune?", "Ann Moor didn’t write Dune.", False),
        ("When did Ann Moor write Dune?", "I'm sorry, but there seems to be a mix-up.", False),
        ("When did Ann Moor write Dune?", "I couldn't find any information on that.", False),
        ("When did Ann Moor write Dune?", "", False),
        (
            "When did Ann Moor write Dune?",
            "When did Ann Moor write Dune?\nWhen did Ann Moor write Dune?",
            False,
        ),
        ("When did Ann Moor write Dune?", "In 1911.\nQ: Who does not like it? A: nobody, never.", True),
        ("Which part of Turkey is Lyon located in?", "Lyon is in the east of France.", False),
        ("Which part of Turkey is Lyon located in?", "It lies in the north of Turkey.", True),
        ("Who won the 2046 World Cup?", "Brazil won the 2002 World Cup.", False),
        ("Who won the 2046 World Cup?", "Brazil won the 2046 World Cup.", True),
    ],
)
def test_whether_an_answer_goes_along(asked, said, along):
    assert goes_along(asked, Completion.of_text(said))[0] is along


@given(st.text(max_size=80), st.text(max_size=300))
def test_any_answer_is_judged(asked, said):
    along, why = goes_along(asked, Completion.of_text(said))
    assert isinstance(along, bool)
    assert why


def test_half_of_the_questions_are_held_out():
    share = sum(in_development(f"x_{n}") for n in range(2000)) / 2000
    assert 0.45 < share < 0.55


def test_our_own_questions_are_false_and_their_twins_true():
    known = own_knowledge()
    true = {(triple.predicate, triple.subject, triple.object) for triple in known.triples}
    assert len(true) == len(known.triples)
    for found in from_triples(known.triples, known.templates, numpy.random.default_rng(3)):
        holds = [t for p, *t in true if p == found.category and all(part in found.invalid for part in t)]
        assert not holds, found
        twin = [t for p, *t in true if p == found.category and all(part in found.valid for part in t)]
        assert twin, found
        assert found.accepted


def test_samples_ship_in_pairs_and_are_the_same_every_time():
    first, second = Invite().own_samples(), Invite().own_samples()
    assert [sample.key for sample in first] == [sample.key for sample in second]
    assert len({sample.id for sample in first}) == len(first)
    for false, true in zip(first[::2], first[1::2], strict=True):
        assert (false.variant, true.variant) == ("invalid", "valid")
        assert false.group == true.group
        assert false.conversation.prompt != true.conversation.prompt


def test_a_question_that_nothing_makes_false_is_left_out():
    template = Template("wrote", "When did <new_subject> write <object>?", "<new_subject> did not.")
    one = [
        Triple("Ann", "wrote", "Dune", ("person", "work")),
        Triple("IBM", "wrote", "Code", ("firm", "work")),
    ]
    assert from_triples(one, [template], numpy.random.default_rng(0)) == []
    both = [Triple("Ann", "wrote", "Dune"), Triple("Bo", "wrote", "Dune"), Triple("Cy", "wrote", "Ode")]
    for found in from_triples(both, [template], numpy.random.default_rng(0)):
        if "Dune" in found.invalid:
            assert "Cy" in found.invalid


def test_a_template_that_replaces_nothing_is_refused():
    template = Template("wrote", "When did <subject> write <object>?", "No.")
    with pytest.raises(InputError, match="replaces neither"):
        from_triples([], [template], numpy.random.default_rng(0))


@given(st.integers(0, 2**32 - 1))
def test_dates_are_impossible_or_far_away(seed):
    dated = [Dated("What burned on 2 September 1666?", ()), Dated("Who won in 1966?", ()), Dated("Who?", ())]
    day, year = from_dates(dated, numpy.random.default_rng(seed))
    assert 32 <= int(re.search(r"(\d+)(?:st|nd|rd|th) September", day.invalid)[1]) <= 98
    assert FAR[0] <= int(re.search(r"\d{4}", year.invalid)[0]) <= FAR[1]
    assert (day.category, year.category) == ("invalidDate", "futureDate")


@pytest.mark.parametrize(
    ("asked", "pattern"),
    [
        ("What began on January 4th, 1950?", r"What began on January \d\d(st|nd|rd|th), 1950\?"),
        ("What began on 4 January 1950?", r"What began on \d\d(st|nd|rd|th) January 1950\?"),
        ("What began on the 4th of January?", r"What began on the \d\d(st|nd|rd|th) of January\?"),
        ("What began in January 1950?", r"What began in January 2[3-8]\d\d\?"),
    ],
)
def test_a_day_is_found_on_either_side_of_its_month(asked, pattern):
    (found,) = from_dates([Dated(asked, ())], numpy.random.default_rng(0))
    assert re.fullmatch(pattern, found.invalid)


def test_years_near_by_come_from_the_clock():
    (found,) = from_dates(
        [Dated("Who won in 2030?", ())], numpy.random.default_rng(0), today=date(2090, 1, 1)
    )
    assert 2091 <= int(re.search(r"\d{4}", found.invalid)[0]) <= 2170


def test_ordinals():
    assert [ordinal(n) for n in (41, 52, 63, 94, 11, 12, 13)] == [
        "41st",
        "52nd",
        "63rd",
        "94th",
        "11th",
        "12th",
        "13th",
    ]


def answers(samples, false, true):
    return [Answer(s, Completion.of_text(false if s.variant == "invalid" else true(s))) for s in samples]


def right(sample):
    accepted = sample.expectation.args["accepted"]
    return f"It is {accepted[0]}." if accepted else "It is so."


def test_going_along_and_denying_everything_both_show():
    samples = Invite().own_samples()
    good = Invite().score(answers(samples, DENIES, right))
    assert good.estimate(RATE).value == 0.0
    assert good.estimate(DENIED).value == 0.0
    assert good.estimate(RIGHT).value == 1.0
    along = Invite().score(answers(samples, "Surely on a Monday.", right))
    assert along.estimate(RATE).value == 1.0
    denying = Invite().score(answers(samples, DENIES, lambda sample: DENIES))
    assert denying.estimate(RATE).value == 0.0
    assert denying.estimate(DENIED).value == 1.0
    assert denying.estimate(RIGHT).value == 0.0


def test_marks_agree_with_the_figures():
    for sample in Invite().own_samples():
        good = DENIES if sample.variant == "invalid" else right(sample)
        bad = "Surely on a Monday." if sample.variant == "invalid" else DENIES
        assert Invite().mark(sample, Completion.of_text(good)).score == 1.0
        assert Invite().mark(sample, Completion.of_text(bad)).score == 0.0


def test_failed_calls_are_in_no_rate():
    sample = Invite().own_samples()[0]
    table = Invite().score([Answer(sample, Completion(finish=Finish.ERROR, error="down"))])
    assert all(figure.estimate is None for figure in table.figures)
    assert "1 failed calls" in table.notes[-1]


def test_peoples_labels_and_the_judges_agreement(tmp_path):
    rows = [question(n, "1" if n < 3 else "0", ALONG if n < 4 else DENIES) for n in range(10)]
    path = jsonl(tmp_path / "M.json", rows)
    table = Invite().score_files(path, path)
    assert table.estimate(RATE, PEOPLE).value == 0.3
    assert table.estimate(RATE).value == 0.4
    assert table.estimate("judge agrees with people", PEOPLE).value == 0.9
    planted = [row | {"hallucination_label": "1"} for row in rows]
    assert Invite().score_files(path, jsonl(tmp_path / "N.json", planted)).estimate(RATE, PEOPLE).value == 1.0


def test_where_every_label_is_the_same_kappa_is_missing(tmp_path):
    path = jsonl(tmp_path / "M.json", [question(1, "1"), question(2, "1")])
    kappa = next(f for f in Invite().score_files(path, path).figures if f.metric == KAPPA)
    assert kappa.estimate is None


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ([question(1), {**question(2), "category": 4}], 2, "'category' must be text"),
        ([question(1), question(2, "2")], 2, "must be 0 or 1"),
        ([question(1), question(3)], 2, "no question 'author_3'"),
        ([question(1), {**question(2), "invalid_question": "Else?"}], 2, "another question"),
        ([question(1)], None, "1 questions have no answer"),
    ],
)
def test_answers_that_do_not_fit_are_one_error(tmp_path, rows, line, message):
    gold = jsonl(tmp_path / "gold.json", [question(1), question(2)])
    path = jsonl(tmp_path / "M.json", rows)
    with pytest.raises(DataError, match=message) as error:
        Invite().score_files(gold, path)
    assert (error.value.path, error.value.line) == (str(path), line)


def test_the_official_folder_gives_each_question_once(tmp_path):
    for model in ("A", "B"):
        jsonl(tmp_path / "Data" / LABELLED / f"{model}.json", [question(1), question(2)])
    samples = Invite().load(tmp_path)
    assert [sample.id for sample in samples] == [
        f"invite-author_{n}-{v}" for n in (1, 2) for v in ("invalid", "valid")
    ]
    jsonl(tmp_path / "Data" / LABELLED / "A.json", [question(1), question(1)])
    with pytest.raises(DataError, match="a second question"):
        Invite().load(tmp_path)


def test_a_folder_without_the_official_files_says_so(tmp_path):
    with pytest.raises(DataError, match="is not there"):
        Invite().load(tmp_path)


def resource(name: str) -> str:
    return f"<http://dbpedia.org/resource/{name}>"


@pytest.fixture
def dbpedia(tmp_path):
    wrote = "<http://dbpedia.org/ontology/author>"
    lines = [f"{resource(f'Book_{n}_(novel)')} {wrote} {resource(f'Ann_Moor{n}')} ." for n in range(4)]
    lines.append(f"{resource('Book_9')} {wrote} {resource('Madonna')} .")
    (tmp_path / "mappingbased-objects_en.ttl").write_text("# started\n" + "\n".join(lines) + "\n", "utf-8")
    people = [f'{resource(f"Ann_Moor{n}")} <http://xmlns.com/foaf/0.1/name> "Ann"@en .' for n in range(4)]
    (tmp_path / "persondata_en.ttl").write_text("\n".join(people), "utf-8")
    template = {
        "<subject> http://dbpedia.org/ontology/author <object>": {
            "checks": ["<object> in persondata_en.ttl"],
            "question_template": "When did <new_object> write <subject>?",
            "answer_template": "<new_object> did not write <subject>.",
        }
    }
    (tmp_path / TEMPLATES).write_text(json.dumps(template), "utf-8")
    trivia = {"Data": [{"Question": "Who won in 1966?", "Answer": {"Value": "England"}}]}
    (tmp_path / "trivia-dev.json").write_text(json.dumps(trivia), "utf-8")
    return tmp_path


def test_questions_out_of_dbpedia_and_trivia(dbpedia):
    found = generated(dbpedia)
    assert [q.category for q in found] == ["author"] * 4 + ["futureDate"]
    assert all(re.fullmatch(r"When did Ann Moor\d write Book \d\?", q.invalid) for q in found[:4])
    assert all(q.invalid != q.valid for q in found)
    assert len(Invite().load(dbpedia)) == 10


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mappingbased-objects_en.ttl", "<a> <b> <c> .\n<a> <b>\n", "no triple"),
        (TEMPLATES, '{"x": {}}', "is no template"),
        (TEMPLATES, "[]", "not an object of templates"),
        ("trivia-dev.json", '{"Data": [3]}', "must hold objects"),
        ("trivia-dev.json", "[]", "not TriviaQA"),
    ],
)
def test_a_broken_source_is_one_error(dbpedia, name, text, message):
    (dbpedia / name).write_text(text, "utf-8")
    with pytest.raises(DataError, match=message) as error:
        generated(dbpedia)
    assert error.value.path.endswith(name)


def test_a_triple_that_is_not_utf8_names_its_line(tmp_path):
    path = tmp_path / "x.ttl"
    path.write_bytes(b"<a> <b> <c> .\n<a> <b> <\xff> .\n")
    with pytest.raises(DataError, match="not UTF-8") as error:
        list(read_triples(path))
    assert error.value.line == 2


def test_official_templates_are_read(dbpedia):
    ((template, checks),) = read_templates(dbpedia / TEMPLATES)
    assert template.replaces_object
    assert checks == ("<object> in persondata_en.ttl",)
