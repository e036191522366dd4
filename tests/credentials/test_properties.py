"""Whatever byte is changed: a change of the picture is never passed, and nothing but a verdict comes out."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from octarine.core.errors import DataError
from octarine.credentials import State, Verdict, sign, verify
from tests.credentials import files
from tests.credentials.conftest import GENERATED

SHORT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=["jpg", "png"])
def pair(request, tmp_path_factory, signer):
    """The bytes of a picture and of its signed copy."""
    folder = tmp_path_factory.mktemp("pair")
    source = files.noise(folder / f"in.{request.param}")
    out = sign(source, folder / f"out.{request.param}", signer, GENERATED).path
    return source.read_bytes(), out.read_bytes()


def verdict_on(data: bytes, folder, trust) -> Verdict | None:
    path = folder / "it"
    path.write_bytes(data)
    try:
        return verify(path, trust)
    except DataError:
        return None


@SHORT
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_change_of_the_picture_is_never_passed(pair, trust, tmp_path, place, bit):
    original, signed = pair
    inserted = len(signed) - len(original)
    common = next(at for at, (one, other) in enumerate(zip(original, signed, strict=False)) if one != other)
    at = int(place * len(original))
    data = bytearray(signed)
    data[at if at < common else at + inserted] ^= 1 << bit
    verdict = verdict_on(bytes(data), tmp_path, trust)
    assert verdict is None or verdict.state not in (State.TRUSTED, State.VALID)


@SHORT
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@example(place=0.0, bit=0)
def test_a_change_anywhere_changes_nothing_that_is_believed(pair, trust, tmp_path, place, bit):
    _, signed = pair
    data = bytearray(signed)
    # The first quarter holds the manifest, of which the library leaves room unused.
    data[int(place * len(signed) / 4)] ^= 1 << bit
    verdict = verdict_on(bytes(data), tmp_path, trust)
    if verdict is not None and verdict.state in (State.TRUSTED, State.VALID):
        assert verdict.manifests == verdict_on(signed, tmp_path, trust).manifests


@SHORT
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_cut_file_is_never_passed(pair, trust, tmp_path, share):
    _, signed = pair
    verdict = verdict_on(signed[: int(share * len(signed))], tmp_path, trust)
    assert verdict is None or verdict.state not in (State.TRUSTED, State.VALID)
