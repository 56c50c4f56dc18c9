"""A body with bones in known places, and its label map in any numbering."""

from __future__ import annotations

import numpy as np

from calcimeter.load.class_names import numberings
from load.ct_files import Scan

SHAPE, SPACING_MM = (40, 30, 44), (10.0, 8.0, 8.0)
V1 = "TotalSegmentator v1"

BOXES = {
    "vertebrae_T11": ((34, 37), (18, 22), (19, 25)),
    "vertebrae_T12": ((30, 33), (18, 22), (19, 25)),
    "vertebrae_L1": ((26, 29), (18, 22), (19, 25)),
    "vertebrae_L5": ((22, 25), (18, 22), (19, 25)),
    "sacrum": ((16, 21), (18, 22), (18, 26)),
    "rib_left_11": ((33, 36), (8, 20), (33, 35)),
    "rib_right_11": ((33, 36), (8, 20), (9, 11)),
    "rib_left_12": ((28, 31), (8, 20), (33, 35)),
    "rib_right_12": ((28, 31), (8, 20), (9, 11)),
    "hip_left": ((12, 18), (12, 18), (29, 34)),
    "hip_right": ((12, 18), (12, 18), (10, 15)),
    "femur_left": ((0, 10), (13, 17), (32, 36)),
    "femur_right": ((0, 10), (13, 17), (8, 12)),
}
"""Bones in index of the scan: slices toward superior, rows toward posterior, columns toward left."""

SOFT = {
    "liver": ((24, 34), (6, 16), (12, 18)),
    "kidney_left": ((20, 26), (14, 18), (27, 30)),
    "kidney_right": ((20, 26), (14, 18), (14, 17)),
    "aorta": ((20, 38), (15, 17), (22, 23)),
}


def box(name):
    return tuple(slice(*ends) for ends in {**BOXES, **SOFT}[name])


def body() -> Scan:
    """Muscle in air with these bones in it, half of their voxels cortex."""
    hu = np.full(SHAPE, -1000, np.int16)
    hu[:, 4:-4, 4:-4] = 50
    for name in BOXES:
        bone = hu[box(name)]
        bone[...] = np.where(np.indices(bone.shape).sum(axis=0) % 2, 900, 150)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]]) * SPACING_MM
    affine[:3, 3] = (-170.5, -120.25, -800.0)
    return Scan(hu, affine)


def labels(numbering=V1, names=(*BOXES, *SOFT)) -> Scan:
    """The label map of the body in a numbering; classes that it lacks are left out."""
    numbers = {name: number for number, name in numberings()[numbering].items()}
    values = np.zeros(SHAPE, np.uint8)
    for name in names:
        values[box(name)] = numbers.get(name, 0)
    return Scan(values, body().affine)
