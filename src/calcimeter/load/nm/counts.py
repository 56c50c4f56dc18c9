"""Whether the stored values of an NM image are counts as the camera measured them.

Chance is told by the counts themselves, as Poisson has it: values that were scaled would make foci of noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from calcimeter.errors import UnsupportedStudy

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CHANGED = {"ATTN": "attenuation", "DECY": "decay", "SCAT": "scatter"}
"""Values of Corrected Image by which counts are no longer those that were measured (DICOM PS3.3 C.8.4.8)."""
BEYOND_TOLD = 1.5
"""By so many times values may go beyond the counts that the header tells: edges that a camera cut or filled up."""


def check_counts(dataset: Dataset, pixels: np.ndarray[Any, Any]) -> None:
    """Refuse values that are no counts as they were measured.

    Raises
    ------
    UnsupportedStudy
        The header rescales them, says that they were corrected for something that changes counts, or tells far fewer
        than they add up to.
    """
    value = dataset.get("CorrectedImage") or []
    done = [CHANGED[word] for word in ([value] if isinstance(value, str) else value) if word in CHANGED]
    if done:
        raise UnsupportedStudy(
            f"met counts corrected for {' and '.join(sorted(done))}, expected counts as they were measured, for they"
            " tell chance; export the images without that correction"
        )
    # An element without a value says nothing.
    slope, intercept = (
        default if dataset.get(keyword) in (None, "") else float(dataset[keyword].value)
        for keyword, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))
    )
    if (slope, intercept) != (1, 0):
        raise UnsupportedStudy(
            f"met rescaled values (slope {slope:g}, intercept {intercept:g}), expected counts as they were measured,"
            " for they tell chance; export the images without rescaling"
        )
    told, met = _accumulated(dataset), float(pixels.sum(dtype=np.float64))
    # Of several frames the header tells one number, and not of which.
    if told and len(pixels) == 1 and met > BEYOND_TOLD * told:
        raise UnsupportedStudy(
            f"met values that add up to {met:.0f} where the header tells {told:.0f} counts, expected counts as they"
            " were measured, for they tell chance; export the images without rescaling"
        )


def _accumulated(dataset: Dataset) -> float | None:
    """The counts of an image by its header; None where it does not tell them."""
    try:
        told = float(dataset.CountsAccumulated)
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None
    return told if told > 0 else None
