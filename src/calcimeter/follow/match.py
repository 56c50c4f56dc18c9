"""Which deposits of the two dates are one, and which could have been seen at both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calcimeter.follow.register import Registration
from calcimeter.follow.settings import MatchSettings
from calcimeter.geometry.rigid import Rigid
from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Category
from calcimeter.model.result import LesionResult, StudyResult

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
    """

    earlier: tuple[LesionResult, ...]
    later: tuple[LesionResult, ...]
    in_view: bool

    def of_soft_tissue(self) -> bool:
        """Whether a soft-tissue deposit takes part."""
        return any(lesion.category is Category.SOFT_TISSUE for lesion in (*self.earlier, *self.later))


def match_lesions(
    earlier: StudyResult, later: StudyResult, registration: Registration, settings: MatchSettings
) -> tuple[Matched, ...]:
    """Groups of deposits that lie on each other once the bones beside them do.

    Two belong together if enough of the smaller one lies on the other or within ``near_mm`` of it. Groups of more than
    two are deposits that grew together or fell apart.

    Returns
    -------
    tuple of Matched
        With a soft-tissue deposit at one date at least; in the order of the earlier ids, new ones behind.
    """
    before, after = earlier.of_category(*FOLLOWED), later.of_category(*FOLLOWED)
    moved = [registration.of(lesion.bone_id).apply(_thinned(lesion, settings)) for lesion in before]
    fixed = [_thinned(lesion, settings) for lesion in after]
    pairs = [(i, k) for i in range(len(before)) for k in range(len(after)) if _are_one(moved[i], fixed[k], settings)]
    groups = []
    for own, other in _groups(len(before), len(after), pairs):
        group_before, group_after = tuple(before[i] for i in own), tuple(after[k] for k in other)
        seen = all(_in_view(moved[i], later, settings) for i in own) if own else True
        if not own:
            back = _motion_back(group_after[0], earlier, later, registration)
            seen = all(_in_view(back.apply(fixed[k]), earlier, settings) for k in other)
        groups.append(Matched(group_before, group_after, seen))
    return tuple(group for group in groups if group.of_soft_tissue())


def _thinned(lesion: LesionResult, s: MatchSettings) -> FloatArray:
    """Evenly many points of a deposit."""
    points: FloatArray = lesion.voxels_mm[:: max(1, len(lesion.voxels_mm) // s.points)]
    return points


def _are_one(moved_mm: FloatArray, fixed_mm: FloatArray, s: MatchSettings) -> bool:
    """Whether enough of the smaller lies on the other."""
    if (moved_mm.min(axis=0) > fixed_mm.max(axis=0) + s.near_mm).any():
        return False
    if (fixed_mm.min(axis=0) > moved_mm.max(axis=0) + s.near_mm).any():
        return False
    return max(_share(moved_mm, _tree(fixed_mm), s), _share(fixed_mm, _tree(moved_mm), s)) >= s.share


def _tree(points_mm: FloatArray) -> cKDTree:
    from scipy.spatial import cKDTree

    return cKDTree(points_mm)


def _share(points_mm: FloatArray, tree: cKDTree, s: MatchSettings) -> float:
    """Share of points that have one of the other nearby."""
    distance, _ = tree.query(points_mm, distance_upper_bound=s.near_mm)
    return float(np.isfinite(distance).mean())


def _groups(before: int, after: int, pairs: list[tuple[int, int]]) -> Iterable[tuple[list[int], list[int]]]:
    """Deposits that hang together by pairs, those without a pair alone."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    total = before + after
    rows = [i for i, _ in pairs]
    columns = [before + k for _, k in pairs]
    links = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(total, total))
    _, number = connected_components(links, directed=False)
    order = dict.fromkeys(number.tolist())
    for label in order:
        members = np.flatnonzero(number == label).tolist()
        yield [i for i in members if i < before], [i - before for i in members if i >= before]


def _in_view(points_mm: FloatArray, study: StudyResult, s: MatchSettings) -> bool:
    """Whether a place lies inside what a study shows, away from its border."""
    to_index = np.linalg.inv(study.affine_lps)
    index = points_mm @ to_index[:3, :3].T + to_index[:3, 3]
    steps = np.linalg.norm(study.affine_lps[:3, :3], axis=0)
    margin = s.border_mm / steps - 0.5
    inside = ((index >= margin) & (index <= np.array(study.body.shape) - 1 - margin)).all(axis=1)
    return bool(inside.mean() >= s.in_view)


def _motion_back(lesion: LesionResult, earlier: StudyResult, later: StudyResult, registration: Registration) -> Rigid:
    """From later to earlier coordinates, by the bone of one name and side that it lies beside."""
    beside = {bone.id: (bone.name, bone.side) for bone in later.bones if bone.name}
    same = {(bone.name, bone.side): bone.id for bone in earlier.bones if bone.name}
    key = None if lesion.bone_id is None else beside.get(lesion.bone_id)
    return registration.of(None if key is None else same.get(key)).inverse()
