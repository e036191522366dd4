"""What goes is what costs least, and what stays makes up for it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.guard.training.tiny_encoder import write_encoder

torch = pytest.importorskip("torch", reason="needs the extra 'align'")
pytest.importorskip("transformers", reason="needs the extra 'align'")
pytest.importorskip("onnx", reason="needs the extra 'align'")
pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning"),
]


@given(seed=st.integers(0, 10_000), keep=st.integers(1, 5))
@settings(deadline=None, max_examples=25)
def test_the_weights_that_stay_are_those_of_least_squares(seed: int, keep: int) -> None:
    from octarine.guard.training.slimming import surgeon

    generator = torch.Generator().manual_seed(seed)
    seen = torch.randn(200, 6, generator=generator, dtype=torch.float64)
    seen[:, 5] = seen[:, 0] + 0.1 * seen[:, 5]
    weight = torch.randn(3, 6, generator=generator, dtype=torch.float64)
    kept, found = surgeon(seen.T @ seen, weight, [[column] for column in range(6)], keep)
    assert len(kept) == keep
    gone = [column for column in range(6) if column not in kept]
    assert found[:, gone].abs().max() == 0
    wanted = seen @ weight.T
    best = seen[:, kept] @ torch.linalg.lstsq(seen[:, kept], wanted).solution - wanted
    # Damping moves a little; two inputs that say nearly the same may share their weight in many ways.
    error = (seen @ found.T - wanted).square().sum()
    assert best.square().sum() - 1e-9 <= error < 1.02 * best.square().sum() + 0.1


def test_what_another_input_says_again_goes_first() -> None:
    from octarine.guard.training.slimming import surgeon

    seen = torch.randn(300, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    seen = torch.cat([seen, seen[:, :2]], 1)
    weight = torch.ones(2, 6, dtype=torch.float64)
    kept, found = surgeon(seen.T @ seen, weight, [[0, 1], [2, 3], [4, 5]], 2)
    assert kept in ([0, 1], [1, 2])
    columns = [column for group in kept for column in (2 * group, 2 * group + 1)]
    error = seen @ weight.T - seen[:, columns] @ found[:, columns].T
    assert error.abs().max() < 0.02


def test_a_network_is_cut_to_its_shape_and_hardly_changes(tmp_path: Path) -> None:
    from octarine.guard.training.network import Shape, start_network
    from octarine.guard.training.slimming import slim

    torch.manual_seed(0)
    network = start_network(write_encoder(tmp_path / "encoder")).eval()
    batches = [
        (torch.randint(103, 160, (40, 9)), torch.ones(40, 9).long(), torch.zeros(40, 9).long())
        for _ in range(3)
    ]
    with torch.no_grad():
        before = network(*batches[0])
        slim(network, batches, Shape(neurons=24, heads=1))
        after = network(*batches[0])
    assert network.shape == Shape(24, 1)
    assert (after - before).abs().max() < 0.05 * before.abs().max()


def test_a_slim_network_is_served_and_opened_as_it_is(tmp_path: Path) -> None:
    from octarine.guard.training.export import export_encoder
    from octarine.guard.training.network import Shape, resize, start_network
    from octarine.guard.training.reopening import reopened_network
    from octarine.guard.training.served import Served

    folder = write_encoder(tmp_path / "encoder")
    network = start_network(folder).eval()
    resize(network, Shape(neurons=20, heads=1))
    ids, types = torch.arange(110, 118)[None], torch.tensor([[0, 0, 0, 1, 1, 1, 1, 1]])
    with torch.no_grad():
        exact = network(ids, torch.ones_like(ids), types)
        assert torch.allclose(Served.of(network)(ids, types), exact, atol=1e-5)
    export_encoder(network, tmp_path / "encoder.onnx")
    again = reopened_network(tmp_path, folder)
    assert again.shape == Shape(20, 1)
    with torch.no_grad():
        assert (again(ids, torch.ones_like(ids), types) - exact).abs().max() < 0.1
