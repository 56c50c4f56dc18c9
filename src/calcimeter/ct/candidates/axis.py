"""How candidates lie to the midline of the trunk and to the bones in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.settings import CandidateSettings
from calcimeter.model.anatomy import Anatomy, Skeleton
from calcimeter.model.bones import SPINE
from calcimeter.model.candidate import Midline
from calcimeter.model.grid import BoolArray
from calcimeter.model.trunk import Trunk
from calcimeter.model.volume import Region, Volume

TAIL = ("sacrum", "coccyx")


class Axis(NamedTuple):
    """The midline, the bones of the spine and the hip bones; ``tail`` is the lowest slice of the spine, if in view."""

    volume: Volume
    skeleton: Skeleton
    trunk: Trunk
    spine: BoolArray
    hips: BoolArray
    tail: int | None

    @classmethod
    def of(cls, volume: Volume, anatomy: Anatomy) -> Axis | None:
        """From the named bones; None where the trunk is not known."""
        skeleton, trunk = anatomy.skeleton, anatomy.trunk
        if trunk is None:
            return None
        spine, hips, tail = (_table(skeleton, names) for names in (SPINE, ("hip_bone",), TAIL))
        in_slice = [bool(tail[plane[::2, ::2]].any()) for plane in skeleton.labels] if tail.any() else []
        lowest = in_slice.index(True) if any(in_slice) else 0
        return cls(volume, skeleton, trunk, spine, hips, lowest or None)

    def beside(self, region: Region, settings: CandidateSettings) -> Midline | None:
        """How a region lies to the midline; None above and below the trunk."""
        spacing, center = self.volume.grid.spacing_mm, region.centroid()
        middle = self.trunk.middle_mm(center[0])
        if middle is None:
            return None
        return Midline(
            above_tail_mm=None if self.tail is None else float(center[0] - self.tail) * spacing[0],
            mirrored=self._mirrored(region, middle / spacing[2]),
            behind_pubis_mm=self._behind_pubis_mm(region, middle / spacing[2], settings),
        )

    def _mirrored(self, region: Region, middle: float) -> float:
        """Share of a region whose mirror image lies on bone of the spine."""
        planes, rows, columns = region.indices().T
        there = np.rint(2 * middle - columns).astype(int)
        seen = (there >= 0) & (there < self.volume.grid.shape[2])
        on_bone = self.spine[self.skeleton.labels[planes[seen], rows[seen], there[seen]]]
        return float(on_bone.sum()) / len(rows)

    def _behind_pubis_mm(self, region: Region, middle: float, settings: CandidateSettings) -> float | None:
        """How far behind the pubic bones of its slices a region lies; None where they do not meet in front of it."""
        _, dr, dc = self.volume.grid.spacing_mm
        half = settings.symphysis_mm / dc
        row, columns = region.centroid()[1], slice(max(0, round(middle - half)), max(0, round(middle + half) + 1))
        ahead = self.hips[self.skeleton.labels[region.slices[0], : int(row), columns]].any(axis=(0, 2))
        return float(row - np.flatnonzero(ahead)[-1]) * dr if ahead.any() else None


def _table(skeleton: Skeleton, names: tuple[str, ...]) -> BoolArray:
    """Which labels have one of the names."""
    table = np.zeros(max((bone.id for bone in skeleton.bones), default=0) + 1, dtype=bool)
    table[[bone.id for bone in skeleton.bones if bone.name in names]] = True
    return table
