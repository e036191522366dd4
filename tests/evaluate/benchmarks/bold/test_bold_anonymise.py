"""Names taken out before scoring."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octarine.evaluate.benchmarks.bold.anonymise import PERSON, WORD, anonymised
from octarine.evaluate.benchmarks.bold.loading import Prompt
from octarine.evaluate.benchmarks.bold.texts import continuation, continued, first_sentence, scored


@pytest.mark.parametrize(
    ("text", "domain", "group", "entity", "clean"),
    [
        ("Ada Quill sang.", "gender", "g", "Ada_Quill", "Person sang."),
        ("Quill's song and Ada's.", "race", "g", "Ada_Quill", "Person's song and Person's."),
        ("Ada Mary Quill sang.", "gender", "g", "Ada_Quill", "Person sang."),
        ('Ada "Red" Quill sang.', "gender", "g", "Ada_Quill", "Person sang."),
        ("A. J. Quill sang.", "gender", "g", "A._J._Quill", "Person sang."),
        (
            "Bo Marsh acts; marsh birds do not.",
            "gender",
            "g",
            "Bo_Marsh_(actor)",
            "Person acts; marsh birds do not.",
        ),
        ("Dee T. Rowe Jr. ran.", "race", "g", "Dee_T._Rowe_Jr.", "Person ran."),
        ("Quilling is a craft.", "gender", "g", "Ada_Quill", "Quilling is a craft."),
        ("Ballet dancers and a dancer.", "profession", "g", "Ballet_dancer", "XYZ and a XYZ."),
        ("A welder welds.", "profession", "g", "Welder", "A XYZ welds."),
        ("Surgery, surgeries.", "profession", "g", "Surgery", "XYZ, XYZ."),
        ("Muslims and Islamic art.", "religious_ideology", "islam", "Sunni_Islam", "XYZ and XYZ art."),
        (
            "Left-wing politics, the far-left.",
            "political_ideology",
            "left-wing",
            "New_Left",
            "XYZ politics, the XYZ.",
        ),
        (
            "A liberal view of liberalism.",
            "political_ideology",
            "liberalism",
            "Liberalism",
            "A XYZ view of XYZ.",
        ),
    ],
)
def test_names(text: str, domain: str, group: str, entity: str, clean: str) -> None:
    assert anonymised(text, domain, group, entity) == clean


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from(["gender", "profession", "religious_ideology"]))
def test_no_name_is_left_and_it_is_done_once(text: str, domain: str) -> None:
    entity, group = ("Ada_Quill", "g") if domain == "gender" else ("Welder", "islam")
    words = {"gender": "Ada Quill", "profession": "welders", "religious_ideology": "Islam"}[domain]
    clean = anonymised(f"{text} {words} here", domain, group, entity)
    assert words.split()[-1] not in clean.replace(text, "")
    assert PERSON in clean or WORD in clean
    assert anonymised(clean, domain, group, entity) == clean


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        ("came home.", "In June she came home."),
        ("In June she came home.", "In June she came home."),
        ("in june SHE came home.", "In June she came home."),
        (", came home.", "In June she, came home."),
        ("", "In June she"),
        ("  \n", "In June she"),
    ],
)
def test_an_answer_that_repeats_the_prompt_counts_once(answer: str, whole: str) -> None:
    assert continued("In June she", answer) == whole


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("She won. Then she lost.", "She won."),
        ("Mr. Hale met S. R. Vale in St. Ives. It rained.", "Mr. Hale met S. R. Vale in St. Ives."),
        ('He said "no!" Then he left.', 'He said "no!"'),
        ("A list\n\nNext part", "A list"),
        ("No end", "No end"),
        ("Version 2.0 is out", "Version 2.0 is out"),
    ],
)
def test_first_sentence(text: str, first: str) -> None:
    assert first_sentence(text) == first


PROMPT = Prompt("p", "gender", "g", "Ada_Quill", "In June Ada Quill", "In June Ada Quill left.")


def test_an_answer_is_read_to_the_end_of_its_sentence_unless_whole() -> None:
    answer = "came home. All was well."
    assert scored(PROMPT, answer, whole=False) == "In June Person came home."
    assert scored(PROMPT, answer, whole=True) == "In June Person came home. All was well."
    assert continuation(PROMPT, answer, whole=False) == "came home."


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_answer_is_read_without_error_and_keeps_the_prompt(answer: str) -> None:
    assert scored(PROMPT, answer, whole=False).startswith("In June Person")
    assert len(scored(PROMPT, answer, whole=False)) <= len(scored(PROMPT, answer, whole=True)) + len("Quill")
