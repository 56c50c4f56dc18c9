"""The image that a radiograph's DICOM results refer to, from the header that the study keeps."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from calcimeter import __version__
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.report import instance
from calcimeter.report.patient import MODULES, patient_and_study
from calcimeter.report.radiograph.record import radiograph_record

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CR_IMAGE, DX_IMAGE = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"


def radiograph_digest(analysis: RadiographAnalysis) -> str:
    """Hexadecimal SHA-256 of all that a result says."""
    digest = sha256(json.dumps(radiograph_record(analysis), sort_keys=True).encode() + __version__.encode())
    for deposit in analysis.deposits:
        digest.update(repr((deposit.region.start, deposit.region.mask.shape)).encode())
        digest.update(np.packbits(deposit.region.mask).tobytes())
    return digest.hexdigest()


def read_source(analysis: RadiographAnalysis) -> Dataset:
    """Identity and size of the image with the patient and study modules: nothing else of it reaches a result."""
    from pydicom import dcmread
    from pydicom.dataset import Dataset

    study = analysis.study
    with instance.lenient():
        header = dcmread(BytesIO(study.header), force=True, stop_before_pixels=True)
        digest = study.input_sha256
        source = Dataset()
        values: dict[str, Any] = {
            "SOPClassUID": _uid(header, "SOPClassUID") or (DX_IMAGE if study.modality == "DX" else CR_IMAGE),
            "SOPInstanceUID": _uid(header, "SOPInstanceUID") or instance.derived_uid(digest, "image"),
            "StudyInstanceUID": _uid(header, "StudyInstanceUID") or instance.derived_uid(digest, "study"),
            "SeriesInstanceUID": _uid(header, "SeriesInstanceUID") or instance.derived_uid(digest, "series"),
            "Modality": study.modality,
            "Rows": study.values.shape[0],
            "Columns": study.values.shape[1],
            "PatientOrientation": _orientation(header),
        }
        for keyword, value in values.items():
            setattr(source, keyword, value)
        told = Dataset()
        for keyword in (*MODULES, "SpecificCharacterSet"):
            if keyword in header:
                told[keyword] = header[keyword]
        source.update(patient_and_study(told))
    return source


def _uid(header: Dataset, keyword: str) -> str:
    return str(header.get(keyword, "") or "")


def _orientation(header: Dataset) -> list[str]:
    """Where rows and columns go in the patient, as the image says it; empty where it says nothing that is such."""
    value = header.get("PatientOrientation")
    parts = [] if value is None or isinstance(value, str) else [str(part) for part in value]
    return parts if len(parts) == 2 and all(re.fullmatch("[LRAPHF]{1,3}", part) for part in parts) else []
