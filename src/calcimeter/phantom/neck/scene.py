"""What takes up tracer in a neck: ellipsoids with an uptake that washes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GlandSide = Literal["right", "left", "midline"]


@dataclass(frozen=True, slots=True)
class Source:
    """An ellipsoid of even uptake.

    Parameters
    ----------
    center_mm : (float, float, float)
        Toward the patient's left, toward the head, and depth under the front of the neck.
    radii_mm : (float, float, float)
        Along the same axes, before the tilt.
    uptake : float
        Activity per ml in the early image; soft tissue has 1.
    kept : float
        Share that is left in the delayed image, decay taken off.
    tilt_deg : float
        Of the long axis in the image; positive: its upper end leans toward the patient's left.
    moved_mm : (float, float)
        By which it lies elsewhere in the delayed image beside the patient's own shift, toward left and head: salivary
        glands move with the head.
    """

    center_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    uptake: float
    kept: float
    tilt_deg: float = 0.0
    moved_mm: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Gland:
    """A parathyroid adenoma, or a nodule of the thyroid.

    Parameters
    ----------
    kind : {"adenoma", "nodule"}
        A nodule's ``source.kept`` says whether it washes out with its lobe.
    side, pole
        The truth: where it lies.
    """

    kind: Literal["adenoma", "nodule"]
    source: Source
    side: GlandSide
    pole: Literal["upper", "middle", "lower", "ectopic"]


@dataclass(frozen=True, slots=True)
class Neck:
    """One patient.

    Parameters
    ----------
    right, left : Source
        Lobes of the thyroid.
    others : tuple of Source
        Isthmus, salivary glands, heart.
    tissue : Source
        Neck and shoulders.
    """

    name: str
    right: Source
    left: Source
    others: tuple[Source, ...]
    tissue: tuple[Source, ...]
    glands: tuple[Gland, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that is seen."""
        return (*self.tissue, self.right, self.left, *self.others, *(gland.source for gland in self.glands))
