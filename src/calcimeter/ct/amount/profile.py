"""How thick slices are, told by the deposits: slices that overlap are thicker than they lie apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.ct.amount.envelope import Seen, fit_envelope
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Resolution


def with_profile(
    seen: tuple[Seen, ...], spacing: tuple[float, float, float], resolution: Resolution, s: AmountSettings
) -> Resolution:
    """The resolution with the slice profile that fits the deposits best.

    Each deposit is made sharp, scanned by calculation with profiles of several widths, and compared with the scan. The
    distance of slices stands unless another width fits clearly better, and where there is no deposit.
    """
    step = spacing[0]
    if not seen:
        return resolution
    scanner = Scanner.of(spacing, replace(resolution, through_fwhm_mm=step))
    misfit = np.zeros(len(s.profile_steps))
    for one in seen:
        fit = fit_envelope(one, scanner, s)
        near = scanner.gather(fit.frame.allowed.astype(np.float32)) > 0
        for k, width in enumerate(s.profile_steps):
            other = Scanner.of(spacing, replace(resolution, through_fwhm_mm=step * width))
            difference = (other.scan(fit.edge.share * fit.inner) - one.excess)[near]
            misfit[k] += float(np.square(difference, dtype=np.float64).sum())
    best = int(misfit.argmin())
    if misfit[best] > s.profile_gain * misfit[0]:
        best = 0
    return replace(resolution, through_fwhm_mm=step * s.profile_steps[best])
