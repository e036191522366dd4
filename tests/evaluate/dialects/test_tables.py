"""The published table, in files of ours of its format."""

from __future__ import annotations

from pathlib import Path

import pytest

from octarine.core.errors import DataError, InputError
from octarine.evaluate.dialects import every_feature, find, read_dialects
from octarine.evaluate.dialects.tables import FEATURES, FILE

NAMES = ("Hill English", "Harbour English")


def table(folder: Path, **changed: str) -> Path:
    """Hill English has 155 always and 37 (which we lack) always; Harbour English 10 and 155 now and then."""
    lines = [",".join(("feature_id", *NAMES))]
    for number in range(FEATURES + 1):
        cells = {155: "1.0,0.3", 37: "1.0,0.0", 10: "0.3,0.6"}.get(number, "0.0,0.0")
        lines.append(changed.get(f"row{number}", f"{number},{cells}"))
    path = folder / FILE
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_dialect_has_its_features_by_attestation(tmp_path: Path) -> None:
    table(tmp_path)
    found = read_dialects(tmp_path)
    hill, harbour = (found[name].features for name in NAMES)
    assert [(one.feature.number, one.probability) for one in hill] == [(155, 1.0), (10, 0.3)]
    assert [(one.feature.number, one.probability) for one in harbour] == [(10, 0.6), (155, 0.3)]
    assert found["Hill English"].missing == (37,)


def test_the_folder_around_it_will_do(tmp_path: Path) -> None:
    (tmp_path / "resources").mkdir()
    table(tmp_path / "resources")
    assert set(read_dialects(tmp_path)) == set(NAMES)


@pytest.mark.parametrize(
    ("row", "line"),
    [("7,0.0", 9), ("7,0.0,0.5", 9), ("8,0.0,0.0", 9), ("7,0.0,pervasive", 9), ("", 9), ("7,0.0,0.0,0.0", 9)],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, line: int) -> None:
    path = table(tmp_path, row7=row)
    with pytest.raises(DataError) as error:
        read_dialects(tmp_path)
    assert f"{path}:{line}:" in str(error.value)


def test_a_table_cut_short(tmp_path: Path) -> None:
    path = table(tmp_path)
    path.write_text("\n".join(path.read_text("utf-8").split("\n")[:100]), "utf-8")
    with pytest.raises(DataError, match="98 features, not 235"):
        read_dialects(tmp_path)


def test_other_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no attestation_vectors\.csv"):
        read_dialects(tmp_path)
    path = table(tmp_path)
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))
    with pytest.raises(DataError, match="not UTF-8"):
        read_dialects(tmp_path)
    path.write_text("id;name\n1;2\n", "utf-8")
    with pytest.raises(DataError, match="feature_id"):
        read_dialects(tmp_path)


def test_names_are_found_by_a_part(tmp_path: Path) -> None:
    table(tmp_path)
    found = read_dialects(tmp_path)
    assert find(found, "hill english").name == find(found, "hill").name == "Hill English"
    with pytest.raises(InputError, match="several dialects fit 'english'"):
        find(found, "english")
    with pytest.raises(InputError, match="there is no dialect 'Harbor'") as error:
        find(found, "Harbor")
    assert "Harbour English" in error.value.hint


def test_every_feature_is_at_every_site() -> None:
    assert {one.probability for one in every_feature().features} == {1.0}
    assert not every_feature().missing
