"""Every threshold of parathyroid scintigraphy, with its unit and where it comes from.

[physics] follows from the quantity itself. [phantom] chosen on neck phantoms of the tuning seeds (1 to 199, 301 to 310,
501 to 548, 2001 to 2130, 2501 to 2524, 3001 to 3300, 7001 to 7100, 7501 to 7548 and 8001 to 8100 of
``benchmarks/scintigraphy.py``); those that judge have other seeds. No real scintigram was looked at.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class AlignSettings:
    """Laying the early image on the delayed one.

    Reach: a patient who lay down again lies within some 30 mm. Residual: a pixel-scale misfit makes a rim of false
    retention; half the blur of a camera [physics]. Smoothing: the blur of a camera at the neck. Move: a lobe that lies
    so far off the image laid on it, its pole where it turned, makes a rim that is called a focus; two lobes against
    each other lie twice as far apart. Jump: within an image, below it no rim is called a focus. Told, as well: the
    chi-square that a move has to explain, and the share of what foci explain. [phantom] Likeness: half way between one
    neck at two times and an even field. [phantom]
    """

    reach_mm: float = 45.0
    smooth_mm: float = 4.0
    largest_residual_mm: float = 3.5
    significant: float = 4.0
    head_mm: float = 8.0
    move_mm: float = 2.5
    jump_mm: float = 7.0
    told_chi2: float = 18.0
    as_well: float = 0.85
    likeness_mm: float = 6.0
    least_likeness: float = 0.5


@dataclass(frozen=True, slots=True)
class LobeSettings:
    """Finding the thyroid.

    Lengths, widths, offsets: lobes are 40 to 60 mm long and 13 to 20 mm wide, and lie beside the trachea (textbook
    anatomy; goiters beyond these are found with their central part). Off middle: farther from the middle of the body
    than a lobe is from the trachea both lobes would lie on one side of it. Edge, fit: [phantom].
    """

    grid_mm: float = 4.0
    half_lengths_mm: tuple[float, ...] = (15.0, 21.0, 28.0)
    half_width_mm: float = 8.5
    offsets_mm: tuple[float, ...] = (14.0, 18.0, 23.0)
    tilts_deg: tuple[float, ...] = (0.0, 10.0)
    blur_mm: float = 5.0
    least_fit: float = 0.55
    nearly: float = 0.7
    below_mm: float = 30.0
    off_middle_mm: float = 30.0
    edge: float = 0.42


@dataclass(frozen=True, slots=True)
class WashoutSettings:
    """Telling what even washout leaves.

    Ring: from a lobe to where its background begins and ends. Reach: from a lobe to where washout, background, move
    and turn are told together; the outlines of a neck lie within some 40 mm of a lobe [anatomy]. Above, below: from the
    ends of the thyroid to where the neck ends; higher the head moves by itself, lower the torso, but what is searched
    beside the lobes and half a filter lie in it. Farthest: beyond so many times the ring's reach the background is not
    carried on. Variance: counts are smoothed by so much to tell their expectation, for the camera blurs by more
    [physics]. Uneven: share of its level by which a background keeps its tracer differently from place to place. Move,
    turn: standard deviations of what is left of a move once the images were laid on each other. First share, least
    share: of its early counts that a lobe keeps, to begin with and at least. Least rest: of a lobe; with less of it
    free of foci the other lobe's share is taken. Alike: relative standard deviation of the difference between the
    lobes' shares; those of the phantoms differ by 0.041. [phantom] Most share: of its early count rate that a lobe can
    keep; where no header tells which image is the early one and every lobe has more, the order is doubted [physics].
    """

    ring_mm: tuple[float, float] = (11.0, 26.0)
    reach_mm: float = 45.0
    above_mm: float = 40.0
    below_mm: float = 18.0
    farthest: float = 3.0
    variance_mm: float = 3.5
    uneven: float = 0.1
    move_mm: float = 0.5
    turn_deg: float = 1.0
    first_share: float = 0.4
    least_share: float = 0.05
    least_rest: float = 0.45
    alike: float = 0.045
    most_share: float = 1.0


@dataclass(frozen=True, slots=True)
class FocusSettings:
    """Searching retained tracer.

    Widths: camera resolution at neck depth and a gland of up to 15 mm, full width at half maximum; a filter of 12 mm
    keeps 0.96 of the signal to noise of one of 16 mm, which sees the edges of the neck as well. Sizes: told of what was
    found. Error: the chance of a false focus by counting alone, below what is asked of all causes together because
    uneven background goes beyond counting; local score: what that comes to before it is corrected for the area. Small
    gland: what a gland that is barely to be found adds in the delayed image beyond even washout, of the early counts
    over its lobe. Least retention: an uptake that rises over the lobe's by less is no focus. [phantom]
    """

    widths_mm: tuple[float, ...] = (9.0, 12.0)
    sizes_mm: tuple[float, ...] = (9.0, 12.0, 16.0)
    error: float = 0.001
    local_score: float = 5.0
    small_gland: float = 0.25
    least_retention: float = 1.12
    most_rise: float = 1.3
    clearly: float = 2.0
    beside_mm: float = 12.0
    ectopic_mm: float = 16.0
    apart_mm: float = 17.0
    most: int = 4
    least_counts: float = 1500.0
    least_interval_min: float = 30.0
    above_mm: float = 30.0
    below_mm: float = 90.0
    half_width_mm: float = 36.0
    halo_mm: float = 18.0
    power: float = 1.3
    midline_mm: float = 8.0


@dataclass(frozen=True, slots=True)
class ScintigraphySettings:
    """All thresholds of a scintigraphy."""

    align: AlignSettings = field(default_factory=AlignSettings)
    lobes: LobeSettings = field(default_factory=LobeSettings)
    washout: WashoutSettings = field(default_factory=WashoutSettings)
    focus: FocusSettings = field(default_factory=FocusSettings)

    def record(self) -> dict[str, dict[str, object]]:
        """Plain values by step, for the provenance."""
        return asdict(self)
