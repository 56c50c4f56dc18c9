"""The mineral part of an envelope: where a density is reached, with the share of voxels that a border crosses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.envelope import Fit, measured
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.window import gaussian, lowest
from calcimeter.model.calibration import Calibration
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
    true = _true_share(fit, share, least_hu, scanner, s)
    value, common = volume.value * true, volume.value * abs(denser.total - share.total)
    inner = volume.value * np.hypot(narrower.total - share.total, (true - share.total) / 2) * s.sigmas
    outer = (volume.high - volume.value) * true
    half_width = float(np.sqrt(common**2 + inner**2 + outer**2))
    shared = float(np.hypot(common, volume.common * true))
    return Estimate(value, max(0.0, value - half_width), value + half_width, shared)


class _Share(NamedTuple):
    """The mineral share of an envelope: of all of it, and HU of its voxels if every border in it were sharp."""

    total: float
    sharp_hu: Floats


def _lowest(fit: Fit, scanner: Scanner) -> Floats:
    """The lowest value nearby, of values averaged with their neighbors against noise."""
    a, b, c = (max(1, round(2 * width)) for width in scanner.window)
    return lowest(gaussian(fit.inner, scanner.window, 2.0), (a, b, c))


def _share(fit: Fit, low_hu: Floats, borders: tuple[float, float]) -> _Share:
    """``borders``: the least HU of mineral, and where between low and high a border lies. The rest of the box is 0."""
    least_hu, half = borders
    inside = fit.edge.share > 0
    low, high, inner, share = (field[inside] for field in (low_hu, fit.edge.level, fit.inner, fit.edge.share))
    mixed = (low < least_hu) & (high > least_hu)
    between = np.maximum(low + half * (high - low), np.float32(least_hu))
    border = np.where(mixed, between, np.float32(least_hu))
    of_voxels = np.clip(0.5 + (inner - border) / fit.edge.rise[inside], 0, 1)
    sharp = np.zeros(fit.inner.shape, dtype=np.float32)
    sharp[inside] = np.where(mixed, low + of_voxels * (high - low), inner)
    total = float((of_voxels * share).sum(dtype=np.float64)) / max(float(share.sum(dtype=np.float64)), 1e-6)
    return _Share(total, sharp)


def _true_share(fit: Fit, share: _Share, least_hu: float, scanner: Scanner, s: AmountSettings) -> float:
    """The share without what blur makes of thin walls: the envelope with sharp borders is scanned by calculation."""
    if share.total == 1.0:
        return 1.0
    scanned = measured(scanner.scan(fit.edge.share * share.sharp_hu), fit.frame, scanner, s)
    again = _share(scanned, _lowest(scanned, scanner), (least_hu, s.half))
    return min(share.total * share.total / max(again.total, 1e-6), 1.0)
