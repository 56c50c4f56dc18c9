"""The patient's own tissues: air, muscle and fat for the scale of HU, the size of the body for the beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calcimeter.ct.calibrate.tube import Tube, nominal
from calcimeter.ct.settings import CalibrationSettings
from calcimeter.model.anatomy import Anatomy, Mask
from calcimeter.model.calibration import Beam, Calibration
from calcimeter.model.grid import FloatArray
from calcimeter.model.volume import Volume

PADDING_HU = -1024.0
"""What ``Volume`` holds outside the scanner's field; no air."""
WINDOW = 5


@dataclass(frozen=True, slots=True)
class Tissues:
    """What was measured of the patient: HU of air, muscle and fat, the water-equivalent diameter, and mean HU of bone.

    ``mineral_hu`` is what is denser than soft tissue, averaged over all of the body.
    """

    air_hu: float
    muscle_hu: float
    fat_hu: float
    size_mm: float
    mineral_hu: float


def tissues_of(volume: Volume, anatomy: Anatomy, settings: CalibrationSettings) -> tuple[Tissues | None, str]:
    """The patient's tissues, or None and what is missing."""
    size_mm, why_not = size_of(volume, anatomy.body, settings)
    if size_mm is None:
        return None, why_not
    air_hu = _air_hu(volume, anatomy.body, settings)
    even = _even_values(volume, anatomy, settings)
    muscle_hu = _peak(even, settings.muscle_hu, settings)
    fat_hu = _peak(even, settings.fat_hu, settings)
    missing = [name for name, hu in (("air", air_hu), ("muscle", muscle_hu), ("fat", fat_hu)) if hu is None]
    if air_hu is None or muscle_hu is None or fat_hu is None:
        return None, f"no even {' and '.join(missing)} was found"
    return Tissues(air_hu, muscle_hu, fat_hu, size_mm, mineral_of(volume, anatomy, settings)), ""


def from_tissues(tube: Tube, tissues: Tissues, settings: CalibrationSettings) -> Calibration:
    """The slope for a body of this size, on the scale that air and muscle span.

    Hydroxyapatite behind a body is told by the water and the bone on the way, which the scan shows for each deposit;
    the slope of the record is that of one somewhere in a round body, whose rays see 0.85 of its diameter on average.
    Its HU are told by the scale: muscle and air correct a scanner that is off, as far as that is likelier than muscle
    that is unlike the tabulated one. Fat is a witness only: its HU differ more between people than between tubes.
    Where the three do not agree with the table the nominal slope is given.
    """
    met = (tube.muscle_hu + 1000) / (tissues.muscle_hu - tissues.air_hu)
    fat_hu = (tissues.fat_hu - tissues.air_hu) * met - 1000
    low, high = tube.fat_hu
    if abs(met - 1) > settings.scale_off:
        return nominal(tube, f"muscle and air are {tissues.muscle_hu - tissues.air_hu:.0f} HU apart")
    if not low - settings.fat_off_hu <= fat_hu <= high + settings.fat_off_hu:
        return nominal(tube, f"fat has {fat_hu:.0f} HU, where {low:.0f} to {high:.0f} are tabulated")
    scale, scale_doubt = _scale(met, settings)
    path_mm = settings.path_share * tissues.size_mm
    beam = tube.beam.scaled(scale)
    nearer, farther = (tube.slope(path_mm * (1 + sign * settings.path_off)) for sign in (-1, 1))
    parts = (tube.spread_at(path_mm), (farther - nearer) / 2 / tube.slope(path_mm), scale_doubt)
    return Calibration(
        "internal",
        slope_inside(beam, path_mm, tissues.mineral_hu),
        float(np.linalg.norm(parts)),
        f"air, muscle and fat of {tissues.air_hu:.0f}, {tissues.muscle_hu:.0f} and {tissues.fat_hu:.0f} HU in a body "
        f"as thick as {tissues.size_mm:.0f} mm of water, and tabulated attenuation at {tube.kvp:g} kV",
        beam,
    )


def slope_inside(beam: Beam, path_mm: float, mineral_hu: float) -> float:
    """Of a thin deposit behind so much water with the bone of the body in it.

    Bone on a ray hardens it twice over: for itself, and for what comes on top.
    """
    slope = float(beam.slope(path_mm))
    met_g_per_cm2 = mineral_hu * slope * path_mm / 10_000
    return slope * (1 + 2 * float(beam.hardening_at(path_mm)) * met_g_per_cm2)


def _scale(met: float, settings: CalibrationSettings) -> tuple[float, float]:
    """The scale of HU and its doubt: what scanners are off against how muscles differ, by their variances."""
    off, muscle = settings.scanner_off_hu, settings.muscle_off_hu
    share = off**2 / (off**2 + muscle**2)
    return 1 + share * (met - 1), off * muscle / float(np.hypot(off, muscle)) / 1000


def size_of(volume: Volume, body: Mask, settings: CalibrationSettings) -> tuple[float | None, str]:
    """Diameter in mm of the water that attenuates as the body does, the median over slices; or None and why.

    A slice whose body reaches the side border of the images does not tell it, and with many of them the others do not
    stand for the scan (AAPM Report 220 defines the quantity).
    """
    pixel_mm2 = volume.grid.voxel_mm3 / volume.grid.spacing_mm[0]
    found, cut = [], 0
    for k in _sampled(volume, settings):
        inside = body.plane(k)
        if inside[[0, -1]].any() or inside[:, [0, -1]].any():
            cut += 1
            continue
        if not inside.any():
            continue
        water = 1 + np.clip(volume.values[k][inside], -1000, settings.max_hu).mean(dtype=np.float64) / 1000
        found.append(2 * np.sqrt(water * inside.sum() * pixel_mm2 / np.pi))
    if not found or cut > settings.max_cut * (cut + len(found)):
        return None, "the body reaches the border of the images, so that its size is not known"
    return float(np.median(found)), ""


def mineral_of(volume: Volume, anatomy: Anatomy, settings: CalibrationSettings) -> float:
    """Mean over the body of HU beyond soft tissue: bones harden the beam for what lies beside them."""
    total, voxels = 0.0, 0
    for k in _sampled(volume, settings):
        inside = volume.values[k][anatomy.body.plane(k)]
        dense = inside[inside > settings.bone_hu]
        total += float(np.minimum(dense, settings.max_hu).sum(dtype=np.float64))
        voxels += len(inside)
    return total / max(voxels, 1)


def _air_hu(volume: Volume, body: Mask, settings: CalibrationSettings) -> float | None:
    """The commonest HU of air outside the body; None where there is little of it."""
    found = []
    for k in _sampled(volume, settings):
        values = volume.values[k][~body.plane(k)]
        found.append(values[values != PADDING_HU].astype(np.float64))
    return _peak(np.concatenate(found), settings.air_hu, settings)


def _even_values(volume: Volume, anatomy: Anatomy, settings: CalibrationSettings) -> FloatArray:
    """Means of even windows inside the body, away from bone."""
    from scipy.ndimage import uniform_filter

    found = []
    for k in _sampled(volume, settings):
        plane = volume.values[k].astype(np.float32)
        mean = uniform_filter(plane, WINDOW)
        variance = uniform_filter(plane * plane, WINDOW) - mean * mean
        even = variance < (settings.even_sigmas * anatomy.noise_hu) ** 2 + settings.even_hu**2
        chosen = even & anatomy.body.plane(k) & (anatomy.skeleton.labels[k] == 0)
        found.append(mean[chosen].astype(np.float64))
    return np.concatenate(found)


def _peak(values: FloatArray, limits: tuple[float, float], settings: CalibrationSettings) -> float | None:
    """The commonest value within limits, to 1 HU and refined by the mean around it; None where they are few."""
    inside = values[(values >= limits[0]) & (values <= limits[1])]
    if len(inside) < settings.min_windows:
        return None
    counts = np.bincount((inside - limits[0]).astype(int))
    smooth = np.convolve(counts, np.ones(settings.peak_hu), "same")
    top = limits[0] + int(smooth.argmax()) + 0.5
    return float(inside[np.abs(inside - top) <= settings.peak_hu].mean())


def _sampled(volume: Volume, settings: CalibrationSettings) -> range:
    """Some slices, evenly through the scan."""
    slices = volume.grid.shape[0]
    return range(0, slices, max(1, slices // settings.sampled_slices))
