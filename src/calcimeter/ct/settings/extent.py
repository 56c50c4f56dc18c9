"""Thresholds of lengths: where the edge of a deposit is sought, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExtentSettings:
    """Lengths between half heights.

    A Gaussian edge rises by 0.94 of its height over its full width [physics]; a slice of a rounded deposit is narrower
    than the deposit by a sixteenth to a quarter of what its neighbors are narrower than it; a rod seen 10 degrees askew
    is 1.5 percent shorter [physics]. The rest was
    chosen on the tuning set of benchmarks/validation, which has no real scan.
    """

    ring_mm: tuple[float, float] = (2.0, 5.0)
    top_percentile: float = 90.0
    noise_sigmas: float = 6.0
    least_level: float = 0.5
    min_voxels: int = 5
    faint_blurs: float = 27.0
    slope_of_edge: float = 0.94
    slice_share: float = 0.125
    most_narrower: float = 0.25
    slice_doubt: float = 2.0
    pixel_share: float = 0.5
    blur_share: float = 0.3
    nearly_as_long: float = 0.015
    turn: int = 15
