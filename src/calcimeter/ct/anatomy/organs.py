"""Which way the patient's right is by what lies on one side only, liver and heart, and by the slope of ribs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.anatomy.frame import Pointer
from calcimeter.ct.anatomy.midline import Midline
from calcimeter.ct.settings import SidesSettings
from calcimeter.model.anatomy import Mask
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Volume


def rights_of_organs(
    volume: Volume, body: Mask, points: dict[str, FloatArray], midline: Midline | None, s: SidesSettings
) -> list[Pointer]:
    """What organs and ribs tell of where the patient's right is.

    The liver is the one organ that is thick and even on one side of the spine. The heart lies between the lungs, more
    of it left. Ribs slope forward and downward, which, seen from the side, is the other way round in a picture turned
    over or upside down. Nothing is said where the spine is not in view, where both sides are alike (a large spleen,
    both lungs cut), and of a fatty liver below 40 HU. Fails where organs are not where they usually are: after removal
    of a lung, with a large one-sided mass, in situs inversus.

    Returns
    -------
    list of Pointer
        Along LPS x; empty where nothing tells it.
    """
    found = [_by_ribs(points.get("rib", np.zeros((0, 3))), s)]
    spine = np.concatenate([np.zeros((0, 3)), *(points[n] for n in ("thoracic_spine", "lumbar_spine") if n in points)])
    if midline is not None and len(spine) >= s.min_points:
        blocks = _blocks(volume, body, spine, s)
        offset = midline.offset_mm(blocks.at_mm.reshape(-1, 3)).reshape(blocks.mean_hu.shape)
        found += [_by_liver(blocks, offset, s), _by_heart(blocks, offset, s)]
    return [pointer for pointer in found if pointer is not None]


class _Blocks(NamedTuple):
    """The body along the spine in blocks of about a centimeter, each value (slices, rows, columns)."""

    mean_hu: FloatArray
    sd_hu: FloatArray
    inside: BoolArray
    at_mm: FloatArray
    size_mm: FloatArray
    front: BoolArray


def _blocks(volume: Volume, body: Mask, spine: FloatArray, s: SidesSettings) -> _Blocks:
    """Mean and standard deviation of some voxels of each block, at the levels of the spine."""
    spacing = np.array(volume.grid.spacing_mm)
    index = volume.grid.to_index(spine)[:, 0]
    first, last = max(0, int(index.min())), min(volume.grid.shape[0], int(index.max()) + 1)
    inner = np.maximum(1, np.rint(s.block_mm / 3 / spacing).astype(int))
    count = np.maximum(1, np.rint(s.block_mm / (inner * spacing)).astype(int))
    some = (slice(first, last, inner[0]), slice(None, None, inner[1]), slice(None, None, inner[2]))
    values = _cut(volume.values[some], count).astype(np.float32)
    within = _cut(np.stack([body.plane(k)[some[1:]] for k in range(first, last, inner[0])]), count)
    mean, sd = values.mean(axis=(1, 3, 5)), values.std(axis=(1, 3, 5))
    corner = np.array([first, 0, 0])
    at = np.moveaxis(np.indices(mean.shape), 0, -1) * (count * inner) + (count * inner - 1) / 2 + corner
    at_mm = volume.grid.to_patient(at)
    return _Blocks(
        mean.astype(np.float64),
        sd.astype(np.float64),
        within.mean(axis=(1, 3, 5)) > 0.9,
        at_mm,
        count * inner * spacing,
        at_mm[..., 1] < np.median(spine[:, 1]) - s.before_spine_mm,
    )


def _cut(values: npt.NDArray[np.generic], count: npt.NDArray[np.int64]) -> npt.NDArray[np.generic]:
    """An array as blocks, axes 1, 3, 5 within them; what does not fill a block at the far ends is left out."""
    size = np.array(values.shape) // count
    whole = values[tuple(slice(0, n) for n in size * count)]
    return whole.reshape(size[0], count[0], size[1], count[1], size[2], count[2])


def _by_liver(blocks: _Blocks, offset_mm: FloatArray, s: SidesSettings) -> Pointer | None:
    """The side of what is thick and even: away from its edges by a depth that only the liver has on one side."""
    from scipy import ndimage

    low, high = s.liver_hu
    soft = blocks.inside & (blocks.mean_hu > low) & (blocks.mean_hu < high)
    if not soft.any():
        return None
    even = soft & (blocks.sd_hu < s.even_per_quiet * np.percentile(blocks.sd_hu[soft], 20))
    filled = ndimage.binary_closing(np.pad(even, 2), iterations=1)[2:-2, 2:-2, 2:-2] & soft
    depth = ndimage.distance_transform_edt(np.pad(filled, 1, mode="edge"), sampling=blocks.size_mm)[1:-1, 1:-1, 1:-1]
    core = depth > s.liver_depth_mm
    mm3 = float(np.prod(blocks.size_mm))
    right, left = (float(np.count_nonzero(core & where) * mm3) for where in (offset_mm < 0, offset_mm > 0))
    if max(right, left) < s.liver_core_mm3 or min(right, left) > s.max_other_share * max(right, left):
        return None
    return _toward("the liver lies there", as_header=right > left)


def _by_heart(blocks: _Blocks, offset_mm: FloatArray, s: SidesSettings) -> Pointer | None:
    """Away from the side to which what lies between the lungs reaches farther, before the spine."""
    lung = blocks.inside & (blocks.mean_hu < s.lung_hu)
    reach: list[tuple[float, float]] = []
    for k, row in zip(*np.nonzero(blocks.front.any(axis=2)), strict=True):
        left, right = lung[k, row] & (offset_mm[k, row] > 0), lung[k, row] & (offset_mm[k, row] < 0)
        if blocks.front[k, row].any() and left.any() and right.any():
            ends = float(-offset_mm[k, row][right].max()), float(offset_mm[k, row][left].min())
            if sum(ends) >= s.min_heart_mm:
                reach.append(ends)
    if len(reach) < s.min_points:
        return None
    farther = np.array([left - right for right, left in reach])
    if abs(np.median(farther)) < s.heart_offset_mm or abs(np.sign(farther).mean()) < s.min_agreement:
        return None
    return _toward("the heart lies to the other side", as_header=bool(np.median(farther) > 0))


def _by_ribs(points_mm: FloatArray, s: SidesSettings) -> Pointer | None:
    """By the slope of ribs: their front lies lower."""
    from scipy.spatial import cKDTree

    some = points_mm[:: max(1, len(points_mm) // 1000)]
    if len(some) < s.min_rib_points:
        return None
    slopes = []
    for near in cKDTree(points_mm).query_ball_point(some, s.rib_piece_mm):
        piece = points_mm[near] - points_mm[near].mean(axis=0)
        spread, axes = np.linalg.eigh(piece.T @ piece)
        if len(near) >= 5 and spread[2] > s.rib_elongation**2 * spread[1]:
            slopes.append(axes[1, 2] * axes[2, 2])
    if len(slopes) < s.min_rib_points or not np.any(slopes):
        return None
    sense = float(np.sum(slopes) / np.sum(np.abs(slopes)))
    return _toward("ribs slope forward and down", as_header=sense > 0) if abs(sense) >= s.min_agreement else None


def _toward(why: str, *, as_header: bool) -> Pointer:
    """A pointer to the header's right, or against it."""
    return Pointer(np.array([-1.0 if as_header else 1.0, 0.0, 0.0]), why)
