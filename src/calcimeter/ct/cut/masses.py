"""Masses on bone that are uneven: chambers, of which some hold even mineral."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.cut.fused import Fused
from calcimeter.ct.cut.place import Part, beyond_shaft
from calcimeter.ct.cut.shaft import shaft_beside
from calcimeter.geometry.blocks import share_facing
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import Cloud, gap_mm, region_surface_mm, shared_area_mm2
from calcimeter.geometry.morphology import erode
from calcimeter.geometry.split import nearer_part
from calcimeter.model.anatomy import Cut, Mask
from calcimeter.model.grid import BoolArray
from calcimeter.model.volume import Region


def cut_masses(fused: Fused, plateaus: tuple[Region, ...], least: int) -> tuple[Cut, ...]:
    """Masses around even plateaus that nothing denser encloses, taken from the labels.

    Spongy bone is uneven, and cortex encloses it; mineral that has settled in a chamber is even, and only a thin wall
    is around it. So one such plateau tells that what it lies in is no bone, whatever else that holds: walls, fluid,
    clouds. The mass is what is nearer to such plateaus than to cortex, and on a shaft what lies beyond its surface.
    On a bone that is no shaft at least so many plateaus are asked for.
    """
    settled = [plateau for plateau in plateaus if fused.holds(plateau) and _has_settled(fused, plateau)]
    masses = (_mass(fused, tuple(group), least) for group in _grouped(fused, settled))
    return tuple(cut for cut in masses if cut is not None)


def _has_settled(fused: Fused, plateau: Region) -> bool:
    """Whether a plateau is even and not enclosed by what is clearly denser."""
    s, spacing = fused.settings, fused.spacing_mm
    if plateau.voxels * fused.volume.grid.voxel_mm3 < s.settled_mm3:
        return False
    box = fused.around(plateau, s.settled_reach_mm)
    values = fused.volume.values[box.slices]
    median = float(np.median(values[box.mask]))
    inside = erode(Mask.from_bool(box.mask), max(spacing[1:]) * 1.01, spacing).to_bool()
    if not inside.any() or median < s.settled_hu or float(values[inside].std()) > fused.even_hu:
        return False
    a, b, c = (max(1, round(s.settled_reach_mm / d)) for d in spacing)
    return share_facing(box.mask, values > median + s.settled_denser_hu, (a, b, c)) <= s.settled_enclosure


def _grouped(fused: Fused, regions: list[Region]) -> list[list[Region]]:
    """Regions that lie near one another, together."""
    groups: list[list[tuple[Region, Cloud]]] = []
    for region in regions:
        cloud = Cloud.of(region_surface_mm(region, fused.volume.grid))
        reach_mm = fused.settings.settled_gap_mm
        near = [group for group in groups if any(gap_mm(cloud, own, reach_mm) <= reach_mm for _, own in group)]
        joined = [(region, cloud), *(one for group in near for one in group)]
        groups = [group for group in groups if not any(group is one for one in near)] + [joined]
    return [[region for region, _ in group] for group in groups]


def _mass(fused: Fused, group: tuple[Region, ...], least: int) -> Cut | None:
    """The mass around settled mineral, taken from the labels; None where it lies on no bone, or not bare."""
    settled = Region.union(group)
    if not fused.holds(settled):
        return None
    found = shaft_beside(fused, settled)
    if found is None and len(group) < least:
        return None
    if found is not None:
        part = beyond_shaft(fused, *found)
    else:
        part = _nearer(fused, fused.around(settled, fused.settings.shaft_margin_mm))
    if part is None or part.area_mm2 == 0 or fused.free(part.region) < fused.settings.min_free:
        return None
    return part.taken_from(fused)


def _nearer(fused: Fused, settled: Region) -> Part:
    """What of the bone around is nearer to settled mineral than to cortex.

    The doubt is what a lower limit for cortex changes.
    """
    bone, values = fused.labels[settled.slices] > 0, fused.volume.values[settled.slices]
    mass, other = (_nearer_than(bone, settled.mask, values > hu, fused) for hu in fused.settings.cortex_hu)
    area_mm2 = shared_area_mm2(mass, bone & ~mass, fused.spacing_mm)
    doubt_mm3 = float(np.count_nonzero(mass ^ other)) * fused.volume.grid.voxel_mm3
    return Part(Region.trimmed(settled.start, mass), area_mm2, doubt_mm3)


def _nearer_than(bone: BoolArray, settled: BoolArray, dense: BoolArray, fused: Fused) -> BoolArray:
    """What is nearer to settled mineral than to the large parts of what is dense."""
    cortex = Components.of(Mask.from_bool(bone & dense & ~settled))
    large = cortex.voxels() * fused.volume.grid.voxel_mm3 >= fused.settings.min_host_mm3
    return nearer_part(bone, settled, cortex.mask(large).to_bool(), fused.spacing_mm)
