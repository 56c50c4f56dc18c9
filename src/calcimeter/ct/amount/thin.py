"""What is too thin to show its own density: lines and plates that the scan's blur is wider than.

Blur moves what is above the background and loses none of it, so that the mass of a line is measured as well as any.
How much room it takes up is another matter: a thin dense one and a thicker loose one look alike. Where no plateau is
seen the level of the image is the least density that it may have, and the densest calcification the most.
"""

from __future__ import annotations

from dataclasses import replace

from calcimeter.ct.amount.envelope import Fit
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Estimate, Resolution

THIN = "THINNER_THAN_BLUR"
LEAST_RATIO = 0.05
"""Nothing is found whose level is less than a twentieth of that of the densest calcification."""


def plateau_share(fit: Fit, spacing: tuple[float, float, float], resolution: Resolution, s: AmountSettings) -> float:
    """Highest share of its own level that a coarser scan would show of a deposit as measured: 1 is a plateau.

    The scan itself makes anything at least about as thick as its blur; so only what still fills a scan with wider blur
    and thicker slices, wherever these fall, is known to be thicker than that.
    """
    across, along = s.coarser
    coarser = replace(
        resolution,
        in_plane_fwhm_mm=resolution.in_plane_fwhm_mm * across,
        through_fwhm_mm=resolution.through_fwhm_mm * along,
    )
    return Scanner.of(spacing, coarser).highest(fit.edge.share)


def bounded(volume: Estimate, plateau: float, densest_mm3: float, s: AmountSettings) -> Estimate:
    """A volume that allows for densities over the level that is seen.

    Parameters
    ----------
    volume : Estimate
        By the level that is seen: the most that it can be.
    plateau : float
        As of ``plateau_share``.
    densest_mm3 : float
        What as much mineral takes up where it is as dense as calcification gets: the least that it can be.

    Returns
    -------
    Estimate
        The volume as it was where a plateau is seen. Below that the interval soon reaches down to the densest, and the
        value moves toward the middle of both, as of a density of which only the order of magnitude is known.
    """
    ratio = max(LEAST_RATIO, min(densest_mm3 / volume.value, 1.0)) if volume.value > 0 else 1.0
    if volume.low is None or volume.high is None or plateau >= s.plateau or ratio >= 1:
        return volume
    open_ = min((s.plateau - plateau) / s.open_within, 1.0)
    moved = min((s.plateau - plateau) / s.moved_within, 1.0) / 2
    value = volume.value * ratio**moved
    low = volume.low * ratio**open_
    return Estimate(value, min(low, value), max(volume.high, value), volume.common)
