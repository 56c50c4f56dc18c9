"""How thick slices are, told by the deposits: slices that overlap are thicker than they lie apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.ct.amount.envelope import Fit, Seen
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Resolution


def with_profile(
    fits: tuple[tuple[Seen, Fit], ...],
    spacing: tuple[float, float, float],
    resolution: Resolution,
    s: AmountSettings,
) -> Resolution:
    """The resolution with the slice profile that fits the deposits best.

    Each deposit is made sharp, scanned by calculation with profiles of several widths, and compared with the scan. The
    distance of slices stands unless another width fits clearly better, and where there is no deposit.

    Parameters
    ----------
    fits : tuple of (Seen, Fit)
        Deposits, measured as if slices were as thick as they lie apart.
    """
    step = spacing[0]
    if not fits:
        return resolution
    scanners = [Scanner.of(spacing, replace(resolution, through_fwhm_mm=step * width)) for width in s.profile_steps]
    misfit = np.zeros(len(s.profile_steps))
    for seen, fit in fits:
        near = scanners[0].gather(fit.frame.allowed.astype(np.float32)) > 0
        blurred = scanners[0].blur(fit.edge.share * fit.inner)
        for k, other in enumerate(scanners):
            difference = (other.stack(blurred) - seen.excess)[near]
            misfit[k] += float(np.square(difference, dtype=np.float64).sum())
    best = int(misfit.argmin())
    if misfit[best] > s.profile_gain * misfit[0]:
        best = 0
    return replace(resolution, through_fwhm_mm=step * s.profile_steps[best])
