"""The images that a result is about: who and where they are, from the headers that a study keeps."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from calcimeter.errors import UnreadableInput
from calcimeter.report.instance import derived_uid, lenient
from calcimeter.report.patient import MODULES, patient_and_study
from calcimeter.report.representation import readable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

    from calcimeter.model.grid import Grid
    from calcimeter.model.study import CTStudy

_CT = "1.2.840.10008.5.1.4.1.1.2"
_MULTI_FRAME_CT = (f"{_CT}.1", f"{_CT}.2")
"""Storage classes of what the loader takes: single-frame, enhanced, legacy converted enhanced."""

_IMAGE = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"),
    *("PositionReferenceIndicator", "ImagePositionPatient", "SliceThickness"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
)


def read_sources(study: CTStudy) -> list[Dataset]:
    """The images of a study as results refer to them, in the file's slice order; one of a multi-frame file.

    They hold identity, place and size, and the first one the patient and study modules (``patient_and_study``): nothing
    else of the source reaches a result. Of a multi-frame file the frames of the study alone are there, numbered anew in
    the file's slice order; ``study.frames`` has their numbers in the file.
    """
    with lenient():
        headers = [_read(header, MODULES if k == 0 else ()) for k, header in enumerate(study.headers)]
        shared = _shared(headers[0], study)
        if study.frames:
            sources = [_multi_frame(headers[0], study, shared)]
        else:
            sources = [_single_frame(header, k, study, shared) for k, header in enumerate(headers)]
        sources[0].update(patient_and_study(headers[0]))
    return sources


def _read(header: bytes, more: tuple[str, ...]) -> Dataset:
    from pydicom import dcmread

    try:
        return dcmread(BytesIO(header), force=True, stop_before_pixels=True, specific_tags=[*_IMAGE, *more])
    except (ValueError, LookupError, TypeError, AttributeError, NotImplementedError, EOFError) as error:
        raise UnreadableInput(
            "met a damaged DICOM header, expected one that DICOM results can refer to; export the series again"
        ) from error


def _told(dataset: Dataset, keyword: str) -> Any:
    """A value, None where it is absent, empty or unreadable."""
    element = readable(dataset, keyword)
    return None if element is None or element.is_empty else element.value


def _uid(dataset: Dataset, keyword: str) -> str:
    """As it stands there, also where it breaks its VR: it names something, and an archive knows it by that name."""
    value = _told(dataset, keyword)
    return str(value if isinstance(value, str) else value[0] if isinstance(value, Sequence) and value else "")


def _shared(first: Dataset, study: CTStudy) -> dict[str, Any]:
    """What all images have in common; UIDs that an archive lost are derived from what is left."""
    series = _uid(first, "SeriesInstanceUID") or derived_uid(study.input_sha256, "series")
    kind = _uid(first, "SOPClassUID")
    return {
        "StudyInstanceUID": _uid(first, "StudyInstanceUID") or derived_uid(series, "study"),
        "SeriesInstanceUID": series,
        "FrameOfReferenceUID": _uid(first, "FrameOfReferenceUID") or derived_uid(series, "frame of reference"),
        "PositionReferenceIndicator": "",
        "SOPClassUID": _CT if not study.frames else kind if kind in _MULTI_FRAME_CT else _MULTI_FRAME_CT[0],
        "Modality": "CT",
        "Rows": study.volume.layout.grid.shape[1],
        "Columns": study.volume.layout.grid.shape[2],
    }


def _single_frame(header: Dataset, k: int, study: CTStudy, shared: dict[str, Any]) -> Dataset:
    """The image of slice ``k``."""
    source = _dataset(
        **shared,
        SOPInstanceUID=_instance_uid(header, shared, k),
        ImagePositionPatient=_position(header, k, study.volume.layout.grid),
        ImageOrientationPatient=_orientation(study.volume.layout.grid),
    )
    source.update(_measures(header, study.volume.layout.grid))
    return source


def _multi_frame(header: Dataset, study: CTStudy, shared: dict[str, Any]) -> Dataset:
    """The image that holds every slice, as if it held no other frame and these in order."""
    grid = study.volume.layout.grid
    own = [header.PerFrameFunctionalGroupsSequence[number - 1] for number in study.frames]
    common = next(iter(_told(header, "SharedFunctionalGroupsSequence") or ()), own[0])
    measures = _group(common, "PixelMeasuresSequence") or _group(own[0], "PixelMeasuresSequence")
    geometry = _dataset(
        PlaneOrientationSequence=[_dataset(ImageOrientationPatient=_orientation(grid))],
        PixelMeasuresSequence=[_measures(measures, grid)],
    )
    positions = [_position(_group(item, "PlanePositionSequence"), k, grid) for k, item in enumerate(own)]
    return _dataset(
        **shared,
        SOPInstanceUID=_instance_uid(header, shared, 0),
        NumberOfFrames=len(own),
        SharedFunctionalGroupsSequence=[geometry],
        PerFrameFunctionalGroupsSequence=[
            _dataset(PlanePositionSequence=[_dataset(ImagePositionPatient=position)]) for position in positions
        ],
    )


def _dataset(**attributes: Any) -> Dataset:
    from pydicom.dataset import Dataset

    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def _group(item: Dataset, keyword: str) -> Dataset:
    """A functional group of a frame or of all frames; empty where it is not there."""
    return next(iter(_told(item, keyword) or ()), _dataset())


def _instance_uid(header: Dataset, shared: dict[str, Any], k: int) -> str:
    return _uid(header, "SOPInstanceUID") or derived_uid(shared["SeriesInstanceUID"], "image", str(k))


def _position(header: Dataset, k: int, grid: Grid) -> list[str]:
    """As the file has it, by which viewers find the slice; its even place in the grid where it is not told there."""
    even = grid.to_patient((k, 0, 0))
    try:
        told = [float(value) for value in _told(header, "ImagePositionPatient") or even]
    except (ValueError, TypeError):
        return _decimals(even)
    return _decimals(told if len(told) == 3 else even)


def _orientation(grid: Grid) -> list[str]:
    """One for all slices: the loader lets them differ by rounding, a result does not."""
    axes = grid.affine[:3, :3] / grid.spacing_mm
    return _decimals([*axes[:, 2], *axes[:, 1]])


def _measures(header: Dataset, grid: Grid) -> Dataset:
    """Spacing from the grid; how thick a slice is, only the file knows."""
    step_mm, row_mm, column_mm = grid.spacing_mm
    thickness = _told(header, "SliceThickness")
    told = isinstance(thickness, float) and 0 < thickness < 1e3
    return _dataset(
        PixelSpacing=_decimals((row_mm, column_mm)),
        SliceThickness=_decimals((thickness if told else step_mm,))[0],
        SpacingBetweenSlices=_decimals((step_mm,))[0],
    )


def _decimals(values: Iterable[float]) -> list[str]:
    """Decimal strings of at most 16 characters; micrometers below 1e-9 are rounding."""
    from pydicom.valuerep import format_number_as_ds

    return [format_number_as_ds(round(float(value), 12) + 0.0) for value in values]
