"""Where a deposit is cut off bone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.cut.fused import Fused
from calcimeter.ct.cut.shaft import Shaft, shaft_beside
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import shared_area_mm2
from calcimeter.geometry.morphology import dilate
from calcimeter.geometry.split import nearer_part, part_before_waist
from calcimeter.model.anatomy import Cut, Mask
from calcimeter.model.grid import BoolArray
from calcimeter.model.volume import Region


class Part(NamedTuple):
    """What is to be cut off, the area of the cut, and what of it is in doubt."""

    region: Region
    area_mm2: float
    doubt_mm3: float

    def taken_from(self, fused: Fused) -> Cut:
        """The cut; the labels lose the region."""
        fused.remaining.lose(self.region)
        return Cut(self.region, self.area_mm2, self.doubt_mm3)


def cut_off(fused: Fused, plateau: Region) -> Cut:
    """The deposit of a plateau, taken from the labels: off a shaft along its surface, off another bone half way."""
    found = shaft_beside(fused, plateau)
    part = beyond_shaft(fused, *found) if found is not None else None
    return (part or _half_way(fused, plateau)).taken_from(fused)


def beyond_shaft(fused: Fused, shaft: Shaft, plateau: Region) -> Part | None:
    """What lies beyond the surface of a shaft and goes on from a plateau there; None where that is nothing.

    Within the blur of cortex it is what has more of it straight farther out: as dense, half way from tissue, as most
    of it is. Another bone that touches it, cortex that lies beyond the surface too, keeps what is nearer to it.
    """
    s, spacing = fused.settings, fused.spacing_mm
    bone, values = fused.labels[plateau.slices] > 0, fused.volume.values[plateau.slices]
    beyond_mm, patch = shaft.beyond(bone, spacing)
    own = plateau.mask & (beyond_mm > s.shaft_past_mm)
    if not own.any():
        return None
    parts = Components.of(Mask.from_bool(beyond_mm > s.shaft_past_mm))
    far = _without_bones(fused, plateau, parts.mask(parts.share(Mask.from_bool(own)) > 0).to_bool(), own)
    half_hu = (s.tissue_hu + float(np.percentile(values[far], 25))) / 2
    next_to = far & (beyond_mm <= s.shaft_past_mm + max(spacing)) & (values > half_hu)
    covered = shaft.covered(patch[next_to])
    layer = (beyond_mm > 0) & (beyond_mm <= s.shaft_past_mm) & covered[patch]
    area_mm2 = shaft.area_mm2(covered)
    return Part(Region.trimmed(plateau.start, far | layer), area_mm2, shaft.doubt_mm * area_mm2)


def _without_bones(fused: Fused, plateau: Region, far: BoolArray, own: BoolArray) -> BoolArray:
    """What lies beyond a shaft without other bones there: large parts that are denser than the plateau, and cortex."""
    s, values = fused.settings, fused.volume.values[plateau.slices]
    cortex_hu = max(s.cortex_hu[0], float(np.median(values[own])) + s.shaft_step_hu)
    dense = Components.of(Mask.from_bool(far & (values > cortex_hu)))
    bones = dense.mask(dense.voxels() * fused.volume.grid.voxel_mm3 >= s.min_host_mm3).to_bool() & ~own
    return nearer_part(far, own, bones, fused.spacing_mm) if bones.any() else far


def _half_way(fused: Fused, plateau: Region) -> Part:
    """What of the bone is nearer to the plateau than to the cortex or marrow on which it lies.

    The other way, by the waist between the two, tells how sure the place of the cut is.
    """
    box = fused.around(plateau, fused.settings.around_mm)
    labels, spacing = fused.labels[box.slices], fused.spacing_mm
    bone = labels > 0
    far = bone & ~dilate(Mask.from_bool(box.mask), fused.settings.shell_mm, spacing).to_bool()
    cortex = bone & ~box.mask & (fused.volume.values[box.slices] > fused.cortex_hu)
    host = Components.of(Mask.from_bool(far | cortex))
    firm = host.mask(host.share(Mask.from_bool(far)) > 0).to_bool()
    deposit: BoolArray = nearer_part(bone, box.mask, firm, spacing)
    other = part_before_waist(bone, box.mask, far, spacing)
    area_mm2 = shared_area_mm2(deposit, bone & ~deposit, spacing)
    doubt_mm3 = float(np.count_nonzero(deposit ^ other)) * fused.volume.grid.voxel_mm3
    return Part(Region.trimmed(box.start, deposit), area_mm2, doubt_mm3)
