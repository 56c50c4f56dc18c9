"""What was looked at and how small a deposit could be and still be found: anatomy -> search."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import SearchSettings, Settings
from calcimeter.model.analysis import Search
from calcimeter.model.anatomy import Anatomy, Dense, Skeleton
from calcimeter.model.grid import FloatArray
from calcimeter.model.volume import Volume

SPHERE_HU = 300.0
TISSUE_HU = 50.0
BLUR_FWHM_MM = 1.0
"""In-plane blur of a standard body kernel, 0.8 to 1.4 mm; it is not measured in the scan."""
TRIALS = 60
FINE = 5
MISSES = 3
"""Of the trials: one in twenty."""
LARGEST_MM = 30.0
PIXELS = 4
"""Every so many pixels tell in which slices a bone is."""


def describe_search(volume: Volume, dense: Dense, anatomy: Anatomy, settings: Settings) -> Search:
    """Volume examined, threshold, detection limit and what was left out."""
    spared = anatomy.contrast.voxels() + anatomy.metal.voxels() + anatomy.skeleton.mask().voxels()
    left_out = ["deposits fused to bone, and bone itself"]
    if anatomy.metal.voxels():
        left_out.append("metal and the streaks beside it")
    if anatomy.contrast.voxels():
        left_out.append("the inside of contrast medium")
    diameter_mm = _detectable_mm(volume, anatomy.noise_hu, settings)
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
    known = tomllib.loads(files("calcimeter.knowledge").joinpath("regions.toml").read_text(encoding="utf-8"))
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


def _detectable_mm(volume: Volume, noise_hu: float, settings: Settings) -> float | None:
    """Diameter of the smallest sphere of 300 HU in tissue of 50 HU found with 95 % probability; None over 30 mm.

    Spheres at 60 places within a voxel, blurred and with the scan's noise, are put to the rules for candidates:
    enough voxels over the threshold and a peak over it by three standard deviations. Lesions near bone, contrast
    or gas need to be larger.
    """
    low, high = 0.5, LARGEST_MM
    if not _found(high, volume, noise_hu, settings):
        return None
    while high - low > 0.1:
        middle = (low + high) / 2
        low, high = (low, middle) if _found(middle, volume, noise_hu, settings) else (middle, high)
    return high


def _found(diameter_mm: float, volume: Volume, noise_hu: float, settings: Settings) -> bool:
    """Whether a sphere is found in 95 % of the trials."""
    random = np.random.default_rng(0)
    spacing = np.array(volume.grid.spacing_mm)
    reach = np.ceil((diameter_mm / 2 + BLUR_FWHM_MM) / spacing).astype(int) + 1
    threshold_hu = max(settings.dense.threshold_hu, settings.dense.tissue_hu + settings.dense.tissue_sigmas * noise_hu)
    if np.prod(2 * reach + 1) > 20_000:
        return threshold_hu <= SPHERE_HU  # thousands of voxels, if it is dense at all
    peak_hu = max(threshold_hu, settings.classify.peak_hu + settings.classify.peak_sigmas * noise_hu)
    sphere = _fine_sphere(diameter_mm, spacing, reach)
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


def _fine_sphere(diameter_mm: float, spacing: FloatArray, reach: npt.NDArray[np.int64]) -> FloatArray:
    """Voxel values around a sphere, blurred within slices, at every fifth of a voxel that it may lie off center."""
    from scipy.ndimage import gaussian_filter, uniform_filter

    count = (2 * reach + 2) * FINE
    axes = [(np.arange(n) - (n - 1) / 2) * s / FINE for n, s in zip(count, spacing, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    inside = (z**2 + y**2 + x**2 <= (diameter_mm / 2) ** 2).astype(np.float32)
    sigma = BLUR_FWHM_MM / 2.3548 * FINE / spacing
    share = uniform_filter(gaussian_filter(inside, (0.0, sigma[1], sigma[2])), FINE)
    values: FloatArray = TISSUE_HU + (SPHERE_HU - TISSUE_HU) * share
    return values
