"""The patient without table, clothes and the air around: volume -> body mask."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.settings import BodySettings
from calcimeter.errors import GeometryError, UnsupportedStudy
from calcimeter.geometry.components import Components
from calcimeter.geometry.morphology import coarse_factor, dilate, erode, filled, opened, threshold, unpool
from calcimeter.model.anatomy import Mask
from calcimeter.model.volume import Volume


def find_body(volume: Volume, settings: BodySettings) -> Mask:
    """Everything inside the patient's skin, lungs and bowel gas included.

    Tissue is told from air by its density, from table and mattress by thickness and density: a part is the
    patient's if a disk of 12 mm fits into a slice of it and most of it is as dense as soft tissue. Works on a
    coarse in-plane grid. Fails where a table part is thicker than that and as dense as tissue (a gel cushion).

    Raises
    ------
    UnsupportedStudy
        Nothing in the volume looks like a patient.
    GeometryError
        The body is wider in a slice than fits into a scanner.
    """
    factor = coarse_factor(volume.grid.spacing_mm, settings.coarse_mm)
    dz, dr, dc = volume.grid.spacing_mm
    spacing = (dz, dr * factor, dc * factor)
    dense = threshold(volume.values, settings.air_hu, factor=factor)
    soft = threshold(volume.values[:, ::factor, ::factor], *settings.soft_tissue_hu)
    solid = opened(dense, settings.opening_mm, spacing, in_plane=True)
    thick = erode(solid, settings.min_inscribed_radius_mm, spacing, in_plane=True)
    parts = Components.of(solid)
    voxels = parts.voxels()
    patient = (
        (voxels * float(np.prod(spacing)) >= settings.min_volume_mm3)
        & (parts.share(thick) > 0)
        & (parts.share(soft) >= settings.min_soft_tissue_share)
    )
    if not patient.any():
        raise UnsupportedStudy(
            "met no part of a patient in the images, expected soft tissue at least 24 mm thick; give the CT series "
            "of the body part"
        )
    body = parts.mask(patient)
    _check_width(body, spacing, settings)
    body = filled(dilate(body, settings.skin_mm, spacing, in_plane=True) & dense | body)
    return unpool(body, factor, volume.grid.shape)


def _check_width(body: Mask, spacing_mm: tuple[float, float, float], s: BodySettings) -> None:
    """Refuse what no scanner has room for: its voxels are not as large as the input says."""
    shown = np.logical_or.reduce([body.plane(k) for k in range(body.shape[0])])
    rows, columns = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
    width_mm = max((rows[-1] - rows[0] + 1) * spacing_mm[1], (columns[-1] - columns[0] + 1) * spacing_mm[2])
    if width_mm > s.widest_mm:
        raise GeometryError(
            f"met a body {width_mm:.0f} mm wide, expected at most {s.widest_mm:.0f} mm, for a scanner is no wider;"
            " check that pixel spacing or affine are in millimeters"
        )
