"""Enhanced CT in one multi-frame file: shared and per-frame functional groups, frames in any order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    EnhancedCTImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    LegacyConvertedEnhancedCTImageStorage,
)

UID = "1.2.826.0.1.3680043.10.2"
NATIVE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
GROUPS = ("PlaneOrientationSequence", "PixelMeasuresSequence", "PixelValueTransformationSequence")
"""Functional groups that stand in the shared item, or in every frame's own where ``per_frame`` names them."""


@dataclass(frozen=True)
class Layout:
    """How the frames of a file are stored.

    ``frames``: for each frame of the file in turn, the slice of the array that it shows (all in order where None).
    ``intercepts``: rescale intercept of each slice; -1024 everywhere where None. Needs the value transformation per
    frame.
    ``tags``: keywords of the data set to set, or to delete where the value is None.
    """

    frames: Sequence[int] | None = None
    intercepts: Sequence[float] | None = None
    legacy: bool = False
    series_uid: str = f"{UID}.2"
    instance_uid: str = f"{UID}.2.1"
    tags: dict[str, Any] = field(default_factory=dict)


def write_enhanced(
    path: Path,
    hu: npt.NDArray[Any],
    affine: npt.NDArray[np.float64],
    *,
    syntax: str = ExplicitVRLittleEndian,
    per_frame: Collection[str] = (),
    layout: Layout | None = None,
) -> Path:
    """One Enhanced CT (or Legacy Converted Enhanced CT) file of an array of slices, rows, columns.

    ``affine``: array index to LPS mm, as ``Scan.affine``. ``per_frame``: which of ``GROUPS`` stand in each frame's own
    item. Plane position and frame content always do.
    """
    dataset = enhanced(hu, affine, per_frame=per_frame, layout=layout)
    dataset.file_meta.TransferSyntaxUID = syntax if syntax in NATIVE else ExplicitVRLittleEndian
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    elif syntax == "1.2.840.10008.1.2.1.99":
        dataset.file_meta.TransferSyntaxUID = syntax
    elif syntax not in NATIVE:
        dataset.compress(syntax, generate_instance_uid=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def enhanced(
    hu: npt.NDArray[Any],
    affine: npt.NDArray[np.float64],
    *,
    per_frame: Collection[str] = (),
    layout: Layout | None = None,
) -> Dataset:
    """The data set that ``write_enhanced`` writes, as explicit VR little endian."""
    layout = layout or Layout()
    frames = list(range(hu.shape[0]) if layout.frames is None else layout.frames)
    dataset = _described(hu, layout)
    dataset.NumberOfFrames = len(frames)
    groups = [_frame_groups(affine, k, -1024.0 if layout.intercepts is None else layout.intercepts[k]) for k in frames]
    shared = Dataset()
    for keyword in [*GROUPS, "CTImageFrameTypeSequence"]:
        if keyword not in per_frame:
            setattr(shared, keyword, getattr(groups[0], keyword))
            for group in groups:
                delattr(group, keyword)
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = groups
    _put_dimensions(dataset, frames)
    intercepts = np.full(hu.shape[0], -1024.0) if layout.intercepts is None else np.asarray(layout.intercepts)
    stored = np.rint(hu - intercepts[:, None, None])[frames]
    dataset.PixelData = stored.astype("<u2").tobytes()
    for keyword, value in layout.tags.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def _described(hu: npt.NDArray[Any], layout: Layout) -> Dataset:
    """Everything but functional groups and pixels."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = LegacyConvertedEnhancedCTImageStorage if layout.legacy else EnhancedCTImageStorage
    dataset.SOPInstanceUID = layout.instance_uid
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"{UID}.1", layout.series_uid
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = f"{UID}.9", ""
    dataset.Modality, dataset.ImageType = "CT", ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.PatientName, dataset.PatientID = "CALCIMETER^PHANTOM", "SECRET"
    dataset.PatientBirthDate, dataset.PatientSex = "19511231", "O"
    dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20190501", "101112", "1"
    dataset.ContentDate, dataset.ContentTime = "20190501", "101213"
    dataset.AcquisitionDateTime = "20190501101112"
    dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    dataset.SeriesNumber, dataset.InstanceNumber, dataset.AcquisitionNumber = 3, 1, 1
    dataset.PatientPosition = "HFS"
    dataset.Manufacturer, dataset.ManufacturerModelName = "Maker", "Model"
    dataset.DeviceSerialNumber, dataset.SoftwareVersions = "1", "1"
    dataset.Rows, dataset.Columns = hu.shape[1:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelPresentation, dataset.VolumetricProperties = "MONOCHROME", "VOLUME"
    dataset.VolumeBasedCalculationTechnique = "NONE"
    dataset.BurnedInAnnotation, dataset.LossyImageCompression, dataset.PresentationLUTShape = "NO", "00", "IDENTITY"
    dataset.AcquisitionContextSequence = []
    return dataset


def _frame_groups(affine: npt.NDArray[np.float64], k: int, intercept: float) -> Dataset:
    """Every functional group of one slice."""
    steps = affine[:3, :3]
    lengths = np.linalg.norm(steps, axis=0)
    directions = steps / lengths
    group = Dataset()
    position, orientation, measures, transformation, frame_type, exposure, content, kernel = (
        Dataset() for _ in range(8)
    )
    position.ImagePositionPatient = [float(x) for x in affine[:3, 3] + k * steps[:, 0]]
    orientation.ImageOrientationPatient = [float(x) for x in (*directions[:, 2], *directions[:, 1])]
    measures.PixelSpacing = [float(lengths[1]), float(lengths[2])]
    measures.SliceThickness = float(lengths[0])
    transformation.RescaleIntercept, transformation.RescaleSlope = intercept, 1.0
    transformation.RescaleType = "HU"
    frame_type.FrameType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    frame_type.PixelPresentation, frame_type.VolumetricProperties = "MONOCHROME", "VOLUME"
    frame_type.VolumeBasedCalculationTechnique = "NONE"
    exposure.KVP = 120.0
    kernel.ConvolutionKernel = "STANDARD"
    content.StackID, content.InStackPositionNumber, content.FrameAcquisitionNumber = "1", k + 1, 1
    group.PlanePositionSequence, group.PlaneOrientationSequence = [position], [orientation]
    group.PixelMeasuresSequence, group.PixelValueTransformationSequence = [measures], [transformation]
    group.CTImageFrameTypeSequence, group.CTXRayDetailsSequence = [frame_type], [exposure]
    group.CTReconstructionSequence, group.FrameContentSequence = [kernel], [content]
    return group


def _put_dimensions(dataset: Dataset, frames: Sequence[int]) -> None:
    """Frames are indexed by stack and position in it."""
    organization = Dataset()
    organization.DimensionOrganizationUID = f"{UID}.8"
    dataset.DimensionOrganizationSequence = [organization]
    dataset.DimensionIndexSequence = []
    for pointer in (0x00209056, 0x00209057):
        index = Dataset()
        index.DimensionOrganizationUID = f"{UID}.8"
        index.DimensionIndexPointer, index.FunctionalGroupPointer = pointer, 0x00209111
        dataset.DimensionIndexSequence.append(index)
    places = {k: n + 1 for n, k in enumerate(sorted(set(frames)))}
    for k, group in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        group.FrameContentSequence[0].DimensionIndexValues = [1, places[k]]
