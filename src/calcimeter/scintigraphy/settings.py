"""Every threshold of parathyroid scintigraphy, with its unit and where it comes from.

[physics] follows from the quantity itself. [phantom] chosen on neck phantoms of the tuning seeds (1 to 199 of
``benchmarks/scintigraphy.py``); those that judge have other seeds. No real scintigram was looked at.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class AlignSettings:
    """Laying the early image on the delayed one.

    Reach: a patient who lay down again lies within some 30 mm. Residual: a pixel-scale misfit makes a rim of false
    retention; half the blur of a camera [physics]. Smoothing: the blur of a camera at the neck.
    """

    reach_mm: float = 45.0
    smooth_mm: float = 4.0
    largest_residual_mm: float = 3.5
    significant: float = 4.0


@dataclass(frozen=True, slots=True)
class LobeSettings:
    """Finding the thyroid.

    Lengths, widths, offsets: lobes are 40 to 60 mm long and 13 to 20 mm wide, and lie beside the trachea (textbook
    anatomy; goiters beyond these are found with their central part). Edge, fit: [phantom].
    """

    grid_mm: float = 4.0
    half_lengths_mm: tuple[float, ...] = (15.0, 21.0, 28.0)
    half_width_mm: float = 8.5
    offsets_mm: tuple[float, ...] = (14.0, 18.0, 23.0)
    tilts_deg: tuple[float, ...] = (0.0, 10.0)
    blur_mm: float = 5.0
    least_fit: float = 0.55
    nearly: float = 0.75
    edge: float = 0.42


@dataclass(frozen=True, slots=True)
class FocusSettings:
    """Searching retained tracer.

    Widths: camera resolution at neck depth and a gland of up to 20 mm, full width at half maximum. Error: the chance of
    a false focus by counting alone, low because uneven background made scores up to 4.1 on tuning necks without one;
    local score: what that comes to before it is corrected for the area. Small gland: what a gland that is barely to be
    found adds in the delayed image beyond even washout, of the early counts over its lobe. Least retention: an uptake
    that rises over the lobe's by less is no focus. [phantom]
    """

    widths_mm: tuple[float, ...] = (9.0, 12.0, 16.0)
    error: float = 0.00001
    local_score: float = 5.7
    small_gland: float = 0.25
    least_retention: float = 1.12
    beside_mm: float = 12.0
    ectopic_mm: float = 16.0
    apart_mm: float = 17.0
    most: int = 4
    least_counts: float = 1500.0
    least_interval_min: float = 30.0
    above_mm: float = 30.0
    below_mm: float = 90.0
    half_width_mm: float = 36.0


@dataclass(frozen=True, slots=True)
class ScintigraphySettings:
    """All thresholds of a scintigraphy."""

    align: AlignSettings = field(default_factory=AlignSettings)
    lobes: LobeSettings = field(default_factory=LobeSettings)
    focus: FocusSettings = field(default_factory=FocusSettings)

    def record(self) -> dict[str, dict[str, object]]:
        """Plain values by step, for the provenance."""
        return asdict(self)
