"""What was looked at and how small a deposit could be and still be found: anatomy, resolution -> search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import SearchSettings, Settings
from calcimeter.geometry.window import SIGMA_OF_FWHM, rectangle
from calcimeter.knowledge.table import read_table
from calcimeter.model.analysis import Search
from calcimeter.model.anatomy import Anatomy, Dense, Skeleton
from calcimeter.model.grid import FloatArray
from calcimeter.model.measures import Resolution
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Volume

SPHERE_HU = 300.0
TISSUE_HU = 50.0
TRIALS = 60
FINE = 5
MISSES = 3
"""Of the trials: one in twenty."""
LARGEST_MM = 30.0
PIXELS = 4
"""Every so many pixels tell in which slices a bone is."""


class _Scan(NamedTuple):
    """What a sphere is blurred by and lost in.

    Parameters
    ----------
    spacing_mm : ndarray, (3,)
    fwhm_mm : float
        In the slice, with the blur of the pixel itself.
    thick_mm : float
        Width of the slice profile, no less than the distance of slices.
    noise_hu : float
    """

    spacing_mm: FloatArray
    fwhm_mm: float
    thick_mm: float
    noise_hu: float


def describe_search(
    study: CTStudy, dense: Dense, anatomy: Anatomy, resolution: Resolution, settings: Settings
) -> Search:
    """Volume examined, threshold, detection limit and what was left out.

    Slices that overlap are thicker than they lie apart, and thin out what is small: where the header tells it, the
    limit is for slices as thick as they are.
    """
    volume = study.volume
    spared = anatomy.contrast.voxels() + anatomy.metal.voxels() + anatomy.skeleton.mask().voxels()
    left_out = ["deposits fused to bone, and bone itself"]
    if anatomy.metal.voxels():
        left_out.append("metal and the streaks beside it")
    if anatomy.contrast.voxels():
        left_out.append("the inside of contrast medium")
    thick_mm = max(resolution.through_fwhm_mm, study.thickness_mm or 0.0)
    scan = _Scan(np.array(volume.grid.spacing_mm), resolution.in_plane_fwhm_mm, thick_mm, anatomy.noise_hu)
    diameter_mm = _detectable_mm(scan, settings)
    return Search(
        regions=_regions(volume, anatomy.skeleton, settings.search),
        examined_mm3=max(0, anatomy.body.voxels() - spared) * volume.grid.voxel_mm3,
        threshold_hu=dense.threshold_hu,
        detection_limit_mm3=None if diameter_mm is None else float(np.pi / 6 * diameter_mm**3),
        not_examined=tuple(left_out),
    )


def nothing_searched(dense: Dense) -> Search:
    """The search where outlines were given: none."""
    return Search((), 0.0, dense.threshold_hu, None, ("everything outside the given outlines",))


def _regions(volume: Volume, skeleton: Skeleton, settings: SearchSettings) -> tuple[str, ...]:
    """Sites of the vocabulary that the named bones put in view, sorted; empty where none has a name.

    A bone counts from some volume on: splinters get wrong names. A part of a limb counts where enough of a shaft
    is in view.
    """
    volume_mm3: dict[str, float] = {}
    for bone in skeleton.bones:
        if bone.name is not None:
            volume_mm3[bone.name] = volume_mm3.get(bone.name, 0.0) + bone.volume_mm3
    seen = {name for name, volume in volume_mm3.items() if volume >= settings.min_bone_mm3}
    known = read_table("regions.toml")
    found = [site for site, needed in known["region"].items() if all(seen & set(names) for names in needed)]
    needs: dict[str, float] = known["shaft_mm"]
    return tuple(
        sorted(
            site
            for site in found
            if site not in needs or _length_mm(volume, skeleton, known["region"][site][0]) >= needs[site]
        )
    )


def _length_mm(volume: Volume, skeleton: Skeleton, names: list[str]) -> float:
    """The longest of some bones along the slices, of each side for itself."""
    longest = 0
    for bone in skeleton.bones:
        if bone.name in names:
            used = np.flatnonzero((skeleton.labels[:, ::PIXELS, ::PIXELS] == bone.id).any(axis=(1, 2)))
            longest = max(longest, int(np.ptp(used)) + 1 if len(used) else 0)
    return longest * volume.grid.spacing_mm[0]


def _detectable_mm(scan: _Scan, settings: Settings) -> float | None:
    """Diameter of the smallest sphere of 300 HU in tissue of 50 HU found with 95 % probability; None over 30 mm.

    Spheres at 60 places within a voxel, blurred and with the scan's noise, are put to the rules for candidates:
    enough voxels over the threshold and a peak over it by three standard deviations. Lesions near bone, contrast
    or gas need to be larger.
    """
    low, high = 0.5, LARGEST_MM
    if not _found(high, scan, settings):
        return None
    while high - low > 0.1:
        middle = (low + high) / 2
        low, high = (low, middle) if _found(middle, scan, settings) else (middle, high)
    return high


def _found(diameter_mm: float, scan: _Scan, settings: Settings) -> bool:
    """Whether a sphere is found in 95 % of the trials."""
    random = np.random.default_rng(0)
    noise_hu, beyond_mm = scan.noise_hu, np.array([scan.thick_mm / 2, scan.fwhm_mm, scan.fwhm_mm])
    reach = np.ceil((diameter_mm / 2 + beyond_mm) / scan.spacing_mm).astype(int) + 1
    threshold_hu = max(settings.dense.threshold_hu, settings.dense.tissue_hu + settings.dense.tissue_sigmas * noise_hu)
    if np.prod(2 * reach + 1) > 20_000:
        # Thousands of voxels, if its middle is dense at all: where slices are thicker, they hold it in part.
        return threshold_hu <= TISSUE_HU + min(1.0, diameter_mm / scan.thick_mm) * (SPHERE_HU - TISSUE_HU)
    peak_hu = max(threshold_hu, settings.classify.peak_hu + settings.classify.peak_sigmas * noise_hu)
    sphere = _fine_sphere(diameter_mm, scan, reach)
    missed = 0
    for _ in range(TRIALS):
        clean = sphere[tuple(slice(o, None, FINE) for o in random.integers(0, FINE, 3))]
        values = clean + random.normal(0.0, noise_hu, clean.shape)
        dense = values > threshold_hu
        mean = values.copy()
        for axis in (1, 2):
            mean += np.roll(values, 1, axis) + np.roll(values, -1, axis)
        peak = float((mean / 5)[dense].max()) if dense.any() else -np.inf
        enough = int(dense[clean > TISSUE_HU + 10].sum()) >= settings.candidates.min_voxels
        missed += not (enough and peak >= peak_hu)
        if missed > MISSES:
            return False
    return True


def _fine_sphere(diameter_mm: float, scan: _Scan, reach: npt.NDArray[np.int64]) -> FloatArray:
    """Voxel values around a sphere, blurred as the scan is, at every fifth of a voxel that it may lie off center."""
    from scipy.ndimage import correlate1d, gaussian_filter, uniform_filter

    count = (2 * reach + 2) * FINE
    axes = [(np.arange(n) - (n - 1) / 2) * s / FINE for n, s in zip(count, scan.spacing_mm, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    inside = (z**2 + y**2 + x**2 <= (diameter_mm / 2) ** 2).astype(np.float32)
    pixel_mm = scan.spacing_mm[1:]
    kernel_mm = np.sqrt(np.maximum((scan.fwhm_mm * SIGMA_OF_FWHM) ** 2 - pixel_mm**2 / 12, 0.0))
    blurred = gaussian_filter(inside, (0.0, *(kernel_mm * FINE / pixel_mm)))
    pixels = uniform_filter(blurred, (1, FINE, FINE))
    share = correlate1d(pixels, rectangle(scan.thick_mm * FINE / scan.spacing_mm[0]), axis=0, mode="constant")
    values: FloatArray = TISSUE_HU + (SPHERE_HU - TISSUE_HU) * share
    return values
