"""The scan as the trunk sees it: coarse, with the bones whose names can be trusted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import TrunkSettings
from calcimeter.model.anatomy import Mask, Skeleton
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Volume

UPWARD = ("coccyx", "sacrum", "lumbar_spine", "thoracic_spine", "cervical_spine")
"""The parts of the spine from below."""


class View(NamedTuple):
    """The scan on a coarse grid: every few slices, rows and columns.

    ``voxels`` counts those of every label at every level; ``ids`` holds the labels of each name that is trusted.
    """

    slices: npt.NDArray[np.int64]
    labels: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    voxels: npt.NDArray[np.int64]
    body: BoolArray
    fat: BoolArray
    row_mm: float
    column_mm: float
    slice_mm: float
    ids: dict[str, list[int]]

    @classmethod
    def of(cls, volume: Volume, body: Mask, skeleton: Skeleton, s: TrunkSettings) -> View:
        """Every slice and pixel at about the settings' distances."""
        dz, dr, dc = volume.grid.spacing_mm
        step, fr, fc = max(1, round(s.level_mm / dz)), max(1, round(s.coarse_mm / dr)), max(1, round(s.coarse_mm / dc))
        slices = np.arange(0, volume.grid.shape[0], step)
        inside = np.stack([body.plane(int(k))[::fr, ::fc] for k in slices])
        fat = volume.values[::step, ::fr, ::fc] < s.fat_hu
        labels = skeleton.labels[::step, ::fr, ::fc].copy()
        count = max((bone.id for bone in skeleton.bones), default=0) + 1
        voxels = np.stack([np.bincount(plane.reshape(-1), minlength=count) for plane in labels])
        return cls(slices, labels, voxels, inside, fat, dr * fr, dc * fc, dz * step, _trusted(voxels, skeleton, s))

    def has(self, *names: str) -> BoolArray:
        """Voxels of the bones with one of the names."""
        chosen = np.zeros(self.labels.shape, dtype=bool)
        for number in self._ids(names):  # few, and a comparison is ten times as fast as a table
            chosen |= self.labels == number
        return chosen

    def levels_with(self, *names: str) -> BoolArray:
        """Which levels show a bone with one of the names, (levels,)."""
        seen: BoolArray = self.voxels[:, self._ids(names)].sum(axis=1) > 0
        return seen

    def columns_of(self, *names: str) -> tuple[FloatArray, FloatArray]:
        """Voxels of some bones at each level, and the sum of their columns."""
        across = self.has(*names).sum(axis=1)
        return across.sum(axis=1).astype(float), (across * np.arange(across.shape[1])).sum(axis=1).astype(float)

    def _ids(self, names: tuple[str, ...]) -> list[int]:
        return [number for name in names for number in self.ids.get(name, [])]


def _trusted(voxels: npt.NDArray[np.int64], skeleton: Skeleton, s: TrunkSettings) -> dict[str, list[int]]:
    """Ids of the bones by name, without small pieces and without what can't be where it is: wrong names come so.

    The parts of the spine follow one another from below, as seen from the largest; ribs need a spine or a sternum.
    """
    ids: dict[str, list[int]] = {}
    size: dict[str, float] = {}
    for bone in skeleton.bones:
        if bone.name is not None and bone.volume_mm3 >= s.min_bone_mm3:
            ids.setdefault(bone.name, []).append(bone.id)
            size[bone.name] = size.get(bone.name, 0.0) + bone.volume_mm3
    spine = [name for name in UPWARD if name in ids]
    height = {name: _height(voxels[:, ids[name]].sum(axis=1)) for name in spine}
    if spine:
        anchor = max(spine, key=lambda name: size[name])
        above = {name: UPWARD.index(name) > UPWARD.index(anchor) for name in spine if name != anchor}
        for name, is_above in above.items():
            if (height[name] > height[anchor]) is not is_above:
                del ids[name]
    if not {"thoracic_spine", "sternum"} & set(ids):
        ids.pop("rib", None)
    return ids


def _height(voxels: npt.NDArray[np.int64]) -> float:
    """Mean level, of voxels counted by level."""
    return float(voxels @ np.arange(len(voxels)) / max(1, voxels.sum()))
