"""DICOM SR of a scintigraphy after TID 1500: each focus as a region of the delayed image; unverified, preliminary."""

from __future__ import annotations

import json
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from calcimeter import __version__
from calcimeter.codes import SCINTIGRAPHY_CODES, Measure
from calcimeter.report import instance
from calcimeter.report.patient import MODULES, patient_and_study
from calcimeter.report.scintigraphy.record import scintigraphy_record
from calcimeter.report.scintigraphy.wording import conclusion, place_of
from calcimeter.report.segmentation import dicom_code
from calcimeter.report.sr_content import comment, make_document, measured, outlined, whole_group
from calcimeter.report.wording import sentence

if TYPE_CHECKING:
    from highdicom.sr import (
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        PlanarROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.dataset import Dataset

    from calcimeter.model.scintigram import Focus, Scintigram, ScintigraphyAnalysis

NM_IMAGE = "1.2.840.10008.5.1.4.1.1.20"


def scintigraphy_digest(analysis: ScintigraphyAnalysis) -> str:
    """Hexadecimal SHA-256 of all that the result says."""
    return sha256(json.dumps(scintigraphy_record(analysis), sort_keys=True).encode() + __version__.encode()).hexdigest()


def make_scintigraphy_report(analysis: ScintigraphyAnalysis) -> Dataset:
    """A Comprehensive SR: how many foci, and of each its outline in the delayed image and its measures.

    It goes into the study of the delayed image, or of the early one where there is none.
    """
    digest = scintigraphy_digest(analysis)
    sources = _sources(analysis)
    with instance.lenient():
        groups = [_whole(analysis, digest)]
        groups += [_group(k, focus, analysis, sources[0]) for k, focus in enumerate(analysis.foci, 1)]
        return make_document(groups, SCINTIGRAPHY_CODES["procedure"], sources, digest)


def tracking_uid(analysis: ScintigraphyAnalysis, focus: Focus) -> str:
    """What a focus is called: the same for the same study and place, to half a centimeter."""
    study = analysis.study
    place = ",".join(str(round(value * study.early.pixel_mm / 5)) for value in focus.position_px)
    return instance.derived_uid(study.study_uid or study.input_sha256, "focus", place)


def _sources(analysis: ScintigraphyAnalysis) -> list[Dataset]:
    """The delayed image and the early one as the result refers to them."""
    study = analysis.study
    images = [image for image in (study.delayed, study.early) if image is not None]
    with instance.lenient():
        sources = [_source(image, analysis, first=k == 0) for k, image in enumerate(images)]
    one = {str(source.SOPInstanceUID) for source in sources}
    return sources if len(one) == len(sources) else sources[:1]


def _source(image: Scintigram, analysis: ScintigraphyAnalysis, *, first: bool) -> Dataset:
    from pydicom import dcmread
    from pydicom.dataset import Dataset

    header = dcmread(BytesIO(image.header), force=True, stop_before_pixels=True)
    digest = analysis.study.input_sha256
    source = Dataset()
    values: dict[str, Any] = {
        "SOPClassUID": str(header.get("SOPClassUID", "")) or NM_IMAGE,
        "SOPInstanceUID": str(header.get("SOPInstanceUID", "")) or instance.derived_uid(digest, "image", str(first)),
        "StudyInstanceUID": str(header.get("StudyInstanceUID", "")) or instance.derived_uid(digest, "study"),
        "SeriesInstanceUID": str(header.get("SeriesInstanceUID", "")) or instance.derived_uid(digest, "series"),
        "Modality": "NM",
        "Rows": int(header.Rows),
        "Columns": int(header.Columns),
        "NumberOfFrames": int(header.get("NumberOfFrames", 1) or 1),
    }
    for keyword, value in values.items():
        setattr(source, keyword, value)
    if first:
        specific = {keyword for keyword in MODULES if keyword in header} | {"SpecificCharacterSet"}
        told = Dataset()
        for keyword in specific:
            if keyword in header:
                told[keyword] = header[keyword]
        source.update(patient_and_study(told))
    return source


def _whole(analysis: ScintigraphyAnalysis, digest: str) -> MeasurementsAndQualitativeEvaluations:
    """What holds for both images; all that is said where there is no focus."""
    count = None if analysis.verdict == "indeterminate" else len(analysis.foci)
    said = f"{conclusion(analysis)} Research use only, not for diagnosis."
    tracking = instance.derived_uid(digest, "search"), "Whole study"
    return whole_group(tracking, SCINTIGRAPHY_CODES["finding"], count, said)


def _group(
    k: int, focus: Focus, analysis: ScintigraphyAnalysis, image: Dataset
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    from highdicom.sr import FindingSite, PlanarROIMeasurementsAndQualitativeEvaluations

    delayed = analysis.study.delayed
    assert delayed is not None
    site = SCINTIGRAPHY_CODES[f"{focus.side}_lobe" if focus.in_lobe and focus.side else "neck"]
    frame = delayed.frame if int(image.NumberOfFrames) > 1 else None
    name = (tracking_uid(analysis, focus), f"Focus {k}")
    group = PlanarROIMeasurementsAndQualitativeEvaluations(
        **outlined(name, SCINTIGRAPHY_CODES["finding"], focus.outline_px, (image, frame)),
        finding_sites=[FindingSite(dicom_code(site))],
        measurements=_measurements(focus),
    )
    group[0].ContentSequence.append(comment(sentence(place_of(focus))))
    return group


def _measurements(focus: Focus) -> list[Measurement]:
    values = {
        "ratio_early": (focus.ratio_early, "1"),
        "ratio_delayed": (focus.ratio_delayed, "1"),
        "retention": (focus.retention, "1"),
        "z_score": (focus.z_score, "1"),
        "size_mm": (focus.size_mm, "mm"),
    }
    return [
        measured(Measure(SCINTIGRAPHY_CODES[name], unit), value)
        for name, (value, unit) in values.items()
        if value is not None
    ]
