"""Any input -> one radiograph, ready to be measured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np

from calcimeter.errors import CalcimeterError, Refused, UnreadableInput
from calcimeter.load.dicom.kind import is_lossy
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.dicom.shown import shown_uid
from calcimeter.load.radiograph.border import exposed_part, letters
from calcimeter.load.radiograph.files import Found, choose, opened, summaries
from calcimeter.load.radiograph.picture import read_picture
from calcimeter.load.radiograph.pixels import Stored, read_stored
from calcimeter.load.radiograph.plane import Scale, plane_of, plane_of_picture
from calcimeter.load.radiograph.values import Values, cut_off, gray_values
from calcimeter.load.radiograph.view import Seen
from calcimeter.model.caveat import caveat
from calcimeter.model.plane import PlaneCalibration
from calcimeter.model.radiograph import Radiograph
from calcimeter.model.study import SeriesSummary

LARGEST_DETECTOR_MM = 600.0
"""No detector is longer: what is longer was put together from several images."""
STITCHED = ("STITCH", "COMPOSE", "COMPOSITE", "LONG LENGTH")
PERSPECTIVE = 0.05
"""By so much, relative, lengths in a photograph of a film are off, which no camera faces squarely [chosen]."""


@dataclass(frozen=True, slots=True)
class RadiographOptions:
    """What a caller may say about a radiograph; all of it can be left out.

    Parameters
    ----------
    series : str or None
        UID of the series, or of the image, to be measured.
    scale : Scale or None
        Two points on a marker and their distance.
    """

    series: str | None = None
    scale: Scale | None = None


def load_radiograph(source: Path, options: RadiographOptions | None = None) -> Radiograph:
    """Load the radiograph of an input.

    Parameters
    ----------
    source : Path
        A CR or DX file, a PNG, a JPEG, or a folder or zip with them.

    Raises
    ------
    UsageError
        There is no such input, or (AmbiguousSeries) several images are equally good.
    Refused
        It can't be measured truthfully.
    """
    options = options or RadiographOptions()
    with opened(Path(source)) as images:
        chosen = choose(images, options.series)
        listed = zip(images, summaries(images), strict=True)
        others = tuple(summary for image, summary in listed if image is not chosen)
        try:
            return _picture(chosen, options, others) if chosen.dataset is None else _dicom(chosen, options, others)
        except Refused as error:
            error.files = error.files or (str(chosen.path),)
            raise


def _dicom(chosen: Found, options: RadiographOptions, others: tuple[SeriesSummary, ...]) -> Radiograph:
    dataset, header, seen = chosen.dataset, chosen.header, chosen.seen
    assert dataset is not None
    assert header is not None
    assert seen is not None
    stored = read_stored(header)
    try:
        with quiet_pydicom():
            values = gray_values(dataset, stored)
            exposed = exposed_part(values.gray, values.padding, dataset)
            calibration, codes = plane_of(dataset, options.scale, values.gray.shape)
            stitched = _is_stitched(dataset, calibration, values.gray.shape)
    except CalcimeterError:
        raise
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise UnreadableInput("met a damaged DICOM header; copy the image again") from error
    met = {
        "LOSSY_COMPRESSION": is_lossy(header),
        "IMAGE_STITCHED": stitched,
        **dict.fromkeys(("BURNED_IN_TEXT", "ANNOTATIONS_BURNED_IN"), _says_burned_in(dataset)),
    }
    codes |= seen.codes | {code for code, holds in met.items() if holds}
    study = _radiograph(values, stored, calibration, seen, codes)
    series, _ = chosen.uids()
    return replace(
        _finished(study, exposed),
        source_format="dicom",
        modality="DX" if header.text("Modality") == "DX" else "CR",
        study_uid=shown_uid(header.text("StudyInstanceUID")) or None,
        series_uid=series or None,
        alternatives=others,
        header=chosen.content,
    )


def _picture(chosen: Found, options: RadiographOptions, others: tuple[SeriesSummary, ...]) -> Radiograph:
    picture = read_picture(chosen.path)
    stored = Stored(picture.gray, picture.bits, 0, (1 << picture.bits) - 1)
    saturated = cut_off(picture.gray, picture.transparent)
    codes = {"POLARITY_ASSUMED", "DISPLAY_VALUES", "RADIOGRAPH_VIEW_UNKNOWN"}
    codes |= {"LOSSY_COMPRESSION"} if chosen.kind == "jpeg" else set()
    codes |= {"PHOTOGRAPH"} if picture.photograph else set()
    codes |= {"IMAGE_SATURATED"} if saturated.any() else set()
    calibration = plane_of_picture(options.scale, picture.gray.shape)
    if picture.photograph and calibration.factors is not None:
        low, high = (1 + np.sign(factor - 1) * hypot(factor - 1, PERSPECTIVE) for factor in calibration.factors)
        calibration = replace(calibration, factors=(float(low), float(high)))
    values = Values(picture.gray.astype(np.float32), picture.transparent, saturated, frozenset(codes))
    seen = Seen(None, None, None, None, frozenset())
    study = _radiograph(values, stored, calibration, seen, frozenset())
    exposed = exposed_part(values.gray, values.padding, None)
    kind: Any = chosen.kind
    return replace(_finished(study, exposed), source_format=kind, alternatives=others)


def _radiograph(
    values: Values, stored: Stored, calibration: PlaneCalibration, seen: Seen, codes: frozenset[str]
) -> Radiograph:
    """The record, as far as every kind of file tells it; codes stand in it as caveats."""
    whole = np.ones(values.gray.shape, np.bool_)
    if np.ptp(values.gray) == 0:
        raise UnreadableInput("met an image of one gray level, expected a radiograph; copy it again")
    named = {"detector": "CALIBRATION_DETECTOR_PLANE", "none": "CALIBRATION_NONE"}
    codes |= values.codes | ({named[calibration.plane]} if calibration.plane in named else set())
    codes |= {"RADIOGRAPH_VIEW_LATERAL"} if seen.view == "lateral" else set()
    return Radiograph(
        values=values.gray,
        exposed=whole,
        marked=~whole,
        saturated=values.saturated,
        calibration=calibration,
        view=seen.view,
        body_part=seen.site,
        laterality=seen.laterality,
        columns_toward=seen.columns_toward,
        described=seen.described,
        bits=stored.bits,
        source_format="dicom",
        modality="CR",
        study_uid=None,
        series_uid=None,
        input_sha256=_digest(values, calibration, seen),
        caveats=tuple(caveat(code) for code in sorted(codes)),
    )


def _finished(study: Radiograph, exposed: np.ndarray[Any, Any]) -> Radiograph:
    """With its border and its letters."""
    if not exposed.any():
        raise UnreadableInput("met an image without an exposed part; export the original image")
    marked = letters(study.values, exposed)
    caveats = {*study.caveats, *([caveat("BURNED_IN_TEXT")] if marked.any() else [])}
    return replace(study, exposed=exposed, marked=marked, caveats=tuple(sorted(caveats)))


def _says_burned_in(dataset: Any) -> bool:
    return str(dataset.get("BurnedInAnnotation", "")).strip().upper() == "YES"


def _is_stitched(dataset: Any, calibration: PlaneCalibration, shape: tuple[int, int]) -> bool:
    """Whether the image was put together from several, by its type or by its length."""
    said = " ".join(
        str(word).upper()
        for keyword in ("ImageType", "AcquisitionDeviceProcessingDescription", "DerivationDescription")
        for word in ([dataset.get(keyword)] if isinstance(dataset.get(keyword), str) else dataset.get(keyword) or [])
    )
    if any(word in said for word in STITCHED):
        return True
    return calibration.pixel_mm is not None and max(shape) * calibration.pixel_mm > LARGEST_DETECTOR_MM


def _digest(values: Values, calibration: PlaneCalibration, seen: Seen) -> str:
    about = (values.gray.shape, calibration.plane, calibration.pixel_mm, seen.view, seen.laterality)
    digest = hashlib.sha256(repr(about).encode())
    digest.update(np.ascontiguousarray(values.gray, "<f4").tobytes())
    return digest.hexdigest()
