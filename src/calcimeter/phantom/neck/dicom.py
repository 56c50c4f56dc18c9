"""Both images of a neck as a camera writes them: two NM files, or the truth as JSON beside them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from calcimeter.errors import OutputExists
from calcimeter.phantom.dicom import moment_of, nobody
from calcimeter.phantom.neck.camera import NeckReference

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PHASES = ("EARLY", "DELAYED")
VIEWS = {
    "anterior": ("399321004", "Anterior projection"),
    "posterior": ("399001007", "Posterior projection"),
}


def write_neck(reference: NeckReference, out: Path, day: int = 0) -> tuple[Path, Path]:
    """Write ``out/EARLY``, ``out/DELAYED`` and ``out/truth.json``; ``day`` counts from the epoch of all phantoms.

    Returns
    -------
    tuple of two Paths

    Raises
    ------
    OutputExists
        One of the files is there already.
    """
    paths = (out / PHASES[0], out / PHASES[1])
    if any(path.exists() for path in (*paths, out / "truth.json")):
        raise OutputExists("the output folder already holds a scan; name another folder or empty it")
    out.mkdir(parents=True, exist_ok=True)
    for phase, path in enumerate(paths):
        neck_dataset(reference, phase, day).save_as(path, enforce_file_format=True)
    (out / "truth.json").write_text(json.dumps(reference.truth, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return paths


def neck_dataset(reference: NeckReference, phase: int, day: int = 0) -> Dataset:
    """One image as DICOM: 0 early, 1 delayed."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, NuclearMedicineImageStorage, generate_uid

    values = reference.counts[phase].astype("<u2")
    digest = hashlib.sha256(b"".join(one.tobytes() for one in reference.counts)).hexdigest()
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = NuclearMedicineImageStorage
    dataset.StudyInstanceUID = str(generate_uid(entropy_srcs=["study", reference.neck.name, digest]))
    dataset.SeriesInstanceUID = str(generate_uid(entropy_srcs=["series", digest, str(phase)]))
    dataset.SOPInstanceUID = str(generate_uid(entropy_srcs=["image", digest, str(phase)]))
    dataset.file_meta.MediaStorageSOPClassUID = NuclearMedicineImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    for keyword, value in {**_who(reference, phase, day), **_how(reference, phase)}.items():
        setattr(dataset, keyword, value)
    _set_pixels(dataset, values)
    return dataset


def _who(reference: NeckReference, phase: int, day: int) -> dict[str, Any]:
    """Patient, study, series and times."""
    injected = moment_of(day)
    began = injected + timedelta(minutes=reference.camera.after_injection_min[phase])
    return {
        **nobody(injected, began),
        "SeriesNumber": str(phase + 1),
        "SeriesDescription": f"{reference.neck.name} {PHASES[phase].lower()}",
        "InstanceNumber": "1",
        "Modality": "NM",
        "BodyPartExamined": "NECK",
        "RadiopharmaceuticalInformationSequence": [_tracer(injected)],
    }


def _tracer(injected: datetime) -> Dataset:
    return _item(
        Radiopharmaceutical="Tc-99m sestamibi",
        RadiopharmaceuticalStartTime=injected.strftime("%H%M%S"),
        RadionuclideCodeSequence=[_code("72454006", "^99m^Technetium")],
        RadiopharmaceuticalCodeSequence=[_code("424299003", "Tc-99m sestamibi")],
    )


def _how(reference: NeckReference, phase: int) -> dict[str, Any]:
    """Camera, windows and detectors."""
    camera = reference.camera
    value, meaning = VIEWS[camera.view]
    range_item = _item(EnergyWindowLowerLimit="126", EnergyWindowUpperLimit="154")
    detector = _item(
        CollimatorType="PARA",
        CollimatorGridName="LEHR",
        FieldOfViewShape="RECTANGLE",
        ImageOrientationPatient=None,
        ImagePositionPatient=None,
        StartAngle="0" if camera.view == "anterior" else "180",
        ViewCodeSequence=[_item(**_code_values(value, meaning), ViewModifierCodeSequence=[])],
    )
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"],
        "AcquisitionTerminationCondition": "TIME",
        "ActualFrameDuration": str(round(camera.duration_s[phase] * 1000)),
        "CountsAccumulated": str(round(float(reference.counts[phase].sum()))),
        "PixelSpacing": [f"{camera.pixel_mm:.6g}"] * 2,
        "NumberOfFrames": "1",
        "FrameIncrementPointer": [0x00540010, 0x00540020],
        "EnergyWindowVector": [1],
        "NumberOfEnergyWindows": 1,
        "EnergyWindowInformationSequence": [_item(EnergyWindowName="Tc-99m", EnergyWindowRangeSequence=[range_item])],
        "DetectorVector": [1],
        "NumberOfDetectors": 1,
        "DetectorInformationSequence": [detector],
        "PatientOrientationCodeSequence": [
            _item(
                **_code_values("102538003", "Recumbent"),
                PatientOrientationModifierCodeSequence=[_code("40199007", "Supine")],
            )
        ],
        "PatientGantryRelationshipCodeSequence": [_code("102540008", "Headfirst")],
        "CorrectedImage": ["NRGY", "LIN", "UNIF"],
    }


def _set_pixels(dataset: Dataset, values: np.ndarray[Any, Any]) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = values.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = values.tobytes()


def _code(value: str, meaning: str) -> Dataset:
    return _item(**_code_values(value, meaning))


def _code_values(value: str, meaning: str) -> dict[str, str]:
    return {"CodeValue": value, "CodingSchemeDesignator": "SCT", "CodeMeaning": meaning}


def _item(**attributes: Any) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item
