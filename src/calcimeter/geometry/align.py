"""Where one surface may lie on another: the shifts and turns from which laying one over the other can start."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.rigid import Rigid, Surface
from calcimeter.model.grid import FloatArray

MOST_CELLS = 150_000
"""Of the grid on which shifts are tried: a whole body is tried on a coarser one than a knee."""


BLUR_CELLS = 1.0
"""So far off a turn or a shift between two tried ones may be and still be felt."""


class Start(NamedTuple):
    """A motion to start from, and how well normals agree after it; larger is better."""

    motion: Rigid
    score: float


def find_starts(
    moving: Surface, fixed: Surface, turns_deg: tuple[tuple[float, ...], ...], step_mm: float
) -> list[Start]:
    """The best shift for each of some turns about the middle of the moving surface, the best first.

    Both surfaces are laid on a coarse grid as fields of normals, and correlated by Fourier transforms: surfaces that
    face the same way attract each other, those that face opposite ways repel, so that the two sides of a shaft don't
    come to lie on each other.

    Parameters
    ----------
    turns_deg : three tuples
        Angles to be tried about the first, second and third axis; all combinations.
    step_mm : float
        Cells of the grid; larger ones where there would be more than ``MOST_CELLS``.

    Returns
    -------
    list of Start
        One for each combination; empty where a surface has no points.
    """
    if not len(moving.points_mm) or not len(fixed.points_mm):
        return []
    middle = (moving.points_mm.min(axis=0) + moving.points_mm.max(axis=0)) / 2
    reach = float(np.linalg.norm(moving.points_mm - middle, axis=1).max())
    grid = _Grid.around(fixed, reach, step_mm)
    goal = grid.spectra(Surface(fixed.points_mm - grid.low_mm, fixed.normals), BLUR_CELLS)
    starts = []
    for turns in product(*turns_deg):
        rotation = rotation_of(turns)
        turned = Surface((moving.points_mm - middle) @ rotation.T, moving.normals @ rotation.T)
        shift, score = grid.best_shift(turned, goal)
        starts.append(Start(Rigid(rotation, shift - rotation @ middle), score))
    return sorted(starts, key=lambda start: -start.score)


def rotation_of(turns_deg: tuple[float, ...]) -> FloatArray:
    """The matrix of turns about the first, then the second, then the third axis."""
    from scipy.spatial.transform import Rotation

    matrix: FloatArray = Rotation.from_euler("xyz", turns_deg, degrees=True).as_matrix()
    return matrix


class _Grid(NamedTuple):
    """Cells around the fixed surface, with room for the moving one on every side.

    Shifts are cyclic; an edge as long as both surfaces together keeps what leaves on one side from coming in on the
    other.
    """

    low_mm: FloatArray
    farthest_mm: FloatArray
    shape: tuple[int, ...]
    step_mm: float

    @classmethod
    def around(cls, fixed: Surface, reach_mm: float, step_mm: float) -> _Grid:
        from scipy.fft import next_fast_len

        low, size = fixed.points_mm.min(axis=0), np.ptp(fixed.points_mm, axis=0)
        room = size + 2 * reach_mm
        step = max(step_mm, float(np.prod(room) / MOST_CELLS) ** (1 / 3))
        shape = tuple(next_fast_len(int(np.ceil(side / step)) + 3, real=True) for side in room)
        return cls(low, size + reach_mm, shape, step)

    def spectra(self, surface: Surface, blur: float = 0.0) -> npt.NDArray[np.complex64]:
        """Transforms of the field of normals, of each cell the mean direction; points relative to the grid's corner."""
        from scipy.fft import rfftn
        from scipy.ndimage import gaussian_filter

        index = np.floor(surface.points_mm / self.step_mm).astype(int) % np.array(self.shape)
        flat = np.ravel_multi_index(tuple(index.T), self.shape)
        cells = int(np.prod(self.shape))
        count = np.maximum(np.bincount(flat, minlength=cells), 1)
        fields = [np.bincount(flat, surface.normals[:, axis], minlength=cells) / count for axis in range(3)]
        field = np.array(fields, dtype=np.float32).reshape(3, *self.shape)
        if blur:
            field = gaussian_filter(field, (0.0, blur, blur, blur), mode="wrap")
        transformed: npt.NDArray[np.complex64] = rfftn(field, axes=(1, 2, 3))
        return transformed

    def best_shift(self, moving: Surface, goal: npt.NDArray[np.complex64]) -> tuple[FloatArray, float]:
        """Of points around the origin."""
        from scipy.fft import irfftn

        agreement = irfftn((goal * np.conj(self.spectra(moving))).sum(axis=0), s=self.shape)
        cell = np.array(np.unravel_index(int(np.argmax(agreement)), self.shape))
        shift = cell * self.step_mm
        shift = np.where(shift > self.farthest_mm, shift - np.array(self.shape) * self.step_mm, shift)
        return self.low_mm + shift, float(agreement.max())
