"""The box of a rod: its HU, and what its rays make of hydroxyapatite there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import CalibrationSettings
from calcimeter.errors import UnsupportedStudy
from calcimeter.geometry.rays import Slice, rays_through, slope_along
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.calibration import Beam, Rod
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Volume

THIN = 1e-6
MIDDLE = 1.5
"""A disk's chord through its middle over the mean of all its parallel chords' own, weighted with length."""


class RodBox(NamedTuple):
    """Voxels in the box of a rod, (n, 3), their HU, (n,), and what the rod is called."""

    voxels: npt.NDArray[np.int64]
    hu: FloatArray
    name: str

    def mean_hu(self, noise_hu: float, settings: CalibrationSettings) -> float:
        """Mean HU.

        Raises
        ------
        UnsupportedStudy
            Uneven.
        """
        if self.hu.std() > max(settings.uneven_sigmas * noise_hu, settings.uneven_hu):
            raise UnsupportedStudy(f"met {self.name} uneven, expected one density; its box reaches beyond the rod")
        return float(self.hu.mean())


def rod_box(volume: Volume, rod: Rod, name: str, settings: CalibrationSettings) -> RodBox:
    """The voxels whose centers lie in the box of a rod.

    Raises
    ------
    UnsupportedStudy
        None, or few.
    """
    x, y, z = zip(rod.low_mm, rod.high_mm, strict=True)
    corners = volume.grid.to_index([(a, b, c) for a in x for b in y for c in z])
    first = np.maximum(np.ceil(corners.min(axis=0) - 1e-6), 0).astype(int)
    last = np.minimum(np.floor(corners.max(axis=0) + 1e-6), np.array(volume.grid.shape) - 1).astype(int)
    if (first > last).any():
        raise UnsupportedStudy(f"met {name} outside the images or between voxels; its box is in mm, LPS of the scan")
    points = np.stack(np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(first, last, strict=True)), indexing="ij"), -1)
    at = volume.grid.to_patient(points)
    inside = ((at >= np.array(rod.low_mm) - 1e-6) & (at <= np.array(rod.high_mm) + 1e-6)).all(axis=-1)
    voxels = points[inside]
    if len(voxels) < settings.rod_voxels:
        raise UnsupportedStudy(
            f"met {name} with {len(voxels)} voxels, expected {settings.rod_voxels} or more; make its box larger"
        )
    return RodBox(voxels, volume.values[tuple(voxels.T)].astype(np.float64), name)


def slope_at_rod(volume: Volume, anatomy: Anatomy, box: RodBox, beam: Beam, settings: CalibrationSettings) -> float:
    """Slope, mg HA/ml per HU, that the beam gives hydroxyapatite in a rod.

    The rod is what is connected with its box and over half as dense; a rod hardly denser than its surroundings is
    thin to the beam. What a round rod loses for itself it loses by its chord, most in its middle, where the box lies.
    """
    planes = np.unique(box.voxels[:, 0])
    chosen = planes[np.unique(np.linspace(0, len(planes) - 1, settings.rod_slices).round().astype(int))]
    whole, thin, deep = [], [], []
    pixel_mm = (volume.grid.spacing_mm[1], volume.grid.spacing_mm[2])
    for k in chosen:
        inside = box.voxels[box.voxels[:, 0] == k][:, 1:]
        slice_ = Slice(volume.values[k], anatomy.body.plane(int(k)), pixel_mm, anatomy.metal.plane(int(k)))
        rod = _rod(volume.values[k], inside, box.hu.mean(), settings)
        around = float(np.median(volume.values[k][_rim(rod)]))
        own = np.where(rod, max(float(box.hu.mean()) - around, THIN), 0.0)
        whole.append(rays_through(slice_, own, (0, 0)))
        thin.append(whole[-1]._replace(own_hu_mm=whole[-1].own_hu_mm * THIN))
        deep.append(_depth(rod, inside))
    slope, alone = slope_along(whole, beam), slope_along(thin, beam)
    assert slope is not None
    assert alone is not None
    return alone * (1 + float(np.mean(deep)) * (slope / alone - 1))


def _rod(plane: npt.NDArray[np.generic], inside: npt.NDArray[np.int64], hu: float, s: CalibrationSettings) -> BoolArray:
    """Pixels of a rod in a slice; those of its box alone where it does not stand out."""
    from scipy.ndimage import gaussian_filter, label

    box = np.zeros(plane.shape, dtype=bool)
    box[tuple(inside.T)] = True
    if hu < s.bone_hu / 2:
        return box
    parts, _ = label(gaussian_filter(plane.astype(np.float32), 1.0) > hu / 2)
    rod: BoolArray = parts == parts[tuple(inside[len(inside) // 2])]
    return rod | box


def _rim(rod: BoolArray) -> BoolArray:
    """The pixels two to three beyond a rod."""
    from scipy.ndimage import binary_dilation

    rim: BoolArray = binary_dilation(rod, iterations=4) & ~binary_dilation(rod, iterations=2)
    return rim


def _depth(rod: BoolArray, inside: npt.NDArray[np.int64]) -> float:
    """How much more hardening a round rod shows in its box than on average: by half its chord there."""
    middle = np.argwhere(rod).mean(axis=0)
    square = ((inside - middle) ** 2).sum(axis=1) * np.pi / max(int(rod.sum()), 1)
    return MIDDLE * float(np.sqrt(np.clip(1 - square, 0, 1)).mean())
