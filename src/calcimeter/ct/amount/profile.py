"""How thick slices are, told by the deposits: slices that overlap are thicker than they lie apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.ct.amount.envelope import Fit, Seen
from calcimeter.ct.amount.scanner import LEAST_NOISE_HU, Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Resolution


def with_profile(
    fits: tuple[tuple[Seen, Fit], ...],
    spacing: tuple[float, float, float],
    resolution: Resolution,
    s: AmountSettings,
) -> Resolution:
    """The resolution with the slice profile that fits the deposits best.

    Each deposit is made sharp, scanned by calculation with profiles of several widths, and compared with the scan. Each
    counts by what share of its misfit a width leaves: in HU the one that no width explains would outweigh all others.
    The distance of slices stands unless another width fits clearly better, and where no deposit is explained by any.

    Parameters
    ----------
    fits : tuple of (Seen, Fit)
        Deposits, measured as if slices were as thick as they lie apart.
    """
    step = spacing[0]
    scanners = [Scanner.of(spacing, replace(resolution, through_fwhm_mm=step * width)) for width in s.profile_steps]
    misfits = []
    for seen, fit in fits:
        near = scanners[0].gather(fit.frame.allowed.astype(np.float32)) > 0
        blurred = scanners[0].blur(fit.edge.share * fit.inner)
        differences = ((other.stack(blurred) - seen.excess)[near] for other in scanners)
        left = [float(np.mean(np.square(difference, dtype=np.float64))) for difference in differences]
        if min(left) <= (s.profile_misfit * max(seen.noise_hu, LEAST_NOISE_HU)) ** 2:
            misfits.append(np.log(np.maximum(left, LEAST_NOISE_HU**2)))
    if not misfits:
        return resolution
    mean = np.mean(misfits, axis=0)
    best = int(mean.argmin())
    if mean[best] > mean[0] + np.log(s.profile_gain):
        best = 0
    return replace(resolution, through_fwhm_mm=step * s.profile_steps[best])
