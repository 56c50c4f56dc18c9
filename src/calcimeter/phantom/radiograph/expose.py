"""A radiograph of a scene: attenuation, scatter, blur, noise, and what the detector makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from calcimeter.geometry.window import SIGMA_OF_FWHM
from calcimeter.knowledge.table import read_table
from calcimeter.model.grid import FloatArray
from calcimeter.phantom.parts import Part
from calcimeter.phantom.radiograph.geometry import Projection
from calcimeter.phantom.radiograph.marker import marker_shape
from calcimeter.phantom.radiograph.rays import RaySums, added_by, sums_through
from calcimeter.phantom.radiograph.texture import TISSUE_MM, bone_grain, tissue_grain
from calcimeter.phantom.render import Floats
from calcimeter.phantom.scene import Scene

SCATTER_MM = 45.0
"""Standard deviation of the spread of scatter: broad against all that is measured."""
COARSE = 16
"""Scatter is spread on an image reduced by this."""
LEAD_MM = 1.5
LEAD_PER_MM = 3.0
"""Attenuation of a lead marker, broad."""
LEAST_SIGNAL = 2e-5
DECADES = 4.0
"""Of exposure that the gray levels span, where the response is logarithmic."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a radiograph is taken and stored.

    Parameters
    ----------
    projection : Projection
    kvp : float
        60, 70, 80 or 90.
    photons : float
        That a pixel would count without a patient.
    scatter_share : float
        Of the whole signal behind the patient, what is left behind the grid.
    focus_mm : float
        Side of the focal spot, its blur a Gaussian of that full width.
    detector_blur_mm : float
        Full width at half maximum of the detector itself.
    response : {"log", "linear"}
        Gray levels go with the logarithm of the exposure, as in an image for presentation, or with the exposure.
    bits : int
        Stored, 8 to 16.
    monochrome : {1, 2}
        1: the lowest value is shown white.
    collimation_px : tuple of int, or None
        First and last column, first and last row that are exposed.
    marker : {"L", "R", None}
        A lead letter.
    marker_px : (float, float)
        Column and row of the letter's middle.
    mirrored : bool
        Whether the image is turned over, columns toward the patient's right.
    modality : {"DX", "CR"}
    texture : float
        Strength of the grain of bone and tissue; 0: none.
    ray_px, step_mm : float
        Spacing of the rays through the body and of the depths along them.
    seed : int
        Of noise and texture.
    """

    projection: Projection
    kvp: float = 70.0
    photons: float = 60_000.0
    scatter_share: float = 0.3
    focus_mm: float = 1.0
    detector_blur_mm: float = 0.25
    response: Literal["log", "linear"] = "log"
    bits: int = 14
    monochrome: Literal[1, 2] = 2
    collimation_px: tuple[int, int, int, int] | None = None
    marker: Literal["L", "R"] | None = None
    marker_px: tuple[float, float] = (0.0, 0.0)
    mirrored: bool = False
    modality: Literal["DX", "CR"] = "DX"
    texture: float = 1.0
    ray_px: float = 5.0
    step_mm: float = 2.0
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What reaches the detector, as a share of the open beam, before it is counted.

    Parameters
    ----------
    signal, without : ndarray of float32, (rows, columns)
        With the deposits, and without them.
    """

    signal: Floats
    without: Floats


def body_of(scene: Scene, exposure: Exposure) -> RaySums:
    """The rays through everything but the deposits: by far the slowest part, and the same for every deposit."""
    parts = (*scene.tissues, *(bone.part for bone in scene.bones))
    return sums_through(parts, exposure.projection, exposure.ray_px, exposure.step_mm)


def signals_of(scene: Scene, exposure: Exposure, body: RaySums | None = None) -> Signals:
    """The expected signal of a scene, blurred, with scatter."""
    shape = exposure.projection.shape
    tissue, mineral = (body or body_of(scene, exposure)).over(shape)
    pixel_mm = exposure.projection.pixel_mm
    if exposure.texture > 0:
        tissue = tissue + tissue_grain(shape, pixel_mm, exposure.seed) * np.float32(exposure.texture * TISSUE_MM) * (
            tissue > 1
        )
        mineral = mineral * (1 + np.float32(exposure.texture) * bone_grain(shape, pixel_mm, exposure.seed))
    lead = _lead_mm(exposure)
    without = _blurred(_behind(tissue, mineral, lead, exposure), exposure)
    if not scene.deposits:
        return Signals(without, without)
    for deposit in scene.deposits:
        more_tissue, more_mineral = added_by(deposit.part, exposure.projection, _across(deposit.part, exposure)).over(
            shape
        )
        tissue, mineral = tissue + more_tissue, mineral + more_mineral
    return Signals(_blurred(_behind(tissue, mineral, lead, exposure), exposure), without)


def counted(signal: Floats, exposure: Exposure) -> Floats:
    """The signal with the noise of its photons, a little of it spread by the detector."""
    from scipy.ndimage import gaussian_filter

    chance = np.random.default_rng((exposure.seed, 5))
    noise = chance.standard_normal(signal.shape, dtype=np.float32)
    noise *= np.sqrt(signal / np.float32(exposure.photons))
    sigma = noise_sigma_px(exposure)
    return np.asarray(np.maximum(signal + gaussian_filter(noise, sigma), np.float32(LEAST_SIGNAL)))


def noise_sigma_px(exposure: Exposure) -> float:
    """How the detector spreads noise: half of what it does to the image, for part of it arises after the spread."""
    return 0.5 * exposure.detector_blur_mm * SIGMA_OF_FWHM / exposure.projection.pixel_mm


def stored(signal: Floats, exposure: Exposure) -> npt.NDArray[np.uint16]:
    """Gray levels as the file has them; turned over if the image is."""
    top = 2**exposure.bits - 1
    decades = np.log10(np.maximum(signal, np.float32(LEAST_SIGNAL)))
    # Behind a patient the signal is some hundredths of the open beam; what is brighter saturates, as it does.
    share = np.asarray(1 + decades / DECADES if exposure.response == "log" else signal * 4)
    level = share if exposure.monochrome == 1 else 1 - share
    values = np.clip(np.rint(level * top), 0, top).astype("<u2")
    return np.ascontiguousarray(values[:, ::-1]) if exposure.mirrored else values


def _across(part: Part, exposure: Exposure) -> int:
    """Rays across a deposit's shadow: one a pixel and a half, within reason."""
    first, last, top, bottom = exposure.projection.window(part.envelope.box_mm, 0.0)
    return int(np.clip(max(last - first, bottom - top) / 1.5, 40, 170))


def _behind(tissue: Floats, mineral: Floats, lead: Floats, exposure: Exposure) -> Floats:
    """The direct beam, and broad scatter in proportion to it."""
    from scipy.ndimage import gaussian_filter

    weights, water, hydroxyapatite = _beam(exposure.kvp)
    direct = np.zeros(tissue.shape, np.float32)
    for weight, w, h in zip(weights, water, hydroxyapatite, strict=True):
        direct += np.float32(weight) * np.exp(-np.float32(w) * tissue - np.float32(h) * mineral)
    direct *= _opened(exposure)
    # Scatter comes from the patient: where the beam is open there is none of its own.
    source = np.where(tissue > 10, direct, np.float32(0))
    coarse = source[: source.shape[0] // COARSE * COARSE, : source.shape[1] // COARSE * COARSE]
    coarse = coarse.reshape(coarse.shape[0] // COARSE, COARSE, -1, COARSE).mean(axis=(1, 3))
    spread = gaussian_filter(coarse, SCATTER_MM / COARSE / exposure.projection.pixel_mm, mode="nearest")
    ratio = exposure.scatter_share / (1 - exposure.scatter_share)
    rows, columns = (np.clip((np.arange(n) - (COARSE - 1) / 2) / COARSE, 0, None) for n in source.shape)
    whole = direct + np.float32(ratio) * _enlarged(spread, rows, columns)
    # The letter lies on the detector: it stops scatter too.
    return np.asarray(whole * np.exp(-np.float32(LEAD_PER_MM) * lead), dtype=np.float32)


def _enlarged(coarse: Floats, rows: FloatArray, columns: FloatArray) -> Floats:
    for axis, wanted in enumerate((rows, columns)):
        before = np.clip(np.floor(wanted), 0, coarse.shape[axis] - 2).astype(int)
        share = np.clip(wanted - before, 0, 1).astype(np.float32)
        share = share[:, None] if axis == 0 else share[None, :]
        coarse = np.take(coarse, before, axis) * (1 - share) + np.take(coarse, before + 1, axis) * share
    return np.asarray(coarse, dtype=np.float32)


def _blurred(signal: Floats, exposure: Exposure) -> Floats:
    """By the focal spot, as at the middle of the body, and by the detector."""
    from scipy.ndimage import gaussian_filter

    projection = exposure.projection
    unsharp_mm = exposure.focus_mm * (projection.magnification(0.0) - 1)
    sigma = float(np.hypot(unsharp_mm, exposure.detector_blur_mm)) * SIGMA_OF_FWHM / projection.pixel_mm
    return np.asarray(gaussian_filter(signal, sigma, mode="nearest"))


def _opened(exposure: Exposure) -> Floats:
    """1 where the collimator lets the beam through, else a thousandth."""
    opened = np.ones(exposure.projection.shape, np.float32)
    if exposure.collimation_px is not None:
        left, right, top, bottom = exposure.collimation_px
        opened[:] = 1e-3
        opened[top : bottom + 1, left : right + 1] = 1
    return opened


def _lead_mm(exposure: Exposure) -> Floats:
    lead = np.zeros(exposure.projection.shape, np.float32)
    if exposure.marker is not None:
        shape = marker_shape(exposure.marker, exposure.projection.pixel_mm)
        column, row = (round(v) for v in exposure.marker_px)
        top, left = row - shape.shape[0] // 2, column - shape.shape[1] // 2
        lead[top : top + shape.shape[0], left : left + shape.shape[1]] = shape * np.float32(LEAD_MM)
    return lead


@cache
def _beam(kvp: float) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    (beam,) = [one for one in read_table("radiograph_beams.toml")["beam"] if one["kvp"] == kvp]
    return tuple(beam["weights"]), tuple(beam["water_per_mm"]), tuple(beam["mineral_cm2_per_g"])
