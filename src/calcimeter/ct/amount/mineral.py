"""The mineral part of an envelope: where a density is reached, with the share of voxels that a border crosses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.envelope import Fit, measured
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.calibration import Calibration
from calcimeter.model.grid import BoolArray
from calcimeter.model.measures import Estimate

Floats = npt.NDArray[np.float32]


def mineral_of(
    fit: Fit, scanner: Scanner, volume: Estimate, calibration: Calibration, s: AmountSettings
) -> Estimate | None:
    """Volume at 100 mg HA/ml or more; None without calibration, or where the envelope itself has no interval.

    Inside the envelope a border between mineral and what is none lies half way between the two, as its outer edge
    does, and nowhere below the density asked for. Walls thinner than the blur come out too thick by that, which is
    taken back as for the envelope: the walls as measured are scanned by calculation and measured again.
    """
    slope, uncertainty = calibration.mg_ha_per_ml_per_hu, calibration.relative_uncertainty or 0.0
    if slope is None or volume.high is None:
        return None
    least_hu = s.mineral_mg_ha_per_ml / slope
    low_hu = _lowest(fit, scanner)
    share = _share(fit, low_hu, (least_hu, s.half))
    denser = _share(fit, low_hu, (least_hu * (1 + uncertainty), s.half))
    narrower = _share(fit, low_hu, (least_hu, s.half + s.inner_doubt))
    scanned = _scanned(fit, low_hu, least_hu, (scanner, s))
    again = _share(scanned, _lowest(scanned, scanner), (least_hu, s.half))
    true = min(share.total * share.total / max(again.total, 1e-6), 1.0)
    value, common = volume.value * true, volume.value * abs(denser.total - share.total)
    inner = volume.value * np.hypot(narrower.total - share.total, (true - share.total) / 2) * s.sigmas
    outer = (volume.high - volume.value) * true
    half_width = float(np.sqrt(common**2 + inner**2 + outer**2))
    shared = float(np.hypot(common, volume.common * true))
    return Estimate(value, max(0.0, value - half_width), value + half_width, shared)


class _Share(NamedTuple):
    """The mineral share of an envelope: of all of it, of each voxel, and whether mineral and none are side by side."""

    total: float
    of_voxels: Floats
    mixed: BoolArray


def _lowest(fit: Fit, scanner: Scanner) -> Floats:
    """The lowest value nearby, of values averaged with their neighbors against noise."""
    from scipy.ndimage import gaussian_filter, minimum_filter

    size = [2 * max(1, round(2 * width)) + 1 for width in scanner.window]
    lowest: Floats = minimum_filter(gaussian_filter(fit.inner, scanner.window, truncate=2.0), size)
    return lowest


def _share(fit: Fit, low_hu: Floats, borders: tuple[float, float]) -> _Share:
    """``borders``: the least HU of mineral, and where between low and high a border lies."""
    least_hu, half = borders
    mixed = (low_hu < least_hu) & (fit.edge.level > least_hu)
    between = np.maximum(low_hu + half * (fit.edge.level - low_hu), np.float32(least_hu))
    border = np.where(mixed, between, np.float32(least_hu))
    of_voxels = np.clip(0.5 + (fit.inner - border) / fit.edge.rise, 0, 1)
    total = float(fit.edge.share.sum(dtype=np.float64))
    return _Share(float((of_voxels * fit.edge.share).sum(dtype=np.float64)) / max(total, 1e-6), of_voxels, mixed)


def _scanned(fit: Fit, low_hu: Floats, least_hu: float, how: tuple[Scanner, AmountSettings]) -> Fit:
    """The envelope with sharp borders inside, scanned by calculation."""
    scanner, s = how
    share = _share(fit, low_hu, (least_hu, s.half))
    sharp = np.where(share.mixed, low_hu + share.of_voxels * (fit.edge.level - low_hu), fit.inner)
    return measured(scanner.scan(fit.edge.share * sharp), fit.frame, scanner, s)
