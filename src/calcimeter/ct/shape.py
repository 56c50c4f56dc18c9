"""What the surface of each deposit is like: deposits -> shapes."""

from __future__ import annotations

import math

import numpy as np

from calcimeter.geometry.hull import hull_volume
from calcimeter.geometry.mesh import half_surface
from calcimeter.model.lesion import Deposit, Shape
from calcimeter.model.volume import Volume


def measure_shapes(volume: Volume, deposits: tuple[Deposit, ...]) -> tuple[Shape, ...]:
    """Surface, sphericity and solidity from a mesh of the voxel fractions, in the order of the deposits.

    A mesh at one half of the fractions lies between voxel centers, so that the steps of the grid do not count as
    surface. Of a given outline the steps do count. Sphericity and solidity are at most 1; solidity is None where
    a deposit is flat.
    """
    return tuple(_shape(volume, deposit) for deposit in deposits)


def _shape(volume: Volume, deposit: Deposit) -> Shape:
    """One deposit."""
    if deposit.fractions is not None:
        mesh = half_surface(deposit.fractions.values, deposit.fractions.start, volume.grid)
    else:
        mesh = half_surface(deposit.envelope.mask.astype(np.float32), deposit.envelope.start, volume.grid)
    area, inside = mesh.area_mm2, mesh.volume_mm3
    hull = hull_volume(mesh.vertices_mm)
    sphere = math.pi ** (1 / 3) * (6 * inside) ** (2 / 3)
    return Shape(
        surface_mm2=area,
        sphericity=min(sphere / area, 1.0) if area > 0 else None,
        solidity=min(inside / hull, 1.0) if hull else None,
    )
