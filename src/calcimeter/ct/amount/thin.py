"""What is too thin to show its own density: lines and plates that the scan's blur is wider than.

Blur moves what is above the background and loses none of it, so that the mass of a line is measured as well as any.
How much room it takes up is another matter: a thin dense one and a thicker loose one look alike. Where no plateau is
seen the level of the image is the least density that it may have, and the densest calcification the most.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.amount.envelope import Fit
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.geometry.window import highest
from calcimeter.model.measures import Estimate, Resolution

Floats = npt.NDArray[np.float32]
TINY = 1e-9
THIN = "THINNER_THAN_BLUR"
LEAST_RATIO = 0.05
"""Nothing is found whose level is less than a twentieth of that of the densest calcification."""


class Plateaus(NamedTuple):
    """How much of a plateau is seen near each voxel of a deposit.

    Parameters
    ----------
    weights : ndarray of float32, (n,)
        Share of the volume that lies in each voxel.
    highest : ndarray of float32, (n,)
        Highest share of its own level that a coarser scan would show nearby: 1 is a plateau.
    """

    weights: Floats
    highest: Floats

    def are_few(self, s: AmountSettings) -> bool:
        """Whether so much of the volume lies where no plateau is near that it is a bound."""
        return float(self.weights[self.highest < s.plateau].sum(dtype=np.float64)) > s.thin_share

    def mean_of(self, ratio: float, within: float, s: AmountSettings) -> float:
        """Mean over the volume of a ratio to the power of what lacks for a plateau, in so much of it; 1 at most."""
        lacks = np.clip((s.plateau - self.highest.astype(np.float64)) / within, 0, 1)
        return float(np.einsum("n,n", self.weights, ratio**lacks))


def plateaus_of(fit: Fit, spacing: tuple[float, float, float], resolution: Resolution, s: AmountSettings) -> Plateaus:
    """What a coarser scan would show of a deposit as measured, the highest nearby.

    The scan itself makes anything at least about as thick as its blur; so only what still fills a scan with wider blur
    and thicker slices, wherever these fall, is known to be thicker than that. Told place by place: one thick lump says
    nothing of the plates that go out from it.
    """
    across, along = s.coarser
    coarser = replace(
        resolution,
        in_plane_fwhm_mm=resolution.in_plane_fwhm_mm * across,
        through_fwhm_mm=resolution.through_fwhm_mm * along,
    )
    scanner = Scanner.of(spacing, coarser)
    inside = fit.edge.share > 0
    a, b, c = (max(1, round(s.thin_reach * width)) for width in scanner.window)
    shown = highest(scanner.anywhere(fit.edge.share), (a, b, c))
    weights = fit.edge.share[inside]
    return Plateaus(weights / max(float(weights.sum(dtype=np.float64)), TINY), shown[inside])


def bounded(volume: Estimate, plateaus: Plateaus, densest_mm3: float, s: AmountSettings) -> Estimate:
    """A volume that allows for densities over the level that is seen.

    Parameters
    ----------
    volume : Estimate
        By the level that is seen: the most that it can be.
    plateaus : Plateaus
    densest_mm3 : float
        What as much mineral takes up where it is as dense as calcification gets: the least that it can be.

    Returns
    -------
    Estimate
        The volume as it was where plateaus are seen in most of it. Else the interval reaches down to the densest where
        they are not, and the value moves toward the middle of both, as of a density of which only the order of
        magnitude is known.
    """
    ratio = max(LEAST_RATIO, min(densest_mm3 / volume.value, 1.0)) if volume.value > 0 else 1.0
    if volume.low is None or volume.high is None or not plateaus.are_few(s) or ratio >= 1:
        return volume
    value = volume.value * plateaus.mean_of(ratio**0.5, s.moved_within, s)
    low = volume.low * plateaus.mean_of(ratio, s.open_within, s)
    return Estimate(value, min(low, value), max(volume.high, value), volume.common)
