"""DICOM SEG -> outlines."""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError, Refused, UnreadableInput
from calcimeter.load.dicom.stack import UNEVEN_PIXEL, UNEVEN_STEP
from calcimeter.load.outlines import Outline
from calcimeter.model.grid import BoolArray, FloatArray, Grid
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Region

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"


def read_segmentation(path: Path, study: CTStudy) -> list[Outline]:
    """The segments of a DICOM SEG, on a grid of its own.

    Parameters
    ----------
    path : Path
    study : CTStudy
        Its spacing tells how thick a segment of one frame is: a SEG leaves empty frames out.

    Raises
    ------
    UnreadableInput
        Not a SEG, or damaged.
    GeometryError
        Uneven frames, a segment without a voxel, or another frame of reference than the study's.
    """
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's warnings quote values of the header
        try:
            dataset = pydicom.dcmread(path)
            known = str(dataset.SOPClassUID) in (SEGMENTATION_STORAGE, LABEL_MAP_STORAGE)
        except Exception as error:  # pydicom has no common base for what damaged files raise
            raise _no_outlines() from error
        if not known:
            raise _no_outlines()
        try:
            _check_frame_of_reference(dataset, study)
            return _outlines(dataset, study.volume.grid)
        except Refused:
            raise
        except Exception as error:  # the same: values are read where they are first asked for
            raise UnreadableInput("met a DICOM SEG with missing parts or unreadable frames; export it again") from error


@dataclass(frozen=True, slots=True, eq=False)
class _Frames:
    """Where the frames of a SEG lie: a grid, and each frame's index along its first axis."""

    grid: Grid
    slices: tuple[int, ...]


def _no_outlines() -> UnreadableInput:
    return UnreadableInput("met a file that holds no outlines, expected NIfTI, .seg.nrrd or DICOM SEG")


def _check_frame_of_reference(dataset: Any, study: CTStudy) -> None:
    """A SEG of another frame of reference lies nowhere in this scan."""
    import pydicom

    own = str(dataset.get("FrameOfReferenceUID", ""))
    if study.headers and own:
        scan = str(pydicom.dcmread(io.BytesIO(study.headers[0]), force=True).get("FrameOfReferenceUID", ""))
        if scan and scan != own:
            raise GeometryError(
                "met outlines in another frame of reference than the scan's; give those drawn on this scan"
            )


def _outlines(dataset: Any, scan: Grid) -> list[Outline]:
    """One outline a segment."""
    frames = _frames(dataset, scan)
    found: dict[int, list[Any]] = defaultdict(list)
    for k, pixels in enumerate(_pixels(dataset)):
        for number, mask in _segments(dataset, k, pixels):
            rows, columns = np.nonzero(mask)
            found[number].append(np.stack([np.full(rows.size, frames.slices[k]), rows, columns], axis=1))
    outlines = []
    for segment in dataset.SegmentSequence:
        number = int(segment.SegmentNumber)
        indices = np.concatenate(found.get(number, [np.empty((0, 3), dtype=np.int64)]))
        if number == 0:
            continue  # the background of a label map
        if not indices.size:
            raise GeometryError(f"met segment {number} without a voxel; draw or remove it")
        outlines.append(
            Outline(number, Region.from_indices(indices), frames.grid, str(segment.get("SegmentLabel", "")))
        )
    return outlines


def _pixels(dataset: Any) -> Iterator[npt.NDArray[Any]]:
    """Frame by frame. pydicom can't tell frames apart that begin within a byte."""
    if int(dataset.BitsAllocated) != 1 or dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        from pydicom.pixels import iter_pixels

        yield from iter_pixels(dataset)
        return
    packed = np.frombuffer(dataset.PixelData, dtype=np.uint8)
    rows, columns, count = int(dataset.Rows), int(dataset.Columns), int(dataset.NumberOfFrames)
    size = rows * columns
    if 8 * packed.size < count * size:
        raise IndexError("pixels end before the frames do")
    for begin in range(0, count * size, size):
        bits = np.unpackbits(packed[begin // 8 : -(-(begin + size) // 8)], bitorder="little")
        yield bits[begin % 8 : begin % 8 + size].reshape(rows, columns)


def _segments(dataset: Any, k: int, pixels: Any) -> list[tuple[int, BoolArray]]:
    """Segment numbers and masks of one frame."""
    kind = str(dataset.SegmentationType)
    if kind == "LABELMAP":
        return [(int(value), pixels == value) for value in np.unique(pixels) if value]
    number = int(_group(dataset, k, "SegmentIdentificationSequence").ReferencedSegmentNumber)
    full = int(dataset.MaximumFractionalValue) if kind == "FRACTIONAL" else 1
    return [(number, 2 * pixels.astype(np.int64) >= full if kind == "FRACTIONAL" else pixels > 0)]


def _group(dataset: Any, k: int, name: str) -> Any:
    """An item of a frame's functional groups, else of the shared ones."""
    own = getattr(dataset.PerFrameFunctionalGroupsSequence[k], name, None)
    return (own or getattr(dataset.SharedFunctionalGroupsSequence[0], name))[0]


def _frames(dataset: Any, scan: Grid) -> _Frames:
    """The grid of all frames together."""
    count = int(dataset.NumberOfFrames)
    cosines = np.array(
        [_group(dataset, k, "PlaneOrientationSequence").ImageOrientationPatient for k in range(count)], dtype=float
    )
    positions = np.array(
        [_group(dataset, k, "PlanePositionSequence").ImagePositionPatient for k in range(count)], dtype=float
    )
    row_mm, column_mm = (float(mm) for mm in _group(dataset, 0, "PixelMeasuresSequence").PixelSpacing)
    if np.ptp(cosines, axis=0).max() > 1e-3:
        raise GeometryError("met outlines on frames that are not parallel, expected one orientation")
    rows, columns = cosines[0].reshape(2, 3)
    normal = np.cross(rows, columns)
    along = positions @ normal
    first = positions[np.argmin(along)]
    step_mm = _step(along, float(np.abs(normal @ scan.affine[:3, :3]).max()))
    places = (along - along.min()) / step_mm
    aside = positions - first - (along - along.min())[:, None] * normal
    if (
        np.abs(aside).max() > UNEVEN_PIXEL * min(row_mm, column_mm)
        or np.abs(places - np.rint(places)).max() > UNEVEN_STEP
    ):
        raise GeometryError("met outlines on unevenly placed frames, expected one even grid")
    affine = np.eye(4)
    affine[:3, :] = np.stack([normal * step_mm, columns * row_mm, rows * column_mm, first], axis=1)
    slices = tuple(int(place) for place in np.rint(places))
    return _Frames(Grid((max(slices) + 1, int(dataset.Rows), int(dataset.Columns)), affine), slices)


def _step(along: FloatArray, scan_mm: float) -> float:
    """Distance of neighboring slices: the scan's where all frames fit it, else the smallest that is met."""
    gaps = np.diff(np.unique(np.round(along, 3)))
    fit = gaps / scan_mm
    on_scan = not gaps.size or bool((np.abs(fit - np.rint(fit)).max() <= UNEVEN_STEP) and fit.min() > UNEVEN_STEP)
    return scan_mm if on_scan else float(gaps.min())
