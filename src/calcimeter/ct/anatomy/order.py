"""Bones in their order: the vertebrae from above to below, ribs at their side, kneecaps in front of the femur."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SPINE = ("cervical_spine", "thoracic_spine", "lumbar_spine", "sacrum")
"""From above."""

TINY = 1e-3
"""What a class is held likely at least, so that one cell can't forbid an order."""


def ordered(at: Ints, belief: Floats, names: tuple[str, ...], margin: int) -> Floats:
    """Beliefs in which each part of the spine lies where the order of the parts has it.

    Parameters
    ----------
    at : ndarray of int64, (n, 3)
        Cells, the first axis toward superior.
    belief : ndarray of float32, (n, names)
    names : tuple of str
    margin : int
        Cells by which one part may reach into the level of another: vertebrae are tilted, and processes hang down.

    Returns
    -------
    ndarray of float32, (n, names)
        A cell of the spine that was taken for a part that can't be at its level is of the part that is.
    """
    columns = np.array([names.index(name) for name in SPINE])
    spine = np.flatnonzero(np.isin(belief.argmax(axis=1), columns))
    if len(spine) == 0:
        return belief
    level, parts = at[spine, 0], belief[np.ix_(spine, columns)]
    evidence = np.zeros((int(level.max()) + 1, len(SPINE)))
    np.add.at(evidence, level, np.log(np.maximum(parts, TINY)))
    part_at = _parts(evidence)
    allowed = np.zeros_like(evidence, dtype=bool)
    for shift in range(-margin, margin + 1):
        levels = np.clip(np.arange(len(part_at)) + shift, 0, len(part_at) - 1)
        allowed[np.arange(len(part_at)), part_at[levels]] = True
    moved = np.where(allowed[level], parts, 0)
    moved[np.arange(len(spine)), part_at[level]] += parts.sum(axis=1) - moved.sum(axis=1)
    out = belief.copy()
    out[np.ix_(spine, columns)] = moved
    return out


def with_ribs(at: Ints, named: Ints, names: tuple[str, ...], process: int, rib: int) -> Ints:
    """Names in which a branch of a vertebra that goes on where no transverse process reaches is a rib.

    Parameters
    ----------
    at : ndarray of int64, (n, 3)
        Cells, the last axis toward left.
    named : ndarray of int64, (n,)
        Place of each cell's name in ``names``.
    names : tuple of str
    process, rib : int
        Cells from the middle of the spine, at the cell's own level, at which a branch begins, and which it must pass.
    """
    from scipy.ndimage import label

    vertebral = np.isin(named, [names.index(name) for name in SPINE[:-1]])
    if not vertebral.any():
        return named
    level, across = at[vertebral, 0], at[vertebral, 2]
    levels = np.unique(level)
    middle = np.array([np.median(across[level == k]) for k in levels])
    aside = np.abs(at[:, 2] - np.interp(at[:, 0], levels, middle))
    branch = vertebral & (aside > process)
    grid = np.zeros(at.max(axis=0) + 1, dtype=bool)
    grid[tuple(at[branch].T)] = True
    number = label(grid, structure=np.ones((3, 3, 3)))[0][tuple(at.T)]
    farthest = np.zeros(int(number.max()) + 1)
    np.maximum.at(farthest, number, aside)
    return np.where(branch & (farthest[number] > rib), names.index("rib"), named)


def with_kneecaps_in_front(at: Ints, named: Ints, names: tuple[str, ...], ahead: int, near: int) -> Ints:
    """Names in which a kneecap that does not lie in front of the femur is none: it may be the end of the femur.

    It is femur where it goes on into that and into no other bone, and has no name elsewhere.

    Parameters
    ----------
    at : ndarray of int64, (n, 3)
        Cells, the second axis toward posterior.
    named : ndarray of int64, (n,)
        Place of each cell's name in ``names``, their number where it has none.
    names : tuple of str
    ahead : int
        Cells by which the middle of a kneecap lies before that of the femur beside it.
    near : int
        Cells around the kneecap in which femur is looked for.
    """
    from scipy.ndimage import label

    kneecap, femur = named == names.index("patella"), named == names.index("femur")
    if not (kneecap.any() and femur.any()):
        return named
    grid = np.zeros(at.max(axis=0) + 1, dtype=bool)
    grid[tuple(at[kneecap].T)] = True
    number = label(grid, structure=np.ones((3, 3, 3)))[0][tuple(at.T)]
    out = named.copy()
    for k in range(1, int(number.max()) + 1):
        own = at[number == k]
        beside = at[femur & (np.abs(at - own.mean(axis=0)) < near).all(axis=1)]
        if len(beside) and beside[:, 1].mean() - own[:, 1].mean() < ahead:
            into = {int(name) for name in named[_next_to(at, number == k)]}
            out[number == k] = names.index("femur") if into == {names.index("femur")} else len(names)
    return out


def _next_to(at: Ints, own: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which cells share a face with some of their own, (n,)."""
    from scipy.ndimage import binary_dilation

    grid = np.zeros(at.max(axis=0) + 1, dtype=bool)
    grid[tuple(at[own].T)] = True
    beside: npt.NDArray[np.bool_] = binary_dilation(grid)[tuple(at.T)] & ~own
    return beside


def _parts(evidence: npt.NDArray[np.float64]) -> Ints:
    """The likeliest part at each level, (levels,), that never goes up the order from above to below."""
    levels, parts = evidence.shape
    best = np.zeros((levels, parts))
    came = np.zeros((levels, parts), dtype=np.int64)
    for step, level in enumerate(range(levels - 1, -1, -1)):
        before = best[level + 1] if step else np.zeros(parts)
        came[level] = [int(np.argmax(before[: k + 1])) for k in range(parts)]
        best[level] = evidence[level] + before[came[level]]
    path = np.zeros(levels, dtype=np.int64)
    path[0] = int(np.argmax(best[0]))
    for level in range(levels - 1):
        path[level + 1] = came[level][path[level]]
    return path
