"""An earlier or later analysis as its output folder tells it: what following deposits over time needs, and no scan."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Category, Side
from calcimeter.model.measures import Estimate, Point
from calcimeter.model.volume import read_only

ANALYSIS_SCHEMA = "calcimeter.analysis/1"
"""What ``analysis.json`` calls its form: written by ``report``, expected by ``load``."""

Labels = npt.NDArray[np.integer]

REJECTED = "rejected"
"""What a reader rejected is nothing by its category."""


@dataclass(frozen=True, slots=True, eq=False)
class LesionResult:
    """One lesion of an output folder.

    Parameters
    ----------
    voxels_mm : ndarray, (n, 3)
        Centers of its voxels, LPS mm.
    bone_id : int or None
        The nearest bone, an id of the study's bones.
    mean_hu : float or None
        Of what is above the threshold in it; None where that is not told.
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
    mean_hu: float | None = None


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
class AsideResult:
    """Something dense that the study shows and does not list: set aside by category, or rejected by a reader.

    Parameters
    ----------
    what : str
        A category, or ``REJECTED``.
    by_reader : bool
        Whether a reader decided so.
    points_mm : ndarray, (n, 3)
        Points of it, LPS mm.
    """

    what: str
    by_reader: bool
    points_mm: FloatArray


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
    patient, birth : str
        Digests of the patient's id and birth date; "" where they are not known.
    deidentified : bool
        Whether its headers say so: patient and date are made up, and hold between studies that were treated together.
    mg_ha_per_ml_per_hu : float or None
        Of the calibration; None where there is none.
    aside : tuple of AsideResult
        Empty also of an older version, which did not keep it.
    hu : ndarray of float, (slices, rows, columns), or None
        Mean HU on the grid of the body; None of an older version, which did not keep it.
    version, settings, input_sha256 : str
        Of the program, a digest of its settings, and of the images; "" where they are not told.
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
    birth: str = ""
    deidentified: bool = False
    mg_ha_per_ml_per_hu: float | None = None
    aside: tuple[AsideResult, ...] = ()
    hu: npt.NDArray[np.float32] | None = None
    version: str = ""
    settings: str = ""
    input_sha256: str = ""

    def __post_init__(self) -> None:
        for name in ("body", "bones_mask"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def of_category(self, *categories: Category) -> tuple[LesionResult, ...]:
        """Lesions of some categories, by id."""
        return tuple(lesion for lesion in self.lesions if lesion.category in categories)

    def is_of_images_of(self, other: StudyResult) -> bool:
        """Whether two results are known to be of the same images: no course of the patient lies between them."""
        return bool(self.input_sha256) and self.input_sha256 == other.input_sha256

    def is_of_another(self, other: StudyResult) -> bool:
        """Whether headers say that two studies are of two patients; a birth date that one lacks says nothing."""
        ids, births = (self.patient, other.patient), (self.birth, other.birth)
        return all(ids) and (ids[0] != ids[1] or (all(births) and births[0] != births[1]))


def digest_of(settings: Mapping[str, Any]) -> str:
    """The same of settings in memory and of those read back from JSON."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
