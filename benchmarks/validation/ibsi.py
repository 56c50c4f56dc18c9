"""The digital phantom of the Image Biomarker Standardisation Initiative, as far as a feature is the same.

Phantom by Alex Zwanenburg for the IBSI (https://theibsi.github.io), CC BY 4.0: 5 x 4 x 4 voxels of 2 mm, of which
six are outside the region of interest. Values and tolerances: IBSI reference manual, chapter on morphological features.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from calcimeter.geometry.hull import hull_volume
from calcimeter.geometry.mesh import Mesh, half_surface
from calcimeter.model.grid import Grid
from shown import Section, table

SHAPE = (4, 4, 5)
OUTSIDE = ((1, 2, 0), (2, 0, 3), (2, 0, 4), (2, 2, 2), (3, 0, 3), (3, 0, 4))
"""Excluded voxels, z, y and x counted from 0."""
SPACING_MM = 2.0
PUBLISHED: dict[str, tuple[float, float]] = {
    "volume (mesh), mm³": (556.0, 4.0),
    "approximate volume (voxels), mm³": (592.0, 4.0),
    "surface area (mesh), mm²": (388.0, 3.0),
    "sphericity": (0.843, 0.005),
    "maximum 3D diameter, mm": (13.1, 0.1),
    "volume density (convex hull)": (0.961, 0.006),
}


def region() -> np.ndarray:
    """The region of interest, (z, y, x)."""
    mask = np.ones(SHAPE, dtype=bool)
    mask[tuple(np.array(OUTSIDE).T)] = False
    return mask


def measured() -> dict[str, float]:
    """The same features from the package's geometry."""
    mask = region()
    grid = Grid(SHAPE, np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])[[2, 1, 0, 3]])
    mesh = half_surface(mask.astype(np.float32), (0, 0, 0), grid)
    features: dict[str, Callable[[Mesh], float]] = {
        "volume (mesh), mm³": lambda m: m.volume_mm3,
        "approximate volume (voxels), mm³": lambda _: float(mask.sum() * grid.voxel_mm3),
        "surface area (mesh), mm²": lambda m: m.area_mm2,
        "sphericity": lambda m: (36 * np.pi * m.volume_mm3**2) ** (1 / 3) / m.area_mm2,
        "maximum 3D diameter, mm": lambda m: _longest_mm(m.vertices_mm),
        "volume density (convex hull)": lambda m: m.volume_mm3 / (hull_volume(m.vertices_mm) or np.nan),
    }
    return {name: float(feature(mesh)) for name, feature in features.items()}


def section() -> Section:
    """The part of the page."""
    page = Section("The IBSI digital phantom")
    found = measured()
    within = [abs(found[name] - value) <= tolerance for name, (value, tolerance) in PUBLISHED.items()]
    lines = [
        (name, f"{value:g} ± {tolerance:g}", f"{found[name]:.4g}") for name, (value, tolerance) in PUBLISHED.items()
    ]
    page.judge(
        "features that are the same give the published values within the published tolerance",
        f"{sum(within)} of {len(within)}",
        holds=all(within),
    )
    page.notes.append(table(("feature", "IBSI", "here"), lines))
    page.notes.append(
        "Phantom: Alex Zwanenburg for the Image Biomarker Standardisation Initiative, CC BY 4.0. It is a mask of whole "
        "voxels, so the geometry is asked directly: in a scan the envelope would be filled and corrected for partial "
        "volume, and axes go from voxel edge to voxel edge, which IBSI does not define."
    )
    return page


def _longest_mm(points: np.ndarray) -> float:
    return float(np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2).max()))
