"""Limb bones by their shafts: a shaft is a tube of cortex, and its width, company and depth say whose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.anatomy.shafts import Tube, find_tubes
from calcimeter.ct.settings import TubesSettings
from calcimeter.model.anatomy import Mask, Skeleton
from calcimeter.model.grid import FloatArray
from calcimeter.model.volume import Volume


class LimbBone(NamedTuple):
    """A piece of skeleton that holds the shaft of a limb bone.

    Parameters
    ----------
    piece : int
        Its value in ``Skeleton.labels``. A piece can hold more than this bone: where joints are closed at the
        threshold, a hip bone goes with the femur. The shaft is what lies along the path.
    name : str
        femur, tibia, fibula, humerus, radius or ulna.
    confidence : float
        Share of the tube's sections that speak for the name, 0 to 1.
    why : str
    path_mm : ndarray, (n, 3)
        Centers of its sections from the lowest to the highest, LPS mm; n at least 2.
    diameter_mm : float
        Median width of a circle of the section's area, across the shaft.
    tip : ndarray, (3,)
        Where the section runs out into an edge, where the shaft is narrow: the linea aspera of a femur, the front
        edge of a tibia. LPS; its length, 0 to 1, says how far the sections agree.
    taper : float
        By what share the limb is thicker at the end of the path than at its start: thighs and calves are thicker
        above. 0 where a leg's bone does not grow the same way: the lower half of a calf, or the upper half alone.
    """

    piece: int
    name: str
    confidence: float
    why: str
    path_mm: FloatArray
    diameter_mm: float
    tip: FloatArray
    taper: float


def limb_bones(volume: Volume, body: Mask, skeleton: Skeleton, settings: TubesSettings) -> tuple[LimbBone, ...]:
    """The shafts of limb bones in view, whole or cut, by the tubes that they make in transverse slices.

    A wide tube deep in a limb as thick as a thigh is a femur. A wide one and a thin one beside it are tibia and
    fibula; two thin ones radius and ulna, told apart by which is wider toward the thick end of the forearm; a single
    one of middle width in a thin limb is a humerus. Whatever fits none of these, three or more tubes together (hand
    and foot), and every tube in a section as large as a trunk is passed over. Children's bones are thinner than the
    rules know: theirs stay unnamed, as do bones whose cortex is below 1000 HU (severe osteoporosis), shafts that lie
    along the slices, and a tibia whose fibula is out of view.

    Returns
    -------
    tuple of LimbBone
        One a shaft, in the order of the slices; empty in a trunk without free limbs.
    """
    tubes = find_tubes(volume, body, skeleton, settings)
    named = [_named(tube, [other for other in tubes if _beside(tube, other, settings)], settings) for tube in tubes]
    return tuple(
        _limb_bone(tube, name, _shape(tube, volume, skeleton, settings))
        for tube, name in zip(tubes, named, strict=True)
        if name is not None
    )


def _beside(tube: Tube, other: Tube, s: TubesSettings) -> bool:
    """Whether another tube runs in the same limb: within a hand's breadth, over half the length of the shorter."""
    if other is tube:
        return False
    shared, own, its = np.intersect1d(tube.sections.slice, other.sections.slice, return_indices=True)
    if 2 * len(shared) < min(len(tube.sections.slice), len(other.sections.slice)):
        return False
    gap_mm = np.linalg.norm(tube.sections.center_mm[own] - other.sections.center_mm[its], axis=1)
    return bool(np.median(gap_mm) < s.beside_mm)


class _Name(NamedTuple):
    """What a tube is called, with the share of its sections that agree, and why."""

    name: str
    confidence: float
    why: str


def _named(tube: Tube, beside: list[Tube], s: TubesSettings) -> _Name | None:
    """The bone that a tube is the shaft of; None where no rule fits or the section is that of a trunk."""
    if len(beside) > 1 or tube.limb_mm > s.max_limb_mm:
        return None
    if len(beside) == 1:
        return _one_of_two(tube, beside[0], s)
    return _femur(tube, s) or _humerus(tube, s)


def _femur(tube: Tube, s: TubesSettings) -> _Name | None:
    """A wide tube, deep in a thick limb."""
    wide = _share_within(tube, s.femur_mm)
    thick = tube.limb_mm >= s.min_thigh_mm[tube.diameter_mm < s.wide_femur_mm]
    if wide < s.min_share or not thick or np.median(tube.sections.deep) < 1:
        return None
    why = f"one tube {tube.diameter_mm:.0f} mm wide, deep in a limb at least {tube.limb_mm:.0f} mm thick"
    return _Name("femur", wide, why)


def _humerus(tube: Tube, s: TubesSettings) -> _Name | None:
    """A tube of middle width, deep in a thin limb that is wholly in view."""
    middle = _share_within(tube, s.humerus_mm)
    low, high = s.upper_arm_mm
    if middle < s.min_share or not low <= tube.limb_mm <= high or np.median(tube.sections.deep) < 1:
        return None
    return _Name("humerus", middle, f"one tube {tube.diameter_mm:.0f} mm wide in a limb {tube.limb_mm:.0f} mm thick")


def _one_of_two(tube: Tube, other: Tube, s: TubesSettings) -> _Name | None:
    """Tibia or fibula, radius or ulna: by the widths of both, and for the forearm by where each grows."""
    own, its = tube.diameter_mm, other.diameter_mm
    why = f"two tubes, {own:.0f} and {its:.0f} mm wide, in one limb"
    wide, thin = (tube, other) if own >= its else (other, tube)
    share = min(_share_within(wide, s.tibia_mm), _share_within(thin, s.fibula_mm))
    times = s.tibia_per_fibula[tube.limb_mm > s.forearm_max_mm]
    if share >= s.min_share and wide.diameter_mm >= times * thin.diameter_mm:
        return _Name("tibia" if tube is wide else "fibula", share, why)
    share = min(_share_within(tube, s.forearm_mm), _share_within(other, s.forearm_mm))
    alike = wide.diameter_mm < times * thin.diameter_mm
    if share < s.min_share or not alike or tube.limb_mm > s.forearm_max_mm:
        return None
    grows, limb = _growth(tube) - _growth(other), _growth(tube, limb=True)
    if abs(grows) < s.min_growth or abs(limb) < s.min_growth:
        return None
    if grows * limb > 0:
        return _Name("ulna", share, f"{why}; this one grows toward the thick end")
    return _Name("radius", share, f"{why}; this one grows toward the thin end")


def _growth(tube: Tube, *, limb: bool = False) -> float:
    """By what share of itself a tube, or the limb around it, is wider at its upper end than at its lower."""
    wide = np.sqrt(tube.sections.limb_mm2) if limb else tube.diameters_mm
    slope = np.polyfit(np.linspace(-0.5, 0.5, len(wide)), wide, 1)[0]
    return float(slope / wide.mean())


def _share_within(tube: Tube, limits_mm: tuple[float, float]) -> float:
    """Share of a tube's sections whose diameter lies within limits."""
    return float(np.mean((tube.diameters_mm >= limits_mm[0]) & (tube.diameters_mm < limits_mm[1])))


class _Shape(NamedTuple):
    """The piece that holds a tube, and the edge that its narrow sections run out into."""

    piece: int
    tip: FloatArray


def _shape(tube: Tube, volume: Volume, skeleton: Skeleton, s: TubesSettings) -> _Shape:
    """What the voxels of a tube's sections tell."""
    tips, pieces = [], []
    for k, (top, left, bottom, right) in zip(tube.sections.slice, tube.sections.box, strict=True):
        part = skeleton.labels[k, top:bottom, left:right]
        inside = np.argwhere(part) + np.array([top, left])
        pieces.append(int(np.bincount(part[part > 0]).argmax()))
        tips.append(_tip(volume.grid.to_patient(np.column_stack([np.full(len(inside), k), inside]))))
    narrow = tube.sections.area_mm2 <= s.narrow * tube.sections.area_mm2.min()
    return _Shape(int(np.bincount(pieces).argmax()), _agreed(np.array(tips)[narrow]))


def _limb_bone(tube: Tube, name: _Name, shape: _Shape) -> LimbBone:
    """The record of a named tube."""
    return LimbBone(
        piece=shape.piece,
        name=name.name,
        confidence=name.confidence,
        why=name.why,
        path_mm=tube.sections.center_mm,
        diameter_mm=tube.diameter_mm,
        tip=shape.tip,
        taper=_taper(tube, name.name),
    )


def _taper(tube: Tube, name: str) -> float:
    """How far the limb tapers, by its section and, of a tibia, by the bone's as well."""
    limb, bone = _growth(tube, limb=True), _growth(tube)
    return limb if name != "tibia" or limb * bone > 0 else 0.0


def _tip(points_mm: FloatArray) -> FloatArray:
    """Toward where a section runs out into an edge, (3,): the third moment of its points, per cube of their spread."""
    offset = points_mm - points_mm.mean(axis=0)
    squared = (offset**2).sum(axis=1)
    tip: FloatArray = (squared[:, None] * offset).mean(axis=0) / squared.mean() ** 1.5
    return tip


def _agreed(tips: FloatArray) -> FloatArray:
    """The mean of directions, its length the share to which they agree: 1 where all are alike, 0 by chance."""
    total = np.linalg.norm(tips, axis=1).sum()
    agreed: FloatArray = tips.sum(axis=0) / total if total > 0 else np.zeros(3)
    return agreed
