"""Left or right of each bone, by witnesses that do not share a header: named bones -> bones with sides."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.anatomy.frame import fronts, hip_end, right_of, tops
from calcimeter.ct.anatomy.midline import Midline, find_midline
from calcimeter.ct.anatomy.organs import rights_of_organs
from calcimeter.ct.anatomy.tubes import LimbBone
from calcimeter.ct.settings import SidesSettings
from calcimeter.geometry.lanes import each, in_lanes
from calcimeter.model import bones
from calcimeter.model.anatomy import Bone, Mask, Skeleton
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.volume import Volume

Ints = npt.NDArray[np.int64]

HEADER_RIGHT = np.array([-1.0, 0.0, 0.0])
NOT_TOLD, RIGHT, LEFT = 0, 1, 2
SIDES: tuple[Literal["right", "left"] | None, ...] = (None, "right", "left")
UNPAIRED, HIP, LEG, ARM, OTHER = 0, 1, 2, 3, 4


def tell_sides(
    volume: Volume, body: Mask, limbs: tuple[LimbBone, ...], skeleton: Skeleton, settings: SidesSettings
) -> Skeleton:
    """Sides of paired bones, told only where header and body agree on where the patient's right is.

    A side is two answers. Where does the bone lie: off the middle of the patient (spine, sacrum, sternum, the gap
    between the legs), or in a single leg, to which side the fibula lies beside the tibia and the femoral neck leaves
    its shaft. And where is right: the header says so, and it is believed only if anatomy says the same, by front and
    top of bones or by organs. Sides that the bones came with are not looked at; a bone that holds both sides is parted
    at the middle, and bones of one name and side become one.

    Parameters
    ----------
    volume : Volume
    body : Mask
    limbs : tuple of LimbBone
        Shafts in view.
    skeleton : Skeleton
        With names.

    Returns
    -------
    Skeleton
        Its caveats name SIDE_UNKNOWN where a named bone of a pair has no side, and SIDES_CONTRADICT where two witnesses
        disagree: then none has. A bare shaft has no side. **What can't be told**: a picture turned over, left for
        right, shows the other leg of another patient; without an organ that lies on one side it is believed.
    """
    points = _points(skeleton, volume.grid, settings)
    midline = find_midline(points, limbs, body, volume.grid, settings)
    right = right_of(fronts(limbs, points, settings), tops(limbs, points, settings))
    lateral = _laterals(limbs, points, HEADER_RIGHT if right is None else right.toward, settings)
    organs = rights_of_organs(volume, body, points, midline, settings)
    agrees = np.array([pointer.toward @ HEADER_RIGHT for pointer in (*organs, *([] if right is None else [right]))])
    turned = bool((agrees < -settings.min_cosine).any()) or _laterals_contradict(lateral, midline)
    placed = bool(organs) or _in_place(midline, lateral, settings)
    told = placed and not turned and bool((agrees > settings.min_cosine).any())
    rule = _Rule(midline, lateral, settings) if told else None
    result = _parted(skeleton, volume.grid, rule)
    unknown = any(bone.name is not None and bone.side is None for bone in result.bones)
    codes = {"SIDES_CONTRADICT": turned and unknown, "SIDE_UNKNOWN": unknown and not turned}
    return replace(result, caveats=tuple(sorted({*skeleton.caveats, *(code for code, met in codes.items() if met)})))


class _Lateral(NamedTuple):
    """What a leg's shape says of its side: 1 left, -1 right; where the leg is, and how far off the middle at least."""

    way: int
    at_mm: FloatArray
    clear_mm: float


def _points(skeleton: Skeleton, grid: Grid, s: SidesSettings) -> dict[str, FloatArray]:
    """Points of each name some millimeters apart, whatever their side, (n, 3), LPS mm."""
    steps = [max(1, round(s.point_mm / spacing)) for spacing in grid.spacing_mm]
    coarse = skeleton.labels[:: steps[0], :: steps[1], :: steps[2]]
    index = np.argwhere(coarse)
    number = coarse[tuple(index.T)]
    at_mm = grid.to_patient(index * steps)
    of_name: dict[str, list[int]] = {}
    for bone in skeleton.bones:
        of_name.setdefault(bone.name or "", []).append(bone.id)
    return {name: at_mm[np.isin(number, ids)] for name, ids in of_name.items()}


def _laterals(
    limbs: tuple[LimbBone, ...], points: dict[str, FloatArray], right: FloatArray, s: SidesSettings
) -> list[_Lateral]:
    """What single legs tell of their side: the fibula is outward of the tibia, the shaft outward of the femoral neck.

    A leg can be turned about itself; so outward is held against its own right, where front and top of bones tell it.
    """
    everything = np.concatenate([np.zeros((0, 3)), *points.values()])
    found = []
    for bone in limbs:
        hip = hip_end(bone, everything, s)
        if hip is not None:
            found.append((hip.lateral, hip.end_mm, s.clear_mm))
    fibulas = [bone for bone in limbs if bone.name == "fibula"]
    for tibia in (bone for bone in limbs if bone.name == "tibia"):
        beside = [_between(tibia, fibula) for fibula in fibulas]
        nearest = min(beside, key=lambda v: float(np.linalg.norm(v)), default=None)
        if nearest is not None and np.linalg.norm(nearest) < s.clear_mm:
            found.append((nearest, tibia.path_mm[-1], 0.0))
    ways = [-outward @ right / max(float(np.linalg.norm(outward)), 1e-9) for outward, _, _ in found]
    return [
        _Lateral(int(np.sign(way)), at_mm, clear_mm)
        for way, (_, at_mm, clear_mm) in zip(ways, found, strict=True)
        if abs(way) > s.min_cosine
    ]


def _between(tibia: LimbBone, fibula: LimbBone) -> FloatArray:
    """From the tibia across to the fibula, at the levels that both have."""
    z = fibula.path_mm[:, 2]
    own = np.stack([np.interp(z, tibia.path_mm[:, 2], tibia.path_mm[:, axis]) for axis in (0, 1)], axis=1)
    return np.append((fibula.path_mm[:, :2] - own).mean(axis=0), 0.0)


def _laterals_contradict(laterals: list[_Lateral], midline: Midline | None) -> bool:
    """Whether a leg's own shape and the middle of the body disagree, or two signs of a single leg."""
    if midline is None:
        return len({lateral.way for lateral in laterals}) > 1
    return any(midline.offset_mm(leg.at_mm[None])[0] * leg.way < leg.clear_mm for leg in laterals)


def _in_place(midline: Midline | None, laterals: list[_Lateral], s: SidesSettings) -> bool:
    """Whether the scanner's center, x = 0, lies where it can: near the middle, not far beyond the leg that was told.

    Patients lie in the middle of the table by habit only, so this never tells a side; it keeps back one that speaks
    against the habit, as in a picture turned over without its header.
    """
    if midline is not None:
        return bool(abs(np.median(midline.marks_mm[:, 0])) < s.max_off_center_mm[0])
    return all(lateral.at_mm[0] * lateral.way > -s.max_off_center_mm[1] for lateral in laterals)


class _Rule(NamedTuple):
    """How a point of a bone comes to its side, where it is known which way right is."""

    midline: Midline | None
    laterals: list[_Lateral]
    settings: SidesSettings

    def sides(self, points_mm: FloatArray, of: Ints) -> Ints:
        """NOT_TOLD, RIGHT or LEFT for each point (n, 3), by whether it is a HIP, of a LEG, an ARM or OTHER.

        Arms can lie across the body, and what is called a bone of the leg beside the spine is not: near the middle
        these are not told. Ribs and clavicles end beside the middle: what reaches it was named wrongly. Without a
        middle only a single leg's bones are told, and not as far inward as the other leg's.
        """
        s, found = self.settings, self._beside(points_mm, of)
        if self.midline is not None:
            offset, (low, high) = self.midline.offset_mm(points_mm), self.midline.trunk_mm
            in_trunk = (points_mm[:, 2] > low) & (points_mm[:, 2] < high)
            crossing = (of == ARM) | (of == LEG) & in_trunk
            least_mm = np.where(crossing, s.clear_mm, np.where(of == OTHER, s.beside_middle_mm, 0.0))
            clear = np.abs(offset) > least_mm  # not where it is unknown, NaN
            by_middle = np.where(clear, np.where(offset > 0, LEFT, RIGHT), NOT_TOLD)
            found = np.where(np.isnan(offset), found, by_middle)
        return found

    def _beside(self, points_mm: FloatArray, of: Ints) -> Ints:
        """The same by the shape of a leg alone, if only one is in view: not so far inward as the other leg's bones."""
        ways = {lateral.way for lateral in self.laterals}
        if len(ways) != 1:
            return np.full(len(points_mm), NOT_TOLD)
        way = ways.pop()
        inward = (self.laterals[0].at_mm[0] - points_mm[:, 0]) * way
        own = ((of == LEG) | (of == HIP)) & (inward < self.settings.single_leg_mm)
        return np.where(own, LEFT if way > 0 else RIGHT, NOT_TOLD)


def _parted(skeleton: Skeleton, grid: Grid, rule: _Rule | None) -> Skeleton:
    """One bone a name and side; without a rule paired bones have none. What has no name stays as it is."""
    names = [bone.name or bone.id for bone in skeleton.bones]
    keys = list(dict.fromkeys(names))
    key_of = np.zeros(1 + max((bone.id for bone in skeleton.bones), default=0), dtype=np.int64)
    for bone, name in zip(skeleton.bones, names, strict=True):
        key_of[bone.id] = keys.index(name)
    kinds = np.array([_kind(key) for key in keys], dtype=np.int64)

    def codes(k: int) -> tuple[Ints, Ints]:
        plane = skeleton.labels[k]
        at = np.flatnonzero(plane.ravel() != 0)
        key = key_of[plane.ravel()[at]]
        side = np.zeros(len(key), dtype=np.int64)
        paired = np.flatnonzero(kinds[key] != UNPAIRED)
        if rule is not None and len(paired):
            index = np.column_stack([np.full(len(paired), k), *np.divmod(at[paired], plane.shape[1])])
            side[paired] = rule.sides(grid.to_patient(index), kinds[key[paired]])
        return at, key * len(SIDES) + side

    slices = each(codes, range(len(skeleton.labels)), skeleton.labels.nbytes)
    counts = sum((np.bincount(code, minlength=len(SIDES) * len(keys)) for _, code in slices), np.zeros(1, dtype=int))
    order = [int(code) for code in np.argsort(-counts, kind="stable") if counts[code]]
    number = np.zeros(len(counts), dtype=np.uint8 if len(order) < 256 else np.uint16)
    number[order] = np.arange(1, len(order) + 1)
    labels = np.zeros(skeleton.labels.shape, dtype=number.dtype)

    def fill(first: int, last: int) -> None:
        for k in range(first, last):
            at, code = slices[k]
            labels[k].ravel()[at] = number[code]

    in_lanes(fill, len(labels), labels.nbytes)
    bones = tuple(
        _bone(k, keys[code // len(SIDES)], code % len(SIDES), counts[code] * grid.voxel_mm3)
        for k, code in enumerate(order, 1)
    )
    return replace(skeleton, labels=labels, bones=bones)


def _kind(key: str | int) -> int:
    """What a bone is to the sides: none of a pair, or of a pair, and which."""
    if isinstance(key, int) or key in bones.MIDLINE:
        return UNPAIRED
    if key == "hip_bone":
        return HIP
    return LEG if key in bones.LEG else ARM if key in bones.ARM else OTHER


def _bone(number: int, key: str | int, side: int, volume_mm3: float) -> Bone:
    """The record of a bone."""
    if isinstance(key, int):
        return Bone(number, None, None, float(volume_mm3))
    return Bone(number, key, "midline" if key in bones.MIDLINE else SIDES[side], float(volume_mm3))
