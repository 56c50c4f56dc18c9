"""Volumes, anatomies and scans for the tests of the CT steps: small, and with an answer known by construction."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.load.study import study_from_array
from calcimeter.model.anatomy import Anatomy, Dense, Gas, Mask, Skeleton
from calcimeter.model.candidate import Facts
from calcimeter.model.grid import BoolArray, Grid, Layout
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Region, Volume
from calcimeter.phantom import Acquisition, Bone, Deposit, Scene
from calcimeter.phantom.acquire import expose
from calcimeter.phantom.parts import Cortical, Part, filled
from calcimeter.phantom.solids import Capsule, Ellipsoid

TISSUE_HU, AIR_HU, THRESHOLD_HU = 55, -1000, 130.0
Spacing = tuple[float, float, float]


def affine_of(spacing_mm: Spacing) -> npt.NDArray[np.float64]:
    """Index to LPS mm: slices superior, rows posterior, columns left."""
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, ::-1] * spacing_mm
    affine[:3, 3] = (-50.0, -40.0, -700.0)
    return affine


def volume_of(values: npt.NDArray[Any], spacing_mm: Spacing = (1.0, 1.0, 1.0)) -> Volume:
    """A volume in analyzed order."""
    grid = Grid((values.shape[0], values.shape[1], values.shape[2]), affine_of(spacing_mm))
    return Volume(values.astype(np.int16), Layout.of(grid), grid)


def study_of(volume: Volume) -> CTStudy:
    """The study of a volume."""
    return study_from_array(volume.values, volume.grid.affine)


def distance_from(center: tuple[float, float, float], shape: tuple[int, ...], spacing_mm: Spacing) -> Any:
    """Distance in mm of every voxel from an index, (slices, rows, columns)."""
    axes = [(np.arange(n) - c) * s for n, c, s in zip(shape, center, spacing_mm, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    return np.sqrt(z**2 + y**2 + x**2)


def cylinder(shape: tuple[int, ...], center: tuple[float, float], radius_mm: float, spacing_mm: Spacing) -> BoolArray:
    """A cylinder along the slices, around row and column; the whole length of the volume."""
    y = (np.arange(shape[1]) - center[0]) * spacing_mm[1]
    x = (np.arange(shape[2]) - center[1]) * spacing_mm[2]
    inside: BoolArray = np.broadcast_to(y[:, None] ** 2 + x[None, :] ** 2 <= radius_mm**2, shape).copy()
    return inside


def with_noise(values: npt.NDArray[Any], sigma_hu: float, seed: int = 0) -> npt.NDArray[np.int16]:
    """White noise, rounded to whole HU."""
    noisy = values + np.random.default_rng(seed).normal(0, sigma_hu, values.shape)
    return np.rint(noisy).clip(-1024, 3071).astype(np.int16)


def anatomy_of(shape: tuple[int, int, int], **parts: Any) -> Anatomy:
    """An anatomy of which everything that is not named is absent; bones, contrast and metal are boolean volumes."""
    bones = parts.get("bones")
    labels = np.zeros(shape, dtype=np.uint8) if bones is None else bones.astype(np.uint8)
    gas = parts.get("gas", Gas(Mask.empty(shape), parts.get("bowel_mm3", 0.0), parts.get("lungs_mm3", 0.0)))
    masks = {name: parts.get(name) for name in ("contrast", "metal")}
    empty = Mask.empty(shape)
    contrast, metal = (empty if m is None else Mask.from_bool(m) for m in masks.values())
    body = Mask.from_bool(np.ones(shape, dtype=bool) if parts.get("body") is None else parts["body"])
    skeleton = Skeleton(labels, parts.get("named", ()))
    known = (parts.get("organs"), parts.get("trunk"))
    return Anatomy(body, skeleton, contrast, metal, gas, parts.get("noise_hu", 10.0), *known)


def dense_of(volume: Volume, threshold_hu: float = THRESHOLD_HU) -> Dense:
    """Everything above the threshold."""
    return Dense(Mask.from_bool(volume.values > threshold_hu), threshold_hu)


def box_region(start: tuple[int, int, int], shape: tuple[int, int, int]) -> Region:
    """A region that fills its box."""
    return Region(start, np.ones(shape, dtype=bool))


def limb(deposits: tuple[Part, ...], *, shaft: bool = True) -> Scene:
    """A limb of muscle, 120 mm thick, with a cortical shaft 28 mm thick right of its middle, and deposits."""
    body = filled(Ellipsoid((0, 0, 0), (60, 60, 1e5)), TISSUE_HU)
    bone = Cortical(Capsule((-25, 0, -1000), (-25, 0, 1000), 14, 14), cortex_mm=5, marrow_hu=-40)
    bones = (Bone("femur", "left", bone),) if shaft else ()
    placed = tuple(Deposit(f"deposit-{k}", "sphere", part, "homogeneous") for k, part in enumerate(deposits))
    return Scene("limb", (body,), bones, placed, TISSUE_HU)


def acquisition(spacing_mm: Spacing, length_mm: float = 60.0, **changes: Any) -> Acquisition:
    """A scan of a limb, its middle in the middle of the volume."""
    rows, columns = round(132 / spacing_mm[1]), round(132 / spacing_mm[2])
    shape = (round(length_mm / spacing_mm[0]), rows, columns)
    return Acquisition(shape, spacing_mm, changes.pop("center_mm", (0.0, 0.0, 0.0)), **changes)


def limb_study(deposits: tuple[Part, ...], acquired: Acquisition, *, shaft: bool = True) -> CTStudy:
    """The study of a scanned limb."""
    return study_of(expose(limb(deposits, shaft=shaft), acquired))


LUMP = Facts(
    threshold_hu=130.0,
    volume_mm3=600.0,
    peak_hu=400.0,
    mean_hu=300.0,
    max_hu=450.0,
    core_hu=320.0,
    lengths_mm=(12.0, 10.0, 8.0),
    at_border=False,
    bone_mm=12.0,
    gas_mm=float("inf"),
    contrast_mm=float("inf"),
    metal_mm=float("inf"),
    bone_contact=0.0,
    beyond_body=0.0,
    ring_hu=52.0,
    bone_around=0.2,
)
"""A lump in muscle, away from everything that could be mistaken for it."""
