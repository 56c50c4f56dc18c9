"""Blood that contrast medium makes dense but not even: streaks, mixing, thin vessels -> mask of what to leave out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import BloodSettings
from calcimeter.geometry.blocks import Blocks, block_share, dense_blocks, share_facing
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import coarse_factor, dilate, expand, pool, threshold, unpool
from calcimeter.model.anatomy import Gas, Mask
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Volume


def find_blood(volume: Volume, dense: Mask, contrast: Mask, gas: Gas, noise_hu: float, settings: BloodSettings) -> Mask:
    """The rest of the blood in a scan of the chest in which the heart and the great vessels are contrast medium.

    Thick dense parts that nothing denser encloses are blood or an organ, and so are those that lie against contrast
    medium and are not enclosed by much. From there blood is followed into thinner vessels until it meets bone, which
    is followed from its cortex and its enclosed marrow for a few mm.

    Parameters
    ----------
    dense : Mask
        Dense voxels without metal and contrast medium.
    contrast : Mask
        What is known to be contrast medium.

    Returns
    -------
    Mask
        A part of ``dense``; empty without lungs in view or with too little contrast medium to be in the blood. A
        calcified wall of a vessel that is filled goes with the blood, and so may the end of a rib beside a vein.
    """
    s, voxel_mm3 = settings, volume.grid.voxel_mm3
    if gas.lungs_mm3 == 0 or contrast.voxels() * voxel_mm3 < s.intravenous_mm3:
        return Mask.empty(volume.grid.shape)
    blocks = dense_blocks(volume.values, dense, s.block_mm, volume.grid.spacing_mm, s.dense_share)
    medium = block_share(contrast, blocks) >= s.medium_share
    pools, bones = _sorted(blocks, medium, max(s.denser_hu, s.denser_sigmas * noise_hu), s)
    blood, bone = (expand(which, blocks.size, dense.shape) for which in (pools, bones))
    return _followed(volume, dense, (blood | contrast, bone), s)


def _sorted(blocks: Blocks, medium: BoolArray, denser_hu: float, s: BloodSettings) -> tuple[BoolArray, BoolArray]:
    """Which blocks are blood, and which are bone; the rest is neither for sure."""
    from scipy.ndimage import find_objects, label

    parts, count = label(blocks.full)
    voxels = np.bincount(parts.reshape(-1), minlength=count + 1)
    blood, bone = np.zeros(count + 1, dtype=bool), np.zeros(count + 1, dtype=bool)
    for k, box in enumerate(find_objects(parts), start=1):
        around = tuple(slice(max(0, part.start - s.reach), part.stop + s.reach) for part in box)
        known = (blocks.mean[around], blocks.highest[around], medium[around])
        blood[k], bone[k] = _told(parts[around] == k, known, denser_hu, s)
        blood[k] &= voxels[k] >= s.min_blocks
    return blood[parts], bone[parts]


def _told(
    own: BoolArray, around: tuple[FloatArray, npt.NDArray[np.float32], BoolArray], denser_hu: float, s: BloodSettings
) -> tuple[bool, bool]:
    """Whether a pool is blood, and whether it is bone, by what is denser around it and how much medium it touches."""
    mean_hu, highest_hu, medium = around
    inside = mean_hu[own]
    enclosed = share_facing(own, (highest_hu > np.median(inside) + denser_hu) & ~medium, (s.reach, s.reach, s.reach))
    top_hu = float(np.percentile(inside, 90))
    topped = share_facing(own, (highest_hu > top_hu + denser_hu) & ~medium, (s.reach, s.reach, s.reach))
    touching = share_facing(own, medium, (1, 1, 1))
    near = share_facing(own, medium, (s.reach, s.reach, s.reach))
    blood = (
        (enclosed <= s.max_enclosure and near > 0)  # a deposit lies free as well, but away from medium
        or touching >= s.sure_touch
        or (touching >= s.min_touch and topped <= s.max_topped)
    )
    return blood, not blood and enclosed >= s.bone_enclosure


def _followed(volume: Volume, dense: Mask, seeds: tuple[Mask, Mask], s: BloodSettings) -> Mask:
    """The dense voxels that blood reaches before bone does, on a coarse grid.

    A part that neither reaches goes with blood if it lies mostly against blood.
    """
    factor = coarse_factor(volume.grid.spacing_mm, s.coarse_mm)
    dz, dr, dc = volume.grid.spacing_mm
    spacing = (dz, dr * factor, dc * factor)
    blood, bone = (pool(seed, factor) for seed in seeds)
    cortex = pool(threshold(volume.values, s.cortex_hu) & dense, factor) - dilate(blood, s.vein_wall_mm, spacing)
    bone = (bone | cortex) - blood
    open_to = pool(dense, factor) | blood
    step = max(spacing) * 1.01
    for k in range(round(s.follow_mm / step)):
        if k * step < s.bone_mm:
            bone |= (dilate(bone, step, spacing) & open_to) - blood
        blood |= (dilate(blood, step, spacing) & open_to) - bone
    rest = Components.of(open_to - blood - bone)
    by_blood, by_bone = (rest.share(dilate(seed, step, spacing)) for seed in (blood, bone))
    blood |= rest.mask((by_blood > 0) & (by_blood >= s.blood_per_bone * by_bone))
    return unpool(blood, factor, volume.grid.shape) & dense
