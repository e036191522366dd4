"""Which wrong label a class gets: FedMultimodal's matrix of transitions, as its code makes it and mended.

A client's matrix has ``1 - rate`` on its diagonal; 40 % of the other cells are 0, and a row's rest shares
``rate`` evenly.
"""

from __future__ import annotations

import numpy as np

from octarine.core.errors import InputError
from octarine.evaluate.benchmarks.fedmultimodal.corpus import BoolArray, FloatArray, IntArray

SPARSE = 0.4


def official_matrix(seed: int, classes: int, rate: float) -> FloatArray:
    """The matrix that the official code makes of a client's seed, shape (classes, classes).

    Its steps are kept with what is wrong in them: cells are drawn with replacement, so that fewer than 40 %
    are 0; the repair of rows without an entry walks rows of four cells whatever the number of classes
    (``_repaired``), so that it mends only matrices of four.

    Raises:
        InputError: where the official code stops: three classes, or a row that is left without an entry.
    """
    random = np.random.RandomState(seed)
    open_cells = np.ones(classes * classes, dtype=np.bool_)
    for cell in random.choice(classes * classes, round(classes * (classes - 1) * SPARSE)):
        while cell % (classes + 1) == 0:
            cell = random.choice(classes * classes, 1)[0]  # noqa: PLW2901
        open_cells[cell] = False
    try:
        alive = _repaired(open_cells, classes).reshape(classes, classes)
    except IndexError:
        raise _stops(seed, classes) from None
    np.fill_diagonal(alive, False)
    if rate and not alive.any(axis=1).all():
        raise _stops(seed, classes)
    return matrix(alive, rate)


def _stops(seed: int, classes: int) -> InputError:
    return InputError(
        f"the official code has no valid noise for {classes} classes and the client of seed {seed}",
        hint="--draws fixed has.",
    )


def _repaired(open_cells: BoolArray, classes: int) -> BoolArray:
    """The official repair over the flat matrix: it takes ``4 * row`` for the start of a row."""
    cells = open_cells.copy()
    free = [int(cell) for cell in np.flatnonzero(cells) if cell % (classes + 1)]
    for row in range(classes):
        window = cells[row * 4 : row * 4 + 4]
        places = np.flatnonzero(window)
        if len(places) == 2:
            # A place inside the window is compared with a cell of the matrix.
            risky = [place for place in places if place != row * (classes + 1)]
            free = [cell for cell in free if cell != risky[0]]
        if len(places) == 1:
            closed = int(np.flatnonzero(~window)[0]) + row * 4
            taken = free[0]
            cells[closed], cells[taken] = cells[taken], cells[closed]
            free = free[1:]
    return cells


def fixed_survivors(random: np.random.Generator, classes: int) -> BoolArray:
    """Cells that stay open, shape (classes, classes): 40 % of the off-diagonal ones are closed, each row
    keeps one at least, and the diagonal is none of them."""
    alive = ~np.eye(classes, dtype=np.bool_)
    closing = round(classes * (classes - 1) * SPARSE)
    for cell in random.permutation(np.flatnonzero(alive)):
        row, column = divmod(int(cell), classes)
        if closing and alive[row].sum() > 1:
            alive[row, column] = False
            closing -= 1
    return alive


def matrix(alive: BoolArray, rate: float) -> FloatArray:
    """The transitions of a mask of open cells off the diagonal; every row sums to 1."""
    shares = rate * alive / np.maximum(alive.sum(axis=1, keepdims=True), 1)
    found: FloatArray = shares + (1.0 - rate) * np.eye(len(alive))
    return found


def chosen(transitions: FloatArray, labels: IntArray, uniforms: FloatArray) -> IntArray:
    """The new label of each label, by inversion of its row at a number in [0, 1), as ``choice`` does."""
    steps = transitions.cumsum(axis=1)
    steps /= steps[:, -1:]
    return np.array(
        [np.searchsorted(steps[label], u, side="right") for label, u in zip(labels, uniforms, strict=True)],
        dtype=np.int64,
    )
