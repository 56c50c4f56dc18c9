"""What was taken for bone of the trunk and is none: skeleton -> skeleton without it.

cartilage.py  calcified cartilage between ribs and sternum
rib_ends.py   and where it hangs on the front end of a rib
canal.py      what fills the spinal canal
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.ct.freed.canal import clear_canal
from calcimeter.ct.freed.cartilage import clear_cartilage
from calcimeter.ct.freed.rib_ends import clear_beyond_ribs
from calcimeter.ct.settings import FreedSettings
from calcimeter.model.anatomy import Skeleton
from calcimeter.model.trunk import Trunk
from calcimeter.model.volume import Volume


def free_skeleton(volume: Volume, skeleton: Skeleton, trunk: Trunk | None, settings: FreedSettings) -> Skeleton:
    """The named skeleton without rib cartilage and without what fills the spinal canal.

    Returns
    -------
    Skeleton
        The same record where there is neither, or the trunk is not known. Else their voxels are 0 in the labels, so
        that what is dense of them is looked at like any other object. No cut is told: nothing was parted at a surface.
    """
    if trunk is None:
        return skeleton
    labels, grid = skeleton.labels.copy(), volume.grid
    clear_cartilage(labels, skeleton, grid, trunk, settings)
    clear_beyond_ribs(labels, skeleton, volume, trunk, settings)
    clear_canal(labels, skeleton, volume, trunk, settings)
    voxels = np.bincount(labels.reshape(-1), minlength=max(bone.id for bone in skeleton.bones) + 1)
    bones = tuple(replace(bone, volume_mm3=float(voxels[bone.id] * grid.voxel_mm3)) for bone in skeleton.bones)
    return skeleton if bones == skeleton.bones else replace(skeleton, labels=labels, bones=bones)
