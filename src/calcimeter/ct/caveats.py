"""The limitations of a whole analysis: anatomy and lesions -> caveats."""

from __future__ import annotations

import numpy as np

from calcimeter.geometry.scale_end import scale_end
from calcimeter.model.analysis import Search
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.calibration import Calibration
from calcimeter.model.caveat import OF_THIS_VERSION, Caveat, caveat
from calcimeter.model.lesion import Lesion
from calcimeter.model.study import CTStudy

NOISY_HU = 25.0
"""Above this noise the search threshold has to rise within one step of the noise itself."""

USUAL_SCALE_HU = 3071.0
"""The top of the scale of 12 bits that begins at -1024 HU."""


def collect_caveats(
    study: CTStudy,
    anatomy: Anatomy,
    lesions: tuple[Lesion, ...],
    calibration: Calibration,
    search: Search,
    *,
    edited: bool = False,
) -> tuple[Caveat, ...]:
    """Caveats of study, anatomy, lesions and search, and of this version where it searched, sorted by code."""
    named = [bone for bone in anatomy.skeleton.bones if bone.name is not None]
    met = {
        "AGATSTON_NOT_COMPUTED": any(lesion.agatston is None for lesion in lesions),
        "BONES_NOT_NAMED": len(named) < len(anatomy.skeleton.bones),
        "CALIBRATION_NOMINAL": calibration.level == "nominal",
        "CALIBRATION_NOT_AVAILABLE": calibration.level == "none",
        "CALIBRATION_UNUSUAL": calibration.is_unusual,
        "CONTRAST_PRESENT": anatomy.contrast.voxels() > 0,
        "DICOM_RESULTS_NOT_WRITTEN": not study.headers,
        "EDITED_BY_READER": edited,
        "FIELD_OF_VIEW_CROPPED": _cropped(anatomy),
        "HU_RANGE_CLIPPED": scale_end(study.volume.values) is not None,
        "HU_RANGE_EXTENDED": float(study.volume.values.max()) > USUAL_SCALE_HU,
        "METAL_PRESENT": anatomy.metal.voxels() > 0,
        "NOISY": anatomy.noise_hu > NOISY_HU,
        "NO_SKELETON": not anatomy.skeleton.bones,
        "REGIONS_UNKNOWN": not named or (search.examined_mm3 > 0 and not search.regions),
    }
    codes = {code for code, holds in met.items() if holds}
    if search.examined_mm3:
        codes.update(OF_THIS_VERSION)
    codes.update(anatomy.skeleton.caveats)
    for lesion in lesions:
        codes.update(lesion.caveats)
    return tuple(sorted({*study.caveats, *(caveat(code) for code in codes)}))


def _cropped(anatomy: Anatomy) -> bool:
    """Whether the body reaches the side borders of the slices."""
    shape = anatomy.body.shape
    everything = slice(0, shape[0])
    sides = (
        anatomy.body.within((everything, slice(0, 1), slice(0, shape[2]))),
        anatomy.body.within((everything, slice(shape[1] - 1, shape[1]), slice(0, shape[2]))),
        anatomy.body.within((everything, slice(0, shape[1]), slice(0, 1))),
        anatomy.body.within((everything, slice(0, shape[1]), slice(shape[2] - 1, shape[2]))),
    )
    return any(bool(np.any(side)) for side in sides)
