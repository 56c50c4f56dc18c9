"""Whether an NM image is a planar one of counts, and what it is where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calcimeter.errors import UnsupportedStudy
from calcimeter.knowledge.nm_images import refused_image, tells_planar

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

LARGEST_IMAGE = 4096
MOST_FRAMES = 2048
NEVER_PLANAR = {
    "RotationVector": "projections of a SPECT",
    "RotationInformationSequence": "projections of a SPECT",
    "SliceVector": "a SPECT",
    "RRIntervalVector": "a gated image",
    "GatedInformationSequence": "a gated image",
}
"""Elements of the NM tomography and multi-gated modules (DICOM PS3.3 C.8.4.11 to C.8.4.15)."""


def check_kind(dataset: Dataset) -> None:
    """Refuse what is no planar emission image of counts.

    A value of Image Type that the standard does not have is no reason to, where nothing else speaks against it.

    Raises
    ------
    UnsupportedStudy
        The message names what it is.
    """
    if str(dataset.get("Modality", "")) != "NM":
        raise UnsupportedStudy("met an image that is no scintigram (modality NM); give two planar NM images")
    kind = image_type(dataset)
    refused = refused_image(kind[2] if len(kind) > 2 else "") or _refused_by_elements(dataset, kind)
    if refused:
        raise UnsupportedStudy(f"met {refused}, expected planar images, early and delayed; give those")
    if "TRANSMISSION" in kind:
        raise UnsupportedStudy("met a transmission image, expected planar emission images; give those")
    if int(dataset.get("SamplesPerPixel", 1)) != 1 or str(dataset.get("PhotometricInterpretation")) != "MONOCHROME2":
        raise UnsupportedStudy("met a picture in place of counts (screen capture); give the original images")
    if "LossyImageCompression" in dataset and str(dataset.LossyImageCompression) == "01":
        raise UnsupportedStudy("met counts that were compressed with loss; give the original images")
    size = (int(dataset.get("Rows", 0)), int(dataset.get("Columns", 0)))
    if not all(0 < n <= LARGEST_IMAGE for n in size) or int(dataset.get("NumberOfFrames", 1) or 1) > MOST_FRAMES:
        raise UnsupportedStudy("met an image of an impossible size, expected a planar scintigram")


def image_type(dataset: Dataset) -> list[str]:
    """The values of Image Type; empty where there is none."""
    value = dataset.get("ImageType") or []
    return [str(word).strip().upper() for word in ([value] if isinstance(value, str) else value)]


def _refused_by_elements(dataset: Dataset, kind: list[str]) -> str | None:
    """What an image is by what its header holds; None for a planar one.

    Cameras write empty or needless elements into static images too: only where Image Type does not say that it is
    planar do they speak against it.
    """
    if "ReconstructionMethod" in dataset:
        return "a SPECT"
    if tells_planar(kind):
        return None
    return next((name for keyword, name in NEVER_PLANAR.items() if dataset.get(keyword)), None)
