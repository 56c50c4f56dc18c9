"""Studies for comparing: a skeleton of simple surfaces, and deposits as balls of points."""

from __future__ import annotations

import datetime as dt

import numpy as np

from calcimeter.geometry.rigid import Rigid
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Estimate
from calcimeter.model.result import AsideResult, BoneResult, LesionResult, StudyResult

SIZE_MM = 200.0
STEP_MM = 4.0


def ball(number, center, radius=8.0, *, half=0.03, mass=None, **changed):
    """A deposit of 2 mm voxels, its interval so many parts of its volume on both sides; ``half`` None: no interval."""
    steps = np.arange(-radius, radius + 1, 2.0)
    points = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    points = points[(points**2).sum(axis=1) <= radius**2] + center
    volume = 4 / 3 * np.pi * radius**3
    facts = {
        "id": number,
        "tracking_uid": f"2.25.{number}",
        "category": Category.SOFT_TISSUE,
        "centroid_mm": tuple(float(c) for c in center),
        "volume_mm3": Estimate(volume) if half is None else Estimate(volume, volume * (1 - half), volume * (1 + half)),
        "mass_mg_ha": None if mass is None else Estimate(mass, mass * 0.9, mass * 1.1),
        "bone_id": 1,
        "caveats": (),
        "voxels_mm": points,
    }
    return LesionResult(**{**facts, **changed})


def left_aside(what, center, radius=8.0, *, by_reader=False):
    """A ball of something that the result does not list."""
    return AsideResult(what, by_reader, ball(0, center, radius).voxels_mm)


def study(lesions=(), *, bones=None, origin=(0.0, 0.0, 0.0), size_mm=(SIZE_MM,) * 3, **changed):
    """A cube of body around the middle of the bones; ``origin`` is its lowest corner, z first, as arrays lie."""
    shape = tuple(int(side / STEP_MM) for side in size_mm)
    affine = np.eye(4)
    affine[:3, :3] = np.diag([STEP_MM] * 3)[:, ::-1]
    affine[:3, 3] = np.array(origin, dtype=float)[::-1] + STEP_MM / 2
    facts = {
        "lesions": tuple(lesions),
        "bones": tuple(hip() if bones is None else bones),
        "body": np.ones(shape, dtype=bool),
        "bones_mask": np.zeros(shape, dtype=bool),
        "affine_lps": affine,
        "spacing_mm": (2.0, 1.0, 1.0),
        "kvp": 120.0,
        "kernel": "STANDARD",
        "calibration": "nominal",
        "threshold_hu": 130.0,
        "detection_limit_mm3": 25.0,
        "searched": True,
        "date": dt.date(2019, 5, 2),
        "patient": "",
        "codes": frozenset(),
    }
    return StudyResult(**{**facts, **changed})


def hip(otherwise_mm=0.0):
    """A bone that nothing else looks like: a lumpy ball with two rods; another person's rods end elsewhere."""
    directions = _sphere(2500)
    random = np.random.default_rng(0)
    lumps = random.standard_normal((7, 3))
    lumps /= np.linalg.norm(lumps, axis=1, keepdims=True)
    radius = 22 + 9 * np.exp(-3 * (1 - directions @ lumps.T)).sum(axis=1)
    head = directions * radius[:, None] + (100.0, 100.0, 140.0)
    apart = otherwise_mm * np.array([(1, 1, 0), (0, -1, 1)]) / 2**0.5
    rod, outward = _rod((100.0, 100.0, 120.0), np.array((118.0, 94.0, 20.0)) + apart[0], 13.0, 2500)
    neck, around = _rod((100.0, 110.0, 110.0), np.array((60.0, 140.0, 60.0)) + apart[1], 10.0, 2500)
    points, normals = (np.concatenate(parts) for parts in ((head, rod, neck), (directions, outward, around)))
    return (BoneResult(1, "femur", "left", points, normals),)


def shaft():
    """A length of cylinder, cut by both ends of the scan."""
    points, outward = _rod((100.0, 100.0, 200.0), (100.0, 100.0, 0.0), 14.0, 4000)
    return (BoneResult(1, "femur", "left", points, outward),)


def moved(bones, motion: Rigid):
    """Bones after a motion."""
    return tuple(
        BoneResult(b.id, b.name, b.side, motion.apply(b.surface_mm), b.normals @ motion.rotation.T) for b in bones
    )


def _sphere(n):
    """Evenly spread directions."""
    k = np.arange(n) + 0.5
    z, turn = 1 - 2 * k / n, np.pi * (1 + 5**0.5) * k
    return np.stack([np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z], axis=1)


def _rod(start, end, radius, n):
    start, end = np.array(start), np.array(end)
    way = (end - start) / np.linalg.norm(end - start)
    side = np.cross(way, (1.0, 0.0, 0.0))
    side /= np.linalg.norm(side)
    k = np.arange(n) + 0.5
    turn = np.pi * (1 + 5**0.5) * k
    outward = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * np.cross(way, side)
    return start + (k / n)[:, None] * (end - start) + radius * outward, outward
