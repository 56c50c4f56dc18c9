"""Patients that never were, for parathyroid scintigraphy: drawn by a seed from what necks and cameras vary by."""

from __future__ import annotations

from typing import Literal

import numpy as np

from calcimeter.model.scintigram import Scintigram, ScintigraphyStudy
from calcimeter.phantom.neck import Camera, Gland, Neck, NeckReference, Source

Kind = Literal["adenoma", "ectopic", "negative", "washing nodule", "retaining nodule"]

Move = tuple[float, float]

SHIFT_MM, TURN_DEG, BENT_MM = 6.0, 1.0, 3.0
"""Standard deviations of how much elsewhere the neck, and head and torso beside it, lie in the delayed image."""


def draw(kind: Kind, seed: int) -> tuple[Neck, Camera]:
    """A patient of a kind, and how the camera stood."""
    chance = np.random.default_rng([seed, 7])
    right, left = _lobes(chance)
    head_mm, torso_mm = _bent(seed)
    others = (*_isthmus(chance, right), *_hot(chance, head_mm, torso_mm))
    neck_width, bulk = chance.uniform(52, 70), chance.uniform(0.8, 1.2)
    kept = chance.uniform(0.6, 0.85)
    tissue = (
        Source((0.0, 30.0, 55.0), (neck_width, 160.0, 50.0), bulk, kept),
        Source((0.0, -130.0, 60.0), (165.0, chance.uniform(75, 95), 52.0), 0.9 * bulk, kept, moved_mm=torso_mm),
    )
    side: Literal["right", "left"] = "right" if chance.random() < 0.5 else "left"
    lobe = right if side == "right" else left
    glands = _glands(kind, chance, lobe, side)
    fine = chance.random() < 0.3
    camera = Camera(
        pixels=256 if fine else 128,
        pixel_mm=float(chance.uniform(1.1, 1.5) if fine else chance.uniform(2.1, 2.9)),
        slope=float(chance.uniform(0.035, 0.055)),
        duration_s=(600.0, float(chance.choice([600.0, 900.0]))),
        after_injection_min=(float(chance.uniform(10, 25)), float(chance.uniform(90, 180))),
        sensitivity=float(chance.uniform(0.12, 0.35)),
        shift_mm=(float(chance.normal(0, SHIFT_MM)), float(chance.normal(0, SHIFT_MM))),
        turn_deg=float(chance.normal(0, TURN_DEG)),
        seed=100_000 + seed,
    )
    return Neck(kind, right, left, others, tissue, glands), camera


def study_of(reference: NeckReference) -> ScintigraphyStudy:
    """The images as they would be loaded, without a file between."""
    camera = reference.camera
    early, delayed = (
        Scintigram(
            counts=reference.counts[k],
            pixel_mm=camera.pixel_mm,
            view=camera.view,
            duration_s=camera.duration_s[k],
            after_injection_min=camera.after_injection_min[k],
            pinhole=False,
            frame=1,
            header=b"",
        )
        for k in (0, 1)
    )
    interval = camera.after_injection_min[1] - camera.after_injection_min[0]
    return ScintigraphyStudy(early, delayed, interval, "sestamibi", "array", None, None, "0" * 64, ())


def place_in(lobe: Source, along: float, across_mm: float = 0.0) -> tuple[float, float]:
    """A place toward left and head: ``along`` from -1 (upper pole) to 1 (lower pole) of a lobe."""
    angle = np.radians(lobe.tilt_deg)
    down = along * lobe.radii_mm[1]
    x = lobe.center_mm[0] - down * np.sin(angle) + across_mm * np.cos(angle)
    return float(x), float(lobe.center_mm[1] - down * np.cos(angle) - across_mm * np.sin(angle))


def _lobes(chance: np.random.Generator) -> tuple[Source, Source]:
    kept, uptake = chance.uniform(0.3, 0.6), chance.uniform(5.5, 12.0)
    middle, z = chance.normal(0, 4), chance.normal(0, 8)
    lobes = []
    for sign in (-1, 1):
        radii = (chance.uniform(7.5, 10.5), chance.uniform(17.0, 27.0), chance.uniform(7.5, 10.5))
        center = (middle + sign * chance.uniform(15.0, 22.0), z + chance.normal(0, 2.5), chance.uniform(20.0, 30.0))
        tilt = sign * chance.uniform(2.0, 14.0)
        strength = uptake * chance.uniform(0.85, 1.15)
        lobes.append(Source(center, radii, strength, kept * chance.uniform(0.95, 1.05), tilt))
    return lobes[0], lobes[1]


def _isthmus(chance: np.random.Generator, lobe: Source) -> tuple[Source, ...]:
    if chance.random() < 0.3:
        return ()
    return (Source((0.0, lobe.center_mm[1] - 8.0, 18.0), (13.0, 6.0, 3.5), lobe.uptake, lobe.kept),)


def _bent(seed: int) -> tuple[Move, Move]:
    """By how much head and torso lie elsewhere in the delayed image beside the neck: no patient lies like a board."""
    chance = np.random.default_rng([seed, 8])
    head, torso = ((float(chance.normal(0, BENT_MM)), float(chance.normal(0, BENT_MM))) for _ in range(2))
    return head, torso


def _hot(chance: np.random.Generator, head_mm: Move, torso_mm: Move) -> tuple[Source, ...]:
    glands = []
    strength, kept = chance.uniform(8.0, 16.0), chance.uniform(0.6, 1.0)
    for x, z, radii in ((58.0, 92.0, (12.0, 20.0, 14.0)), (27.0, 64.0, (11.0, 13.0, 10.0))):
        for sign in (-1, 1):
            place = (sign * x + chance.normal(0, 2), z + chance.normal(0, 4), 32.0)
            glands.append(Source(place, radii, strength * chance.uniform(0.8, 1.2), kept, moved_mm=head_mm))
    if chance.random() < 0.7:
        glands.append(
            Source(
                (30.0, chance.uniform(-175, -150), 60.0), (42.0, 38.0, 35.0), chance.uniform(4, 8), 0.9, 0.0, torso_mm
            )
        )
    return tuple(glands)


def _glands(kind: Kind, chance: np.random.Generator, lobe: Source, side: Literal["right", "left"]) -> tuple[Gland, ...]:
    radius, uptake = chance.uniform(4.0, 9.0), chance.uniform(9.0, 24.0)
    radii = (radius, radius * chance.uniform(1.0, 1.4), radius)
    if kind == "adenoma":
        pole: Literal["upper", "middle", "lower"] = chance.choice(["lower", "lower", "lower", "upper", "middle"])
        along = chance.uniform(*{"lower": (0.65, 1.1), "upper": (-1.0, -0.65), "middle": (-0.12, 0.12)}[pole])
        x, z = place_in(lobe, along, float(chance.normal(0, 2.5)))
        source = Source((x, z, chance.uniform(32, 46)), radii, uptake, chance.uniform(0.75, 1.1))
        return (Gland("adenoma", source, side, pole),)
    if kind == "ectopic":
        x = (-1 if side == "right" else 1) * chance.uniform(8, 25)
        source = Source((x, chance.uniform(-95, -60), chance.uniform(30, 50)), radii, uptake, chance.uniform(0.75, 1.1))
        return (Gland("adenoma", source, side, "ectopic"),)
    if kind == "negative":
        return ()
    x, z = place_in(lobe, chance.uniform(-0.5, 0.5))
    kept = lobe.kept * chance.uniform(0.75, 1.0) if kind == "washing nodule" else chance.uniform(0.8, 1.1)
    return (Gland("nodule", Source((x, z, lobe.center_mm[2]), radii, uptake, kept), side, "middle"),)
