"""Which deposits of the two dates are one, and what speaks against telling of those that have no counterpart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from calcimeter.follow.overlap import inside
from calcimeter.follow.register import Registration
from calcimeter.follow.settings import MatchSettings
from calcimeter.geometry.rigid import Rigid
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.lesion import Category
from calcimeter.model.result import REJECTED, AsideResult, LesionResult, StudyResult

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

FOLLOWED = (Category.SOFT_TISSUE, Category.UNCERTAIN, Category.JOINT)
"""Categories that can be one deposit at two dates: a small or changed one may have been called something else."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Deposits of the two dates that belong together; one side is empty where there is nothing.

    Parameters
    ----------
    in_view : bool
        Whether the place is inside what the other study shows.
    motion : Rigid
        From earlier to later places, as its surroundings moved.
    unknown : str or None
        Where one side is empty: why that may not mean that nothing is there; None where it does. Where none is: why
        their difference is none of the tissue.
    """

    earlier: tuple[LesionResult, ...]
    later: tuple[LesionResult, ...]
    motion: Rigid
    in_view: bool = True
    unknown: str | None = None

    def of_soft_tissue(self) -> bool:
        """Whether a soft-tissue deposit takes part."""
        return any(lesion.category is Category.SOFT_TISSUE for lesion in (*self.earlier, *self.later))


def match_lesions(
    earlier: StudyResult, later: StudyResult, registration: Registration, settings: MatchSettings
) -> tuple[Matched, ...]:
    """Groups of deposits that lie on each other once the bones beside them do.

    Two belong together if enough of the smaller one lies on the other. What is left over on both sides is paired once
    more within a wider reach. Groups of more than two are deposits that grew together or fell apart.

    Returns
    -------
    tuple of Matched
        In the order of the earlier ids, new ones behind.
    """
    before, after = earlier.of_category(*FOLLOWED), later.of_category(*FOLLOWED)
    moved = [registration.of(lesion.bone_id).apply(_thinned(lesion, settings)) for lesion in before]
    fixed = [_thinned(lesion, settings) for lesion in after]
    groups = []
    for own, other in _groups(len(before), len(after), _pairs(moved, fixed, settings)):
        ours, theirs = tuple(before[i] for i in own), tuple(after[k] for k in other)
        motion = registration.of(ours[0].bone_id) if ours else _motion_of(theirs[0], earlier, later, registration)
        group = Matched(ours, theirs, motion)
        if group.earlier and group.later:
            before_mm, after_mm = [moved[i] for i in own], [motion.inverse().apply(fixed[k]) for k in other]
            taken = _taken_out(before_mm, later, settings) or _taken_out(after_mm, earlier, settings)
            groups.append(replace(group, unknown=taken and "a reader took out a part of it at one date"))
        elif group.earlier:
            place = _Place(moved[own[0]], group.earlier[0], later, registration)
            groups.append(_alone(group, place, settings))
        else:
            place = _Place(motion.inverse().apply(fixed[other[0]]), group.later[0], earlier, registration)
            groups.append(_alone(group, place, settings))
    return tuple(groups)


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where a deposit without counterpart lies in the other study."""

    points_mm: FloatArray
    lesion: LesionResult
    other: StudyResult
    registration: Registration


def _alone(group: Matched, place: _Place, s: MatchSettings) -> Matched:
    """What is known of the place of a deposit that has no counterpart."""
    seen = bool(inside(place.points_mm, place.other, s.border_mm).mean() >= s.in_view)
    seen = seen and float(_filled(place.other.body, place, s.skin_mm).mean()) >= s.in_body
    return Matched(group.earlier, group.later, group.motion, seen, _unknown(group, place, s) if seen else None)


def _unknown(group: Matched, place: _Place, s: MatchSettings) -> str | None:
    """Why a deposit may be there and not be told of."""
    other, limit = place.other, place.other.detection_limit_mm3
    if not other.searched:
        return "the other scan was not searched: its outlines were given"
    if limit is None:
        return "how small a deposit the other scan would show is not known"
    if place.lesion.volume_mm3.value < limit:
        return "it is smaller than what the other scan is sure to show"
    if place.lesion.mean_hu is not None and place.lesion.mean_hu <= other.threshold_hu:
        return "it is fainter than what the other scan was searched for"
    if place.registration.fit.held < s.held:
        return "the bones in view can slide along themselves, so its place in the other scan is not certain"
    if group.earlier and place.lesion.bone_id in place.registration.adrift:
        return "the bone beside it does not lie on that of the other scan"
    called = _called_otherwise(place, s)
    if called is not None:
        return called
    if float(_filled(other.bones_mask, place, 0.0).mean()) > s.in_bone:
        return "bone lies in its place in the other scan"
    if _is_left(place, s):
        return "what lies in its place is denser than soft tissue, though too faint to be found"
    return None


def _called_otherwise(place: _Place, s: MatchSettings) -> str | None:
    """Why something in its place is not followed: a reader decided so, or its category."""
    taken = _taken_out([place.points_mm], place.other, s)
    if taken is not None:
        return taken
    for lesion in place.other.lesions:
        if lesion.category not in FOLLOWED and _are_one(place.points_mm, _thinned(lesion, s), s.touch_mm, s.share):
            return f"what lies in its place is taken for {_words(lesion.category.value)}"
    for aside in place.other.aside:
        if _covers(aside, place.points_mm, s):
            return f"what lies in its place is taken for {_words(aside.what)}"
    return None


def _taken_out(points_mm: Sequence[FloatArray], other: StudyResult, s: MatchSettings) -> str | None:
    """What a reader made of something in the place of a deposit at the other date."""
    for aside in other.aside:
        if aside.by_reader and any(_are_one(own, aside.points_mm, s.touch_mm, s.share) for own in points_mm):
            done = "rejected" if aside.what == REJECTED else f"called {_words(aside.what)}"
            return f"what lies in its place was {done} by a reader"
    return None


def _covers(aside: AsideResult, points_mm: FloatArray, s: MatchSettings) -> bool:
    """Whether it fills enough of a place: a clip where a mass was taken out is no mass."""
    return _lie_near(points_mm, aside.points_mm, s.touch_mm) and (
        _share(points_mm, _tree(aside.points_mm), s.touch_mm) >= s.share
    )


def _is_left(place: _Place, s: MatchSettings) -> bool:
    """Whether enough of its place is denser than soft tissue; beside bone nobody can tell by coarse voxels."""
    hu, bones = place.other.hu, place.other.bones_mask
    if hu is None:
        return False
    index, last = np.unique(_nearest(place), axis=0), np.array(bones.shape) - 1
    around = (np.clip(index + step, 0, last) for step in product((-1, 0, 1), repeat=3))
    free = index[~np.any([bones[tuple(near.T)] for near in around], axis=0)]
    denser = hu[tuple(np.clip(free, 0, last).T)] > s.left_hu
    return bool(len(free)) and float(denser.mean()) >= s.share


def _nearest(place: _Place) -> npt.NDArray[np.intp]:
    """Indices of the coarse voxels that hold its points, (n, 3); beyond the border too."""
    to_index = np.linalg.inv(place.other.affine_lps)
    index: npt.NDArray[np.intp] = np.rint(place.points_mm @ to_index[:3, :3].T + to_index[:3, 3]).astype(np.intp)
    return index


def _words(category: str) -> str:
    return "something outside the body" if category == Category.OUTSIDE else category.replace("_", " ")


def _filled(mask: BoolArray, place: _Place, within_mm: float) -> BoolArray:
    """Which points lie in a coarse mask, or so near to it."""
    from scipy.spatial import cKDTree

    affine, index = place.other.affine_lps, _nearest(place)
    last = np.array(mask.shape) - 1
    filled: BoolArray = mask[tuple(np.clip(index, 0, last).T)] & ((index >= 0) & (index <= last)).all(axis=1)
    if not within_mm or filled.all():
        return filled
    reach = np.ceil(within_mm / np.linalg.norm(affine[:3, :3], axis=0)).astype(int) + 1
    low = np.clip(index.min(axis=0) - reach, 0, last)
    high = np.clip(index.max(axis=0) + reach, 0, last) + 1
    near = np.argwhere(mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]) + low
    if not len(near):
        return filled
    distance, _ = cKDTree(near @ affine[:3, :3].T + affine[:3, 3]).query(place.points_mm)
    close: BoolArray = filled | (distance <= within_mm)
    return close


def _thinned(lesion: LesionResult, s: MatchSettings) -> FloatArray:
    """Evenly many points of a deposit."""
    points: FloatArray = lesion.voxels_mm[:: max(1, len(lesion.voxels_mm) // s.points)]
    return points


def _pairs(moved: Sequence[FloatArray], fixed: Sequence[FloatArray], s: MatchSettings) -> list[tuple[int, int]]:
    """Those that lie on each other; of those left over on both sides, those that lie near."""
    every = [(i, k) for i in range(len(moved)) for k in range(len(fixed))]
    pairs = [(i, k) for i, k in every if _are_one(moved[i], fixed[k], s.touch_mm, s.share)]
    done = {i for i, _ in pairs}, {k for _, k in pairs}
    rest = [(i, k) for i, k in every if i not in done[0] and k not in done[1]]
    return pairs + [(i, k) for i, k in rest if _are_one(moved[i], fixed[k], s.near_mm, s.share)]


def _are_one(moved_mm: FloatArray, fixed_mm: FloatArray, near_mm: float, least: float) -> bool:
    """Whether enough of the smaller lies on the other."""
    if not _lie_near(moved_mm, fixed_mm, near_mm):
        return False
    shares = _share(moved_mm, _tree(fixed_mm), near_mm), _share(fixed_mm, _tree(moved_mm), near_mm)
    return max(shares) >= least


def _lie_near(one_mm: FloatArray, other_mm: FloatArray, near_mm: float) -> bool:
    """Whether their boxes do."""
    apart = np.maximum(one_mm.min(axis=0) - other_mm.max(axis=0), other_mm.min(axis=0) - one_mm.max(axis=0))
    return bool((apart <= near_mm).all())


def _tree(points_mm: FloatArray) -> cKDTree:
    from scipy.spatial import cKDTree

    return cKDTree(points_mm)


def _share(points_mm: FloatArray, tree: cKDTree, near_mm: float) -> float:
    """Share of points that have one of the other nearby."""
    distance, _ = tree.query(points_mm, distance_upper_bound=near_mm)
    return float(np.isfinite(distance).mean())


def _groups(before: int, after: int, pairs: list[tuple[int, int]]) -> list[tuple[list[int], list[int]]]:
    """Deposits that hang together by pairs, those without a pair alone."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    total = before + after
    rows, columns = [i for i, _ in pairs], [before + k for _, k in pairs]
    links = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(total, total))
    _, number = connected_components(links, directed=False)
    groups = []
    for label in dict.fromkeys(number.tolist()):
        members = np.flatnonzero(number == label).tolist()
        groups.append(([i for i in members if i < before], [i - before for i in members if i >= before]))
    return groups


def _motion_of(lesion: LesionResult, earlier: StudyResult, later: StudyResult, registration: Registration) -> Rigid:
    """Of the earlier bone that has the name and side of the one that a later deposit lies beside."""
    beside = {bone.id: (bone.name, bone.side) for bone in later.bones if bone.name}
    same = {(bone.name, bone.side): bone.id for bone in earlier.bones if bone.name}
    key = None if lesion.bone_id is None else beside.get(lesion.bone_id)
    return registration.of(None if key is None else same.get(key))
