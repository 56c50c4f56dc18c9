"""Radiographs that never were: deposits drawn by a seed, over bone and beside it, before poses of two bodies."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Literal, NamedTuple

import numpy as np

from calcimeter.geometry.level_line import inside_of
from calcimeter.model.grid import BoolArray
from calcimeter.model.plane import PlaneCalibration
from calcimeter.model.radiograph import Radiograph
from calcimeter.phantom.catalog import scene_of
from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import Layered, Part, filled
from calcimeter.phantom.radiograph import Exposure, Projection, RadiographReference, body_of, expose_radiograph
from calcimeter.phantom.radiograph.rays import RaySums, added_by
from calcimeter.phantom.radiograph.texture import BONE_SHARE, TISSUE_MM
from calcimeter.phantom.radiograph.truth import MINERAL_CM2_PER_G, WATER_PER_MM, shadow_lines
from calcimeter.phantom.scene import Deposit, Scene
from calcimeter.phantom.solids import Ellipsoid, Point, Solid, sphere

Where = Literal["over bone", "beside bone"]
Kind = Literal["ellipsoid", "lobed", "shell", "chambers"]
KINDS: tuple[Kind, ...] = ("ellipsoid", "lobed", "shell", "chambers")
HU = {"ellipsoid": (250, 1300), "lobed": (250, 1300), "shell": (600, 1500), "chambers": (400, 1300)}
TRIES = 400


class Pose(NamedTuple):
    """A body before a detector."""

    scene: Scene
    exposure: Exposure


class Film(NamedTuple):
    """A radiograph of one deposit, and the deposit's shadow on it."""

    reference: RadiographReference
    shadow: BoolArray


def poses() -> tuple[Pose, ...]:
    """Two hips and the whole pelvis, the focus elsewhere in each, and a thigh."""
    pelvis = scene_of("demo-negative")
    hip = Exposure(Projection((118.0, -962.0, -20.0), 188.0, (118.0, -20.0), (1200, 1000), 0.2), ray_px=4.0)
    other = replace(hip, projection=Projection((70.0, -900.0, 10.0), 190.0, (112.0, -10.0), (1200, 1000), 0.2))
    whole = replace(hip, projection=Projection((10.0, -962.0, 5.0), 188.0, (10.0, 5.0), (1300, 1600), 0.27))
    thigh = replace(hip, projection=Projection((95.0, -962.0, 0.0), 148.0, (95.0, 0.0), (1100, 1100), 0.2))
    return Pose(pelvis, hip), Pose(pelvis, other), Pose(pelvis, whole), Pose(scene_of("empty"), thigh)


@cache
def body(number: int) -> RaySums:
    """Rays through a pose without deposits."""
    pose = poses()[number]
    return body_of(pose.scene, pose.exposure)


def draw(where: Where, seed: int, least_cnr: float = 0.0) -> Film | None:
    """One deposit in one pose; None where no place is free, or its contrast to noise is not over ``least_cnr``."""
    chance = np.random.default_rng([seed, 11])
    number = int(chance.integers(0, 4))
    scene, exposure = poses()[number]
    kind = KINDS[int(chance.integers(0, len(KINDS)))]
    deposit = _placed(kind, where, chance, (scene, exposure), body(number))
    if deposit is None:
        return None
    exposure = replace(
        exposure,
        kvp=float(chance.choice([60, 70, 80])),
        photons=float(chance.uniform(20_000, 120_000)),
        scatter_share=float(chance.uniform(0.15, 0.45)),
        focus_mm=float(chance.uniform(0.6, 1.2)),
        texture=float(chance.uniform(0.6, 1.2)),
        seed=seed,
    )
    if _hardly_seen(deposit.part, exposure, body(number), least_cnr):
        return None
    reference = expose_radiograph(replace(scene, deposits=(deposit,)), exposure, body(number))
    if reference.truth["deposits"][0]["contrast_to_noise"] <= least_cnr:
        return None
    return Film(reference, shadow_of(deposit, exposure))


def shadow_of(deposit: Deposit, exposure: Exposure) -> BoolArray:
    """The pixels (rows, columns) of the image as it is stored whose centers lie in a deposit's shadow."""
    shadow = inside_of(shadow_lines(deposit, exposure), exposure.projection.shape)
    return shadow[:, ::-1] if exposure.mirrored else shadow


def _hardly_seen(part: Part, exposure: Exposure, rays: RaySums, least_cnr: float) -> bool:
    """Whether its contrast over the grain alone is too low: told from its mineral, before anything is exposed."""
    added = added_by(part, exposure.projection, 40)
    inside = added.mineral > 0.005
    columns = np.clip(np.searchsorted(rays.columns_px, added.columns_px), 0, len(rays.columns_px) - 1)
    rows = np.clip(np.searchsorted(rays.rows_px, added.rows_px), 0, len(rays.rows_px) - 1)
    bone = float(rays.mineral[np.ix_(rows, columns)][inside].mean())
    grain = exposure.texture * float(np.hypot(WATER_PER_MM * TISSUE_MM, MINERAL_CM2_PER_G * BONE_SHARE * bone))
    return 1.1 * MINERAL_CM2_PER_G * float(added.mineral[inside].mean()) / grain < least_cnr


def empty(seed: int, pose: int) -> RadiographReference:
    """A pose without a deposit."""
    scene, exposure = poses()[pose]
    return expose_radiograph(replace(scene, deposits=()), replace(exposure, seed=seed), body(pose))


def _placed(
    kind: Kind, where: Where, chance: np.random.Generator, pose: tuple[Scene, Exposure], rays: RaySums
) -> Deposit | None:
    """A deposit whose shadow lies where it should, clear of bone in space; None where none is found."""
    scene, exposure = pose
    p = exposure.projection
    for _ in range(TRIES):
        size = float(chance.uniform(7, 24))
        column, row = (float(chance.uniform(0.12, 0.88) * n) for n in p.shape[::-1])
        y = float(chance.uniform(-85, 90))
        share = (y - p.source_mm[1]) / p.source_to_detector_mm
        x_there = (column - (p.shape[1] - 1) / 2) * p.pixel_mm + p.center_mm[0]
        z_there = p.center_mm[1] - (row - (p.shape[0] - 1) / 2) * p.pixel_mm
        center = (
            p.source_mm[0] + share * (x_there - p.source_mm[0]),
            y,
            p.source_mm[2] + share * (z_there - p.source_mm[2]),
        )
        part = _part(kind, center, size, chance)
        if _fits(part.envelope, where, (scene, exposure), rays):
            return Deposit(kind, kind, part, "homogeneous")
    return None


def _fits(solid: Solid, where: Where, pose: tuple[Scene, Exposure], rays: RaySums) -> bool:
    scene, exposure = pose
    p = exposure.projection
    first, last, top, bottom = p.window(solid.box_mm, 0)
    if first < 20 or top < 20 or last > p.shape[1] - 20 or bottom > p.shape[0] - 20:
        return False
    columns = (rays.columns_px >= first) & (rays.columns_px <= last)
    rows = (rays.rows_px >= top) & (rays.rows_px <= bottom)
    share = float((rays.mineral[np.ix_(rows, columns)] > 0.15).mean())
    if float(rays.tissue_mm[np.ix_(rows, columns)].min()) < 30:
        return False
    if not (share > 0.3 if where == "over bone" else share < 0.02):
        return False
    low, high = (np.array(c) for c in solid.box_mm)
    spots = np.array(np.meshgrid(*(np.linspace(a, b, 9) for a, b in zip(low, high, strict=True)))).reshape(3, -1)
    spots = spots[:, solid.distance(spots) <= 1.0]
    clear = min((float(bone.part.envelope.distance(spots).min()) for bone in scene.bones), default=9.0)
    skin = float(scene.tissues[0].envelope.distance(spots).max())  # type: ignore[attr-defined]
    return clear > 2.0 and skin < -4.0


def _part(kind: Kind, center: Point, size: float, chance: np.random.Generator) -> Part:
    hu = float(chance.uniform(*HU[kind]))
    if kind == "ellipsoid":
        radii = size * chance.uniform(0.55, 1.0, 3)
        return filled(Ellipsoid(center, (float(radii[0]), float(radii[1]), float(radii[2])), _axes(chance)), hu)
    if kind == "shell":
        wall = float(chance.uniform(1.5, 3.5))
        return Layered(((sphere(center, size), hu), (sphere(center, size - wall), 45.0)))
    lobes = [
        center,
        *(_beside(center, size * chance.uniform(0.35, 0.65), chance) for _ in range(int(chance.integers(3, 7)))),
    ]
    radii = [0.6 * size, *(size * chance.uniform(0.3, 0.5, len(lobes) - 1))]
    outer = Union(tuple(sphere(place, float(r)) for place, r in zip(lobes, radii, strict=True)))
    if kind == "lobed":
        return filled(outer, hu)
    cores = tuple((sphere(place, float(r) - 1.5), 0.7 * hu) for place, r in zip(lobes, radii, strict=True))
    return Layered(((outer, hu), *cores))


def _beside(center: Point, away: float, chance: np.random.Generator) -> Point:
    direction = chance.standard_normal(3)
    x, y, z = np.array(center) + away * direction / np.linalg.norm(direction)
    return (float(x), float(y), float(z))


def _axes(chance: np.random.Generator) -> tuple[Point, Point, Point]:
    q, _ = np.linalg.qr(chance.standard_normal((3, 3)))
    a, b, c = (tuple(float(v) for v in q[:, k]) for k in range(3))
    return (a, b, c)  # type: ignore[return-value]


def study_of(reference: RadiographReference, deposit: int = 0) -> Radiograph:
    """The image as the loader gives it, its magnification known at the depth of one deposit."""
    values = reference.stored.astype(np.float32)
    whole = np.ones(values.shape, dtype=np.bool_)
    truths = reference.truth["deposits"]
    magnification = truths[deposit]["magnification"] if truths else 1.2
    pixel_mm = reference.exposure.projection.pixel_mm / magnification
    return Radiograph(
        values=values if reference.exposure.monochrome == 2 else -values,
        exposed=whole,
        marked=~whole,
        saturated=~whole,
        calibration=PlaneCalibration("patient", pixel_mm, (1.0, 1.0), magnification, "the truth"),
        view="anteroposterior",
        body_part=None,
        laterality=None,
        columns_toward="left",
        bits=reference.exposure.bits,
        modality=reference.exposure.modality,
        source_format="dicom",
        study_uid=None,
        series_uid=None,
        input_sha256=reference.name,
    )
