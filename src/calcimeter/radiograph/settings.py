"""Every threshold of radiographs, with its unit and where it comes from.

[phantom] chosen on radiographs of reference objects of the tuning seeds (1 to 240 of ``benchmarks/radiograph.py``, and
5001 to 5119, 6001 to 6199 and 12001 to 12110, which had judged earlier versions, and 20001 to 20240); those that judge
have other seeds. No real radiograph was looked at.
Lengths are shares of a deposit's own radius or of the image, for an image may not tell how long a pixel is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class OutlineSettings:
    """The closed way around a point.

    Parameters
    ----------
    least_radius_px : float
        From which deposits are sought.
    largest_share : float
        Largest radius, of the longer side of the image.
    largest_box_share : float
        Of what was exposed: a larger box leaves nothing around a deposit.
    radius_step : float
        Between radii, as the logarithm of their ratio.
    weak_percent : float
        The fall of gray levels that this share of the outline falls short of stands for the whole of it.
    reach : float
        How far outward a border is sought that is as good as the one found, in radii.
    as_good : float
        Fall of gray levels, of the typical one of the outline, from which a border counts in full.
    outward : float
        By how much a way farther out is preferred where both are as good.
    agree : float
        Relative difference from the one taken up to which the areas of outlines from different starts agree.
    least_agreeing_in_box : int
        Of six starts.
    fits_as_well : float
        How much worse a border may fit a box than the best one and be as good, of the box's side.
    finest_px : int
        Largest radius that is searched at full resolution; larger ones on an image made coarser.
    least_score : float
        Fall of gray levels over its standard error, below which there is no border.
    most_borders : int
        Sizes at a point that are followed.
    least_strength : float
        Of the strongest way, below which none is followed.
    """

    least_radius_px: float = 5.0
    largest_share: float = 0.17
    largest_box_share: float = 0.6
    radius_step: float = 0.03
    weak_percent: float = 20.0
    reach: float = 1.7
    as_good: float = 0.5
    outward: float = 0.05
    agree: float = 0.15
    least_agreeing_in_box: int = 2
    fits_as_well: float = 0.01
    finest_px: int = 150
    least_score: float = 3.0
    most_borders: int = 6
    least_strength: float = 0.4


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """Which of the borders around a point is a deposit's: a logistic model of one of them, or none, being it.

    Parameters
    ----------
    base : float
    sharp : float
        Weight of the fitted edge's rise over its standard error, its logarithm.
    weakest : float
        The same where it is weakest (``Edge.weakest``).
    even : float
        Weight of the fall of gray levels at the weakest tenth of the border, of the typical one.
    onward : float
        Weight of what goes on from its corners, taken off.
    compact : float
        Weight of its area, of that of a circle as long around.
    least : float
        Likelihood from which a border is taken.
    rival : float
        Likelihood by itself of a border of another size, from which it is unsure which is meant.
    enough : float
        Likelihood from which no more borders are sought.
    """

    base: float = -23.7
    sharp: float = 1.2
    weakest: float = 2.7
    even: float = 3.7
    onward: float = 5.6
    compact: float = 20.9
    least: float = 0.5
    rival: float = 0.99
    enough: float = 0.99


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """Where between pixels the border lies.

    Parameters
    ----------
    corners : int
        Points of the outline.
    half_width, step : float
        Reach of the profile across the border and its sampling, in radii.
    search : float
        How far the border may move, in radii.
    blur : float
        Of the border, standard deviation in radii.
    one_kind : float
        Points of the outline over which the kind of edge is chosen together.
    """

    corners: int = 180
    half_width: float = 0.14
    step: float = 0.01
    search: float = 0.08
    blur: float = 0.02
    one_kind: float = 4.0


@dataclass(frozen=True, slots=True)
class CandidateSettings:
    """The search.

    Parameters
    ----------
    longest_px : int
        Longer side of the reduced image.
    scales : tuple of float
        Radii of spots, in pixels of the reduced image.
    most : int
        Spots that are outlined on the reduced image.
    outlined : int
        Of those most unlike bone, at full resolution.
    deposit, suspect : float
        Likelihood of being unlike bone from which a spot over or beside bone is a deposit, or a spot is looked at.
    likelihood : float
        Of its outline (``JudgeSettings``), from which a spot may be a deposit; a point by a reader asks for less.
    suspects : int
        Named at most.
    named, named_by_border : float
        Likelihood of being unlike bone, or of its outline, from which a spot is named; bone has neither, mostly.
    least_contrast_to_noise : float
        Below it a spot is no deposit.
    """

    longest_px: int = 640
    scales: tuple[float, ...] = (6.0, 9.0, 14.0, 21.0, 32.0, 48.0)
    most: int = 300
    outlined: int = 8
    deposit: float = 0.85
    suspect: float = 0.25
    likelihood: float = 0.85
    suspects: int = 5
    named: float = 0.7
    named_by_border: float = 0.2
    least_contrast_to_noise: float = 1.0


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """Contrast, intervals and caveats.

    Parameters
    ----------
    ring : tuple of float
        Where the surroundings are told, in radii of the outline.
    least_relative_error : float
        Standard error of an area beyond what the edge's own scatter tells.
    over_bone : float
        Spread of the surroundings, of the deposit's contrast, from which other dense things lie there.
    over_bone_error : float
        Standard error of an area whose border bone may have moved, relative.
    low_contrast_to_noise : float
    least_contrast_to_noise : float
        Below it nothing is measured.
    sure_outline : float
        Likelihood of an outline (``JudgeSettings``) below which it carries a caveat.
    """

    ring: tuple[float, float] = (1.1, 1.4)
    least_relative_error: float = 0.02
    over_bone: float = 0.8
    over_bone_error: float = 0.04
    low_contrast_to_noise: float = 3.0
    least_contrast_to_noise: float = 0.5
    sure_outline: float = 0.95


@dataclass(frozen=True, slots=True)
class MarkerSettings:
    """Letters that name a side.

    Parameters
    ----------
    step : float
        A letter rises by so much of the image's range within two pixels.
    largest_share : float
        Longest side, of the image's longer side.
    least_px : int
        Rows of the smallest letter.
    most_spots : int
        Above so many hard-edged spots the image is a page of text.
    outer : float
        A marker lies in so much of the image from a side.
    apart_rows, apart_columns : float
        Room without anything else above, below and beside a letter, in its heights.
    neighbor : float
        Longest side of what may lie there all the same, in the letter's heights.
    even : float
        What is brightest around a letter over the rest of its ground, at most, of the letter's rise over it.
    slimmest, widest : float
        Width over height.
    widest_l : float
        Of an L: a corner mark has arms of one length.
    thinnest, thickest : float
        Of its strokes, over height.
    least_likeness_l, least_likeness_r : float
        Correlation with an L or R.
    least_lead : float
        Over the likeness to any other letter, of what is left there to a likeness of 1.
    """

    step: float = 0.2
    largest_share: float = 0.12
    least_px: int = 12
    most_spots: int = 60
    outer: float = 0.25
    apart_rows: float = 0.7
    apart_columns: float = 1.5
    neighbor: float = 0.15
    even: float = 0.3
    slimmest: float = 0.4
    widest: float = 1.15
    widest_l: float = 0.95
    thinnest: float = 0.07
    thickest: float = 0.34
    least_likeness_l: float = 0.82
    least_likeness_r: float = 0.75
    least_lead: float = 0.42


@dataclass(frozen=True, slots=True)
class RadiographSettings:
    """All thresholds of a radiograph."""

    outline: OutlineSettings = field(default_factory=OutlineSettings)
    judge: JudgeSettings = field(default_factory=JudgeSettings)
    edge: EdgeSettings = field(default_factory=EdgeSettings)
    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    measure: MeasureSettings = field(default_factory=MeasureSettings)
    marker: MarkerSettings = field(default_factory=MarkerSettings)

    def record(self) -> dict[str, dict[str, object]]:
        """Plain values by step, for the provenance."""
        return asdict(self)
