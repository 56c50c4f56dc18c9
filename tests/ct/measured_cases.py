"""Masses of known layers and forms in a small block of muscle, scanned, with the deposit that they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from ct_cases import TISSUE_HU, Spacing, dense_of, study_of

from calcimeter.ct.given import take_outlines
from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Deposit
from calcimeter.model.volume import Fractions, Region, Volume
from calcimeter.phantom import Acquisition, Scene
from calcimeter.phantom.acquire import expose
from calcimeter.phantom.parts import Chamber, Cyst, Part, filled
from calcimeter.phantom.solids import Ellipsoid, Point, Solid

NOISE_HU = 15.0


def scanned(part: Part, spacing_mm: Spacing = (2.0, 0.8, 0.8), half_mm: float = 30.0, **changes: Any) -> Volume:
    """A part in muscle; around the block of muscle is more of it."""
    shape = tuple(round(2 * half_mm / d) for d in spacing_mm)
    acquired = Acquisition((shape[0], shape[1], shape[2]), spacing_mm, (0.3, 0.2, 0.4), noise_hu=NOISE_HU, seed=5)
    muscle = filled(Ellipsoid((0, 0, 0), (200, 200, 1e5)), TISSUE_HU)
    return expose(Scene("block", (muscle, part), (), (), TISSUE_HU), replace(acquired, **changes))


def deposit_of(volume: Volume, solid: Solid, *, fractional: bool = True) -> Deposit:
    """The deposit that a solid is, with the fractions of its voxels by distance over a blurred edge."""
    index = np.indices(volume.grid.shape).reshape(3, -1).T
    points: FloatArray = volume.grid.to_patient(index).T
    depth_mm = -solid.distance(points).reshape(volume.grid.shape)
    region = Region.from_indices(np.argwhere(depth_mm >= 0))
    (deposit,) = take_outlines(study_of(volume), ((1, region),), dense_of(volume))
    if not fractional:
        return deposit
    box = region.padded((2, 3, 3), volume.grid.shape)
    edge = np.clip(depth_mm[box.slices] / 1.2 + 0.5, 0, 1).astype(np.float32)
    return replace(deposit, fractions=Fractions(box.start, edge))


def layered(
    radii: Point = (11.0, 12.0, 10.0), *, normal: Point = (0.0, 1.0, 0.0), hu: tuple[float, float] = (25.0, 350.0)
) -> Cyst:
    """A thin-walled cyst with sediment up to its middle along a normal."""
    return Cyst((Chamber(Ellipsoid((0, 0, 0), radii), 0.0, *hu),), normal, 1.2, 0.0, 300.0, samples=4)
