"""Solids made of solids: union, intersection, and what is left when one is cut from another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from calcimeter.phantom.solids import Box, Points, Solid, corners


@dataclass(frozen=True, slots=True)
class Union:
    """Several solids as one, their seams filled with a fillet of ``blend_mm`` if it is over 0.

    Only the two nearest solids blend, so the order of the solids doesn't matter, and the union swells by at most a
    quarter of ``blend_mm``.
    """

    solids: tuple[Solid, ...]
    blend_mm: float = 0.0
    _boxes_mm: npt.NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_boxes_mm", np.array([solid.box_mm for solid in self.solids]))

    @property
    def box_mm(self) -> Box:
        """Of all, with the fillets."""
        boxes = self._boxes_mm
        return corners(boxes[:, 0].min(axis=0) - self.blend_mm / 4, boxes[:, 1].max(axis=0) + self.blend_mm / 4)

    def distance(self, points: Points) -> Points:
        """Smallest of all distances, blended; solids too far from all the points to matter are not asked."""
        gaps = _gaps_mm(self._boxes_mm, points)
        first = np.full(points.shape[1], np.inf, dtype=points.dtype)
        second = first
        for k in np.argsort(gaps, kind="stable"):
            if gaps[k] > first.max() + self.blend_mm:
                break
            away = self.solids[k].distance(points)
            second = np.minimum(second, np.maximum(first, away))
            first = np.minimum(first, away)
        return _blended(first, second, self.blend_mm)


@dataclass(frozen=True, slots=True)
class Intersection:
    """What several solids share."""

    solids: tuple[Solid, ...]

    @property
    def box_mm(self) -> Box:
        """What the boxes share."""
        boxes = np.array([solid.box_mm for solid in self.solids])
        return corners(boxes[:, 0].max(axis=0), boxes[:, 1].min(axis=0))

    def distance(self, points: Points) -> Points:
        """Largest of all distances."""
        deepest: Points = np.maximum.reduce([solid.distance(points) for solid in self.solids])
        return deepest


@dataclass(frozen=True, slots=True)
class Without:
    """A solid with others, grown by ``margin_mm``, cut away."""

    solid: Solid
    cut: Solid
    margin_mm: float = 0.0

    @property
    def box_mm(self) -> Box:
        """Of the solid before it was cut."""
        return self.solid.box_mm

    def distance(self, points: Points) -> Points:
        """Larger of the distance and the depth in what was cut away."""
        return np.maximum(self.solid.distance(points), points.dtype.type(self.margin_mm) - self.cut.distance(points))


def _blended(nearest: Points, second: Points, blend_mm: float) -> Points:
    """The smaller of two distances with a round seam; its slope is a weighted mean of theirs, so still at most 1."""
    if blend_mm <= 0:
        return nearest
    near = np.maximum(nearest - second + nearest.dtype.type(blend_mm), 0)
    return nearest - near * near / nearest.dtype.type(4 * blend_mm)


def _gaps_mm(boxes: npt.NDArray[np.float64], points: Points) -> npt.NDArray[np.float64]:
    """Least distance, (m,), between the box of the points and each of some boxes (m, 2, 3)."""
    low, high = points.min(axis=1), points.max(axis=1)
    apart = np.maximum(np.maximum(boxes[:, 0] - high, low - boxes[:, 1]), 0)
    gaps: npt.NDArray[np.float64] = np.linalg.norm(apart, axis=1)
    return gaps
