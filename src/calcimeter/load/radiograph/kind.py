"""What is no plain radiograph, by its own header: refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.errors import UnsupportedStudy
from calcimeter.knowledge.xr_images import (
    is_radiograph,
    is_radiograph_class,
    is_secondary_capture,
    refused_modality,
)

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

EXPECTED = "expected a plain radiograph (CR, DX)"
DIGITIZED_FILM = "DF"


def check_kind(dataset: Dataset) -> None:
    """Refuse what is no gray radiograph of one frame.

    Raises
    ------
    UnsupportedStudy
        Fluoroscopy, angiograms, mammograms, secondary captures, color, several frames, and what else can't be measured
        as a radiograph. A digitized film is taken.
    """
    modality, class_uid = str(dataset.get("Modality", "")), str(dataset.get("SOPClassUID", ""))
    if is_secondary_capture(class_uid) and str(dataset.get("ConversionType", "")) != DIGITIZED_FILM:
        raise UnsupportedStudy(f"met a secondary capture (a picture of a screen), {EXPECTED}; give the original image")
    if not is_radiograph(modality):
        name = refused_modality(modality) or "an image of another modality"
        raise UnsupportedStudy(f"met {name}, {EXPECTED}; give one")
    if not (is_radiograph_class(class_uid) or is_secondary_capture(class_uid)):
        raise UnsupportedStudy(f"met a file that is no image of a radiograph, {EXPECTED}; give the image")
    if _whole(dataset, "NumberOfFrames", 1) > 1:
        raise UnsupportedStudy(f"met several frames, as of fluoroscopy or tomosynthesis, {EXPECTED}; give one image")
    if "TOMO" in {str(word).upper() for word in dataset.get("ImageType") or []}:
        raise UnsupportedStudy(f"met an image of tomosynthesis, {EXPECTED}; give one")
    photometric = str(dataset.get("PhotometricInterpretation", "")).strip().upper()
    if _whole(dataset, "SamplesPerPixel", 1) != 1 or photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise UnsupportedStudy("met a picture in color, expected gray levels; give the original image")
    if str(dataset.get("PixelIntensityRelationship", "")).strip().upper() == "DIFF":
        raise UnsupportedStudy(f"met a difference of two images, {EXPECTED}; give the original image")


def _whole(dataset: Dataset, keyword: str, otherwise: int) -> int:
    """A whole number of the header; the other one where it says none."""
    try:
        return int(dataset.get(keyword) or otherwise)
    except (TypeError, ValueError):
        return otherwise
