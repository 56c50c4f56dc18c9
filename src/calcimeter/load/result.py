"""An output folder of ``calcimeter analyze`` -> what following deposits over time needs."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from calcimeter.errors import CalcimeterError, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.geometry.coarse import coarse_hu
from calcimeter.load.out_folder import check_folder
from calcimeter.model.grid import RAS_TO_LPS, FloatArray
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Estimate
from calcimeter.model.result import (
    ANALYSIS_SCHEMA,
    AsideResult,
    BoneResult,
    LesionResult,
    StudyResult,
    digest_of,
)

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from calcimeter.model.study import CTStudy

NEEDED = ("lesions.nii.gz", "registration.npz")
SLACK_MM = 0.5
"""Centers of voxels lie half a voxel inside the box; what files round is far less."""


class Patient(NamedTuple):
    """What the DICOM results of a folder tell of the patient and the study; "" and None where there are none.

    Parameters
    ----------
    digest, birth : str
        Of the patient's id, and of the birth date: apart, for one of two exports may lack the date.
    deidentified : bool
        Whether the header says so: id and date are made up then.
    """

    digest: str
    date: dt.date | None
    birth: str = ""
    deidentified: bool = False


def load_result(folder: Path | str) -> StudyResult:
    """Read an output folder.

    Parameters
    ----------
    folder : path
        OUT of ``calcimeter analyze``; of it analysis.json, lesions.nii.gz and registration.npz are read, and from
        report.sr.dcm, where there is one, the date of the study and whether it is the same patient.

    Raises
    ------
    UsageError
        There is no such folder, or it is none of ``calcimeter analyze``.
    UnsupportedStudy
        It holds the analysis of something else than a CT scan, or one of another version without what is needed.
    UnreadableInput
        A file in it is damaged.
    """
    folder = Path(folder)
    check_folder(folder, "an OUT of `calcimeter analyze`")
    _check_there(folder, "analysis.json")
    try:
        record = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
        _check(record)
        for name in NEEDED:
            _check_there(folder, name)
        with (folder / "registration.npz").open("rb") as file, np.load(file) as stored:
            arrays = {name: stored[name] for name in stored.files}
        voxels_mm = _voxels_mm(folder / "lesions.nii.gz")
        _check_of_one_scan(record, voxels_mm)
        return _result(record, arrays, voxels_mm, _patient(folder / "report.sr.dcm"))
    except CalcimeterError:
        raise
    except (KeyError, TypeError, ValueError, OSError, EOFError, BadZipFile) as error:
        raise UnreadableInput(
            "met an output folder that is damaged or of another version; analyze the scan again"
        ) from error


def _check_there(folder: Path, name: str) -> None:
    if not (folder / name).is_file():
        raise UsageError(
            f"met a folder without {name}, expected an OUT of `calcimeter analyze`; analyze the scan first"
        )


def _check_of_one_scan(record: Mapping[str, Any], voxels_mm: Mapping[int, FloatArray]) -> None:
    """Every label of the map is a lesion of the list, and lies in its box."""
    boxes = {lesion["id"]: np.array(lesion["bounding_box_mm"], dtype=float) for lesion in record["lesions"]}
    for number, points in voxels_mm.items():
        low, high = boxes.get(number, (np.inf, -np.inf))
        if (points < low - SLACK_MM).any() or (points > high + SLACK_MM).any():
            raise UnreadableInput(
                f"met an output folder whose lesion {number} lies elsewhere in lesions.nii.gz than in analysis.json, "
                "expected files of one analysis: analyze the scan again"
            )


def _check(record: Any) -> None:
    if not isinstance(record, dict) or record.get("schema") != ANALYSIS_SCHEMA:
        raise UnsupportedStudy(f"met an analysis.json that is no {ANALYSIS_SCHEMA}; analyze the scan again")
    if record["study"]["modality"] != "CT":
        raise UnsupportedStudy("met the analysis of something else than CT; only CT scans are compared")


def _result(
    record: Mapping[str, Any], arrays: Mapping[str, Any], voxels_mm: Mapping[int, FloatArray], patient: Patient
) -> StudyResult:
    study = record["study"]
    spacing = tuple(float(step) for step in study["spacing_mm"])
    return StudyResult(
        lesions=tuple(_lesion(lesion, voxels_mm) for lesion in record["lesions"]),
        bones=tuple(_bone(bone, arrays) for bone in record["skeleton"]["bones"]),
        body=arrays["body"] > 0,
        bones_mask=arrays["bones"] > 0,
        affine_lps=arrays["affine_lps"],
        spacing_mm=(spacing[0], spacing[1], spacing[2]),
        kvp=study["kvp"],
        kernel=study["kernel"],
        calibration=record["calibration"]["level"],
        threshold_hu=record["search"]["threshold_hu"],
        detection_limit_mm3=record["search"]["detection_limit_mm3"],
        searched=record["search"]["examined_mm3"] > 0,
        date=patient.date,
        patient=patient.digest,
        codes=frozenset(caveat["code"] for caveat in record["caveats"]),
        birth=patient.birth,
        deidentified=patient.deidentified,
        mg_ha_per_ml_per_hu=record["calibration"]["mg_ha_per_ml_per_hu"],
        aside=_aside(arrays),
        hu=coarse_hu(arrays["hu"]) if "hu" in arrays else None,
        version=record["provenance"]["version"],
        settings=digest_of(record["provenance"]["settings"]),
        input_sha256=record["provenance"]["input_sha256"],
    )


def _lesion(said: Mapping[str, Any], voxels_mm: Mapping[int, FloatArray]) -> LesionResult:
    x, y, z = (float(c) for c in said["centroid_mm"])
    volume = _estimate(said["volume_mm3"])
    if volume is None:
        raise KeyError("volume_mm3")
    return LesionResult(
        id=said["id"],
        tracking_uid=said["tracking_uid"],
        category=Category(said["category"]),
        centroid_mm=(x, y, z),
        volume_mm3=volume,
        mass_mg_ha=_estimate(said["mass_mg_ha"]),
        bone_id=said["place"]["bone_id"],
        caveats=tuple(said["caveats"]),
        voxels_mm=voxels_mm.get(said["id"], np.array([[x, y, z]])),
        mean_hu=said["mean_hu"],
    )


def _bone(said: Mapping[str, Any], arrays: Mapping[str, Any]) -> BoneResult:
    own = arrays["surface_bone"] == said["id"]
    points, normals = (arrays[name][own].astype(np.float64) for name in ("surface_mm", "surface_normal"))
    return BoneResult(said["id"], said["name"], said["side"], points, normals)


def _aside(arrays: Mapping[str, Any]) -> tuple[AsideResult, ...]:
    """What the scan shows and the result does not list; none in a folder of a version that did not keep it."""
    if "aside_mm" not in arrays:
        return ()
    points, of = arrays["aside_mm"].astype(np.float64), arrays["aside_of"]
    kinds = zip(arrays["aside_what"].tolist(), arrays["aside_by_reader"].tolist(), strict=True)
    return tuple(AsideResult(what, by_reader, points[of == k]) for k, (what, by_reader) in enumerate(kinds))


def _estimate(said: Mapping[str, Any] | None) -> Estimate | None:
    """With what its error shares with others; where an older version did not tell it, all may be shared."""
    if said is None:
        return None
    value, low, high = float(said["value"]), said["low"], said["high"]
    most = 0.0 if low is None or high is None else max(value - low, high - value)
    return Estimate(value, low, high, float(said.get("common", most)))


def _voxels_mm(path: Path) -> dict[int, FloatArray]:
    """Centers of the voxels of every lesion, LPS mm."""
    import nibabel

    image = nibabel.nifti1.load(path)
    labels = np.asanyarray(image.dataobj)
    affine = RAS_TO_LPS @ image.affine
    flat = labels.reshape(-1, order="F")  # as the file has it: looked through without a copy
    places = np.flatnonzero(flat)
    of_lesion = flat[places]
    index = np.stack(np.unravel_index(places, labels.shape, order="F"), axis=1)
    points: FloatArray = index @ affine[:3, :3].T + affine[:3, 3]
    return {int(number): points[of_lesion == number] for number in np.unique(of_lesion)}


def _patient(path: Path) -> Patient:
    """From the structured report, which carries the source's patient and study modules."""
    if not path.is_file():
        return Patient("", None)
    import pydicom

    try:
        return _told(pydicom.dcmread(path, stop_before_pixels=True))
    except (pydicom.errors.InvalidDicomError, AttributeError, NotImplementedError) as error:
        raise ValueError("report.sr.dcm is damaged") from error


def patient_of(study: CTStudy) -> Patient:
    """The same from the headers of a study in memory."""
    if not study.headers:
        return Patient("", None)
    import pydicom

    return _told(pydicom.dcmread(BytesIO(study.headers[0]), stop_before_pixels=True, force=True))


def _told(dataset: Dataset) -> Patient:
    digests = []
    for name in ("PatientID", "PatientBirthDate"):
        known = str(dataset.get(name, "") or "").strip()
        digests.append(hashlib.sha256(known.encode()).hexdigest() if known else "")
    date = None
    with suppress(ValueError):
        date = dt.datetime.strptime(str(dataset.get("StudyDate", "")), "%Y%m%d").date()
    removed = str(dataset.get("PatientIdentityRemoved", "") or "").strip().upper() == "YES"
    return Patient(digests[0], date, digests[1] if digests[0] else "", removed)
