"""The limitations of a whole analysis: anatomy and lesions -> caveats."""

from __future__ import annotations

import numpy as np

from calcimeter.model.anatomy import Anatomy
from calcimeter.model.caveat import OF_THIS_VERSION, Caveat, caveat
from calcimeter.model.lesion import Lesion
from calcimeter.model.study import CTStudy

NOISY_HU = 25.0
"""Above this noise the search threshold has to rise within one step of the noise itself."""


def collect_caveats(
    study: CTStudy, anatomy: Anatomy, lesions: tuple[Lesion, ...], *, edited: bool = False
) -> tuple[Caveat, ...]:
    """Caveats of the study, the anatomy and the lesions, and of this version, sorted by code."""
    codes = set(OF_THIS_VERSION)
    if edited:
        codes.add("EDITED_BY_READER")
    if anatomy.contrast.voxels():
        codes.add("CONTRAST_PRESENT")
    if anatomy.metal.voxels():
        codes.add("METAL_PRESENT")
    if anatomy.noise_hu > NOISY_HU:
        codes.add("NOISY")
    if not anatomy.skeleton.bones:
        codes.add("NO_SKELETON")
    if study.source_format != "dicom":
        codes.add("DICOM_RESULTS_NOT_WRITTEN")
    if _cropped(anatomy):
        codes.add("FIELD_OF_VIEW_CROPPED")
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
