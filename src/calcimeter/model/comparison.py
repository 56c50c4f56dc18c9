"""What became of the deposits between two dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from calcimeter.model.caveat import Caveat
from calcimeter.model.measures import Estimate, Point

State = Literal["new", "vanished", "grown", "shrunk", "stable", "merged", "split", "not_in_view", "not_comparable"]
Response = Literal["complete_resolution", "partial_response", "stable", "progression", "not_comparable"]

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one deposit, or of several that grew together or fell apart.

    Parameters
    ----------
    earlier, later : tuple of int
        Ids in the two studies.
    tracking_uid : str
        The earlier one where there was one.
    volume_earlier_mm3, volume_later_mm3 : Estimate or None
        None where there is none at that date.
    change_mm3 : float or None
        Later minus earlier; None where it can't be told.
    change_percent : float or None
        Of the earlier volume; None from nothing.
    detectable_change_mm3 : float or None
        Smaller changes are no change: half of the 95 % interval of the difference.
    mass_change_mg_ha, detectable_mass_mg_ha : float or None
    because : str
        In words.
    earlier_to_later : tuple of four tuples
        The motion of its surroundings: 4 x 4, from earlier LPS mm to later ones.
    gone_mm : tuple of two points, or None
        Lowest and highest corner of where a vanished deposit would lie in the later scan, LPS.
    """

    earlier: tuple[int, ...]
    later: tuple[int, ...]
    tracking_uid: str
    state: State
    volume_earlier_mm3: Estimate | None
    volume_later_mm3: Estimate | None
    change_mm3: float | None
    change_percent: float | None
    detectable_change_mm3: float | None
    mass_change_mg_ha: float | None
    detectable_mass_mg_ha: float | None
    because: str
    earlier_to_later: Matrix
    gone_mm: tuple[Point, Point] | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the later skeleton was laid over the earlier one.

    Parameters
    ----------
    bones : int
        Bones that were laid over each other one by one.
    residual_mm : float
        Median distance of their surfaces after it.
    covered : float
        Share of the earlier surface that lies on the later one; the rest is outside the later view, or changed.
    apart_mm : float
        Three quarters of the surface that both scans should show lie nearer to each other than this.
    held : float
        How well these surfaces hold the weakest shift or turn; a shaft alone, which can slide, has nearly 0.
    """

    bones: int
    residual_mm: float
    covered: float
    apart_mm: float
    held: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two studies of one patient.

    Parameters
    ----------
    interval_days : int or None
        None where a date is not known.
    changes : tuple of Change
        Deposits of soft tissue, and what took their place; the earlier first.
    response : str
    because : str
        The rule that gave the response, in words.
    volume_earlier_mm3, volume_later_mm3 : Estimate or None
        All that ``changes`` tells of; None, with a caveat, where one of these can't be followed.
    new : int or None
        Soft-tissue deposits where there was none; None, with a caveat, where that can't be told of all.
    """

    interval_days: int | None
    changes: tuple[Change, ...]
    response: Response
    because: str
    volume_earlier_mm3: Estimate | None
    volume_later_mm3: Estimate | None
    new: int | None
    fit: Fit | None
    later_limit_mm3: float | None
    caveats: tuple[Caveat, ...]

    @property
    def is_of_same_images(self) -> bool:
        """Whether both results are of the same images, which tells nothing of the patient's course."""
        return any(caveat.code == "COMPARED_SAME_IMAGES" for caveat in self.caveats)

    def kept_uids(self, later: Mapping[int, str]) -> dict[str, str]:
        """Tracking UID of the later analysis -> the earlier one under which the deposit goes on.

        Parameters
        ----------
        later : mapping of int to str
            Id of a later lesion -> its tracking UID.

        Returns
        -------
        dict
            Of deposits that fell apart the first piece, the largest, keeps the name, unless another has it already from
            a study between the two; new ones keep their own.
        """
        followed = [change for change in self.changes if change.earlier and change.later]
        pieces = [(change.tracking_uid, [later[number] for number in change.later]) for change in followed]
        return {uids[0]: uid for uid, uids in pieces if uid not in uids}
