"""One multi-frame CT file -> one header a frame, so that everything behind it knows slices only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from calcimeter.errors import UnreadableInput
from calcimeter.load.dicom.header import PIXEL_BYTES, Header
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.dicom.read_headers import as_text

GROUPS = {
    "PlanePositionSequence": {"ImagePositionPatient": "ImagePositionPatient"},
    "PlaneOrientationSequence": {"ImageOrientationPatient": "ImageOrientationPatient"},
    "PixelMeasuresSequence": {"PixelSpacing": "PixelSpacing", "SliceThickness": "SliceThickness"},
    "PixelValueTransformationSequence": {
        "RescaleIntercept": "RescaleIntercept",
        "RescaleSlope": "RescaleSlope",
        "RescaleType": "RescaleType",
    },
    "CTImageFrameTypeSequence": {
        "FrameType": "ImageType",
        "VolumetricProperties": "VolumetricProperties",
        "VolumeBasedCalculationTechnique": "VolumeBasedCalculationTechnique",
    },
    "CTXRayDetailsSequence": {"KVP": "KVP"},
    "CTReconstructionSequence": {"ConvolutionKernel": "ConvolutionKernel"},
    "MultienergyCTCharacteristicsSequence": {"MonoenergeticEnergyEquivalent": "MonoenergeticEnergyEquivalent"},
    "FrameContentSequence": {
        "StackID": "StackID",
        "TemporalPositionIndex": "TemporalPositionIdentifier",
        "FrameAcquisitionNumber": "AcquisitionNumber",
    },
    "UnassignedSharedConvertedAttributesSequence": {"KVP": "KVP", "ConvolutionKernel": "ConvolutionKernel"},
    "UnassignedPerFrameConvertedAttributesSequence": {
        "KVP": "KVP",
        "ConvolutionKernel": "ConvolutionKernel",
        "AcquisitionNumber": "AcquisitionNumber",
    },
}
"""Functional group -> its attribute -> the name that the attribute has in a file of one slice (PS3.3 A.38.1, A.70)."""


def read_frames(file: Header) -> tuple[Header, ...]:
    """The header of every frame: what holds for the file, overlaid by what holds for the frame.

    Raises
    ------
    UnreadableInput
        The file's groups can't be read, or are not as many as its frames.
    """
    import pydicom

    try:
        with file.path.open("rb") as stream, quiet_pydicom():
            dataset = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
            own = [_values(item) for item in dataset.get("PerFrameFunctionalGroupsSequence") or ()]
            shared: dict[str, str] = {}
            for item in dataset.get("SharedFunctionalGroupsSequence") or ():
                shared |= _values(item)
    except Exception as error:  # pydicom has no common base for what damaged files raise
        raise UnreadableInput("met a damaged multi-frame header; copy it again", files=(str(file.path),)) from error
    if not own or len(own) != file.frames:
        raise UnreadableInput(
            f"met a file of another number of frames than the {len(own)} it tells the places of; copy it again",
            files=(str(file.path),),
        )
    return tuple(_frame(file, k, file.values | shared | values) for k, values in enumerate(own))


def _values(item: Any) -> dict[str, str]:
    """What one item of functional groups says, under the names of single-frame files."""
    return {name: text for name, text in _pairs(item) if text}


def _pairs(item: Any) -> Iterator[tuple[str, str]]:
    for sequence, names in GROUPS.items():
        group = item.get(sequence)
        if group:
            yield from ((name, as_text(group[0], keyword)) for keyword, name in names.items())


def _frame(file: Header, k: int, values: dict[str, str]) -> Header:
    """One frame; of uncompressed pixels it knows the first byte."""
    values = values | {
        "SOPInstanceUID": f"{file.text('SOPInstanceUID')}#{k}",
        # What the file says of all its frames holds for this one too.
        "ImageType": "\\".join(filter(None, (values.get("ImageType"), file.text("ImageType")))),
    }
    if file.pixels_at is None:
        return replace(file, values=values, frame=k)
    frame_bytes = PIXEL_BYTES * file.whole("Rows") * file.whole("Columns")
    there = max(0, file.pixel_bytes - k * frame_bytes)
    if k < file.frames - 1:  # the last one keeps what is too much
        there = min(there, frame_bytes)
    return replace(file, values=values, pixels_at=file.pixels_at + k * frame_bytes, pixel_bytes=there, frame=k)
