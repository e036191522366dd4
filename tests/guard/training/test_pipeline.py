"""The whole training, small: what is exported is what was trained, and it learnt what it was shown."""

from pathlib import Path

import numpy as np
import pytest

from tests.guard.training.tiny_encoder import write_encoder, write_sets

torch = pytest.importorskip("torch", reason="needs the extra 'align'")
pytest.importorskip("transformers", reason="needs the extra 'align'")
pytest.importorskip("onnx", reason="needs the extra 'align'")
pytestmark = [
    pytest.mark.heavy,
    # torch's own, about its older exporter and its checks of sparse tensors
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    from octarine.guard.training.pipeline import Plan, train

    folder = tmp_path_factory.mktemp("train")
    steps: list[str] = []
    plan = Plan(
        data=write_sets(folder / "data"),
        encoder=write_encoder(folder / "encoder"),
        out=folder / "out",
        align_minutes=0.03,
        fit_minutes=0.2,
        passes=1,
        languages=("en", "de"),
        ours=False,
        threads=1,
    )
    train(plan, lambda step, done, loss: steps.append(step))
    return folder / "out", steps


def test_a_folder_with_a_card_is_whole(trained: tuple[Path, list[str]]) -> None:
    from octarine.guard.classifier import Classifier

    classifier = Classifier(trained[0])
    assert {"data:xsafety", "data:trustllm_benign"} <= classifier.lineage
    assert not any("strongreject" in name for name in classifier.lineage)
    harmful, fine = classifier.score_inputs(["how do i make bomb", "how do i bake bread"])
    assert harmful > fine
    assert classifier.score_inputs([]).shape == (0,)
    ((window,),) = classifier.input_windows(["how do i make bomb"])
    assert (window.start, window.end) == (0, 18)
    assert sum(window.hazards.values()) == pytest.approx(1, abs=1e-4)


def test_an_attack_is_not_diluted(trained: tuple[Path, list[str]]) -> None:
    from octarine.guard.classifier import Classifier

    classifier = Classifier(trained[0])
    around = "how do i bake bread " * 60
    (buried,) = classifier.input_windows([around + "how do i make bomb now please " * 30 + around])
    assert len(buried) > 5
    alone = classifier.score_inputs(["how do i make bomb now please " * 30])[0]
    long = classifier.score_inputs([around + "how do i make bomb now please " * 30 + around])[0]
    assert long > alone - 0.2


def test_what_is_exported_is_what_was_trained(tmp_path: Path) -> None:
    from octarine.guard.classifier.encoder import Encoder
    from octarine.guard.training.encoding import padded
    from octarine.guard.training.export import export_encoder
    from octarine.guard.training.fitting import CLS, SEP
    from octarine.guard.training.network import start_network

    folder = write_encoder(tmp_path / "encoder")
    network = start_network(folder).eval()
    export_encoder(network, tmp_path / "encoder.onnx")
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    encoder = Encoder(tmp_path)
    texts = ["how do i pick the lock", "bake bread", "please tell me how do i make bread now"]
    _, found = encoder.texts(texts)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    with torch.no_grad():
        exact = network(*(torch.from_numpy(array) for array in padded([(row, []) for row in ids], CLS, SEP)))
    # int8 moves a logit a little; the mean says that nothing else does.
    assert np.abs(found - exact.numpy()).mean() < 0.05
    assert np.corrcoef(found.ravel(), exact.numpy().ravel())[0, 1] > 0.97
    _, answered = encoder.answers([("how do i pick the lock", "bake bread")])
    pair = padded([(ids[0], ids[1])], CLS, SEP)
    with torch.no_grad():
        exact = network(*(torch.from_numpy(array) for array in pair))
    assert np.abs(answered - exact.numpy()).mean() < 0.05


def test_what_was_exported_opens_again(tmp_path: Path) -> None:
    from octarine.guard.training.export import export_encoder
    from octarine.guard.training.network import start_network
    from octarine.guard.training.reopening import reopened_network

    folder = write_encoder(tmp_path / "encoder")
    network = start_network(folder).eval()
    export_encoder(network, tmp_path / "encoder.onnx")
    again = reopened_network(tmp_path, folder)
    ids = torch.arange(110, 118)[None]
    with torch.no_grad():
        before, after = (one(ids, torch.ones_like(ids), torch.zeros_like(ids)) for one in (network, again))
    assert np.corrcoef(before.numpy().ravel(), after.numpy().ravel())[0, 1] > 0.99


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    from octarine.core.errors import DataError
    from octarine.guard.training.export import export_encoder
    from octarine.guard.training.network import start_network
    from octarine.guard.training.reopening import reopened_network

    folder = write_encoder(tmp_path / "encoder")
    export_encoder(start_network(folder), tmp_path / "encoder.onnx")
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'))
    with pytest.raises(DataError, match=r"layers\.2"):
        reopened_network(tmp_path, folder)


def test_training_goes_on_with_a_users_rows(trained: tuple[Path, list[str]], tmp_path: Path) -> None:
    from octarine.guard.classifier import Classifier
    from octarine.guard.classifier.heads import Head
    from octarine.guard.training.pipeline import Plan, kept_back, train
    from octarine.guard.training.row import Row

    rows = [
        Row(f"please steal the bread now {n}", {Head.HARMFUL_REQUEST: True}, "en", "mine") for n in range(40)
    ] + [
        Row(f"please bake the bread now {n}", {Head.HARMFUL_REQUEST: False}, "en", "mine") for n in range(40)
    ]
    plan = Plan(
        data=None, encoder=trained[0].parent / "encoder", out=tmp_path, start=trained[0], rows=rows,
        fit_minutes=0.3, passes=30, ours=False, threads=1,
    )  # fmt: skip
    card = train(plan, lambda step, done, loss: None)
    before, after = Classifier(trained[0]), Classifier(tmp_path)
    texts = ["please steal the bread now 7", "please bake the bread now 7"]
    (first, second), (third, fourth) = before.score_inputs(texts), after.score_inputs(texts)
    assert third - fourth > first - second
    assert after.thresholds == before.thresholds
    assert {"data:mine", "data:xsafety"} <= after.lineage
    mine, kept = kept_back(rows)
    assert len(mine) + len(kept) == len(rows)
    assert kept
    assert card.facts["caught: harmful_request"].endswith(
        f"of {sum(row.labels[Head.HARMFUL_REQUEST] for row in kept)}"
    )


def test_a_head_that_sees_one_class_learns_nothing() -> None:
    from octarine.guard.classifier.heads import Head
    from octarine.guard.training.pipeline import with_both_classes
    from octarine.guard.training.row import Row

    rows = [
        Row("a", {Head.HARMFUL_REQUEST: True, Head.HARMFUL_CONTENT: False}, "en", "mine"),
        Row("b", {Head.HARMFUL_REQUEST: False, Head.HARMFUL_CONTENT: False}, "en", "mine"),
    ]
    assert [set(row.labels) for row in with_both_classes(rows)] == [{Head.HARMFUL_REQUEST}] * 2


def test_a_lexicon_finds_what_stands_together() -> None:
    from octarine.guard.training.alignment import lexicon

    pairs = [([11, 12], [1, 2]), ([11, 13], [1, 3]), ([12, 13], [2, 3])]
    foreign, english, chance = lexicon(pairs)
    best = {f: english[foreign == f][chance[foreign == f].argmax()] for f in (11, 12, 13)}
    assert best == {11: 1, 12: 2, 13: 3}
