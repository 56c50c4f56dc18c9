"""The scanner: a scene and how it is acquired become a volume."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from calcimeter.errors import UsageError
from calcimeter.geometry.window import SIGMA_OF_FWHM
from calcimeter.model.grid import FloatArray, Grid, Index3, Layout
from calcimeter.model.volume import Volume
from calcimeter.phantom.parts import Layered, Part
from calcimeter.phantom.render import Floats, Lattice, cells
from calcimeter.phantom.scene import GRAVITY, Scene
from calcimeter.phantom.solids import Block, Point

AIR_HU = -1000.0
HU_RANGE = (-1024, 3071)
"""What 12 bits hold with the usual intercept; everything is clipped to it, as a scanner does."""
SLAB = 16


@dataclass(frozen=True, slots=True)
class Acquisition:
    """How a scene is scanned.

    Parameters
    ----------
    shape : tuple of int
        Slices, rows, columns of the file.
    spacing_mm : tuple of float
        Slice step, row and column spacing.
    center_mm : tuple
        LPS of the middle of the volume.
    directions : three unit vectors
        LPS directions in which slice, row and column indices grow; slices may be sheared (gantry tilt).
    thickness_mm : float or None
        Of a slice, a rectangular profile; None is the step.
    blur_fwhm_mm : float
        In-plane Gaussian blur, beside the blur of the pixel itself.
    noise_hu : float
        Standard deviation after blur; the noise is as smooth as the image.
    seed : int
        Of the noise.
    kvp : float
        Written to the header. HU of a scene are those at this voltage: no physics of beams is modeled.
    position : str
        DICOM patient position, HFS ... FFDR.
    kernel : str
        Written to the header.
    bits : {12, 16}
        12: unsigned with intercept -1024; 16: signed with intercept 0.
    table : bool
        Whether the patient lies on a table.

    Raises
    ------
    UsageError
        A position that is none of a lying patient, or sizes that are not positive.
    """

    shape: Index3
    spacing_mm: Point
    center_mm: Point
    directions: tuple[Point, Point, Point] = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
    thickness_mm: float | None = None
    blur_fwhm_mm: float = 1.0
    noise_hu: float = 12.0
    seed: int = 1
    kvp: float = 120.0
    position: str = "HFS"
    kernel: str = "STANDARD"
    bits: int = 12
    table: bool = False

    def __post_init__(self) -> None:
        if self.position[:2] not in ("HF", "FF") or self.position[2:] not in GRAVITY:
            raise UsageError(
                f"position {self.position!r} is not known; expected one of HFS, HFP, HFDL, HFDR, FFS, FFP ..."
            )
        if min(*self.shape, *self.spacing_mm, self.slice_thickness_mm) <= 0:
            raise UsageError("shape, spacing and thickness of an acquisition must be over 0")

    @property
    def slice_thickness_mm(self) -> float:
        """Of a slice."""
        return self.spacing_mm[0] if self.thickness_mm is None else self.thickness_mm

    @property
    def grid(self) -> Grid:
        """The file's grid."""
        affine = np.eye(4)
        affine[:3, :3] = np.array(self.directions).T * self.spacing_mm
        affine[:3, 3] = np.array(self.center_mm) - affine[:3, :3] @ ((np.array(self.shape) - 1) / 2)
        return Grid(self.shape, affine)


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceObject:
    """A digital reference object: a scan and the exact truth about it.

    Parameters
    ----------
    name : str
    volume : Volume
        In analyzed order.
    truth : dict
        Schema ``calcimeter.truth/1``.
    acquisition : Acquisition
    """

    name: str
    volume: Volume
    truth: dict[str, Any]
    acquisition: Acquisition


def scan(scene: Scene, acquisition: Acquisition) -> ReferenceObject:
    """Scan a scene and state the truth about it; the same arguments give the same values."""
    from calcimeter.phantom.truth import truth_of

    return ReferenceObject(scene.name, expose(scene, acquisition), truth_of(scene, acquisition), acquisition)


def expose(scene: Scene, acquisition: Acquisition) -> Volume:
    """The scan alone: partial volume, blur and noise, rounded to whole HU."""
    parts = (*_table(scene, acquisition), *scene.parts)
    hu = np.empty(acquisition.shape, dtype=np.int16)

    def fill(first: int) -> None:
        slab = slice(first, min(first + SLAB, acquisition.shape[0]))
        smooth = _with_noise_and_blur(_ideal(parts, acquisition, slab), acquisition, first)
        hu[slab] = np.clip(np.rint(smooth), *HU_RANGE)

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(fill, range(0, acquisition.shape[0], SLAB)))
    layout = Layout.of(acquisition.grid)
    return Volume(np.ascontiguousarray(layout.from_source(hu)), layout, layout.analyzed_grid())


def _ideal(parts: tuple[Part, ...], acquisition: Acquisition, slab: slice) -> Floats:
    """Mean HU of every voxel of some slices; later parts cover earlier ones by their share of the voxel."""
    whole = acquisition.grid
    affine = whole.affine.copy()
    affine[:3, 3] = whole.to_patient((slab.start, 0, 0))
    shape = (slab.stop - slab.start, *acquisition.shape[1:])
    lattice = Lattice(Grid(shape, affine), acquisition.slice_thickness_mm / acquisition.spacing_mm[0])
    values = np.full(shape, AIR_HU, dtype=np.float32)
    for part in parts:
        for cell in cells(part, lattice):
            if isinstance(cell.share, float):
                values[cell.where] = cell.hu
            else:
                values[cell.where] += cell.share * (cell.hu - values[cell.where])
    return values


def _with_noise_and_blur(values: Floats, acquisition: Acquisition, first: int) -> Floats:
    """Add white noise slice by slice and blur both, so that the noise is as smooth as the image; in place."""
    from scipy.ndimage import correlate1d

    kernels = [_gaussian(acquisition.blur_fwhm_mm, spacing) for spacing in acquisition.spacing_mm[1:]]
    gain = acquisition.noise_hu / float(np.prod([np.linalg.norm(kernel) for kernel in kernels]))
    for k, image in enumerate(values):
        if gain > 0:
            random = np.random.default_rng((acquisition.seed, first + k))
            image += random.standard_normal(image.shape, dtype=np.float32) * np.float32(gain)
        for axis, kernel in enumerate(kernels):
            if len(kernel) > 1:
                correlate1d(image, kernel, axis=axis, output=image, mode="nearest")
    return values


def _gaussian(fwhm_mm: float, spacing_mm: float) -> FloatArray:
    """Weights that sum to 1, out to four standard deviations; a single 1 without blur."""
    sigma = fwhm_mm * SIGMA_OF_FWHM / spacing_mm
    reach = int(np.ceil(4 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-6)) ** 2)
    normalized: FloatArray = weights / weights.sum()
    return normalized


def _table(scene: Scene, acquisition: Acquisition) -> tuple[Part, ...]:
    """A flat table top of carbon around foam, just below the patient; nothing if there is none."""
    if not acquisition.table:
        return ()
    down = np.array(scene.gravity_lps)
    low, high = np.array(scene.tissues[0].envelope.box_mm)
    lowest = max(float(down @ low), float(down @ high))
    middle = np.where(down == 0, (low + high) / 2, down * (lowest + 14))
    top = _table_top(middle, down, 13)
    return (Layered(((top, 60.0), (_table_top(middle, down, 11), -920.0))),)


def _table_top(center_mm: FloatArray, down: FloatArray, half_mm: float) -> Block:
    """A long board across gravity, 430 mm wide."""
    across = (1.0, 0.0, 0.0) if down[0] == 0 else (0.0, 1.0, 0.0)
    half = [half_mm if d else 215.0 + half_mm if a else 1e5 for d, a in zip(down, across, strict=True)]
    x, y, z = (float(c) for c in center_mm)
    return Block((x, y, z), (half[0], half[1], half[2]), min(half_mm, 10.0))
