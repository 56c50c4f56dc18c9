"""Deposits that touch or are fused to bone: skeleton -> skeleton without them, and where they were cut off."""

from __future__ import annotations

from calcimeter.ct.cut.fused import Fused, Remaining
from calcimeter.ct.cut.masses import cut_masses
from calcimeter.ct.cut.place import cut_off
from calcimeter.ct.cut.plateaus import bare_parts, closed_bone, solid_plateaus, thick_plateaus
from calcimeter.ct.settings import CutSettings
from calcimeter.geometry.morphology import threshold
from calcimeter.model.anatomy import Cut, Skeleton
from calcimeter.model.volume import Volume

__all__ = ["cut_attached"]


def cut_attached(volume: Volume, skeleton: Skeleton, noise_hu: float, settings: CutSettings) -> Skeleton:
    """The skeleton without the deposits that lie on it.

    A deposit on bone is a plateau that lies bare: there is no bone around most of it, no cortex lines its far side,
    and it hangs on the rest in one place. It may be less dense than cortex, as spongy bone is, which has cortex and
    bone around it; or as dense as cortex, but then thicker than cortex gets.

    Parameters
    ----------
    volume : Volume
    skeleton : Skeleton
        Filled pieces, as ``find_skeleton`` gives them.
    noise_hu : float

    Returns
    -------
    Skeleton
        The same record where there is nothing to cut. Else the deposits' voxels are 0 in the labels, and ``cuts``
        tells of each, largest first. What is thinner than 5 mm, or than 10 mm if as dense as cortex, uneven without
        a chamber of even mineral, or embraced by bone on more than a third of its surface stays with the bone.
    """
    remaining = Remaining(skeleton.labels)
    cuts: list[Cut] = []
    dense, bone, before = threshold(volume.values, settings.dense_hu), None, 0
    for cortex_hu in settings.cortex_hu:
        fused = Fused(volume, remaining, cortex_hu, noise_hu, settings)
        if bone is None or len(cuts) > before:
            bone, before = closed_bone(fused, dense), len(cuts)
        plateaus = thick_plateaus(fused, bone)
        cuts.extend(cut_masses(fused, plateaus, 2))
        for plateau in thick_plateaus(fused, closed_bone(fused, dense)) if len(cuts) > before else plateaus:
            parts = bare_parts(fused, plateau) if fused.holds(plateau) else ()
            cuts.extend(cut_off(fused, part) for part in parts if fused.holds(part))
            cuts.extend(cut_masses(fused, (plateau,), 1) if not parts else ())
    fused = Fused(volume, remaining, settings.solid_hu, noise_hu, settings)
    cuts.extend(cut_off(fused, part) for part in solid_plateaus(fused) if fused.holds(part))
    largest_first = sorted(cuts, key=lambda cut: -cut.region.voxels)
    return skeleton.less(tuple(largest_first), volume.grid.voxel_mm3)
