"""Calcified cartilage that hangs on the front end of a rib."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.freed.cartilage import Labels, front_wall
from calcimeter.ct.settings import FreedSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import dilate, filled, threshold
from calcimeter.model.anatomy import Mask, Skeleton
from calcimeter.model.grid import BoolArray, FloatArray, Index3
from calcimeter.model.trunk import Trunk
from calcimeter.model.volume import Region, Volume

Box = tuple[slice, slice, slice]

MARGIN_MM = 20.0
"""Around what ribs have in the front wall: enough of each tube is seen."""

STRIDE = 4
"""Pixels between those that are looked at to find where the ribs' front ends are."""

TOUCHING_MM = 1.5
"""What begins so near behind the plate's blur touches it: two pixels, or a slice."""

MAX_HOLLOW = 0.1
"""What has more than this share of its size enclosed in slices has marrow."""


def clear_beyond_ribs(
    labels: Labels, skeleton: Skeleton, volume: Volume, trunk: Trunk, settings: FreedSettings
) -> None:
    """Take from the labels what lies beyond the plate that closes a rib in front, if a sternum has a name.

    A rib is a tube of cortex around marrow. In front a dense plate closes it, in whose cup the cartilage sits. What
    comes off once the plate with its blur is taken away, while the tube goes on elsewhere, is no rib if it lies nearer
    to the midline, is solid, begins thinner than a rib and grows as dense as the plate again farther out. Its foot, as
    deep as the plate's blur, stays with the rib. A plate is told from the tube by its density: where cortex is as
    dense nothing is taken.
    """
    numbers = [bone.id for bone in skeleton.bones if bone.name == "rib"]
    if not numbers or all(bone.name != "sternum" for bone in skeleton.bones):
        return
    box = _front_box(labels, numbers, trunk, settings)
    if box is None:
        return
    front = _Front.of(labels, numbers, volume, box)
    for part in front.beyond(trunk, settings):
        labels[part.slices][part.mask] = 0


def _front_box(labels: Labels, numbers: list[int], trunk: Trunk, s: FreedSettings) -> Box | None:
    """A box around what ribs have in the front wall of the chest, with some margin; None where there is nothing."""
    found = []
    for level, k in enumerate(trunk.slices):
        if trunk.regions[level] == "pelvis":
            continue
        middle = int(trunk.center_mm[level, 0] / trunk.spacing_mm[1])
        rows, columns = np.nonzero(_with_number(labels[k, : max(middle, 0) : STRIDE, ::STRIDE], numbers))
        front = front_wall(trunk, level, rows * STRIDE, columns * STRIDE, s)
        if front.any():
            inside = rows[front] * STRIDE, columns[front] * STRIDE
            found += [[int(k), int(inside[0].min()), int(inside[1].min())]]
            found += [[int(k), int(inside[0].max()), int(inside[1].max())]]
    if not found:
        return None
    margin = [round(MARGIN_MM / d) for d in trunk.spacing_mm]
    low, high = np.min(found, axis=0), np.max(found, axis=0) + 1
    a, b, c = (
        slice(max(0, int(x) - m), min(n, int(y) + m))
        for x, y, m, n in zip(low, high, margin, labels.shape, strict=True)
    )
    return (a, b, c)


class _Front(NamedTuple):
    """The ribs in a box that begins at an index of the volume."""

    values: npt.NDArray[np.int16] | npt.NDArray[np.float32]
    ribs: Mask
    start: Index3
    spacing_mm: tuple[float, float, float]

    @classmethod
    def of(cls, labels: Labels, numbers: list[int], volume: Volume, box: Box) -> _Front:
        """The bones with some numbers in a box."""
        start = (box[0].start, box[1].start, box[2].start)
        ribs = Mask.from_bool(_with_number(labels[box], numbers))
        return cls(volume.values[box], ribs, start, volume.grid.spacing_mm)

    def beyond(self, trunk: Trunk, s: FreedSettings) -> Iterator[Region]:
        """What lies beyond the plates, with the blur around it, as regions of the volume."""
        dense = Components.of(threshold(self.values, s.plate_hu) & self.ribs)
        for region in dense.regions(self._may_bear(dense, trunk, s)):
            plate = _Plate.of(self, region, s)
            for part in plate.hanging(s):
                if plate.is_inward(part, trunk, s) and _is_solid(part) and plate.hangs_thin(part, s):
                    yield plate.with_halo(part, s)

    def lateral_mm(self, index: FloatArray, trunk: Trunk) -> float:
        """How far an index of the box lies from the midline; infinite where the trunk is not known."""
        middle = trunk.middle_mm(float(index[0]) + self.start[0])
        column_mm = (float(index[2]) + self.start[2]) * self.spacing_mm[2]
        return np.inf if middle is None else abs(column_mm - middle)

    def _may_bear(self, dense: Components, trunk: Trunk, s: FreedSettings) -> BoolArray:
        """Which dense components are no larger than a plate and have a small one near that is nearer to the midline."""
        spacing = np.array(self.spacing_mm)
        low, high = (each * spacing for each in dense.boxes())
        volume_mm3, length_mm = dense.voxels() * np.prod(spacing), np.linalg.norm(high - low, axis=1)
        lateral_mm = np.array([self.lateral_mm(middle, trunk) for middle in (low + high) / 2 / spacing])
        plate: BoolArray = (volume_mm3 >= s.plate_mm3) & (length_mm <= s.plate_mm)
        small = (volume_mm3 <= s.beyond_mm3[1]) & (length_mm <= s.beyond_mm)
        for k in np.flatnonzero(plate):
            gap_mm = np.linalg.norm(np.maximum(np.maximum(low - high[k], low[k] - high), 0), axis=1)
            plate[k] = (small & (gap_mm <= s.beyond_gap_mm) & (lateral_mm < lateral_mm[k] - s.plate_blur_mm)).any()
        return plate


class _Plate(NamedTuple):
    """A plate, or what may be one, in a box around it.

    ``blur`` is what it blurs, and ``reach`` goes a little farther: what touches the blur begins there.
    """

    front: _Front
    box: Region
    blur: Mask
    reach: Mask

    @classmethod
    def of(cls, front: _Front, plate: Region, s: FreedSettings) -> _Plate:
        """With what may hang on it around."""
        a, b, c = (round(s.beyond_mm / d) for d in front.spacing_mm)
        box = plate.padded((a, b, c), front.ribs.shape)
        own = Mask.from_bool(box.mask)
        blur, reach = (dilate(own, mm, front.spacing_mm) for mm in (s.plate_blur_mm, s.plate_blur_mm + TOUCHING_MM))
        return cls(front, box, blur, reach)

    def hanging(self, s: FreedSettings) -> tuple[Region, ...]:
        """Small parts that come off with the plate, in the box; none where no tube of a rib hangs on it as well."""
        parts = Components.of((threshold(self._values(), s.rib_hu) & self._ribs()) - self.blur)
        volume_mm3 = parts.voxels() * np.prod(self.front.spacing_mm)
        touching = parts.share(self.reach) > 0
        goes_on = parts.touches_border() | (volume_mm3 > s.beyond_mm3[1])
        if volume_mm3[touching & goes_on].sum() < s.tube_mm3:
            return ()
        return parts.regions(touching & ~goes_on & (volume_mm3 >= s.beyond_mm3[0]))

    def is_inward(self, part: Region, trunk: Trunk, s: FreedSettings) -> bool:
        """Whether a part lies in the front wall, and nearer to the midline than the plate."""
        middle, own = part.centroid() + self.box.start, self.box.centroid()
        k, row, column = np.rint(middle + self.front.start).astype(int)
        level = trunk.level(float(k))
        if level is None or self.front.lateral_mm(middle, trunk) >= self.front.lateral_mm(own, trunk):
            return False
        return bool(front_wall(trunk, level, np.array([row]), np.array([column]), s)[0])

    def hangs_thin(self, part: Region, s: FreedSettings) -> bool:
        """Whether a part is denser than a plate somewhere, and begins thinner than a rib is."""
        foot_mm3 = np.count_nonzero(part.mask & self.reach.within(part.slices)) * np.prod(self.front.spacing_mm)
        peak_hu = float(self._values()[part.slices][part.mask].max())
        return bool(peak_hu >= s.plate_hu + s.beyond_rise_hu and foot_mm3 <= s.beyond_foot_mm2 * TOUCHING_MM)

    def with_halo(self, part: Region, s: FreedSettings) -> Region:
        """A part with its blur as far as that has the name of a rib, in the volume; the plate's foot is left."""
        own = np.zeros(self.box.mask.shape, dtype=bool)
        own[part.slices] = part.mask
        around = dilate(Mask.from_bool(own), s.beyond_halo_mm, self.front.spacing_mm) & self._ribs()
        a, b, c = (one + other for one, other in zip(self.front.start, self.box.start, strict=True))
        return Region.trimmed((a, b, c), (around - self.blur).to_bool())

    def _values(self) -> npt.NDArray[np.int16] | npt.NDArray[np.float32]:
        return self.front.values[self.box.slices]

    def _ribs(self) -> Mask:
        return Mask.from_bool(self.front.ribs.within(self.box.slices))


def _with_number(labels: Labels, numbers: list[int]) -> BoolArray:
    """Voxels with some numbers; there are few of them, and a comparison is faster than a table."""
    found: BoolArray = labels == numbers[0]
    for number in numbers[1:]:
        found |= labels == number
    return found


def _is_solid(part: Region) -> bool:
    """Whether a part encloses hardly anything in its slices, as cortex encloses marrow."""
    own = Mask.from_bool(np.pad(part.mask, 1))
    return (filled(own) - own).voxels() <= MAX_HOLLOW * part.voxels
