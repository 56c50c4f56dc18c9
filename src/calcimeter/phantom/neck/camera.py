"""A gamma camera before or behind a neck: projection, attenuation, blur by depth, Poisson counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from calcimeter.model.grid import FloatArray
from calcimeter.phantom.neck.scene import Gland, Neck, Source

NECK_MM = 110.0
"""From the front of the neck to its back."""
GAP_MM = 30.0
"""Between the collimator and the skin."""
ATTENUATION_PER_MM = 0.0150
"""Of 140 keV in water, broad beam below 0.0154 per mm (NIST XCOM total with coherent scattering)."""
HALF_LIFE_MIN = 360.4
"""Of technetium-99m, 6.007 h (Decay Data Evaluation Project)."""
SAMPLES = 4
"""Samples along the side of a pixel."""


@dataclass(frozen=True, slots=True)
class Camera:
    """How the neck is looked at.

    Parameters
    ----------
    pixels : int
        Rows and columns.
    intrinsic_mm, slope : float
        Full width at half maximum of the detector, and by how much the collimator's grows with distance.
    duration_s : (float, float)
        Of the early and of the delayed image.
    after_injection_min : (float, float)
    sensitivity : float
        Counts per second that a ml of soft tissue gives through no tissue.
    shift_mm : (float, float)
        By which the patient lies elsewhere in the delayed image: toward the left of the patient and toward the head.
    turn_deg : float
        By which the patient is turned in the plane of the image.
    seed : int
        Of the counts.
    """

    pixels: int = 128
    pixel_mm: float = 2.4
    view: Literal["anterior", "posterior"] = "anterior"
    intrinsic_mm: float = 3.8
    slope: float = 0.045
    collimator_mm: float = 2.2
    duration_s: tuple[float, float] = (600.0, 600.0)
    after_injection_min: tuple[float, float] = (20.0, 120.0)
    sensitivity: float = 0.2
    shift_mm: tuple[float, float] = (3.0, -2.0)
    turn_deg: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class NeckReference:
    """Two images, their expectations, and the truth.

    Parameters
    ----------
    counts, expected : (ndarray, ndarray)
        Early and delayed, (rows, columns): as counted, and their means.
    """

    neck: Neck
    camera: Camera
    counts: tuple[FloatArray, FloatArray]
    expected: tuple[FloatArray, FloatArray]
    truth: dict[str, Any]


def make_neck(neck: Neck, camera: Camera | None = None) -> NeckReference:
    """Count a neck, early and delayed."""
    camera = camera or Camera()
    chance = np.random.default_rng(camera.seed)
    early = sum_of(neck.sources, camera, delayed=False)
    delayed = sum_of(neck.sources, camera, delayed=True)
    counts = (chance.poisson(early).astype(np.float64), chance.poisson(delayed).astype(np.float64))
    return NeckReference(neck, camera, counts, (early, delayed), truth_of(neck, camera))


def sum_of(sources: tuple[Source, ...], camera: Camera, *, delayed: bool) -> FloatArray:
    """The mean counts that sources give in one image."""
    total = np.zeros((camera.pixels, camera.pixels))
    for source in sources:
        total += image_of(source, camera, delayed=delayed)
    return total


def image_of(source: Source, camera: Camera, *, delayed: bool) -> FloatArray:
    """The mean counts that one source gives."""
    from scipy.ndimage import gaussian_filter

    depth_mm = source.center_mm[2] if camera.view == "anterior" else NECK_MM - source.center_mm[2]
    thickness = _thickness_mm(source, camera, delayed=delayed)
    # What lies deep is seen through what lies before it; the mean depth stands for the whole source.
    transmission = np.exp(-ATTENUATION_PER_MM * max(depth_mm, 0.0))
    moment = camera.after_injection_min[int(delayed)]
    decay = 0.5 ** (moment / HALF_LIFE_MIN)
    strength = source.uptake * (source.kept if delayed else 1.0) * decay * camera.duration_s[int(delayed)]
    per_mm = camera.sensitivity * camera.pixel_mm**2 / 1000 * transmission * strength
    return np.asarray(gaussian_filter(thickness * per_mm, fwhm_mm(camera, depth_mm) / 2.3548 / camera.pixel_mm))


def fwhm_mm(camera: Camera, depth_mm: float) -> float:
    """Full width at half maximum at a depth under the skin."""
    collimator_mm = camera.collimator_mm + camera.slope * (depth_mm + GAP_MM)
    return float(np.hypot(camera.intrinsic_mm, collimator_mm))


def position_px(camera: Camera, place_mm: tuple[float, float], *, delayed: bool) -> tuple[float, float]:
    """Row and column of a place toward left and head, in one image as the file has it."""
    x, z = _moved(place_mm, camera) if delayed else place_mm
    middle = (camera.pixels - 1) / 2
    across = x / camera.pixel_mm
    return middle - z / camera.pixel_mm, middle + (across if camera.view == "anterior" else -across)


def truth_of(neck: Neck, camera: Camera) -> dict[str, Any]:
    """What ``truth.json`` says; places are those in the delayed image."""
    return {
        "schema": "calcimeter.truth/1",
        "name": neck.name,
        "camera": asdict(camera),
        "verdict": "focus" if any(_is_retained(gland, neck) for gland in neck.glands) else "no_focus",
        "foci": [_focus(gland, camera) for gland in neck.glands if _is_retained(gland, neck)],
        "washed_out": [_focus(gland, camera) for gland in neck.glands if not _is_retained(gland, neck)],
        "thyroid": {side: _lobe(lobe) for side, lobe in (("right", neck.right), ("left", neck.left))},
    }


def _is_retained(gland: Gland, neck: Neck) -> bool:
    lobes = [lobe.kept for lobe in (neck.right, neck.left)]
    return gland.source.kept > 1.2 * max(lobes)


def _focus(gland: Gland, camera: Camera) -> dict[str, Any]:
    row, column = position_px(camera, gland.source.center_mm[:2], delayed=True)
    return {
        "kind": gland.kind,
        "side": gland.side,
        "pole": gland.pole,
        "size_mm": 2 * float(np.cbrt(np.prod(gland.source.radii_mm))),
        "depth_mm": gland.source.center_mm[2],
        "position_mm": list(_moved(gland.source.center_mm[:2], camera)),
        "position_px": [column, row],
        "uptake": gland.source.uptake,
        "kept": gland.source.kept,
    }


def _lobe(lobe: Source) -> dict[str, Any]:
    return {"length_mm": 2 * lobe.radii_mm[1], "washout": 1 - lobe.kept}


def _moved(place_mm: tuple[float, float], camera: Camera) -> tuple[float, float]:
    angle = np.radians(camera.turn_deg)
    x, z = place_mm
    turned = (x * np.cos(angle) - z * np.sin(angle), x * np.sin(angle) + z * np.cos(angle))
    return (float(turned[0] + camera.shift_mm[0]), float(turned[1] + camera.shift_mm[1]))


def _thickness_mm(source: Source, camera: Camera, *, delayed: bool) -> FloatArray:
    """Path through the source behind every pixel, in mm."""
    fine = camera.pixels * SAMPLES
    step = camera.pixel_mm / SAMPLES
    along = (np.arange(fine) - (fine - 1) / 2) * step
    x, z = np.meshgrid(along if camera.view == "anterior" else -along, -along)
    center = source.center_mm[:2]
    if delayed:
        center = _moved((center[0] + source.moved_mm[0], center[1] + source.moved_mm[1]), camera)
    angle = np.radians(source.tilt_deg - (camera.turn_deg if delayed else 0.0))
    u = (x - center[0]) * np.cos(angle) - (z - center[1]) * np.sin(angle)
    v = (x - center[0]) * np.sin(angle) + (z - center[1]) * np.cos(angle)
    across, up, deep = source.radii_mm
    chord = 2 * deep * np.sqrt(np.clip(1 - (u / across) ** 2 - (v / up) ** 2, 0, None))
    return np.asarray(chord.reshape(camera.pixels, SAMPLES, camera.pixels, SAMPLES).mean(axis=(1, 3)))
