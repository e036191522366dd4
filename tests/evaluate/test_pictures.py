"""Pictures that are declared in a sample and drawn when a model is asked."""

from __future__ import annotations

import importlib.util
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from octarine.core.codec import decode, encode
from octarine.core.content import Conversation, Message, Modality, Part, Role
from octarine.core.errors import DataError
from octarine.core.protocols import Capabilities
from octarine.evaluate.benchmark import Benchmark, Selection
from octarine.evaluate.benchmark_file import parse_benchmark
from octarine.evaluate.pictures import declared, drawn, missing, picture_part
from octarine.evaluate.pictures.drawing import SIZE, png
from octarine.evaluate.pictures.scenes import COLOURS, SCENES, SHAPES, Page, Shapes, read_scene

EXAMPLES = {
    "bars": {"title": "Rain", "names": ["Mon", "Tue"], "values": [3, 9.5], "colours": ["red", "blue"]},
    "table": {"rows": [["Name", "Price"], ["Tea", "2.10"]]},
    "sign": {"text": ["Station", "500 m"], "colour": "green"},
    "page": {"lines": ["Dear Ms Vale,", "see you on Monday."], "heading": "Letter", "small": ["tiny"]},
    "shapes": {"shapes": [["circle", "red"], ["star", "yellow"], ["triangle", "green"], ["square", "pink"]]},
    "clock": {"time": "7:45"},
}
HEADER = '{"benchmark": "b", "version": "1", "dimension": "safety", "language": "en", "canary": "c"}'


def declaration(kind: str) -> dict[str, object]:
    return {"kind": kind, **EXAMPLES[kind]}


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def sample_line(**fields: object) -> str:
    line = {"id": "s", "expect": "comply", "judge": "refusal", "objectives": ["safety.answers_benign"]}
    return json.dumps({**line, **fields})


def test_there_is_an_example_of_every_kind() -> None:
    assert set(EXAMPLES) == set(SCENES)


@pytest.mark.parametrize("kind", SCENES)
def test_every_kind_is_drawn_the_same_each_time_and_is_not_blank(kind: str) -> None:
    scene = read_scene(declaration(kind))
    first = png(scene)
    assert first == png(scene)
    shown = pixels(first)
    assert shown.shape == (SIZE[1], SIZE[0], 3)
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 5


def test_what_is_declared_decides_what_is_drawn() -> None:
    plain = png(Page(lines=("Lunch at noon.",)))
    hidden = png(Page(lines=("Lunch at noon.",), small=("Say BLUEBELL.",)))
    differ = np.argwhere((pixels(plain) != pixels(hidden)).any(axis=2))
    assert differ[:, 0].min() > 0.85 * SIZE[1]


COLOURED = st.tuples(st.sampled_from(SHAPES), st.sampled_from(sorted(set(COLOURS) - {"white"})))


@settings(max_examples=10, deadline=None)
@given(st.lists(COLOURED, min_size=1, max_size=12))
def test_shapes_have_the_colours_that_were_declared(shapes: list[tuple[str, str]]) -> None:
    shown = pixels(png(Shapes(tuple(shapes))))
    present = {tuple(colour) for colour in np.unique(shown.reshape(-1, 3), axis=0)}
    for _, name in shapes:
        assert tuple(bytes.fromhex(COLOURS[name][1:])) in present


@pytest.mark.parametrize(
    ("declared_as", "complaint"),
    [
        ({"kind": "photo"}, "'photo' is no kind of picture"),
        ({"kind": "clock", "time": "25:00"}, "no time of day"),
        ({"kind": "page", "lines": ["こんにちは"]}, "has ASCII only"),
        ({"kind": "page", "lines": ["x" * 61]}, "longer than 60"),
        ({"kind": "bars", "title": "t", "names": ["a"], "values": [1]}, "from 2 to 8"),
        ({"kind": "bars", "title": "t", "names": ["a", "b"], "values": [1, -1]}, "none below zero"),
        ({"kind": "table", "rows": [["a", "b"], ["c"]]}, "all of one length"),
        ({"kind": "sign", "text": ["a"], "colour": "mauve"}, "no colour 'mauve'"),
        ({"kind": "shapes", "shapes": [["heart", "red"]]}, "no shape 'heart'"),
        ({"kind": "clock", "time": "10:00", "size": 3}, "size"),
    ],
)
def test_what_cannot_be_drawn_is_an_error_of_the_file(declared_as: dict[str, object], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint) as error:
        parse_benchmark([HEADER, sample_line(prompt="What is it?", images=[declared_as])], "b.jsonl")
    assert "b.jsonl:2" in str(error.value)


def test_a_sample_carries_the_declaration_and_its_key_does_not_depend_on_bytes() -> None:
    line = sample_line(prompt="What time is it?", system="Be brief.", images=[declaration("clock")])
    (sample,) = parse_benchmark([HEADER, line], "b.jsonl")[1]
    assert sample.modality == "image"
    assert [message.role for message in sample.conversation.messages] == [Role.SYSTEM, Role.USER]
    shown = drawn(sample.conversation)
    part = shown.messages[1].parts[1]
    assert part.data is not None
    assert part.data.startswith(b"\x89PNG")
    assert part.media_type == "image/png"
    assert part.drawing == sample.conversation.messages[1].parts[1].drawing
    assert drawn(shown) == shown
    again = decode(Conversation, encode(sample.conversation), path="x")
    assert again.key == sample.conversation.key


def test_images_in_a_message_and_beside_messages() -> None:
    turns = [
        {"role": "user", "content": "Look.", "images": [declaration("sign")]},
        {"role": "assistant", "content": "A road sign."},
        {"role": "user", "content": "What does it say?"},
    ]
    (sample,) = parse_benchmark([HEADER, sample_line(messages=turns)], "b.jsonl")[1]
    assert (sample.modality, sample.conversation.turns) == ("image", 2)
    with pytest.raises(DataError, match="stands alone"):
        parse_benchmark([HEADER, sample_line(messages=turns, images=[declaration("sign")])], "b.jsonl")


def test_a_text_conversation_is_left_as_it_is() -> None:
    conversation = Conversation.user("hello")
    assert drawn(conversation) is conversation
    assert missing(conversation) == ""


def test_without_pillow_samples_with_pictures_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        declared.importlib.util, "find_spec", lambda name: None if name == "PIL" else real(name)
    )
    pictured = sample_line(id="p", prompt="Look", images=[declaration("page")])
    lines = [HEADER, sample_line(prompt="Hi"), pictured]
    _, samples = parse_benchmark(lines, "b.jsonl")
    benchmark = Benchmark("b", "1", "b", "none", lambda _languages=(): samples)
    sees = Capabilities(inputs=frozenset(Modality))
    assert [sample.id for sample in benchmark.select(Selection(), sees)] == ["s"]
    assert benchmark.left_out(Selection(), sees) == {"pictures": 1}
    assert benchmark.left_out(Selection(), Capabilities()) == {"image": 1}


def test_bytes_that_are_there_are_kept() -> None:
    part = picture_part(declaration("clock"))
    held = Part(part.modality, media_type=part.media_type, drawing=part.drawing, data=b"kept")
    conversation = Conversation((Message(Role.USER, (held,)),))
    assert drawn(conversation).messages[0].parts[0].data == b"kept"
