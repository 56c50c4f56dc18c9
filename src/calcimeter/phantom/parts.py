"""Parts: solids filled with material. What a part answers at a point is its HU and how far the next border is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from calcimeter.phantom.compounds import Union
from calcimeter.phantom.solids import HalfSpace, Point, Points, Solid

HU = npt.NDArray[np.float32]


class Part(Protocol):
    """One thing of one or more materials, painted over what lies there before."""

    @property
    def envelope(self) -> Solid:
        """Its outer surface."""

    @property
    def samples(self) -> int:
        """Samples along each side of a voxel that a border crosses."""

    def paint(self, points: Points) -> tuple[HU, Points]:
        """HU, NaN outside, and a lower bound of the distance to the next border in mm, of LPS points (3, n)."""


@dataclass(frozen=True, slots=True)
class Layered:
    """Materials inside one another: the first layer is the envelope, each later one replaces what it covers of it.

    Parameters
    ----------
    layers : tuple of (Solid, float)
        Solid and HU. What a later layer has outside the envelope doesn't exist.
    samples : int
    """

    layers: tuple[tuple[Solid, float], ...]
    samples: int = 2

    @property
    def envelope(self) -> Solid:
        """The first layer."""
        return self.layers[0][0]

    def paint(self, points: Points) -> tuple[HU, Points]:
        """HU and clearance; an inner border counts only inside."""
        depth = self.envelope.distance(points)
        inside = depth <= 0
        hu = np.where(inside, np.float32(self.layers[0][1]), np.float32(np.nan))
        clearance = np.abs(depth)
        for solid, value in self.layers[1:]:
            if not inside.any():
                break
            away = solid.distance(points)
            hu[inside & (away <= 0)] = value
            clearance = np.where(inside, np.minimum(clearance, np.abs(away)), clearance)
        return hu, clearance


def filled(solid: Solid, hu: float, samples: int = 2) -> Layered:
    """A solid of one material."""
    return Layered(((solid, hu),), samples)


@dataclass(frozen=True, slots=True)
class Cortical:
    """Bone: a cortex around marrow. Along a shaft the cortex thickens and the marrow becomes fat.

    Parameters
    ----------
    envelope : Solid
    cortex_mm, cortex_hu, marrow_hu : float
    shaft : HalfSpace or None
        Deep in it lies the shaft: there the cortex gains a tenth of the depth, up to ``shaft_cortex_mm``, and beyond
        30 mm of depth the marrow is ``fat_hu``.
    """

    envelope: Solid
    cortex_mm: float = 1.6
    cortex_hu: float = 1150.0
    marrow_hu: float = 210.0
    shaft: HalfSpace | None = None
    shaft_cortex_mm: float = 6.5
    fat_hu: float = -40.0
    samples: int = 2

    def paint(self, points: Points) -> tuple[HU, Points]:
        """HU and clearance."""
        depth = self.envelope.distance(points)
        thickness: Points | float = self.cortex_mm
        marrow: HU | np.float32 = np.float32(self.marrow_hu)
        clearance = np.abs(depth)
        if self.shaft is not None:
            into = -self.shaft.distance(points)
            thickness = np.clip(self.cortex_mm + into / 10, self.cortex_mm, self.shaft_cortex_mm)
            marrow = np.where(into > 30, np.float32(self.fat_hu), np.float32(self.marrow_hu))
            clearance = np.where(depth <= 0, np.minimum(clearance, np.abs(into - 30)), clearance)
        inner = depth + thickness
        hu = np.where(inner <= 0, marrow, np.float32(self.cortex_hu))
        hu = np.where(depth <= 0, hu, np.float32(np.nan)).astype(np.float32)
        # 1.1: the inner border moves with depth and with the cortex's thickness, a tenth of the way along the shaft.
        return hu, np.where(depth <= 0, np.minimum(clearance, np.abs(inner) / 1.1), clearance).astype(points.dtype)


@dataclass(frozen=True, slots=True)
class Chamber:
    """One chamber of a cyst.

    Parameters
    ----------
    solid : Solid
        With its wall, before septa.
    level_mm : float
        Where the sediment's surface lies along gravity (``gravity . p``); what is farther along is sediment.
    fluid_hu, sediment_hu : float
    """

    solid: Solid
    level_mm: float
    fluid_hu: float
    sediment_hu: float


@dataclass(frozen=True, slots=True)
class Cyst:
    """Chambers with mineral walls, watery fluid over mineral sediment that lies level: the sedimentation sign.

    Parameters
    ----------
    chambers : tuple of Chamber
        They overlap or touch; a septum stands wherever a point is equally deep in two of them.
    gravity : tuple
        Unit vector, LPS.
    wall_mm, septum_mm, wall_hu : float
    """

    chambers: tuple[Chamber, ...]
    gravity: Point
    wall_mm: float
    septum_mm: float
    wall_hu: float
    samples: int = 4

    @property
    def envelope(self) -> Solid:
        """All chambers with their walls."""
        return Union(tuple(chamber.solid for chamber in self.chambers))

    def paint(self, points: Points) -> tuple[HU, Points]:
        """HU and clearance."""
        home, depth, lumen, below = self.locate(points)
        fluid, sediment = np.array([(c.fluid_hu, c.sediment_hu) for c in self.chambers], dtype=np.float32).T
        hu = np.where(below > 0, sediment[home], fluid[home])
        hu = np.where(lumen <= 0, hu, np.float32(self.wall_hu))
        hu = np.where(depth <= 0, hu, np.float32(np.nan))
        clearance = np.where(depth <= 0, np.minimum(np.abs(depth), np.abs(lumen)), depth)
        return hu, np.where(lumen <= 0, np.minimum(clearance, np.abs(below)), clearance)

    def locate(self, points: Points) -> tuple[npt.NDArray[np.intp], Points, Points, Points]:
        """Deepest chamber; signed distance to the envelope and to that chamber's lumen; mm below its level."""
        depths = np.stack([chamber.solid.distance(points) for chamber in self.chambers])
        home = np.argmin(depths, axis=0)
        depth = depths.min(axis=0)
        lumen = depth + points.dtype.type(self.wall_mm)
        if len(self.chambers) > 1:
            next_depth = np.partition(depths, 1, axis=0)[1]
            lumen = np.maximum(lumen, (depth - next_depth + points.dtype.type(self.septum_mm)) / 2)
        levels = np.array([chamber.level_mm for chamber in self.chambers], dtype=points.dtype)
        below = np.array(self.gravity, dtype=points.dtype) @ points - levels[home]
        return home, depth, lumen, below


@dataclass(frozen=True, slots=True)
class Peeled:
    """Shells of one solid, by depth: skin over fat over muscle.

    Parameters
    ----------
    envelope : Solid
    shells : tuple of (float, float)
        Depth in mm at which a shell begins, rising from 0, and its HU.
    """

    envelope: Solid
    shells: tuple[tuple[float, float], ...]
    samples: int = 2

    def paint(self, points: Points) -> tuple[HU, Points]:
        """HU and clearance."""
        depth = -self.envelope.distance(points)
        hu = np.full(depth.shape, np.nan, dtype=np.float32)
        clearance = np.abs(depth)
        for begins, value in self.shells:
            hu[depth >= begins] = value
            clearance = np.minimum(clearance, np.abs(depth - points.dtype.type(begins)))
        return hu, clearance
