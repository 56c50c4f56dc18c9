"""A radiograph as a file: DX or CR, and the truth as JSON beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calcimeter.errors import OutputExists
from calcimeter.phantom.dicom import moment_of, nobody, rounded
from calcimeter.phantom.radiograph.reference import RadiographReference

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

IMAGE = "IMAGE.dcm"


def write_radiograph(reference: RadiographReference, out: Path, day: int = 0) -> Path:
    """Write ``out/IMAGE.dcm`` and ``out/truth.json``; ``day`` counts from the epoch of all phantoms.

    Returns
    -------
    Path
        Of the image.

    Raises
    ------
    OutputExists
        One of the files is there already.
    """
    path = out / IMAGE
    if path.exists() or (out / "truth.json").exists():
        raise OutputExists("the output folder already holds an image; name another folder or empty it")
    out.mkdir(parents=True, exist_ok=True)
    radiograph_dataset(reference, day).save_as(path, enforce_file_format=True)
    text = json.dumps(rounded(reference.truth), indent=1, allow_nan=False)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")
    return path


def radiograph_dataset(reference: RadiographReference, day: int = 0) -> Dataset:
    """The image as DICOM: Digital X-Ray, for presentation or for processing, or Computed Radiography."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    digest = hashlib.sha256(reference.stored.tobytes()).hexdigest()
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = _storage(reference)
    for keyword, role in (("StudyInstanceUID", "study"), ("SeriesInstanceUID", "series"), ("SOPInstanceUID", "image")):
        setattr(dataset, keyword, str(generate_uid(entropy_srcs=[role, reference.name, digest])))
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    specific = _digital_xray(reference) if reference.exposure.modality == "DX" else _computed(reference)
    for keyword, value in {
        **_who_and_what(reference, day),
        **_how(reference),
        **specific,
        **_gray_levels(reference),
    }.items():
        setattr(dataset, keyword, value)
    dataset.PixelData = reference.stored.tobytes()
    return dataset


def _storage(reference: RadiographReference) -> str:
    from pydicom import uid

    if reference.exposure.modality == "CR":
        return str(uid.ComputedRadiographyImageStorage)
    if reference.exposure.response == "linear":
        return str(uid.DigitalXRayImageStorageForProcessing)
    return str(uid.DigitalXRayImageStorageForPresentation)


def _who_and_what(reference: RadiographReference, day: int) -> dict[str, Any]:
    """Patient, study, series and equipment."""
    moment = moment_of(day)
    return {
        **nobody(moment, moment),
        "QualityControlImage": "YES",
        "SeriesNumber": "1",
        "SeriesDescription": reference.name,
        "InstanceNumber": "1",
        "AcquisitionNumber": "1",
        "Modality": reference.exposure.modality,
        "BodyPartExamined": _region(reference)[0],
        "PatientOrientation": ["R" if reference.exposure.mirrored else "L", "F"],
    }


def _how(reference: RadiographReference) -> dict[str, Any]:
    """Beam and geometry."""
    exposure, projection = reference.exposure, reference.exposure.projection
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", ""],
        "KVP": f"{exposure.kvp:g}",
        "ViewPosition": "AP",
        "DistanceSourceToDetector": f"{projection.source_to_detector_mm:g}",
        "ImagerPixelSpacing": [f"{projection.pixel_mm:g}"] * 2,
        "FocalSpots": f"{exposure.focus_mm:g}",
        "BurnedInAnnotation": "NO",
        "LossyImageCompression": "00",
    }


def _digital_xray(reference: RadiographReference) -> dict[str, Any]:
    """What Digital X-Ray asks for beyond Computed Radiography."""
    exposure, projection = reference.exposure, reference.exposure.projection
    _, code, meaning = _region(reference)
    # The positioner knows the table top, not where in the patient a deposit lies: 15 cm before the detector, where
    # the middle of a patient lies.
    to_patient = projection.source_to_detector_mm - 150
    return {
        "PresentationIntentType": "FOR PROCESSING" if exposure.response == "linear" else "FOR PRESENTATION",
        "DistanceSourceToPatient": f"{to_patient:g}",
        "EstimatedRadiographicMagnificationFactor": f"{projection.source_to_detector_mm / to_patient:.4f}",
        "PositionerType": "NONE",
        "DetectorType": "SCINTILLATOR",
        "PixelIntensityRelationship": "LIN" if exposure.response == "linear" else "LOG",
        "PixelIntensityRelationshipSign": 1 if exposure.monochrome == 1 else -1,
        "PresentationLUTShape": "INVERSE" if exposure.monochrome == 1 else "IDENTITY",
        "ImageLaterality": "L" if reference.name.endswith(("hip", "thigh")) else "U",
        "AnatomicRegionSequence": [_item(CodeValue=code, CodingSchemeDesignator="SCT", CodeMeaning=meaning)],
        "ViewCodeSequence": [
            _item(
                CodeValue="399348003",
                CodingSchemeDesignator="SCT",
                CodeMeaning="antero-posterior",
                ViewModifierCodeSequence=[],
            )
        ],
        "PatientOrientationCodeSequence": [
            _item(
                CodeValue="102538003",
                CodingSchemeDesignator="SCT",
                CodeMeaning="recumbent",
                PatientOrientationModifierCodeSequence=[
                    _item(CodeValue="40199007", CodingSchemeDesignator="SCT", CodeMeaning="supine")
                ],
            )
        ],
        "AcquisitionContextSequence": [],
        "RescaleIntercept": "0",
        "RescaleSlope": "1",
        "RescaleType": "US",
    }


def _computed(reference: RadiographReference) -> dict[str, Any]:
    """Computed Radiography tells little, and no magnification."""
    return {"Laterality": "L"} if reference.name.endswith(("hip", "thigh")) else {}


def _gray_levels(reference: RadiographReference) -> dict[str, Any]:
    """Format of the pixels, and a window over most of them."""
    import numpy as np

    low, high = (float(v) for v in np.percentile(reference.stored[::8, ::8], (1, 99)))
    exposure = reference.exposure
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": f"MONOCHROME{exposure.monochrome}",
        "Rows": reference.stored.shape[0],
        "Columns": reference.stored.shape[1],
        "BitsAllocated": 16,
        "BitsStored": exposure.bits,
        "HighBit": exposure.bits - 1,
        "PixelRepresentation": 0,
        "WindowCenter": f"{(low + high) / 2:.0f}",
        "WindowWidth": f"{max(high - low, 1):.0f}",
    }


def _region(reference: RadiographReference) -> tuple[str, str, str]:
    """Body part as CR says it, and its code."""
    if reference.name.endswith("thigh"):
        return "LEG", "68367000", "Thigh"
    if reference.name.endswith("hip"):
        return "HIP", "24136001", "Hip joint"
    return "PELVIS", "12921003", "Pelvis"


def _item(**attributes: Any) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item
