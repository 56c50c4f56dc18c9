"""Bones made of balls and rods, whose parts are known because each was put where it is."""

from __future__ import annotations

import numpy as np

from calcimeter.model.anatomy import Bone, Skeleton
from calcimeter.model.grid import FloatArray, Grid

Rod = tuple[tuple[float, float, float], tuple[float, float, float], float]
"""Two ends and a radius, mm; x toward lateral, y posterior, z superior."""

FEMUR: dict[str, tuple[Rod, ...]] = {
    "shaft": (((0, 0, -40), (0, 0, -330), 14),),
    "femoral_neck": (((-42, -6, 28), (-4, 0, 2), 14),),
    "greater_trochanter": (((6, 4, 10), (6, 4, -16), 16), ((10, 8, 22), (8, 6, 0), 12)),
    "lesser_trochanter": (((-8, 10, -40), (-12, 14, -44), 9),),
    "upper_shaft": (((0, 0, 0), (0, 0, -60), 17),),
    "condyles": (
        ((22, 4, -360), (22, 12, -362), 22),
        ((-22, 4, -360), (-22, 12, -362), 22),
        ((-18, 0, -342), (18, 0, -342), 16),
    ),
    "femoral_head": (((-42, -6, 28), (-42, -6, 28), 24),),
}
"""A femur: the neck leaves the shaft at 122 degrees; the head is 48 mm wide, its middle 42 mm from the shaft's axis."""

PLACES = {
    "femoral_head": (-50, -8, 44),
    "femoral_neck": (-20, -2, 28),
    "greater_trochanter": (20, 6, 4),
    "lesser_trochanter": (-18, 18, -44),
    "shaft": (14, 0, -180),
    "lateral_condyle": (40, 8, -362),
    "medial_condyle": (-40, 8, -362),
}
"""A point on the surface of each part."""

LEG = {
    "femur": (((0, 0, 60), (0, 0, 0), 30),),
    "tibia": (
        ((-18, 0, -42), (18, 0, -42), 20),
        ((0, 0, -40), (0, 0, -100), 20),
        ((0, 0, -90), (0, 0, -380), 13),
        ((-6, 0, -370), (6, 0, -378), 17),
        ((-20, 0, -380), (-21, 0, -398), 7),
    ),
    "tarsus": (((2, 0, -420), (2, 0, -420), 16),),
}
"""From the knee to the ankle; the medial malleolus is the lowest part of the tibia."""

ARM = {
    "scapula": (
        ((-60, 30, -60), (-34, 4, 0), 8),
        ((-34, 4, 0), (-34, 2, 6), 12),
        ((-20, 20, 40), (10, 0, 42), 7),
        ((-36, -20, 10), (-30, -36, 6), 6),
    ),
    "humerus": (
        ((-4, 0, 0), (-4, 0, 0), 23),
        ((12, 0, 2), (12, 0, -14), 12),
        ((2, 0, -10), (0, 0, -60), 13),
        ((0, 0, -50), (0, 0, -280), 11),
        ((-26, 0, -290), (24, 0, -290), 9),
    ),
    "ulna": (((0, 10, -288), (0, 12, -310), 10), ((0, 4, -320), (0, 0, -330), 12), ((0, 2, -330), (0, 0, -520), 7)),
}
"""From the shoulder blade to the wrist: acromion above the humeral head, coracoid before it, elbow straight."""


def limb_bones(
    rods: dict[str, tuple[Rod, ...]], side: str, turn: FloatArray | None = None
) -> tuple[Skeleton, Grid, FloatArray]:
    """Named bones of one side on a grid of 1.5 mm, turned about the origin; and the way to LPS."""
    move = placing(side)
    if turn is not None:
        move[:3, :3] = turn @ move[:3, :3]
    ends = np.array([place for each in rods.values() for a, b, _ in each for place in (a, b)], dtype=float)
    corners = ends @ move[:3, :3].T + move[:3, 3]
    grid = axis_aligned(corners.min(axis=0) - 45, corners.max(axis=0) + 45, (1.5, 1.5, 1.5))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    for value, each in enumerate(rods.values(), 1):
        fill(labels, grid, each, value, move)
    return Skeleton(labels, tuple(Bone(k, name, side, 1.0) for k, name in enumerate(rods, 1))), grid, move


def outward(side: str) -> FloatArray:
    """Factors that take lateral to LPS."""
    return np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])


def axis_aligned(low_mm: FloatArray, high_mm: FloatArray, spacing_mm: tuple[float, float, float]) -> Grid:
    """A grid from one corner to the other, slices superior, rows posterior, columns left."""
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, ::-1] * spacing_mm
    affine[:3, 3] = low_mm
    z, y, x = (int(n) + 1 for n in np.ceil((high_mm - low_mm)[::-1] / np.array(spacing_mm)))
    return Grid((z, y, x), affine)


def fill(labels: np.ndarray, grid: Grid, rods: tuple[Rod, ...], value: int, move: FloatArray) -> None:
    """Set the voxels of rods, given in LPS after ``move`` (4, 4) is applied."""
    for start, end, radius in rods:
        a, b = ((move @ [*place, 1.0])[:3] for place in (start, end))
        corners = grid.to_index(np.stack([np.minimum(a, b) - radius - 2, np.maximum(a, b) + radius + 2]))
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
        high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, grid.shape)
        if (high <= low).any():
            continue
        box = tuple(slice(*pair) for pair in zip(low, high, strict=True))
        points = grid.to_patient(np.moveaxis(np.indices(high - low), 0, -1) + low)
        along = b - a
        share = np.clip((points - a) @ along / max(float(along @ along), 1e-9), 0, 1)
        labels[box][np.linalg.norm(points - a - share[..., None] * along, axis=-1) <= radius] = value


def placing(side: str, at_mm: tuple[float, float, float] = (80.0, 0.0, 0.0), tilt_degrees: float = 0.0) -> FloatArray:
    """From lateral, posterior, superior to LPS: to one side, and turned about the left-right axis."""
    angle = np.deg2rad(tilt_degrees)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    move = np.eye(4)
    move[:3, :3] = turn @ np.diag(outward(side))
    move[:3, 3] = np.array(at_mm) * outward(side)
    return move


def femur(
    side: str = "left",
    spacing_mm: tuple[float, float, float] = (2.0, 1.0, 1.0),
    *,
    heights_mm: tuple[float, float] = (-400.0, 70.0),
    tilt_degrees: float = 0.0,
    told: str | None = "as it is",
) -> tuple[Skeleton, Grid, FloatArray]:
    """A femur in a view that may cut it, named; and the way from lateral, posterior, superior to LPS."""
    move = placing(side, tilt_degrees=tilt_degrees)
    middle = move[0, 3]
    grid = axis_aligned(
        np.array([middle - 90, -150.0, heights_mm[0]]), np.array([middle + 90, 150.0, heights_mm[1]]), spacing_mm
    )
    labels = np.zeros(grid.shape, dtype=np.uint8)
    for rods in FEMUR.values():
        fill(labels, grid, rods, 1, move)
    bone = Bone(1, "femur", side if told == "as it is" else told, float((labels > 0).sum()) * grid.voxel_mm3)
    return Skeleton(labels, (bone,)), grid, move
