"""An earlier or later analysis as its output folder tells it: what following deposits over time needs, and no scan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Category, Side
from calcimeter.model.measures import Estimate, Point
from calcimeter.model.volume import read_only

ANALYSIS_SCHEMA = "calcimeter.analysis/1"
"""What ``analysis.json`` calls its form: written by ``report``, expected by ``load``."""

Labels = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class LesionResult:
    """One lesion of an output folder.

    Parameters
    ----------
    voxels_mm : ndarray, (n, 3)
        Centers of its voxels, LPS mm.
    bone_id : int or None
        The nearest bone, an id of the study's bones.
    """

    id: int
    tracking_uid: str
    category: Category
    centroid_mm: Point
    volume_mm3: Estimate
    mass_mg_ha: Estimate | None
    bone_id: int | None
    caveats: tuple[str, ...]
    voxels_mm: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class BoneResult:
    """One bone of an output folder.

    Parameters
    ----------
    surface_mm, normals : ndarray, (n, 3)
        Points of its surface, LPS mm, as many as registration needs, and unit vectors outward there.
    """

    id: int
    name: str | None
    side: Side | None
    surface_mm: FloatArray
    normals: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class StudyResult:
    """One analyzed CT study.

    Parameters
    ----------
    body : ndarray of bool, (slices, rows, columns)
        The body at 4 mm.
    bones_mask : ndarray of bool
        The bones on the same grid.
    affine_lps : ndarray, (4, 4)
        From the indices of that grid to LPS mm.
    searched : bool
        Whether deposits were looked for; False where outlines were given.
    date : datetime.date or None
        Of the study; kept for the days between two, never written out.
    patient : str
        Digest of the patient's id and birth date; "" where they are not known.
    """

    lesions: tuple[LesionResult, ...]
    bones: tuple[BoneResult, ...]
    body: npt.NDArray[np.bool_]
    bones_mask: npt.NDArray[np.bool_]
    affine_lps: FloatArray
    spacing_mm: tuple[float, float, float]
    kvp: float | None
    kernel: str | None
    calibration: str
    threshold_hu: float
    detection_limit_mm3: float | None
    searched: bool
    date: dt.date | None
    patient: str
    codes: frozenset[str]

    def __post_init__(self) -> None:
        for name in ("body", "bones_mask"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def of_category(self, *categories: Category) -> tuple[LesionResult, ...]:
        """Lesions of some categories, by id."""
        return tuple(lesion for lesion in self.lesions if lesion.category in categories)
